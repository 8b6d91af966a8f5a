"""DynamoDB on moto's tables, in the region's own process and without moto's HTTP layers.

In: a request, its account and region. Out: DynamoDB's answer. Calls on items (ITEM_ACTIONS) go straight to moto's
handler with the parsed body, and their result is written by orjson; everything else (tables, streams, PartiQL,
backups) takes moto's whole path, which also shapes the answer. Not for threads: a region calls it from its event
loop.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from sandbox.aws import moto_state
from sandbox.aws.errors import render
from sandbox.aws.moto_core import prepare_moto
from sandbox.kernel.dice import fresh_token
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request, Response

TABLES_TARGET = "DynamoDB_20120810"
STREAMS_TARGET = "DynamoDBStreams_20120810"
BODY_LIMIT_BYTES = 16 * 1024 * 1024  # the largest request DynamoDB takes

# Calls on items: action -> moto's method and the members that must be there.
ITEM_ACTIONS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "BatchGetItem": ("batch_get_item", ("RequestItems",)),
        "BatchWriteItem": ("batch_write_item", ("RequestItems",)),
        "DeleteItem": ("delete_item", ("TableName", "Key")),
        "GetItem": ("get_item", ("TableName", "Key")),
        "PutItem": ("put_item", ("TableName", "Item")),
        "Query": ("query", ("TableName",)),
        "Scan": ("scan", ("TableName",)),
        "TransactGetItems": ("transact_get_items", ("TransactItems",)),
        "TransactWriteItems": ("transact_write_items", ("TransactItems",)),
        "UpdateItem": ("update_item", ("TableName", "Key")),
    }
)
# moto would do these in its own backends of other services, which this process does not share, or not at all.
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "CreateGlobalTable": "Global tables come with the tables of the sandbox's own.",
        "UpdateGlobalTable": "Global tables come with the tables of the sandbox's own.",
        "EnableKinesisStreamingDestination": "Use DynamoDB Streams.",
        "ExportTableToPointInTime": "Use Scan.",
        "ImportTable": "Use BatchWriteItem.",
    }
)
# What moto's handlers raise when a call is not as they foresaw.
MOTO_FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
READING = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "List", "Describe")
KEPT = ("dynamodb", "dynamodbstreams")
CONTENT_TYPE = ("Content-Type", "application/x-amz-json-1.0")


class MotoTables:
    """A `DynamoDBPort` on moto."""

    def __init__(self) -> None:
        prepare_moto()
        self.changes = 0
        from botocore.model import OperationNotFoundError
        from moto.core.exceptions import ServiceException
        from moto.dynamodb.responses import DynamoHandler
        from moto.dynamodbstreams.responses import DynamoDBStreamsHandler
        from werkzeug.exceptions import HTTPException

        self._handlers = {TABLES_TARGET: DynamoHandler, STREAMS_TARGET: DynamoDBStreamsHandler}
        self._item_handler = DynamoHandler
        self._service_error, self._http_error = ServiceException, HTTPException
        self._unknown = (NotImplementedError, OperationNotFoundError)

    def handle(self, request: Request, account: str, region: str) -> Response:
        """Answer one call."""
        try:
            return self._handle(request, account, region)
        except Refusal as refusal:
            return with_checksum(render(refusal, "dynamodb", as_json(request)))
        except MOTO_FAILURES as error:
            failure = Refusal("InternalServerError", f"The emulator failed: {error!r}", status=500, definite=False)
            return with_checksum(render(failure, "dynamodb", as_json(request)))

    def _handle(self, request: Request, account: str, region: str) -> Response:
        prefix, _, action = (request.headers.get("x-amz-target") or "").partition(".")
        if prefix not in self._handlers or not action:
            raise Refusal(
                "UnknownOperationException", "The X-Amz-Target header does not name an operation of DynamoDB."
            )
        if len(request.body) > BODY_LIMIT_BYTES:
            raise Refusal("RequestEntityTooLarge", "Request size exceeds the limit of 16 MB.", status=413)
        body = parsed(request.body)
        if not action.startswith(READING):
            self.changes += 1
        if prefix == TABLES_TARGET and action in ITEM_ACTIONS:
            return self._item_call(action, body, request, account, region)
        refuse_what_moto_would_fake(action, body)
        return self._whole_path(prefix, action, request, account, region)

    def _item_call(self, action: str, body: dict[str, Any], request: Request, account: str, region: str) -> Response:
        method, required = ITEM_ACTIONS[action]
        for member in required:
            if body.get(member) is None:
                raise missing(member)
        handler = self._item_handler.__new__(self._item_handler)
        handler.body = handler.params = as_moto_parses(body) if needs_parsing(request.body) else body
        handler.current_account = account
        handler.region = region
        try:
            result = getattr(handler, method)().result
        except self._service_error as error:
            return json_answer(
                400, {"__type": f"com.amazonaws.dynamodb.v20120810#{error.code}", "message": error.message}
            )
        except self._http_error as error:
            return answer(error.code or 400, str(error.description).encode())
        if "ReturnConsumedCapacity" not in body:
            result.pop("ConsumedCapacity", None)
        return json_answer(200, result)

    def _whole_path(self, prefix: str, action: str, request: Request, account: str, region: str) -> Response:
        from moto.core.request import Request as MotoRequest

        headers = {
            "X-Amz-Target": f"{prefix}.{action}",
            "Content-Type": "application/x-amz-json-1.0",
            "x-moto-account-id": account,
        }
        url = f"http://dynamodb.{region}.amazonaws.com/"
        try:
            status, _, body = self._handlers[prefix]()._dispatch(
                MotoRequest.from_primitives("POST", url, headers, request.body)
            )
        except self._unknown as error:
            raise Refusal("UnknownOperationException", f"{action} is not emulated by the sandbox.") from error
        return answer(int(status), body.encode() if isinstance(body, str) else body)

    def save(self, path: Path) -> None:
        """Write every table of every account."""
        content = {name: kept for name, kept in moto_state.backends_in_use().items() if name in KEPT}
        moto_state.write(path, content)

    def load(self, path: Path) -> str:
        """Take up what `save` wrote."""
        content, message = moto_state.load(path)
        moto_state.put_back(content)
        return message

    def reset(self) -> None:
        """Drop every table of every account."""
        from moto.dynamodb.models import dynamodb_backends
        from moto.dynamodbstreams.models import dynamodbstreams_backends

        self.changes += 1
        for backends in (dynamodb_backends, dynamodbstreams_backends):
            backends.clear()


def parsed(body: bytes) -> dict[str, Any]:
    """The body's JSON object; AWS's error when it is not one."""
    try:
        value = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError as error:
        raise Refusal("SerializationException", f"The request body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Refusal("SerializationException", "The request body is not a JSON object.")
    return value


def needs_parsing(body: bytes) -> bool:
    """Whether the body may hold what differs between JSON and moto's parsed form: bytes, and members that are null."""
    return b'"B"' in body or b'"BS"' in body or b"null" in body


