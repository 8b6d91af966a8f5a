"""What an endpoint is asked, what it is never asked, and what a caller hears while it is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from sandbox.aws.engine_endpoint import IN_CONTROL, AwsEndpoint, EndpointEngine, as_the_engine_reads_it
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.client import HttpPool
from sandbox.serving.server import serve_http

RequestOf = Callable[..., Request]
ACCOUNT = "111122223333"


class Watch:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def answered(self) -> None:
        self.heard.append("answered")

    def failed(self, why: str) -> str:
        self.heard.append("failed")
        return "is down"


async def control(request: Request, account: str, region: str, service: str) -> Response:
    return Response(status=200, headers=Headers(), body=b"control")


def ask(request: Request, service: str, *, is_there: bool = True) -> tuple[Response, list[str]]:
    async def story() -> tuple[Response, list[str]]:
        watch = Watch()
        pool = HttpPool()
        server = await serve_http(lambda asked: Response(status=200, headers=Headers(), body=b"endpoint"), name="it")
        endpoint = AwsEndpoint(f"http://127.0.0.1:{server.port}")
        if not is_there:
            await server.close()
        try:
            engine = EndpointEngine(pool, endpoint, control, lambda: watch)
            return await engine(request, ACCOUNT, "eu-west-1", service), watch.heard
        finally:
            await pool.close()
            await server.close()

    return asyncio.run(story())


@pytest.mark.parametrize("service", ["cloudformation", "iam", "sts", "route53", "fis", "monitoring", "sandbox-pages"])
def test_what_belongs_to_the_whole_sandbox_is_asked_of_control(request_of: RequestOf, service: str) -> None:
    assert service in IN_CONTROL
    assert ask(request_of(service=service), service, is_there=False)[0].body == b"control"


@pytest.mark.parametrize("service", ["sqs", "s3", "sns", "lambda", "ssm"])
def test_everything_else_is_asked_of_the_endpoint(request_of: RequestOf, service: str) -> None:
    answer, heard = ask(request_of(service=service), service)
    assert (answer.body, heard) == (b"endpoint", ["answered"])


def test_while_it_is_away_the_region_and_its_engine_are_named(request_of: RequestOf) -> None:
    with pytest.raises(
        Refusal, match=r"sqs in eu-west-1 is not available: the region's engine http://127\.0\.0\.1:\d+ is down"
    ) as refused:
        ask(request_of(service="sqs"), "sqs", is_there=False)
    assert refused.value.status == 503


def test_the_account_is_told_as_the_access_key(request_of: RequestOf) -> None:
    """LocalStack takes 12 digits for an account and any other key for its default one."""
    asked = as_the_engine_reads_it(
        request_of(service="sqs", region="eu-west-1", key="ASIAIOSFODNN7EXAMPLE", Host="localhost:4566"),
        ACCOUNT, "eu-west-1", "sqs", "engine:4566",
    )  # fmt: skip
    assert f"Credential={ACCOUNT}/20260101/eu-west-1/sqs" in (asked.headers.get("authorization") or "")
    assert asked.headers.get("host") == "localhost:4566", "queue URLs are made of it"


@pytest.mark.parametrize("slash", ["/", "%2F"])
def test_presigned_urls_name_the_account_too(request_of: RequestOf, slash: str) -> None:
    target = "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test" + slash.join(["", "2026", "r", "s3", "t"])
    asked = as_the_engine_reads_it(request_of("GET", target, Host="b.c"), ACCOUNT, "r", "s3", "engine:4566")
    assert f"X-Amz-Credential={ACCOUNT}{slash}2026" in asked.target
    assert asked.headers.get("host") == "engine:4566", "it would read a bucket out of another name"


def test_an_open_call_tells_the_region_in_a_signature_but_an_anonymous_one_to_s3_stays_so(
    request_of: RequestOf,
) -> None:
    asked = as_the_engine_reads_it(request_of(), ACCOUNT, "eu-west-1", "cognito-idp", "e")
    assert f"Credential={ACCOUNT}/20260101/eu-west-1/cognito-idp" in (asked.headers.get("authorization") or "")
    assert "authorization" not in as_the_engine_reads_it(request_of(), ACCOUNT, "eu-west-1", "s3", "e").headers


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("http://localstack:4566", "localstack", 4566, False),
        ("https://e", "e", 443, True),
        ("http://e", "e", 80, False),
    ],
)
def test_an_url_says_where_it_is(url: str, host: str, port: int, tls: bool) -> None:
    endpoint = AwsEndpoint(url)
    assert (endpoint.host, endpoint.port, endpoint.tls is not None) == (host, port, tls)
