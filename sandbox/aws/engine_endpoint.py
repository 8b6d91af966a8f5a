"""A region's engine that is not control's moto: any AWS-compatible endpoint (LocalStack, ministack, moto's server).

In: calls that a front door does not serve itself, with account, region and service. Out: the endpoint's answers, or 503
in the caller's protocol while it does not answer. What belongs to the whole sandbox is asked of control all the same.
The endpoint is told the account in its own manner: as the access key, since LocalStack and moto take a 12-digit key for
an account, and keys that control's IAM handed out mean nothing to it. No engine here verifies signatures.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol
from urllib.parse import urlsplit

from sandbox.aws.naming import GLOBAL_HOMES, PAGES
from sandbox.aws.values import ACCOUNT_HEADER, Engine
from sandbox.kernel.errors import Refusal, unavailable
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.client import HttpPool

ENDPOINT_TIMEOUT_S = 120.0  # without a byte: a long poll of SQS is 20 s, a Lambda function that starts takes longer
# Never passed to an engine: control planes of the whole sandbox, and what control serves for its other parts (alarms
# and their metrics are Route 53's evidence, log groups take its query logs, auto scaling is that of our tables, load
# balancers, addresses and instances are what accelerators lead to).
IN_CONTROL = frozenset(GLOBAL_HOMES) | {
    "application-autoscaling",
    "cloudformation",
    "ec2",
    "elasticloadbalancing",
    "fis",
    "logs",
    "monitoring",
    "route53-recovery-cluster",
    "sts",
    PAGES,
}
CREDENTIAL = re.compile(r"(Credential=)([^/,\s]+)(/)")
PRESIGNED = re.compile(r"(X-Amz-Credential=)([^/%&]+)((?:/|%2F))", re.IGNORECASE)
UNSIGNED = (
    "AWS4-HMAC-SHA256 Credential={account}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
)
HTTPS_PORT, HTTP_PORT = 443, 80


class Watch(Protocol):
    """Who wants to know how the endpoint fares."""

    def answered(self) -> None:
        """It has answered a call."""
        ...

    def failed(self, why: str) -> str:
        """It has not; the word for the caller: what it does at present."""
        ...


class AwsEndpoint:
    """Where an engine is: http(s)://host:port."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.url = url
        self.host = parts.hostname or ""
        self.tls = ssl.create_default_context() if parts.scheme == "https" else None
        self.port = parts.port or (HTTP_PORT if self.tls is None else HTTPS_PORT)
        self.netloc = parts.netloc

    async def send(self, pool: HttpPool, request: Request, timeout_s: float) -> Response:
        """Its answer; OSError or TimeoutError when there is none."""
        return await pool.send(request, host=self.host, port=self.port, tls=self.tls, timeout_s=timeout_s)


class EndpointEngine:
    """An `Engine`. control: the engine of what is never passed on."""

    def __init__(self, pool: HttpPool, endpoint: AwsEndpoint, control: Engine, watch: Callable[[], Watch]) -> None:
        self._pool = pool
        self._endpoint = endpoint
        self._control = control
        self._watch = watch

    async def __call__(self, request: Request, account: str, region: str, service: str) -> Response:
        if service in IN_CONTROL:
            return await self._control(request, account, region, service)
        asked = as_the_engine_reads_it(request, account, region, service, self._endpoint.netloc)
        try:
            answer = await self._endpoint.send(self._pool, asked, ENDPOINT_TIMEOUT_S)
        except (OSError, TimeoutError) as error:
            state = self._watch().failed(str(error) or type(error).__name__)
            raise engine_is_down(service, region, self._endpoint.url, state) from error
        self._watch().answered()
        return answer


def as_the_engine_reads_it(request: Request, account: str, region: str, service: str, netloc: str) -> Request:
    """The request with the account as its access key; S3 under the engine's own name, others under the one asked.

    Names of hosts stand in some answers (queue URLs), so they stay; S3's would be read as a bucket's.
    """
    headers = request.headers.with_(ACCOUNT_HEADER, account)
    authorization = headers.get("authorization")
    target = request.target
    if authorization is not None:
        headers = replaced(headers, "Authorization", CREDENTIAL.sub(rf"\g<1>{account}\g<3>", authorization, count=1))
    elif "X-Amz-Credential=" in target:
        target = PRESIGNED.sub(rf"\g<1>{account}\g<3>", target, count=1)
    elif service != "s3":  # open calls: only a signature tells an engine the region
        headers = headers.with_("Authorization", UNSIGNED.format(account=account, region=region, service=service))
    if service == "s3" or "host" not in headers:
        headers = headers.with_("Host", netloc)
    return replace(request, headers=headers, target=target)


def replaced(headers: Headers, name: str, value: str) -> Headers:
    """The headers with another value in place of the first of this name."""
    return headers if headers.get(name) == value else headers.with_(name, value)


def engine_is_down(service: str, region: str, url: str, state: str) -> Refusal:
    """What a caller hears while the engine of his region does not answer. state: "is starting", "is down since ..."."""
    return unavailable(f"{service} in {region}", f"the region's engine {url} {state}. See: sandbox status")
