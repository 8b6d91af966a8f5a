"""What the tests of the AWS room share: how to write a request."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.protocols.http1 import Headers, Request

CREDENTIAL = (
    "AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
)


@pytest.fixture
def request_of() -> Callable[..., Request]:
    """request_of("POST", "/", service="sqs", region="eu-west-1", body=b"...", Host="...") -> Request"""

    def make(
        method: str = "POST",
        target: str = "/",
        *,
        service: str = "",
        region: str = "us-east-1",
        key: str = "test",
        body: bytes = b"",
        **headers: str,
    ) -> Request:
        pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
        if service:
            pairs.append(("Authorization", CREDENTIAL.format(key=key, region=region, service=service)))
        return Request(method=method, target=target, headers=Headers(pairs), body=body)

    return make
