"""Several PartiQL statements in one call."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.values import TablesRefusal


@pytest.fixture
def orders(region: Any) -> Any:
    region.create()
    for number in range(5):
        region.put(id="a", nr=number, n=number % 2)
    region.put(id="b", nr=1)
    return region


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
        transact(insert, "EXISTS(SELECT * FROM orders WHERE id = 'none' AND nr = 1 AND n = 1)")
    assert refused.value.code == "TransactionCanceledException"
    assert len(orders.all()) == 6
    checked = "EXISTS(SELECT * FROM orders WHERE id = 'b' AND nr = 1 AND n IS MISSING)"
    assert transact(insert, checked)["Responses"] == [{}, {}]
    found = transact(
        "SELECT * FROM orders WHERE id = 'new' AND nr = 1", "SELECT * FROM orders WHERE id = 'x' AND nr = 1"
    )
    assert [set(response) for response in found["Responses"]] == [{"Item"}, set()]
    with pytest.raises(Refusal, match="does not support both read and write operations"):
        transact(insert, "SELECT * FROM orders WHERE id = 'new' AND nr = 1")


def transact(region: Any, *texts: str, **more: Any) -> Any:
    return region.call("ExecuteTransaction", TransactStatements=[{"Statement": text} for text in texts], **more)


SELECT = "SELECT * FROM orders WHERE id = 'a' AND nr = 1"
INSERT = "INSERT INTO orders VALUE {'id': 'new', 'nr': 1}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SELECT, ""),
        ("SELECT * FROM orders WHERE id IN ['a'] AND (nr = 1) AND nr = 1", ""),
        (f"{SELECT} AND n = 1", "must specify the primary key"),
        (f"{SELECT} AND nr = 2", "must specify the primary key"),
        ("SELECT * FROM orders WHERE id = 'a'", "must specify the primary key"),
        ("SELECT * FROM orders.nothing WHERE id = 'a' AND nr = 1", "does not have the specified index"),
        ("SELECT * FROM orders WHERE", "Unexpected term"),
    ],
)
def test_a_batch_reads_by_the_whole_key_and_nothing_else(orders: Any, text: str, words: str) -> None:
    response = orders.call("BatchExecuteStatement", Statements=[{"Statement": text}])["Responses"][0]
    if not words:
        assert response["Item"]["id"] == {"S": "a"}
    else:
        assert response["Error"]["Code"] == "ValidationError"
        assert words in response["Error"]["Message"]
        assert "TableName" not in response


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (
            [SELECT, INSERT],
            "ExecuteTransaction API does not support both read and write operations in the same request.",
        ),
        (
            [SELECT, "SELECT * FROM orders WHERE id = 'a'"],
            "Validation failed in TransactStatements[1]: Select statements within ExecuteTransaction must specify the "
            "primary key in the where clause.",
        ),
        (
            ["SELECT * FROM orders.nothing WHERE id = 'a' AND nr = 1"],
            "Validation failed in TransactStatements[0]: Reads on indices are not supported within transactions.",
        ),
        (
            ["DELETE FROM nothing WHERE id = 'a' RETURNING ALL OLD *"],
            "Validation failed in TransactStatements[0]: RETURNING clause is not supported in ExecuteTransaction.",
        ),
        (
            [INSERT, "EXISTS(SELECT * FROM orders WHERE id = 'a' AND nr = 1)"],
            "Validation failed in TransactStatements[1]: EXISTS() must contain a single item read with additional "
            "condition",
        ),
        ([SELECT, SELECT], "Transaction request cannot include multiple operations on one item"),
    ],
)
def test_a_transaction_that_cannot_be_says_which_statement_is_wrong(orders: Any, texts: Any, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        transact(orders, *texts)
    assert (refused.value.code, refused.value.message) == ("ValidationException", message)


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        (["DELETE FROM nothing WHERE id = 'a'", INSERT], ["ResourceNotFound", "None"]),
        (["UPDATE orders SET n = 1 WHERE id = 'a'", INSERT], ["ValidationError", "None"]),
        (["INSERT INTO orders VALUE {'id': 'a'}"], ["ValidationError"]),
        ([SELECT, SELECT, "SELECT * FROM orders WHERE id = 1 AND nr = 1"], ["None", "None", "ValidationError"]),
        (["INSERT INTO orders VALUE {'id': 'a', 'nr': 1}", INSERT], ["DuplicateItem", "None"]),
        (["DELETE FROM orders WHERE id = 'a' AND nr = 1 AND n = 9"], ["ConditionalCheckFailed"]),
    ],
)
def test_a_table_key_or_item_that_is_wrong_cancels_a_transaction(orders: Any, texts: Any, codes: list[str]) -> None:
    with pytest.raises(TablesRefusal) as refused:
        transact(orders, *texts)
    assert [reason["Code"] for reason in refused.value.members["CancellationReasons"]] == codes
    assert len(orders.all()) == 6


def test_a_transaction_with_its_token_happens_once(orders: Any) -> None:
    first = transact(orders, INSERT, ClientRequestToken="once")
    assert transact(orders, INSERT, ClientRequestToken="once") == first
    with pytest.raises(Refusal) as refused:
        transact(orders, SELECT.replace("SELECT *", "DELETE"), ClientRequestToken="once")
    assert refused.value.code == "IdempotentParameterMismatchException"
