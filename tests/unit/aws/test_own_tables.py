"""DynamoDB on our own tables, through the port, as bytes."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from clocks import EPOCH_S, HandClock

from sandbox.aws.own_tables import BODY_LIMIT_BYTES, Alone, OwnTables
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.tables.values import Change

ACCOUNT, REGION = "000000000000", "eu-west-1"
TABLE = {
    "TableName": "orders",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
KEY = {"id": {"S": "a"}}
Call = Callable[..., tuple[int, Any]]


def ask(
    tables: OwnTables, action: str, body: bytes, prefix: str = "DynamoDB_20120810", account: str = ACCOUNT
) -> Response:
    headers = Headers([("X-Amz-Target", f"{prefix}.{action}")])
    return tables.handle(Request(method="POST", target="/", headers=headers, body=body), account, REGION)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(EPOCH_S, began_s=0.0)


@pytest.fixture
def tables(clock: HandClock) -> OwnTables:
    return OwnTables(clock)


@pytest.fixture
def call(tables: OwnTables) -> Call:
    def made(action: str, body: dict[str, Any], **more: Any) -> tuple[int, Any]:
        response = ask(tables, action, orjson.dumps(body), **more)
        return response.status, orjson.loads(response.body)

    return made


def test_answers_have_the_headers_that_the_sdks_check(tables: OwnTables) -> None:
    for action in ("ListTables", "DescribeTable"):  # one good, one refused
        response = ask(tables, action, b'{"TableName": "none"}' if action == "DescribeTable" else b"")
        assert response.headers.get("x-amz-crc32") == str(zlib.crc32(response.body))
        assert response.headers.get("content-type") == "application/x-amz-json-1.0"
        assert len(response.headers.get("x-amzn-requestid") or "") == 32


def test_what_is_put_is_got(call: Call) -> None:
    call("CreateTable", TABLE)
    assert call("PutItem", {"TableName": "orders", "Item": {**KEY, "b": {"B": "aGk="}}}) == (200, {})
    assert call("GetItem", {"TableName": "orders", "Key": KEY}) == (200, {"Item": {**KEY, "b": {"B": "aGk="}}})


def test_members_that_are_null_are_members_that_are_not_there(call: Call) -> None:
    call("CreateTable", TABLE)
    assert call("GetItem", {"TableName": "orders", "Key": KEY, "ProjectionExpression": None}) == (200, {})


def test_members_that_are_null_inside_are_not_there_either(call: Call) -> None:
    made = call("CreateTable", {**TABLE, "StreamSpecification": {"StreamEnabled": False, "StreamViewType": None}})
    assert made[0] == 200
    assert call("PutItem", {"TableName": "orders", "Item": {**KEY, "n": {"N": None}}})[0] == 400


def test_a_refusal_has_its_code_with_the_name_space_of_aws(call: Call) -> None:
    status, body = call("GetItem", {"TableName": "orders", "Key": KEY})
    assert status == 400
    assert body == {
        "__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
        "message": "Requested resource not found",
    }
    assert call("CreateTable", {})[1]["__type"] == "com.amazon.coral.validate#ValidationException"


def test_a_failed_condition_brings_the_item_and_a_cancelled_transaction_its_reasons(call: Call) -> None:
    call("CreateTable", TABLE)
    call("PutItem", {"TableName": "orders", "Item": KEY})
    put = {
        "TableName": "orders",
        "Item": KEY,
        "ConditionExpression": "attribute_not_exists(id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    assert call("PutItem", put)[1]["Item"] == KEY
    body = call("TransactWriteItems", {"TransactItems": [{"Put": put}]})[1]
    assert body["Message"].endswith("[ConditionalCheckFailed]")
    assert body["CancellationReasons"][0]["Item"] == KEY


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"'])
def test_a_body_that_is_no_json_object_cannot_be_read(tables: OwnTables, body: bytes) -> None:
    assert b"SerializationException" in ask(tables, "ListTables", body).body


def test_a_body_of_more_than_16_megabytes_is_refused(tables: OwnTables) -> None:
    assert ask(tables, "PutItem", b" " * (BODY_LIMIT_BYTES + 1)).status == 413


@pytest.mark.parametrize(
    ("action", "prefix"),
    [
        ("", "DynamoDB_20120810"),
        ("ListTables", "Other"),
        ("GetRecords", "DynamoDB_20120810"),
        ("ImportTable", "DynamoDB_20120810"),
    ],
)
def test_an_operation_of_another_api_or_of_none_is_unknown(call: Call, action: str, prefix: str) -> None:
    status, body = call(action, {}, prefix=prefix)
    assert (status, body["__type"].rpartition("#")[2]) == (400, "UnknownOperationException")


def test_accounts_do_not_see_one_another(call: Call) -> None:
    call("CreateTable", TABLE)
    assert call("ListTables", {}, account="111111111111") == (200, {"TableNames": []})


def test_only_what_may_change_something_counts_as_a_change(tables: OwnTables, call: Call) -> None:
    call("ListTables", {})
    assert tables.changes == 0
    call("CreateTable", TABLE)
    assert tables.changes == 1


def test_the_clock_dates_tables_and_ends_items(tables: OwnTables, call: Call, clock: HandClock) -> None:
    assert call("CreateTable", TABLE)[1]["TableDescription"]["CreationDateTime"] == clock.at_s
    ttl = {"Enabled": True, "AttributeName": "until"}
    call("UpdateTimeToLive", {"TableName": "orders", "TimeToLiveSpecification": ttl})
    call("PutItem", {"TableName": "orders", "Item": {**KEY, "until": {"N": str(int(clock.at_s) + 10)}}})
    assert tables.expire() == 0
    clock.at_s += 10
    assert tables.expire() == 1


def test_what_is_stored_is_told_with_its_account(clock: HandClock) -> None:
    told: list[tuple[str, Change]] = []
    tables = OwnTables(clock, lambda account, change: told.append((account, change)))
    ask(tables, "CreateTable", orjson.dumps(TABLE))
    ask(tables, "PutItem", orjson.dumps({"TableName": "orders", "Item": KEY}))
    assert [(account, change.new) for account, change in told] == [(ACCOUNT, KEY)]


def test_a_body_of_another_shape_is_answered_and_not_raised(call: Call) -> None:
    call("CreateTable", TABLE)
    for body in (
        {"TableName": "orders", "Key": 7},
        {"TableName": 7, "Key": KEY},
        {"TableName": "orders", "Key": [KEY]},
    ):
        assert call("GetItem", body)[0] == 400
    status, error = call("CreateTable", {**TABLE, "TableName": "other", "KeySchema": [7]})
    assert status == 400
    assert error["__type"].endswith("#SerializationException")
    assert error["message"] == "Unexpected value type in payload"


def test_what_somebody_beside_the_tables_answers_is_checked_by_the_model_too(clock: HandClock) -> None:
    class Beside(Alone):
        def execute_before(self, account: str, action: str, body: Any) -> Any:
            raise AssertionError("a bad request goes no further")

    tables = OwnTables(clock, beside=Beside(), more={"ListGlobalTables"})
    for action, body in (("ListGlobalTables", b'{"Limit": 0}'), ("UpdateTable", b'{"ReplicaUpdates": [{}]}')):
        response = ask(tables, action, body)
        assert isinstance(response, Response)
        assert (response.status, b"ValidationException" in response.body) == (400, True)
