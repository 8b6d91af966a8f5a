"""The API of DynamoDB Streams."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.stream_log import KEPT_S, sequence_number_of
from sandbox.tables.streams import ITERATOR_LIFE_S

STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}


@pytest.fixture
def stream(region: Any) -> dict[str, str]:
    """A stream with three records."""
    region.create(StreamSpecification=STREAM)
    for number in range(3):
        region.put(id="a", nr=number)
    arn = region.call("ListStreams")["Streams"][0]["StreamArn"]
    shard = region.call("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    return {"StreamArn": arn, "ShardId": shard}


def read(region: Any, stream: dict[str, str], kind: str, **more: Any) -> dict[str, Any]:
    iterator = region.call("GetShardIterator", **stream, ShardIteratorType=kind, **more)["ShardIterator"]
    answer: dict[str, Any] = region.call("GetRecords", ShardIterator=iterator)
    return answer


def numbers(answer: dict[str, Any]) -> list[str]:
    return [record["dynamodb"]["SequenceNumber"] for record in answer["Records"]]


def test_iterators_start_where_their_kind_says(region: Any, stream: dict[str, str]) -> None:
    every = [sequence_number_of(position) for position in range(3)]
    assert numbers(read(region, stream, "TRIM_HORIZON")) == every
    assert numbers(read(region, stream, "LATEST")) == []
    assert numbers(read(region, stream, "AT_SEQUENCE_NUMBER", SequenceNumber=every[1])) == every[1:]
    assert numbers(read(region, stream, "AFTER_SEQUENCE_NUMBER", SequenceNumber=every[1])) == every[2:]


def test_a_loop_over_iterators_sees_each_record_once(region: Any, stream: dict[str, str]) -> None:
    iterator = region.call("GetShardIterator", **stream, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    seen = []
    for number in range(3, 6):
        page = region.call("GetRecords", ShardIterator=iterator, Limit=2)
        seen += numbers(page)
        iterator = page["NextShardIterator"]
        region.put(id="a", nr=number)
    assert seen == [sequence_number_of(position) for position in range(5)]


def test_a_closed_shard_ends(region: Any, stream: dict[str, str]) -> None:
    region.call("UpdateTable", TableName="orders", StreamSpecification={"StreamEnabled": False})
    answer = read(region, stream, "TRIM_HORIZON")
    assert len(answer["Records"]) == 3
    assert "NextShardIterator" not in answer
    description = region.call("DescribeStream", StreamArn=stream["StreamArn"])["StreamDescription"]
    assert description["StreamStatus"] == "DISABLED"
    assert description["Shards"][0]["SequenceNumberRange"]["EndingSequenceNumber"] == sequence_number_of(2)


def test_iterators_expire_after_15_minutes(region: Any, stream: dict[str, str]) -> None:
    iterator = region.call("GetShardIterator", **stream, ShardIteratorType="LATEST")["ShardIterator"]
    region.now_s += ITERATOR_LIFE_S + 1
    with pytest.raises(Refusal) as refused:
        region.call("GetRecords", ShardIterator=iterator)
    assert refused.value.code == "ExpiredIteratorException"


def test_records_older_than_a_day_are_gone(region: Any, stream: dict[str, str]) -> None:
    region.now_s += KEPT_S + 1
    assert read(region, stream, "TRIM_HORIZON")["Records"] == []
    with pytest.raises(Refusal) as refused:
        read(region, stream, "AT_SEQUENCE_NUMBER", SequenceNumber=sequence_number_of(0))
    assert refused.value.code == "TrimmedDataAccessException"


@pytest.mark.parametrize("iterator", ["nothing", "arn|1|####", "arn|1|W10="])
def test_what_is_no_iterator_is_refused(region: Any, iterator: str) -> None:
    with pytest.raises(Refusal, match="Invalid ShardIterator"):
        region.call("GetRecords", ShardIterator=iterator)


def test_an_unknown_stream_or_shard_is_not_found(region: Any, stream: dict[str, str]) -> None:
    for body in ({**stream, "StreamArn": f"arn:{37 * 'x'}"}, {**stream, "ShardId": f"shardId-{28 * '0'}"}):
        with pytest.raises(Refusal) as refused:
            region.call("GetShardIterator", **body, ShardIteratorType="LATEST")
        assert refused.value.code == "ResourceNotFoundException"
