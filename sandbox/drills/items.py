"""A planned request as it goes on the wire, and what its answer means. Pure.

In: a `Request`, later a `Measured`. Out: what to send; a `Sample`. Items are written and read through demo_app
(`http://.../baskets/`), or in a region's DynamoDB itself (`dynamodb://eu-west-1/`), in one form: the only line of
basket `drill-3` is called `write-17` when the 17th request of the plan wrote it last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.drills.values import DYNAMODB, READ, WRITE, Request, Sample
from sandbox.serving.measured import Measured

# Signatures are not verified; the scope says which region and service are meant.
SCOPE = "AWS4-HMAC-SHA256 Credential=test/20260101/{region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One HTTP request."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


def asked_of(request: Request) -> Asked:
    """What a request sends."""
    if request.url.startswith(DYNAMODB):
        return _asked_of_dynamodb(request)
    if request.action != WRITE:
        return Asked(method="GET", url=request.url, headers={})
    body = orjson.dumps({"lines": [{"name": f"write-{request.number}", "quantity": 1}]})
    return Asked(method="PUT", url=request.url, headers={"Content-Type": "application/json"}, body=body)


def _asked_of_dynamodb(request: Request) -> Asked:
    region = region_of(request.url)
    content: dict[str, Any] = {"TableName": request.table, "Key": {"id": {"S": request.key}}}
    operation = "GetItem"
    if request.action == WRITE:
        operation = "PutItem"
        line = {"M": {"name": {"S": f"write-{request.number}"}, "quantity": {"N": "1"}}}
        content = {"TableName": request.table, "Item": {"id": {"S": request.key}, "lines": {"L": [line]}}}
    return Asked(
        method="POST",
        url=f"http://dynamodb.{region}.amazonaws.com/",
        headers={
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Authorization": SCOPE.format(region=region),
        },
        body=orjson.dumps(content),
    )


def region_of(url: str) -> str:
    """eu-west-1 of dynamodb://eu-west-1/drill-3."""
    return url.removeprefix(DYNAMODB).partition("/")[0]


def is_served(request: Request, measured: Measured) -> bool:
    """Whether it got its answer: `there is no such basket` is one, too."""
    return measured.ok or (request.action == READ and measured.status == 404 and bool(measured.served_by))


def sample_of(request: Request, sent_s: float, measured: Measured) -> Sample:
    """What became of it."""
    ok = is_served(request, measured)
    version = None
    if ok and request.action == READ:
        version = version_found(measured.body) if measured.ok else 0
    region = region_of(request.url) if request.url.startswith(DYNAMODB) else measured.served_by
    return Sample(
        request=request,
        sent_s=sent_s,
        took_ms=measured.total_ms,
        ok=ok,
        error="" if ok else measured.error or f"status-{measured.status}",
        served_by=region if ok else "",
        version=version,
    )


def version_found(body: bytes) -> int | None:
    """The write that an answer holds, 0: there is no such item; None: it holds none of ours."""
    try:
        content = orjson.loads(body)
        if "basket" in content:
            return version_in(content["basket"]["lines"][0]["name"]) or None
        return version_of(content["Item"]) or None if "Item" in content else 0
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return None


def version_of(item: Mapping[str, Any]) -> int:
    """The write that made an item of DynamoDB; 0: none of ours did."""
    try:
        return version_in(item["lines"]["L"][0]["M"]["name"]["S"])
    except (LookupError, TypeError):
        return 0


def version_in(name: Any) -> int:
    """17 of `write-17`, else 0."""
    number = name.removeprefix("write-") if isinstance(name, str) and name.startswith("write-") else ""
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
