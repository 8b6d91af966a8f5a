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


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ("", "Must have WHERE clause in the statement when using ORDER BY clause."),
        ("WHERE id > 'a'", "Must have at least one non-optional hash key condition in WHERE clause"),
        ("WHERE id = 'a'", "Attribute n in ORDER BY clause must be part of the primary key"),
    ],
)
def test_an_order_that_no_key_gives_is_refused(orders: Any, tail: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        run(orders, f"SELECT * FROM orders {tail} ORDER BY n")


def test_a_nested_place_is_shown_under_its_last_name(orders: Any) -> None:
    orders.put(id="c", nr=1, m={"M": {"k": {"L": [{"S": "deep"}]}}})
    found = run(orders, "SELECT m.k[0], m.k, nr, absent FROM orders WHERE id = 'c'")["Items"]
    assert found == [{"k[0]": {"S": "deep"}, "k": {"L": [{"S": "deep"}]}, "nr": {"N": "1"}}]


def test_a_write_is_of_one_item(orders: Any) -> None:
    run(orders, "UPDATE orders SET n = 9 WHERE (id = 'a' AND nr = 1) AND id = 'a'")
    with pytest.raises(Refusal, match="Multiple conditions on same key id"):
        run(orders, "DELETE FROM orders WHERE id = 'a' AND nr = 1 AND id = 'b'")


def test_exists_is_for_transactions(orders: Any) -> None:
    with pytest.raises(Refusal, match="EXISTS can only be used in ExecuteTransaction"):
        run(orders, "EXISTS(SELECT * FROM orders WHERE id = 'a' AND nr = 1 AND n = 1)")


def test_parameters_are_looked_at_before_the_statement(orders: Any) -> None:
    with pytest.raises(Refusal, match="contains duplicates"):
        run(orders, "UPDATE orders SET WHERE", {"SS": ["a", "a"]})


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
