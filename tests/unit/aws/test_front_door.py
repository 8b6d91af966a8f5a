"""The steps of a region's front door, with the rooms behind it replaced by voices that say who they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox.aws.accounts import Accounts
from sandbox.aws.buckets import Bucket
from sandbox.aws.front_door import REQUEST_STEPS, FrontDoor
from sandbox.aws.s3_front import S3Front
from sandbox.aws.values import FORWARDED_HEADER
from sandbox.kernel.errors import unavailable
from sandbox.protocols.http1 import BODY_LIMIT_BYTES, Headers, Request, Response

RequestOf = Callable[..., Request]


def said(*words: str) -> Response:
    return Response(status=200, headers=Headers(), body=" ".join(words).encode())


class Tables:
    """A DynamoDBPort that says what it was asked."""

    changes = 0

    def handle(self, request: Request, account: str, region: str) -> Response:
        return said("tables", account, region)

    def save(self, path: Path) -> None: ...

    def load(self, path: Path) -> str:
        return ""

    def reset(self) -> None: ...


class NoBuckets:
    """A BucketPort without a bucket."""

    async def find(self, name: str) -> None: ...

    def of_account(self, account: str) -> list[Bucket]:
        return []

    async def claim(self, name: str, account: str, region: str) -> bool:
        return True

    async def made(self, name: str, account: str, region: str) -> None: ...

    async def gone(self, name: str) -> None: ...


class Region:
    """us-east-1 of a sandbox with two regions."""

    def __init__(self, here: str = "us-east-1") -> None:
        self.is_cut_off = False
        self.far_is_down = False
        self.door = FrontDoor(
            region=here,
            tables=Tables(),
            s3=S3Front(region=here, engine=self.engine, forward=self.forward, buckets=NoBuckets(), running=lambda: ()),
            engine=self.engine,
            forward=self.forward,
            accounts=Accounts("000000000000", self.find_account),
            running=lambda: ("us-east-1", "eu-west-1"),
            is_cut_off=lambda: self.is_cut_off,
        )

    async def engine(self, request: Request, account: str, region: str, service: str) -> Response:
        return said("engine", account, region, service)

    async def forward(self, region: str, request: Request) -> Response:
        if self.far_is_down:
            raise unavailable(region, "cut off")
        return said("forwarded to", region, "by", request.headers.get(FORWARDED_HEADER) or "nobody")

    async def find_account(self, access_key: str) -> str | None:
        return "111122223333"

    def ask(self, request: Request) -> tuple[int, str]:
        async def answer() -> Response:
            outcome = self.door.handle(request)
            return outcome if isinstance(outcome, Response) else await outcome

        response = asyncio.run(answer())
        return response.status, response.body.decode()


def test_the_steps_stand_in_one_list_in_their_order() -> None:
    assert [step.__name__ for step in REQUEST_STEPS] == [
        "serve_known_callers",
        "name_the_service",
        "name_the_region",
        "name_the_account",
        "refuse_if_cut_off",
        "forward_to_its_region",
        "hold_small_bodies",
        "serve_ours",
        "serve_s3",
        "serve_engine",
        "refuse_unknown",
    ]


@pytest.mark.parametrize(
    ("service", "region", "key", "answer"),
    [
        ("dynamodb", "us-east-1", "test", "tables 000000000000 us-east-1"),
        ("dynamodb", "us-east-1", "222233334444", "tables 222233334444 us-east-1"),
        ("dynamodb", "eu-west-1", "test", "forwarded to eu-west-1 by us-east-1"),
        ("s3", "us-east-1", "test", "engine 000000000000 us-east-1 s3"),
        ("sqs", "us-east-1", "test", "engine 000000000000 us-east-1 sqs"),
        ("sqs", "us-east-1", "ASIAIOSFODNN7EXAMPLE", "engine 111122223333 us-east-1 sqs"),
        ("iam", "eu-west-1", "test", "engine 000000000000 us-east-1 iam"),
        ("globalaccelerator", "us-west-2", "test", "engine 000000000000 us-east-1 globalaccelerator"),
    ],
)
def test_each_call_finds_its_place(request_of: RequestOf, service: str, region: str, key: str, answer: str) -> None:
    assert Region().ask(request_of(service=service, region=region, key=key)) == (200, answer)


@pytest.mark.parametrize("path", ["/moto-api/reset", "/_localstack/health"])
def test_pages_of_the_whole_sandbox_are_asked_of_control(request_of: RequestOf, path: str) -> None:
    assert Region().ask(request_of("POST", path)) == (200, "engine 000000000000 us-east-1 sandbox-pages")


def test_a_call_to_the_tables_is_answered_without_waiting(request_of: RequestOf) -> None:
    assert isinstance(Region().door.handle(request_of(service="dynamodb")), Response)


def test_a_caller_of_the_tables_is_known_the_next_time_by_key_region_and_service(request_of: RequestOf) -> None:
    """Which account and region a signature means is found once; every other signature goes through all steps."""
    region, asked = Region(), []
    region.door.accounts._remembered["ASIA" + "A" * 16] = "111122223333"

    def ask(service: str, code: str, key: str) -> str:
        request = request_of(service=service, region=code, key=key)
        asked.append(len(region.door.callers))
        return region.ask(request)[1]

    for _ in range(2):
        assert ask("dynamodb", "us-east-1", "test") == "tables 000000000000 us-east-1"
        assert ask("dynamodb", "us-east-1", "222233334444") == "tables 222233334444 us-east-1"
        assert ask("dynamodb", "us-east-1", "ASIA" + "A" * 16) == "tables 111122223333 us-east-1"
        assert ask("dynamodb", "eu-west-1", "test") == "forwarded to eu-west-1 by us-east-1"
        assert ask("sqs", "us-east-1", "test") == "engine 000000000000 us-east-1 sqs"
    assert len(region.door.callers) == 2, "keys that AWS hands out may come to belong to another account"


def test_a_global_service_is_asked_at_its_home(request_of: RequestOf) -> None:
    assert Region("eu-west-1").ask(request_of(service="route53"))[1] == "forwarded to us-east-1 by eu-west-1"


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("b.s3.amazonaws.com", True),  # by DNS, whatever the signature says
        ("b.s3.us-east-1.amazonaws.com", False),
        ("s3.amazonaws.com", False),
        ("b.s3.localhost.localstack.cloud:4566", False),
    ],
)
def test_a_buckets_global_name_is_answered_where_dns_has_led_it(
    request_of: RequestOf, host: str, answered: bool
) -> None:
    status, said = Region("eu-west-1").ask(request_of("GET", "/key", service="s3", region="us-east-1", Host=host))
    assert (status == 400 and "expecting 'eu-west-1'" in said) == answered, said
    assert ("forwarded to us-east-1" in said) != answered


def test_a_body_that_only_s3_could_take_is_refused_with_the_way_out(request_of: RequestOf) -> None:
    class TooLong:
        length = BODY_LIMIT_BYTES + 1

        def __aiter__(self) -> Any:
            raise AssertionError("its length says enough")

        def close(self) -> None: ...

    request = replace(request_of("POST", "/", service="lambda"), stream=TooLong())
    status, said = Region().ask(request)
    assert (status, orjson.loads(said)["__type"]) == (413, "EntityTooLarge")
    assert "bodies of lambda as a whole" in said
    assert "Only objects of S3 may be larger" in said


def test_a_home_that_is_cut_off_refuses_changes_of_global_services_only(request_of: RequestOf) -> None:
    region = Region()
    region.is_cut_off = True
    status, body = region.ask(request_of(service="route53", target="/2013-04-01/hostedzone"))
    assert status == 503
    assert "<Code>ServiceUnavailable</Code>" in body
    assert "its home us-east-1 is cut off" in body
    assert region.ask(request_of(service="sqs"))[0] == 200
    assert region.ask(request_of(service="globalaccelerator", region="us-west-2"))[0] == 200, "its home is not here"


def test_a_region_that_does_not_run_is_refused_by_name(request_of: RequestOf) -> None:
    status, body = Region().ask(request_of(service="sqs", region="ap-south-1", X_Amz_Target="AmazonSQS.ListQueues"))
    assert status == 400
    assert "ap-south-1 does not run in this sandbox. Running: eu-west-1, us-east-1" in body


def test_a_region_out_of_reach_is_aws_own_503(request_of: RequestOf) -> None:
    region = Region()
    region.far_is_down = True
    status, body = region.ask(request_of(service="sqs", region="eu-west-1", X_Amz_Target="AmazonSQS.ListQueues"))
    assert (status, "ServiceUnavailableException" in body) == (503, True)


def test_a_forwarded_call_is_not_forwarded_again(request_of: RequestOf) -> None:
    request = request_of(service="sqs", region="eu-west-1", **{FORWARDED_HEADER: "eu-west-1"})
    assert Region().ask(request)[0] == 500


def test_a_service_without_a_name_is_refused_by_path(request_of: RequestOf) -> None:
    status, body = Region().ask(request_of("GET", "/x", service="<?>"))
    assert (status, "GET /x" in body) == (501, True)


def test_a_signature_that_cannot_be_read_is_aws_own_error(request_of: RequestOf) -> None:
    status, body = Region().ask(request_of(Authorization="AWS4-HMAC-SHA256 Credential=x/y"))
    assert (status, "IncompleteSignature" in body) == (400, True)


def test_global_accelerator_answers_nobody_who_asks_elsewhere(request_of: RequestOf) -> None:
    """Global Accelerator fact sheet, section 1: the API lives only in us-west-2; callers must set that region."""
    status, body = Region("eu-west-1").ask(
        request_of(service="globalaccelerator", region="eu-west-1", X_Amz_Target="x.Y")
    )
    assert status == 403
    assert "InvalidSignatureException" in body
    assert "--region us-west-2" in body
