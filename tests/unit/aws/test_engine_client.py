"""What travels from a front door to the engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from sandbox.aws.engine_client import MOTO_BODY_LIMIT_BYTES, RemoteEngine, marked, marks_of
from sandbox.aws.errors import render
from sandbox.kernel.errors import Refusal
from sandbox.network.values import Endpoint
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.client import HttpPool
from sandbox.serving.server import serve_http


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


class Pieces:
    """A chunked body: its length is not known before it ends."""

    length = None

    def __init__(self, sizes: list[int]) -> None:
        self._sizes = sizes
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for size in self._sizes:
            yield bytes(size)

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("service", ["s3", "lambda"])
@pytest.mark.parametrize(("sizes", "status"), [([400, 400, 200], 200), ([400, 400, 201], 400)])
def test_a_chunked_body_that_turns_out_too_large_is_refused_in_the_services_own_words(
    request_of: Callable[..., Request], service: str, sizes: list[int], status: int
) -> None:
    """Over real sockets: the engine itself would cut the connection with a plain 413."""
    body = Pieces(sizes)

    async def answered(request: Request) -> Response:
        return Response(status=200, headers=Headers(), body=str(len(request.body)).encode())

    async def ask() -> Response:
        server, pool = await serve_http(answered, name="engine", body_limit_bytes=1000), HttpPool()
        engine = RemoteEngine(pool, lambda: Endpoint(host="127.0.0.1", port=server.port), limit_bytes=1000)
        request = replace(request_of("PUT", "/b/k"), stream=body)
        try:
            return await engine(request, "0", "us-east-1", service)
        except Refusal as refusal:
            return render(refusal, service, request)
        finally:
            await pool.close()
            await server.close()

    answer = asyncio.run(ask())
    assert (answer.status, body.is_closed) == (status, True)
    if status == 200:
        assert answer.body == b"1000"
        return
    for words in (b"EntityTooLarge", b"at most 1000 bytes", b"Upload in parts", b"another engine"):
        assert words in answer.body
    assert answer.body.startswith(b"<?xml" if service == "s3" else b"{")
