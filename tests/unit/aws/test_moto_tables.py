"""DynamoDB through the port, as bytes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.aws.moto_tables import BODY_LIMIT_BYTES, MotoTables, as_moto_parses, needs_parsing
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request, Response

ACCOUNT, REGION = "000000000000", "us-east-1"
TABLE = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
}
Call = Callable[..., tuple[int, Any]]


def request(target: str, body: bytes) -> Request:
    return Request(method="POST", target="/", headers=Headers([("X-Amz-Target", target)]), body=body)


@pytest.fixture
def tables() -> Iterator[MotoTables]:
    made = MotoTables()
    yield made
    made.reset()


@pytest.fixture
def call(tables: MotoTables) -> Call:
    def make(action: str, body: Any, account: str = ACCOUNT, service: str = "DynamoDB") -> tuple[int, Any]:
        answer = tables.handle(request(f"{service}_20120810.{action}", orjson.dumps(body)), account, REGION)
        check_headers(answer)
        return answer.status, orjson.loads(answer.body)

    assert make("CreateTable", TABLE)[0] == 200
    return make


def check_headers(answer: Response) -> None:
    """What the SDKs look at."""
    assert answer.headers.get("x-amz-crc32") == str(zlib.crc32(answer.body))
    assert answer.headers.get("x-amzn-requestid")
    assert (answer.headers.get("content-type") or "").startswith("application/x-amz-json-1.0")


VALUES = st.recursive(
    st.one_of(
        st.text(max_size=5).map(lambda text: {"S": text}),
        st.integers(-(10**20), 10**20).map(lambda number: {"N": str(number)}),
        st.booleans().map(lambda truth: {"BOOL": truth}),
        st.just({"NULL": True}),
        st.sampled_from([{"B": "AAE="}, {"BS": ["AAE=", "AA=="]}, {"SS": ["a", "b"]}, {"NS": ["1", "2"]}]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: {"L": values}),
        st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3).map(lambda values: {"M": values}),
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["a", "B", "null", "ü"]), VALUES, max_size=3))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_item_comes_back_as_it_was_put(call: Call, attributes: dict[str, Any]) -> None:
    item = {"k": {"S": "x"}, **attributes}
    assert call("PutItem", {"TableName": "t", "Item": item}) == (200, {})
    assert call("GetItem", {"TableName": "t", "Key": {"k": {"S": "x"}}}) == (200, {"Item": item})


def test_each_account_has_its_own_tables(call: Call) -> None:
    assert call("ListTables", {})[1]["TableNames"] == ["t"]
    assert call("ListTables", {}, account="111122223333")[1]["TableNames"] == []


def test_conditions_and_transactions_fail_in_aws_words(call: Call) -> None:
    put = {"TableName": "t", "Item": {"k": {"S": "x"}}, "ConditionExpression": "attribute_not_exists(k)"}
    assert call("PutItem", put)[0] == 200
    status, error = call("PutItem", put)
    assert (status, error["__type"].rpartition("#")[2]) == (400, "ConditionalCheckFailedException")
    status, error = call("TransactWriteItems", {"TransactItems": [{"Put": put}]})
    assert error["__type"].rpartition("#")[2] == "TransactionCanceledException"
    assert error["CancellationReasons"][0]["Code"] == "ConditionalCheckFailed"


def test_a_stream_tells_what_was_written(call: Call) -> None:
    call("PutItem", {"TableName": "t", "Item": {"k": {"S": "x"}}})
    arn = call("ListStreams", {"TableName": "t"}, service="DynamoDBStreams")[1]["Streams"][0]["StreamArn"]
    stream = call("DescribeStream", {"StreamArn": arn}, service="DynamoDBStreams")[1]["StreamDescription"]
    start = {"StreamArn": arn, "ShardId": stream["Shards"][0]["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = call("GetShardIterator", start, service="DynamoDBStreams")[1]["ShardIterator"]
    records = call("GetRecords", {"ShardIterator": iterator}, service="DynamoDBStreams")[1]["Records"]
    assert [record["eventName"] for record in records] == ["INSERT"]


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("", b"{}", "UnknownOperationException"),
        ("DynamoDB_20120810.Fly", b"{}", "UnknownOperationException"),
        ("DynamoDB_20111205.GetItem", b"{}", "UnknownOperationException"),
        ("DynamoDB_20120810.PutItem", b"{", "SerializationException"),
        ("DynamoDB_20120810.PutItem", b"[]", "SerializationException"),
        ("DynamoDB_20120810.PutItem", b'{"TableName": "t"}', "ValidationException"),
        ("DynamoDB_20120810.PutItem", b'{"TableName": "none", "Item": {}}', "ResourceNotFoundException"),
        ("DynamoDB_20120810.PutItem", b'{"TableName":"t","Item":{"k":{"S":"a"},"b":{"B":"%"}}}', "SerializationExcept"),
        ("DynamoDB_20120810.UpdateTable", b'{"TableName":"t","ReplicaUpdates":[{}]}', "UnknownOperationException"),
        ("DynamoDB_20120810.ImportTable", b"{}", "UnknownOperationException"),
    ],
)
def test_what_cannot_be_done_is_aws_own_error(
    tables: MotoTables, call: Call, target: str, body: bytes, code: str
) -> None:
    answer = tables.handle(request(target, body), ACCOUNT, REGION)
    check_headers(answer)
    assert answer.status == 400
    assert code in orjson.loads(answer.body)["__type"]


def test_more_than_16_mb_are_refused(tables: MotoTables) -> None:
    answer = tables.handle(request("DynamoDB_20120810.PutItem", b" " * (BODY_LIMIT_BYTES + 1)), ACCOUNT, REGION)
    assert answer.status == 413


def test_only_writing_counts_as_a_change(tables: MotoTables, call: Call) -> None:
    before = tables.changes
    call("GetItem", {"TableName": "t", "Key": {"k": {"S": "x"}}})
    call("DescribeTable", {"TableName": "t"})
    assert tables.changes == before
    call("PutItem", {"TableName": "t", "Item": {"k": {"S": "x"}}})
    assert tables.changes == before + 1


def test_tables_are_kept_in_a_file(tables: MotoTables, call: Call, tmp_path: Path) -> None:
    call("PutItem", {"TableName": "t", "Item": {"k": {"S": "x"}}})
    tables.save(tmp_path / "tables")
    tables.reset()
    assert call("ListTables", {})[1]["TableNames"] == []
    assert tables.load(tmp_path / "tables") == ""
    assert call("GetItem", {"TableName": "t", "Key": {"k": {"S": "x"}}}) == (200, {"Item": {"k": {"S": "x"}}})
    assert tables.load(tmp_path / "none") == ""


def test_a_body_is_parsed_as_moto_would() -> None:
    assert as_moto_parses({"Item": {"b": {"B": "AAE="}}, "x": None}) == {"Item": {"b": {"B": b"\x00\x01"}}}
    assert not needs_parsing(b'{"S": "B"}') or as_moto_parses({"S": "B"}) == {"S": "B"}
    with pytest.raises(Refusal, match="Base64"):
        as_moto_parses({"b": {"B": "%"}})
