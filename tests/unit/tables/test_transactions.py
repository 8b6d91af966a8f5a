"""Transactions: all or nothing, and once for each token."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.transactions import TOKEN_LIFE_S
from sandbox.tables.values import TablesRefusal


def put(item: Any, **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": "orders", "Item": item, **more}}


def test_every_kind_of_action_runs(region: Any, item_of: Any) -> None:
    region.create()
    region.put(id="checked", nr=1)
    region.put(id="gone", nr=1)
    table = {"TableName": "orders"}
    exists = {"ConditionExpression": "attribute_exists(id)"}
    count = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    actions = [
        put(item_of(id="new", nr=1)),
        {"Update": {**table, "Key": item_of(id="counted", nr=1), **count}},
        {"Delete": {**table, "Key": item_of(id="gone", nr=1)}},
        {"ConditionCheck": {**table, "Key": item_of(id="checked", nr=1), **exists}},
    ]
    before = len(region.changes)
    assert region.call("TransactWriteItems", TransactItems=actions) == {}
    assert [change.key["id"]["S"] for change in region.changes[before:]] == ["new", "counted", "gone"]
    gets = [{"Get": {**table, "Key": item_of(id=name, nr=1)}} for name in ("counted", "gone")]
    assert region.call("TransactGetItems", TransactItems=gets) == {
        "Responses": [{"Item": item_of(id="counted", nr=1, n=1)}, {}]
    }


def test_one_failed_condition_stores_nothing_and_gives_a_reason_for_each(region: Any, item_of: Any) -> None:
    region.create()
    region.put(id="b", nr=1, v="here")
    before = len(region.changes)
    absent = {"ConditionExpression": "attribute_not_exists(id)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    with pytest.raises(Refusal) as refused:
        region.call(
            "TransactWriteItems", TransactItems=[put(item_of(id="a", nr=1)), put(item_of(id="b", nr=1), **absent)]
        )
    assert refused.value.code == "TransactionCanceledException"
    assert refused.value.message == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]"
    )
    assert refused.value.members["CancellationReasons"] == [  # type: ignore[attr-defined]
        {"Code": "None"},
        {
            "Code": "ConditionalCheckFailed",
            "Message": "The conditional request failed",
            "Item": item_of(id="b", nr=1, v="here"),
        },
    ]
    assert len(region.changes) == before


def test_an_update_that_cannot_be_applied_is_a_reason_too(region: Any, item_of: Any) -> None:
    region.create()
    region.put(id="a", nr=1, v="text")
    update = {"UpdateExpression": "SET v = v + :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    with pytest.raises(Refusal) as refused:
        region.call(
            "TransactWriteItems",
            TransactItems=[{"Update": {"TableName": "orders", "Key": item_of(id="a", nr=1), **update}}],
        )
    assert refused.value.members["CancellationReasons"][0]["Code"] == "ValidationError"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "greater than or equal to 1"), (101, "less than or equal to 100")],
)
def test_a_transaction_has_1_to_100_actions(region: Any, item_of: Any, count: int, words: str) -> None:
    region.create()
    with pytest.raises(Refusal) as refused:
        region.call("TransactWriteItems", TransactItems=[put(item_of(id="a", nr=n)) for n in range(count)])
    assert words in refused.value.message


def test_two_actions_on_one_item_are_refused(region: Any, item_of: Any) -> None:
    region.create()
    with pytest.raises(Refusal, match="cannot include multiple operations on one item"):
        region.call("TransactWriteItems", TransactItems=[put(item_of(id="a", nr=1))] * 2)


def test_more_than_four_megabytes_are_refused(region: Any, item_of: Any) -> None:
    region.create()
    actions = [put(item_of(id="a", nr=number, v="x" * 400_000)) for number in range(11)]
    with pytest.raises(Refusal, match="4 MB"):
        region.call("TransactWriteItems", TransactItems=actions)
    assert region.all() == []


def test_a_token_runs_once_within_ten_minutes(region: Any, item_of: Any) -> None:
    region.create()
    count = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    action = {"Update": {"TableName": "orders", "Key": item_of(id="a", nr=1), **count}}
    call = {"TransactItems": [action], "ClientRequestToken": "once"}
    for _ in range(2):
        region.call("TransactWriteItems", **call)
    assert region.all() == [item_of(id="a", nr=1, n=1)]
    with pytest.raises(Refusal) as refused:
        region.call("TransactWriteItems", TransactItems=[put(item_of(id="b", nr=1))], ClientRequestToken="once")
    assert refused.value.code == "IdempotentParameterMismatchException"
    region.now_s += TOKEN_LIFE_S
    region.call("TransactWriteItems", **call)
    assert region.all() == [item_of(id="a", nr=1, n=2)]
    assert len(region.tables.catalogue.tokens) == 1


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ({"Put": {"Item": {"id": {"N": "5"}, "nr": {"N": "1"}}}}, "Type mismatch for key id expected: S actual: N"),
        ({"Put": {"Item": {"id": {"S": "a"}}}}, "Missing the key nr in the item"),
        ({"Delete": {"Key": {"id": {"S": "a"}}}}, "The provided key element does not match the schema"),
    ],
)
def test_a_key_that_does_not_fit_its_schema_cancels(region: Any, action: Any, message: str) -> None:
    region.create()
    ((verb, request),) = action.items()
    with pytest.raises(TablesRefusal) as refused:
        region.call("TransactWriteItems", TransactItems=[{verb: {"TableName": "orders", **request}}])
    (reason,) = refused.value.members["CancellationReasons"]
    assert reason["Code"] == "ValidationError"
    assert reason["Message"].endswith(message)


def test_a_key_that_is_empty_refuses_the_transaction(region: Any) -> None:
    region.create(ranged=False)
    put = {"TableName": "orders", "Item": {"id": {"S": ""}}}
    with pytest.raises(Refusal, match="cannot contain an empty string value") as refused:
        region.call("TransactWriteItems", TransactItems=[{"Put": put}])
    assert refused.value.code == "ValidationException"


def test_a_read_with_a_key_that_does_not_fit_cancels_too(region: Any) -> None:
    region.create()
    with pytest.raises(TablesRefusal, match="ValidationError"):
        region.call("TransactGetItems", TransactItems=[{"Get": {"TableName": "orders", "Key": {"id": {"S": "a"}}}}])
