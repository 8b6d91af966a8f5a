"""PartiQL statements, run."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal


@pytest.fixture
def orders(region: Any) -> Any:
    region.create()
    for number in range(5):
        region.put(id="a", nr=number, n=number % 2)
    region.put(id="b", nr=1)
    return region


def run(region: Any, text: str, *parameters: Any, **more: Any) -> Any:
    body: dict[str, Any] = {"Statement": text, **more}
    if parameters:
        body["Parameters"] = list(parameters)
    return region.call("ExecuteStatement", **body)


def test_a_select_with_the_hash_key_walks_one_partition_in_order(orders: Any) -> None:
    found = run(orders, "SELECT nr FROM orders WHERE id = 'a' AND nr BETWEEN 1 AND 3 ORDER BY nr DESC")
    assert found["Items"] == [{"nr": {"N": str(number)}} for number in (3, 2, 1)]


def test_a_select_without_it_is_a_scan_with_a_filter(orders: Any) -> None:
    assert len(run(orders, "SELECT * FROM orders WHERE n = 1 OR n IS MISSING")["Items"]) == 3
    with pytest.raises(Refusal, match="hash key condition in WHERE clause"):
        run(orders, "SELECT * FROM orders ORDER BY nr")


def test_pages_of_a_select_hold_every_item_once(orders: Any) -> None:
    found, token = [], {}
    while True:
        page = run(orders, "SELECT * FROM orders", Limit=2, **token)
        found += page["Items"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == orders.all()


def test_an_insert_is_of_a_new_item(orders: Any) -> None:
    assert run(orders, "INSERT INTO orders VALUE {'id': ?, 'nr': 9}", {"S": "c"}) == {"Items": []}
    with pytest.raises(Refusal, match="Duplicate primary key exists in table") as refused:
        run(orders, "INSERT INTO orders VALUE {'id': 'c', 'nr': 9}")
    assert refused.value.code == "DuplicateItemException"


def test_an_update_needs_the_whole_key_and_an_item(orders: Any, item_of: Any) -> None:
    changed = run(orders, "UPDATE orders SET n = n + 5 WHERE id = 'a' AND nr = 1 RETURNING ALL NEW *")
    assert changed["Items"] == [item_of(id="a", nr=1, n=6)]
    with pytest.raises(Refusal, match="mandatory equality on all key attributes"):
        run(orders, "UPDATE orders SET n = 1 WHERE id = 'a'")
    with pytest.raises(Refusal, match="The conditional request failed"):
        run(orders, "UPDATE orders SET n = 1 WHERE id = 'none' AND nr = 1")


def test_a_delete_of_nothing_is_no_mistake_but_a_failed_condition_is(orders: Any) -> None:
    run(orders, "DELETE FROM orders WHERE id = 'none' AND nr = 1")
    with pytest.raises(Refusal, match="The conditional request failed"):
        run(orders, "DELETE FROM orders WHERE id = 'a' AND nr = 1 AND n = 7")
    run(orders, "DELETE FROM orders WHERE id = 'a' AND nr = 1 AND n = 1")
    assert len(orders.all()) == 5


def test_each_statement_of_a_batch_has_its_own_answer(orders: Any, item_of: Any) -> None:
    texts = (
        "SELECT * FROM orders WHERE id = 'b' AND nr = 1",
        "SELECT * FROM orders WHERE id = 'b'",
        "SELECT * FROM none WHERE id = 'b'",
        "INSERT INTO orders VALUE {'id': 'b', 'nr': 1}",
    )
    answers = orders.call("BatchExecuteStatement", Statements=[{"Statement": text} for text in texts])["Responses"]
    assert answers[0] == {"TableName": "orders", "Item": item_of(id="b", nr=1)}
    assert [answer["Error"]["Code"] for answer in answers[1:]] == [
        "ValidationError",
        "ResourceNotFound",
        "DuplicateItem",
    ]


def test_a_transaction_of_statements_is_all_or_nothing(orders: Any) -> None:
    def transact(*texts: str) -> Any:
        return orders.call("ExecuteTransaction", TransactStatements=[{"Statement": text} for text in texts])

    insert = "INSERT INTO orders VALUE {'id': 'new', 'nr': 1}"
    with pytest.raises(Refusal) as refused:
        transact(insert, "EXISTS(SELECT * FROM orders WHERE id = 'none' AND nr = 1)")
    assert refused.value.code == "TransactionCanceledException"
    assert len(orders.all()) == 6
    assert transact(insert, "EXISTS(SELECT * FROM orders WHERE id = 'b' AND nr = 1)")["Responses"] == [{}, {}]
    found = transact(
        "SELECT * FROM orders WHERE id = 'new' AND nr = 1", "SELECT * FROM orders WHERE id = 'x' AND nr = 1"
    )
    assert [set(response) for response in found["Responses"]] == [{"Item"}, set()]
    with pytest.raises(Refusal, match="both read and write"):
        transact(insert, "SELECT * FROM orders WHERE id = 'new' AND nr = 1")


def test_an_index_that_is_not_there_is_no_way_to_an_item(orders: Any) -> None:
    text = "SELECT * FROM orders.nothing WHERE id = 'a' AND nr = 1"
    error = orders.call("BatchExecuteStatement", Statements=[{"Statement": text}])["Responses"][0]["Error"]
    assert error == {"Code": "ValidationError", "Message": "The table does not have the specified index"}
    with pytest.raises(Refusal, match="does not have the specified index"):
        orders.call("ExecuteTransaction", TransactStatements=[{"Statement": text}])
