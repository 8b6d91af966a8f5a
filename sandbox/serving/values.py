"""What the files of this room hand to each other and to their callers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import NamedTuple

from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request, Response

# A handler that has its answer at hand returns it; one that must wait returns an awaitable; a `Later` costs no task.
Handler = Callable[[Request], Response | Awaitable[Response]]
Render = Callable[[Refusal, Request], Response]

ProtocolFactory = Callable[[], asyncio.Protocol]
Connected = tuple[asyncio.Transport, asyncio.Protocol]
Opener = Callable[[ProtocolFactory], Awaitable[Connected]]  # opens a connection some other way than by a plain socket


class Later:
    """An answer that comes later. Whoever promised it calls `settle` once; one caller gets it: `listen` or `await`."""

    __slots__ = ("_listener", "_response")

    def __init__(self) -> None:
        self._response: Response | None = None
        self._listener: Callable[[Response], None] | None = None

    def settle(self, response: Response) -> None:
        """The answer has come."""
        self._response = response
        if self._listener is not None:
            self._listener(response)

    def listen(self, listener: Callable[[Response], None]) -> None:
        """Call `listener` with the answer when it comes; at once when it is there."""
        assert self._listener is None, listener
        self._listener = listener
        if self._response is not None:
            listener(self._response)

    def __await__(self) -> Generator[object, None, Response]:
        if self._response is None:
            come = asyncio.get_running_loop().create_future()
            self.listen(lambda response: None if come.done() else come.set_result(None))
            yield from come
        assert self._response is not None
        return self._response


class PoolKey(NamedTuple):
    """Connections with equal keys stand for each other."""

    host: str
    port: int
    way: object  # the opener or what it was called, the TLS context and name


@dataclass(frozen=True, kw_only=True)
class BalancerCounts:
    """What a balancer has done. failed: answered by its fault instead of the application."""

    requests: int
    failed: int
    by_status: dict[int, int]


def plain_text(status: int, text: str) -> Response:
    """An answer for people."""
    headers = Headers([("Content-Type", "text/plain; charset=utf-8")])
    return Response(status=status, headers=headers, body=text.encode() + b"\n")


def render_plain(refusal: Refusal, request: Request) -> Response:
    """How a refusal is answered when a door has no words of its own."""
    return plain_text(refusal.status, f"{refusal.code}: {refusal.message}")
