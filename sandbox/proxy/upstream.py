"""One kept connection of a client to one host:port.

In: the host's bytes. Out: the same to the client's `HttpSide`, and news of loss and pressure.
"""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

from sandbox.proxy.values import Report

Key = tuple[str, str, int]  # place, host, port


class Client(Protocol):
    """The side that owns an upstream."""

    def answered(self, upstream: Upstream, data: bytes) -> None: ...
    def upstream_lost(self, upstream: Upstream, exc: Exception | None) -> None: ...
    def upstream_full(self, upstream: Upstream, is_full: bool) -> None: ...


class Upstream(asyncio.Protocol):
    """The protocol on the connection. served: whole exchanges so far."""

    transport: asyncio.Transport

    def __init__(self, key: Key) -> None:
        self.key = key
        self.client: Client | None = None
        self.report = Report()
        self.served = 0
        self.is_lost = False

    def __repr__(self) -> str:
        return f"Upstream({self.key})"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are none by class

    def data_received(self, data: bytes) -> None:
        if self.client is not None:
            self.client.answered(self, data)

    def eof_received(self) -> bool:
        return False  # an HTTP server that half-closes has said all: close

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        if self.client is not None:
            self.client.upstream_lost(self, exc)

    def pause_writing(self) -> None:
        if self.client is not None:
            self.client.upstream_full(self, True)

    def resume_writing(self) -> None:
        if self.client is not None:
            self.client.upstream_full(self, False)

    def pause(self) -> None:
        """Read no more for now."""
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if not self.transport.is_closing():
            self.transport.resume_reading()
