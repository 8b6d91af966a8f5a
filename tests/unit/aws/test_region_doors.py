"""How a thread calls a region's front door: through the program's own event loop, as an SDK would."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.aws.naming import name_of_service
from sandbox.aws.region_doors import RegionDoors, answer_of, request_of
from sandbox.aws.services.dynamodb.values import Ask
from sandbox.kernel.errors import Refusal
from sandbox.network.values import Endpoint
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.client import HttpPool
from sandbox.serving.server import serve_http

ACCOUNT = "111122223333"
ASK = Ask(region="eu-west-1", action="DescribeTable", body={"TableName": "orders"})


def at(port: int) -> Endpoint:
    return Endpoint(host="127.0.0.1", port=port)


def test_the_call_names_account_region_and_service_as_a_signature_does() -> None:
    request = request_of(ACCOUNT, ASK)
    assert name_of_service(request) == ("dynamodb", "eu-west-1", ACCOUNT)
    assert request.headers.get("x-amz-target") == "DynamoDB_20120810.DescribeTable"
    scaling = Ask(region="eu-west-1", action="RegisterScalableTarget", body={}, service="application-autoscaling")
    assert name_of_service(request_of(ACCOUNT, scaling))[0] == "application-autoscaling"
    assert request_of(ACCOUNT, scaling).headers.get("content-type") == "application/x-amz-json-1.1"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, b'{"__type": "com.amazonaws.dynamodb.v20120810#ResourceInUseException", "message": "m"}',
         "ResourceInUseException"),
        (400, b'{"__type": "ValidationException", "Message": "m"}', "ValidationException"),
        (503, b'{"__type": "ServiceUnavailableException", "message": "m"}', "ServiceUnavailableException"),
    ],
)  # fmt: skip
def test_an_error_keeps_the_services_code_and_words(status: int, body: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        answer_of(Response(status=status, headers=Headers([]), body=body))
    assert (caught.value.code, caught.value.message, caught.value.status) == (code, "m", status)
    assert caught.value.definite is (status < 500)


def test_a_thread_is_answered_while_the_loop_goes_on() -> None:
    """The door is served by the same loop that carries the call: it would wait for ever if the loop waited."""

    async def handle(request: Request) -> Response:
        return Response(status=200, headers=Headers([]), body=b'{"Table": ' + request.body + b"}")

    async def story() -> dict[str, Any]:
        pool = HttpPool()
        server = await serve_http(handle, name="door")
        doors = RegionDoors(pool, lambda: {"eu-west-1": at(server.port)}, lambda: ("eu-west-1",))
        try:
            return await asyncio.to_thread(doors.ask, ACCOUNT, ASK)
        finally:
            await pool.close()
            await server.close()

    assert asyncio.run(story()) == {"Table": {"TableName": "orders"}}


@pytest.mark.parametrize(
    ("doors", "regions", "words"),
    [
        ({}, ("eu-west-1",), "the region eu-west-1 does not answer"),
        (
            {"eu-west-1": at(1)},
            ("eu-west-1",),
            "the region eu-west-1 does not answer",
        ),  # nobody listens there
        ({}, ("us-east-1",), "The region eu-west-1 does not run in this sandbox. Running: us-east-1"),
    ],
)
def test_a_region_that_is_away_is_named(doors: dict[str, Endpoint], regions: tuple[str, ...], words: str) -> None:
    async def story() -> None:
        pool = HttpPool()
        asked = RegionDoors(pool, lambda: doors, lambda: regions)
        try:
            await asyncio.to_thread(asked.ask, ACCOUNT, ASK)
        finally:
            await pool.close()

    with pytest.raises(Refusal, match=words):
        asyncio.run(story())