def as_moto_parses(value: Any) -> Any:
    """JSON -> what moto's parser makes of it: null members are left out, `B` and `BS` are bytes."""
    if isinstance(value, dict):
        if len(value) == 1:
            if isinstance(binary := value.get("B"), str):
                return {"B": from_base64(binary)}
            if isinstance(binaries := value.get("BS"), list):
                return {"BS": [from_base64(binary) for binary in binaries]}
        return {name: as_moto_parses(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [as_moto_parses(member) for member in value]
    return value


def from_base64(text: str) -> bytes:
    """The bytes of a binary attribute."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refusal("SerializationException", "Base64 encoded length is expected for a binary attribute.") from error


def missing(member: str) -> Refusal:
    """DynamoDB's words for a member that must be there."""
    name = member[0].lower() + member[1:]
    return Refusal(
        "com.amazon.coral.validate#ValidationException",
        f"1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null",
    )


def refuse_what_moto_would_fake(action: str, body: Mapping[str, Any]) -> None:
    """Calls whose effect would not be where a reader looks for it."""
    if action in REFUSED:
        raise Refusal("UnknownOperationException", f"{action} is not emulated by the sandbox. {REFUSED[action]}")
    if action == "UpdateTable" and body.get("ReplicaUpdates"):
        raise Refusal(
            "UnknownOperationException",
            f"UpdateTable with ReplicaUpdates is not emulated. {REFUSED['CreateGlobalTable']}",
        )


def plain(thing: Any) -> Any:
    """orjson's `default`: what moto's results hold beside JSON."""
    if isinstance(thing, bytes):
        return base64.b64encode(thing).decode("ascii")
    if isinstance(thing, datetime):
        return thing.timestamp()
    if isinstance(thing, set | tuple):
        return list(thing)
    return thing.to_json()


def json_answer(status: int, result: Any) -> Response:
    """A result as DynamoDB writes it."""
    return answer(status, orjson.dumps(result, default=plain, option=orjson.OPT_PASSTHROUGH_DATETIME))


def answer(status: int, body: bytes) -> Response:
    """A body with the headers every answer of DynamoDB has; the SDKs check the checksum."""
    headers = Headers(
        [CONTENT_TYPE, ("x-amzn-RequestId", fresh_token().upper()), ("x-amz-crc32", str(zlib.crc32(body)))]
    )
    return Response(status=status, headers=headers, body=body)


def with_checksum(response: Response) -> Response:
    """The same answer with DynamoDB's checksum."""
    headers = response.headers.with_("x-amz-crc32", str(zlib.crc32(response.body)))
    return Response(status=response.status, headers=headers, body=response.body)


def as_json(request: Request) -> Request:
    """DynamoDB answers every mistake in JSON, also where the request did not say that it speaks it."""
    return Request(method="POST", target="/", headers=request.headers.with_("x-amz-target", "DynamoDB"))
