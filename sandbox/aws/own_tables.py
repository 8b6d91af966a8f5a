"""DynamoDB on the sandbox's own tables: a `DynamoDBPort` over one `Tables` for each account.

In: a request, its account and region. Out: DynamoDB's answer, with its checksum, request id and error bodies. What is
stored is told to `on_change`, account first. Not for threads: a region calls it from its event loop.
"""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Container, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Protocol

import orjson

from sandbox.aws.shapes import misshapen
from sandbox.kernel.clock import Clock
from sandbox.kernel.dice import fresh_name
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.tables.core import ACTIONS, READS, TABLE_WRITES, Tables
from sandbox.tables.request_shapes import check_request
from sandbox.tables.values import Change, TablesRefusal

TABLES_TARGET = "DynamoDB_20120810"
STREAMS_TARGET = "DynamoDBStreams_20120810"
STREAM_ACTIONS = frozenset({"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"})
BODY_LIMIT_BYTES = 16 * 1024 * 1024  # the largest request DynamoDB takes
# Code -> the name space that DynamoDB writes before it; all others are DynamoDB's own.
NAME_SPACES: Mapping[str, str] = MappingProxyType(
    {
        "ValidationException": "com.amazon.coral.validate#",
        "SerializationException": "com.amazon.coral.service#",
        "UnknownOperationException": "com.amazon.coral.service#",
    }
)
OWN_NAME_SPACE = "com.amazonaws.dynamodb.v20120810#"
# What AWS has and the sandbox has not, with what does instead.
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "EnableKinesisStreamingDestination": "Use DynamoDB Streams.",
        "ExportTableToPointInTime": "Use Scan.",
        "ImportTable": "Use BatchWriteItem.",
    }
)
# What a body of another shape than the API's model makes a call raise.
SHAPE_FAILURES = (AttributeError, LookupError, TypeError, ValueError)


# Answers that describe a table, and the member that does.
DESCRIBED: Mapping[str, str] = MappingProxyType(
    {
        "CreateTable": "TableDescription",
        "DeleteTable": "TableDescription",
        "DescribeTable": "Table",
        "RestoreTableFromBackup": "TableDescription",
        "RestoreTableToPointInTime": "TableDescription",
        "UpdateTable": "TableDescription",
    }
)


def tell_nobody(account: str, change: Change) -> None:
    """The default listener."""


class Beside(Protocol):
    """Whoever answers some calls in place of tables, and adds to what tables says of a table: replication."""

    def execute_before(self, account: str, action: str, body: Mapping[str, Any]) -> Awaitable[dict[str, Any]] | None:
        """An answer in place of tables', or None. Raises Refusal, at once or when awaited."""
        ...

    def described(self, account: str, image: dict[str, Any]) -> dict[str, Any]:
        """A table's description, with what is to be added."""
        ...


class Alone:
    """The default: tables answers everything."""

    def execute_before(self, account: str, action: str, body: Mapping[str, Any]) -> Awaitable[dict[str, Any]] | None:
        """Nothing."""
        return None

    def described(self, account: str, image: dict[str, Any]) -> dict[str, Any]:
        """As it is."""
        return image


