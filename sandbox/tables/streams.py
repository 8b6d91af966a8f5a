"""The API of DynamoDB Streams: ListStreams, DescribeStream, GetShardIterator, GetRecords.

An iterator is a text that holds its position and when it was issued; nothing is kept for it.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson

from sandbox.kernel.errors import Refusal
from sandbox.tables.catalogue import Catalogue
from sandbox.tables.constraints import Body, constraint, one_of, optional, required
from sandbox.tables.descriptions import key_elements
from sandbox.tables.refusals import invalid, invalid_parameter
from sandbox.tables.stream_log import Stream, position_of, sequence_number_of, size_of

Answer = dict[str, Any]
ITERATOR_TYPES = ("TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")
ITERATOR_LIFE_S = 15 * 60.0
MOST_RECORDS = 1000
PAGE_BYTES = 1024 * 1024


def list_streams(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """ListStreams."""
    catalogue.trim(now_s)
    table = optional(body, "TableName", str)
    limit = limited(body, 100)
    start = optional(body, "ExclusiveStartStreamArn", str)
    streams = [stream for stream in catalogue.streams.values() if table in (None, stream.table)]
    arns = [stream.arn for stream in streams]
    first = arns.index(start) + 1 if start in arns else 0
    page = streams[first : first + limit]
    answer: Answer = {
        "Streams": [{"StreamArn": each.arn, "TableName": each.table, "StreamLabel": each.label} for each in page]
    }
    if first + limit < len(streams):
        answer["LastEvaluatedStreamArn"] = page[-1].arn
    return answer


def describe_stream(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """DescribeStream: one shard, which ends when the stream is switched off."""
    stream = stream_of(catalogue, required(body, "StreamArn", str), now_s)
    limited(body, 100)
    numbers = {"StartingSequenceNumber": sequence_number_of(0)}
    if stream.closed_at_s is not None:
        numbers["EndingSequenceNumber"] = sequence_number_of(max(0, stream.end - 1))
    shards = [{"ShardId": stream.shard_id, "SequenceNumberRange": numbers}]
    if body.get("ExclusiveStartShardId") == stream.shard_id or (body.get("ShardFilter") or {}).get("Type") is not None:
        shards = []  # no shard follows it, and it has no children
    return {
        "StreamDescription": {
            "StreamArn": stream.arn,
            "StreamLabel": stream.label,
            "StreamStatus": "ENABLED" if stream.closed_at_s is None else "DISABLED",
            "StreamViewType": stream.view,
            "CreationRequestDateTime": stream.created_at_s,
            "TableName": stream.table,
            "KeySchema": key_elements(stream.key),
            "Shards": shards,
        }
    }


def get_shard_iterator(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """GetShardIterator."""
    stream = stream_of(catalogue, required(body, "StreamArn", str), now_s)
    shard_id = required(body, "ShardId", str)
    required(body, "ShardIteratorType", str)
    kind = one_of(body, "ShardIteratorType", ITERATOR_TYPES, "")
    if shard_id != stream.shard_id:
        raise Refusal("ResourceNotFoundException", "Requested resource not found: Shard does not exist")
    if kind == "TRIM_HORIZON":
        position = stream.dropped
    elif kind == "LATEST":
        position = stream.end
    else:
        position = asked_position(stream, optional(body, "SequenceNumber", str)) + (kind == "AFTER_SEQUENCE_NUMBER")
    return {"ShardIterator": iterator(stream, position, now_s)}


def asked_position(stream: Stream, number: str | None) -> int:
    """The position of a sequence number in a request."""
    if number is None:
        raise invalid_parameter("A sequence number must be specified for this ShardIteratorType")
    if not number.isdecimal() or not 21 <= len(number) <= 40:
        raise invalid("Invalid SequenceNumber")
    position = position_of(number)
    if position < stream.dropped:
        raise trimmed()
    if position > stream.end:
        raise invalid("Invalid SequenceNumber")
    return position


def get_records(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """GetRecords: at most 1,000 records or 1 MB."""
    stream, position = opened(catalogue, required(body, "ShardIterator", str), now_s)
    limit = limited(body, MOST_RECORDS)
    if position < stream.dropped:
        raise trimmed()
    records: list[Answer] = []
    size = 0
    while position < stream.end and len(records) < limit and size < PAGE_BYTES:
        size += size_of(stream.at(position))
        records.append(stream.render(position, catalogue.region))
        position += 1
    answer: Answer = {"Records": records}
    if stream.closed_at_s is None or position < stream.end:
        answer["NextShardIterator"] = iterator(stream, position, now_s)
    return answer


def limited(body: Body, most: int) -> int:
    """Limit, from 1 to `most`, which is also its default."""
    limit = optional(body, "Limit", int)
    if limit is None:
        return most
    if limit < 1:
        raise constraint(str(limit), "limit", "Member must have value greater than or equal to 1")
    if limit > most:
        raise constraint(str(limit), "limit", f"Member must have value less than or equal to {most}")
    return int(limit)


def stream_of(catalogue: Catalogue, arn: str, now_s: float) -> Stream:
    """The stream of this ARN, without what is older than 24 hours."""
    catalogue.trim(now_s)
    stream = catalogue.streams.get(arn)
    if stream is None:
        raise Refusal("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")
    return stream


def iterator(stream: Stream, position: int, now_s: float) -> str:
    """A position as text."""
    token = base64.b64encode(orjson.dumps([position, now_s])).decode("ascii")
    return f"{stream.arn}|1|{token}"


def opened(catalogue: Catalogue, text: str, now_s: float) -> tuple[Stream, int]:
    """The other way; refused when it is old or not ours."""
    arn, _, token = text.partition("|1|")
    try:
        position, issued_s = orjson.loads(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError, TypeError) as error:
        raise invalid("Invalid ShardIterator") from error
    stream = stream_of(catalogue, arn, now_s)
    if now_s - issued_s > ITERATOR_LIFE_S:
        problem = (
            f"Iterator expired. The iterator was created {now_s - issued_s:.0f} s ago, and is good for 15 minutes."
        )
        raise Refusal("ExpiredIteratorException", problem)
    return stream, position


def trimmed() -> Refusal:
    """The record is older than 24 hours."""
    return Refusal(
        "TrimmedDataAccessException", "The operation attempted to read past the oldest stream record in a shard."
    )
