"""A stack's thread asks a front door in the protocol of any service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sandbox.aws.door_clients import DoorClients
from sandbox.aws.naming import name_of_service
from sandbox.aws.services.engine_resources.values import DoorCall
from sandbox.kernel.errors import Refusal
from sandbox.network.values import Endpoint
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.server import serve_http

CREATE = DoorCall(action="CreateBucket", parameters={"Bucket": "b"})


def ask(answer: Callable[[Request], Response], call: DoorCall = CREATE, region: str = "eu-west-1") -> Any:
    async def story() -> Any:
        server = await serve_http(answer, name="door")
        doors = {"eu-west-1": Endpoint(host="127.0.0.1", port=server.port)}
        clients = DoorClients(lambda: doors, lambda region: "moto")
        try:
            return await asyncio.to_thread(clients.call, "111122223333", region, "s3", call)
        finally:
            await server.close()

    return asyncio.run(story())


def test_a_call_is_signed_for_account_region_and_service() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(status=200, headers=Headers([("Location", "/b")]))

    assert ask(answer)["Location"] == "/b"
    assert name_of_service(seen[0]) == ("s3", "eu-west-1", "111122223333")
    assert (seen[0].method, seen[0].target) == ("PUT", "/b")


def test_an_error_keeps_the_services_code_and_words() -> None:
    body = b"<Error><Code>BucketAlreadyExists</Code><Message>taken</Message></Error>"
    with pytest.raises(Refusal) as refused:
        ask(lambda request: Response(status=409, headers=Headers(), body=body))
    assert (refused.value.code, refused.value.message, refused.value.status) == ("BucketAlreadyExists", "taken", 409)


@pytest.mark.parametrize("parameters", [{"Bucket": 1}, {"Bucket": "b", "ACL": 1}, {"Bucket": "b", "Odd": 1}])
def test_a_template_that_the_api_cannot_take_is_a_validation_error(parameters: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        ask(lambda request: Response(status=200, headers=Headers()), replace(CREATE, parameters=parameters))
    assert refused.value.code == "ValidationError"


def test_a_region_that_is_away_is_named() -> None:
    with pytest.raises(Refusal, match="s3 in us-east-1 is not available: the region us-east-1 does not answer"):
        ask(lambda request: Response(status=200, headers=Headers()), region="us-east-1")