class OwnTables:
    """A `DynamoDBPort` on our own tables. more: actions that `beside` answers and tables does not have."""

    def __init__(
        self,
        clock: Clock,
        on_change: Callable[[str, Change], None] = tell_nobody,
        beside: Beside | None = None,
        more: Container[str] = frozenset(),
    ) -> None:
        self.changes = 0
        self._beside = beside or Alone()
        self._more = more
        self._clock = clock
        self._on_change = on_change
        self._tables: dict[tuple[str, str], Tables] = {}
        self._actions: dict[str, str] = {}  # targets that were found good: as many as there are operations

    def tables_of(self, account: str, region: str) -> Tables:
        """The tables of one account, made when first asked for."""
        tables = self._tables.get((account, region))
        if tables is None:
            tables = Tables(region, account, partial(self._on_change, account))
            self._tables[account, region] = tables
        return tables

    def handle(self, request: Request, account: str, region: str) -> Response | Awaitable[Response]:
        """Answer one call; awaited, when not tables but whoever stands beside it answers."""
        try:
            return self.answered(self.action_of(request), request.body, account, region)
        except Refusal as refusal:
            return refused(refusal)

    def answered(self, action: str, content: bytes, account: str, region: str) -> Response | Awaitable[Response]:
        """Answer one call. action: by `action_of`. A Refusal is raised."""
        if len(content) > BODY_LIMIT_BYTES:
            raise Refusal("RequestEntityTooLarge", "Request size exceeds the limit of 16 MB.", status=413)
        body = parsed(content)
        if action not in READS:
            self.changes += 1
        try:
            if action in self._more or action in TABLE_WRITES:  # what tables does not see, it does not check
                check_request(action, body)
            before = self._beside.execute_before(account, action, body)
            if before is not None:
                return answered_later(action, body, before)
            result = self.tables_of(account, region).execute(action, body, self._clock.wall_s())
            if action in DESCRIBED:
                member = DESCRIBED[action]
                result = {**result, member: self._beside.described(account, result[member])}
        except SHAPE_FAILURES as error:
            raise misunderstood(action, body, error) from error
        return answer(200, orjson.dumps(result))

    def action_of(self, request: Request) -> str:
        """The action a request names; a Refusal when we have none of that name."""
        target = request.headers.get("x-amz-target") or ""
        action = self._actions.get(target)
        if action is None:
            prefix, _, action = target.partition(".")
            check_action(prefix, action, self._more)
            self._actions[target] = action
        return action

    def expire(self) -> int:
        """Delete what time to live has ended, in all accounts; the region's program calls it now and then."""
        now_s = self._clock.wall_s()
        count = sum(tables.expire(now_s) for tables in self._tables.values())
        self.changes += count
        return count

    def reset(self) -> None:
        """Drop every table of every account."""
        self.changes += 1
        self._tables.clear()


async def answered_later(action: str, body: Mapping[str, Any], result: Awaitable[dict[str, Any]]) -> Response:
    """The answer that `result` becomes."""
    try:
        return answer(200, orjson.dumps(await result))
    except Refusal as refusal:
        return refused(refusal)
    except SHAPE_FAILURES as error:
        return refused(misunderstood(action, body, error))


def misunderstood(action: str, body: Mapping[str, Any], error: Exception) -> Refusal:
    """What broke on a body of another shape than the model's, in AWS's words; else it is our failure."""
    problem = misshapen(action, body)
    if problem:
        return Refusal("SerializationException", problem)
    return Refusal("InternalServerError", f"The emulator failed: {error!r}", status=500, definite=False)


def check_action(prefix: str, action: str, more: Container[str] = frozenset()) -> None:
    """The target names an operation of this API that the sandbox has."""
    if prefix not in (TABLES_TARGET, STREAMS_TARGET) or not action:
        raise Refusal("UnknownOperationException", "The X-Amz-Target header does not name an operation of DynamoDB.")
    if action in more and prefix == TABLES_TARGET:
        return
    if action not in ACTIONS or (action in STREAM_ACTIONS) != (prefix == STREAMS_TARGET):
        hint = f" {REFUSED[action]}" if action in REFUSED else ""
        raise Refusal("UnknownOperationException", f"{action} is not emulated by the sandbox.{hint}")


def parsed(body: bytes) -> dict[str, Any]:
    """The body's JSON object; AWS's error when it is not one."""
    try:
        value = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError as error:
        raise Refusal("SerializationException", f"The request body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Refusal("SerializationException", "The request body is not a JSON object.")
    if b"null" in body:
        value = without_nulls(value)
    return value


def without_nulls(value: Any) -> Any:
    """Members that are null are members that are not there."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return [without_nulls(member) for member in value] if isinstance(value, list) else value


def refused(refusal: Refusal) -> Response:
    """An error as DynamoDB writes it."""
    name_space = NAME_SPACES.get(refusal.code, OWN_NAME_SPACE)
    content: dict[str, Any] = {"__type": name_space + refusal.code}
    members = refusal.members if isinstance(refusal, TablesRefusal) else {}
    content["Message" if "CancellationReasons" in members else "message"] = refusal.message
    content.update(members)
    return answer(refusal.status, orjson.dumps(content))


def answer(status: int, body: bytes) -> Response:
    """A body with the headers every answer of DynamoDB has; the SDKs check the checksum."""
    lines = (
        "Content-Type: application/x-amz-json-1.0\r\n"
        f"x-amzn-RequestId: {fresh_name()}\r\nx-amz-crc32: {zlib.crc32(body)}\r\n"
    )
    return Response(status=status, headers=Headers.as_written(lines), body=body)
