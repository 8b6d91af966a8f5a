"""A client that speaks SOCKS5: greeting, perhaps a user, one request, then a tunnel.

In: bytes of the client. Out: replies, and a tunnel to what it asked for. `service.py` chooses this side when the first
byte is 5; after success the transport belongs to a `Pipe`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from sandbox.protocols import socks5
from sandbox.proxy.core import literal_address
from sandbox.proxy.door import Door
from sandbox.proxy.relay import Pipe
from sandbox.proxy.values import Failure, Report, Why


class SocksSide(asyncio.Protocol):
    """One client."""

    def __init__(self, door: Door, transport: asyncio.Transport) -> None:
        self._door = door
        self._transport = transport
        self._place = door.place
        self._waiting = bytearray()
        self._step: Callable[[], int | None] = self._greet
        self._opening: asyncio.Task[None] | None = None

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        try:
            while (taken := self._step()) is not None:
                del self._waiting[:taken]
        except socks5.SocksError as error:
            self._refuse(Failure(Why.MALFORMED, f"SOCKS: {error}."), error.answer)
        except Failure as failure:
            self._refuse(failure, socks5.credentials_reply(accepted=False))

    def eof_received(self) -> bool:
        return False  # gone before the tunnel was there

    def connection_lost(self, exc: Exception | None) -> None:
        if self._opening is not None:
            self._opening.cancel()
        self._door.lost(self._transport)

    def _greet(self) -> int | None:
        greeting = socks5.parse_greeting(self._waiting)
        if greeting is None:
            return None
        if greeting.chosen == socks5.NO_METHOD:
            raise socks5.SocksError(
                f"none of the methods {list(greeting.methods)} is offered here", socks5.method_reply(socks5.NO_METHOD)
            )
        self._transport.write(socks5.method_reply(greeting.chosen))
        self._step = self._identify if greeting.chosen == socks5.USER_AND_PASSWORD else self._take_request
        return greeting.size_bytes

    def _identify(self) -> int | None:
        credentials = socks5.parse_credentials(self._waiting)
        if credentials is None:
            return None
        self._place = self._door.stand(credentials.user)
        self._transport.write(socks5.credentials_reply(accepted=True))
        self._step = self._take_request
        return credentials.size_bytes

    def _take_request(self) -> int | None:
        request = socks5.parse_request(self._waiting)
        if request is None:
            return None
        self._step = self._wait
        self._opening = self._door.hall.tasks.start(self._open(request), "socks")
        return request.size_bytes

    def _wait(self) -> None:
        if len(self._waiting) > self._door.hall.settings.waiting_limit_bytes:
            self._transport.pause_reading()

    async def _open(self, request: socks5.Request) -> None:
        host = request.host.lower().removesuffix(".")
        try:
            if request.port == 0:
                raise Failure(Why.REFUSED, f"{host}: port 0 is no port.", Report(place=self._place, host=host))
            reach = self._door.hall.reach
            _, pipe, report = await reach.connect(self._place, host, request.port, self._door.pipe)
        except Failure as failure:
            self._refuse(failure, socks5.reply(failure.cause.socks))
            return
        assert isinstance(pipe, Pipe)
        address = literal_address(report.address) or "0.0.0.0"
        self._transport.write(socks5.reply(socks5.Reply.SUCCEEDED, address, request.port))
        self._door.tunnel(self._transport, pipe, bytes(self._waiting), report)

    def _refuse(self, failure: Failure, answer: bytes) -> None:
        self._door.note(failure)
        self._step = partial(_drop, self._waiting)
        if answer:
            self._transport.write(answer)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._door.hall.after_lingering(self._transport.close)


def _drop(waiting: bytearray) -> None:
    """What comes after a refusal is not read."""
    waiting.clear()
