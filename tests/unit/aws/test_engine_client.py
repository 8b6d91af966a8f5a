"""What travels from a front door to the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from sandbox.aws.engine_client import MOTO_BODY_LIMIT_BYTES, RemoteEngine, marked, marks_of
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Request
from sandbox.serving.client import HttpPool


def test_marks_come_back_and_leave_no_trace(request_of: Callable[..., Request]) -> None:
    request = request_of(service="sqs", body=b"x", Host="localhost:4601")
    sent = marked(request, "111122223333", "eu-west-1", "sqs")
    assert marks_of(sent, default_account="0") == (request, "111122223333", "eu-west-1", "sqs")


def test_a_caller_cannot_mark_a_call_himself(request_of: Callable[..., Request]) -> None:
    """What he wrote into the headers is replaced."""
    forged = request_of(service="sqs", x_moto_account_id="999999999999", x_sandbox_service="iam")
    _, account, _, service = marks_of(marked(forged, "111122223333", "eu-west-1", "sqs"), default_account="0")
    assert (account, service) == ("111122223333", "sqs")


def test_a_call_without_marks_is_the_default_accounts(request_of: Callable[..., Request]) -> None:
    assert marks_of(request_of(), default_account="000000000000")[1] == "000000000000"


def test_without_control_the_refusal_says_so(request_of: Callable[..., Request]) -> None:
    async def ask() -> None:
        await RemoteEngine(HttpPool(), lambda: None)(request_of(), "0", "us-east-1", "sqs")

    with pytest.raises(Refusal, match="sqs is not available: the program control does not answer") as refused:
        asyncio.run(ask())
    assert refused.value.status == 503


class Announced:
    """A body that nobody reads here."""

    def __init__(self, length: int | None) -> None:
        self.length = length


@pytest.mark.parametrize(
    ("length", "says"),
    [(MOTO_BODY_LIMIT_BYTES + 1, "moto takes at most"), (MOTO_BODY_LIMIT_BYTES, "control"), (None, "control")],
)
def test_what_moto_cannot_hold_is_refused_before_it_is_sent(
    request_of: Callable[..., Request], length: int | None, says: str
) -> None:
    async def ask() -> None:
        request = replace(request_of("PUT", "/b/k"), stream=Announced(length))  # type: ignore[arg-type]
        await RemoteEngine(HttpPool(), lambda: None)(request, "0", "us-east-1", "s3")

    with pytest.raises(Refusal, match=says):
        asyncio.run(ask())
