"""The regions' front doors for threads of this program: a stack's resources are made by calls through them.

In: a call, from a thread that may wait. Out: its answer, or a Refusal with the service's own code and words. The calls
travel on the program's event loop, which never waits for them. DynamoDB needs none of moto's threads; what a region
asks moto for runs in other threads than stacks do (`moto_host.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import orjson

from sandbox.aws.front_door import not_running
from sandbox.aws.services.dynamodb.values import Ask
from sandbox.kernel.clock import pause_s
from sandbox.kernel.errors import Refusal, unavailable
from sandbox.network.values import Endpoint
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.client import HttpPool

TIMEOUT_S = 30.0
TARGETS: Mapping[str, str] = MappingProxyType(
    {"dynamodb": "DynamoDB_20120810", "application-autoscaling": "AnyScaleFrontendService"}
)
CREDENTIAL = (
    "AWS4-HMAC-SHA256 Credential={account}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
)


class RegionDoors:
    """A `Doors`. endpoints: of the front doors that run now; regions: all of this sandbox. Made in the event loop."""

    def __init__(
        self, pool: HttpPool, endpoints: Callable[[], Mapping[str, Endpoint]], regions: Callable[[], tuple[str, ...]]
    ) -> None:
        self._pool = pool
        self._endpoints = endpoints
        self._regions = regions
        self._loop = asyncio.get_running_loop()

    def ask(self, account: str, ask: Ask) -> dict[str, Any]:
        """The answer to one call."""
        if ask.region not in self._regions():
            raise not_running(ask.region, self._regions())
        endpoint = self._endpoints().get(ask.region)
        if endpoint is None:
            raise is_down(ask.region)
        sent = self._pool.send(request_of(account, ask), host=endpoint.host, port=endpoint.port, timeout_s=TIMEOUT_S)
        try:
            response = asyncio.run_coroutine_threadsafe(sent, self._loop).result()
        except (OSError, TimeoutError) as error:
            raise is_down(ask.region) from error
        return answer_of(response)

    def pause(self, seconds: float) -> None:
        """Block this thread."""
        pause_s(seconds)


def request_of(account: str, ask: Ask) -> Request:
    """The call as an SDK would send it."""
    headers = Headers(
        [
            (
                "Content-Type",
                "application/x-amz-json-1.0" if ask.service == "dynamodb" else "application/x-amz-json-1.1",
            ),
            ("X-Amz-Target", f"{TARGETS[ask.service]}.{ask.action}"),
            ("Authorization", CREDENTIAL.format(account=account, region=ask.region, service=ask.service)),
        ]
    )
    return Request(method="POST", target="/", headers=headers, body=orjson.dumps(ask.body))


def answer_of(response: Response) -> dict[str, Any]:
    """The answer's members; a Refusal for an error, whoever rendered it."""
    members: dict[str, Any] = orjson.loads(response.body) if response.body else {}
    if response.status == 200:
        return members
    code = str(members.get("__type", "InternalFailure")).rpartition("#")[2]
    message = str(members.get("message") or members.get("Message") or "")
    raise Refusal(code, message, status=response.status, definite=response.status < 500)


def is_down(region: str, service: str = "dynamodb") -> Refusal:
    """For a region whose process has ended, or does not answer."""
    return unavailable(f"{service} in {region}", f"the region {region} does not answer. See: sandbox status")
