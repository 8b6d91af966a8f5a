"""Where the gateway sends a call. Its passing on is tested in tests/live/aws/."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import orjson
import pytest

from sandbox.aws.accounts import Accounts
from sandbox.aws.gateway import OWN_PATHS, Gateway, region_for
from sandbox.aws.naming import OWN_PAGES
from sandbox.kernel.errors import Refusal
from sandbox.network.values import Endpoint
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.client import HttpPool

REGIONS = ("us-east-1", "eu-west-1")


@pytest.mark.parametrize(
    ("service", "asked", "regions", "where"),
    [
        ("sqs", "eu-west-1", REGIONS, "eu-west-1"),
        ("s3", "", REGIONS, "us-east-1"),
        ("iam", "eu-west-1", REGIONS, "us-east-1"),
        ("globalaccelerator", "us-west-2", REGIONS, None),
        ("iam", "eu-west-1", ("eu-west-1",), None),
    ],
)
def test_a_call_stands_in_the_region_it_names(
    service: str, asked: str, regions: tuple[str, ...], where: str | None
) -> None:
    assert region_for(service, asked, regions, regions[0]) == where


def test_a_region_that_is_no_part_of_the_sandbox_is_named() -> None:
    with pytest.raises(Refusal, match=r"ap-south-1 does not run.*Running: eu-west-1, us-east-1"):
        region_for("sqs", "ap-south-1", REGIONS, "us-east-1")


class Control:
    """A gateway over an engine that says what it was asked, and a list of resets."""

    def __init__(self, front_doors: dict[str, int]) -> None:
        self.resets = 0
        self.front_doors = front_doors

    async def engine(self, request: Request, account: str, region: str, service: str) -> Response:
        return Response(status=200, headers=Headers(), body=f"{account} {region} {service}".encode())

    async def find_account(self, access_key: str) -> str | None:
        return None

    async def reset(self) -> None:
        self.resets += 1

    def ask(self, request: Request) -> Response:
        async def answer() -> Response:
            gateway = Gateway(
                pool=HttpPool(),
                engine=self.engine,
                accounts=Accounts("000000000000", self.find_account),
                default_region="us-east-1",
                regions=lambda: REGIONS,
                front_doors=lambda: {
                    code: Endpoint(host="127.0.0.1", port=port) for code, port in self.front_doors.items()
                },
                reset=self.reset,
            )
            return await gateway.handle(request)

        return asyncio.run(answer())


def test_a_stopped_home_is_a_503_in_the_services_own_shape(request_of: Callable[..., Request]) -> None:
    response = Control({"eu-west-1": 1}).ask(request_of(service="route53", target="/2013-04-01/hostedzone"))
    assert response.status == 503
    assert b"<Code>ServiceUnavailable</Code>" in response.body
    assert b"the region us-east-1 does not answer" in response.body


def test_a_home_outside_the_sandbox_is_asked_directly(request_of: Callable[..., Request]) -> None:
    response = Control({}).ask(request_of(service="globalaccelerator", region="us-west-2", key="111122223333"))
    assert response.body == b"111122223333 us-west-2 globalaccelerator"


def test_localstacks_pages_and_motos_reset_answer(request_of: Callable[..., Request]) -> None:
    control = Control({})
    page = orjson.loads(control.ask(request_of("GET", "/_localstack/health")).body)
    assert page["services"]["sqs"] == "available"
    assert orjson.loads(control.ask(request_of("GET", "/_localstack/info")).body)["edition"] == "community"
    assert control.ask(request_of("GET", "/moto-api/reset")).status == 405
    assert control.ask(request_of("POST", "/moto-api/reset")).status == 200
    assert control.resets == 1


def test_the_gateway_answers_each_page_that_front_doors_pass_on() -> None:
    assert OWN_PATHS.keys() == OWN_PAGES


def test_global_accelerator_answers_nobody_who_asks_elsewhere(request_of: Callable[..., Request]) -> None:
    """Its fact sheet, section 1. Services that answer everywhere, as IAM, do."""
    response = Control({}).ask(request_of(service="globalaccelerator", region="eu-west-1", X_Amz_Target="x.Y"))
    assert response.status == 403
    assert b"Credential should be scoped to a valid region" in response.body
    assert b"--region us-west-2" in response.body
