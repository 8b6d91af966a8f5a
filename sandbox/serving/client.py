"""HTTP/1.1 requests over kept connections; every room that calls another door uses one `HttpPool`.

In: a `Request` and where to send it, perhaps with an `Opener` (through the planet) and TLS. Out: the `Response`, or
`OSError` (refused, reset, not HTTP, TLS) or `TimeoutError`. A connection serves one request at a time and is kept
afterwards; a kept one that turns out to be dead is replaced once, if the request may be sent twice.
"""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import Hashable
from dataclasses import replace
from typing import cast

from sandbox.kernel.errors import unavailable
from sandbox.protocols.http1 import BODY_LIMIT_BYTES, HttpError, Request, Response, ResponseParser, encode_request
from sandbox.serving.core import Kept, may_retry
from sandbox.serving.tls_stream import TlsStream
from sandbox.serving.tunnel import ThroughProxy, connect_through_proxy
from sandbox.serving.values import Opener, PoolKey

__all__ = ["HttpPool", "Opener", "ThroughProxy", "connect_through_proxy"]

KEPT_LIMIT = 256  # idle connections of one pool
IDLE_S = 20.0  # an idle connection is closed after one to two of these: well before our servers' 60 to 120 s
TIMEOUT_S = 60.0  # one request, connecting included: an Application Load Balancer's idle time-out


class HttpConnection(asyncio.Protocol):
    """One connection, with at most one request under way."""

    def __init__(self, body_limit_bytes: int) -> None:
        self._parser = ResponseParser(body_limit_bytes=body_limit_bytes)
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[Response] | None = None
        self._open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._open = True

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.abort()  # nobody has asked
            return
        try:
            answers = self._parser.feed(data)
        except HttpError as error:
            self._lose(ConnectionError(f"the answer is not HTTP: {error.message}"))
            return
        if answers:
            self._settle(answers)

    def eof_received(self) -> bool:
        self._open = False
        if self._answer is not None:
            try:
                answers = self._parser.finish()
            except HttpError as error:
                self._lose(ConnectionResetError(error.message))
            else:
                self._settle(answers)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._lose(error if isinstance(error, OSError) else ConnectionResetError("closed before it answered"))

    @property
    def usable(self) -> bool:
        """Still open, as far as this side knows; bytes that came unasked, or the end, count as dead."""
        return self._open and self._parser.keep_alive and not self._transport.is_closing() and not self._has_news()

    @property
    def answer_begun(self) -> bool:
        """Some of an answer has come."""
        return self._parser.begun

    async def ask(self, request: Request, encoded: bytes) -> Response:
        """Send, and wait for the answer. Cancelled: the connection is lost, as the answer would come to the next."""
        self._parser.expect(request.method)
        self._answer = asyncio.get_running_loop().create_future()
        if not self._open:
            raise ConnectionResetError("closed before it was asked")
        self._transport.write(encoded)
        try:
            return await self._answer
        except asyncio.CancelledError:
            self.abort()
            raise
        finally:
            self._answer = None

    def abort(self) -> None:
        """Close without ceremony."""
        self._open = False
        self._transport.abort()

    def close(self) -> None:
        """Close."""
        self._open = False
        self._transport.close()

    def _settle(self, answers: list[Response]) -> None:
        answer = self._answer
        if not answers or len(answers) > 1:
            self._lose(ConnectionResetError("closed before it answered" if not answers else "answered twice"))
        elif answer is not None and not answer.done():
            answer.set_result(answers[0])

    def _lose(self, error: OSError) -> None:
        self._open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self._transport.close()

    def _has_news(self) -> bool:
        """Whether the kernel holds something for this idle connection that the loop has not told us yet."""
        plain = self._transport.get_extra_info("socket")
        if plain is None or plain.fileno() < 0:
            return False
        poll = select.poll()
        poll.register(plain.fileno(), select.POLLIN)
        return bool(poll.poll(0))


class HttpPool:
    """Sends requests; keeps connections per (host, port, way there)."""

    def __init__(
        self,
        *,
        kept_limit: int = KEPT_LIMIT,
        idle_s: float = IDLE_S,
        body_limit_bytes: int = BODY_LIMIT_BYTES,
    ) -> None:
        self.opened = 0  # connections made so far
        self._kept: Kept[HttpConnection] = Kept(kept_limit)
        self._idle_s = idle_s
        self._body_limit_bytes = body_limit_bytes
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"HttpPool({len(self._kept)} kept, {self.opened} opened)"

    async def send(
        self,
        request: Request,
        *,
        host: str,
        port: int,
        timeout_s: float = TIMEOUT_S,
        open: Opener | None = None,
        open_key: Hashable = None,
        tls: ssl.SSLContext | None = None,
        server_name: str | None = None,
    ) -> Response:
        """The answer to `request`.

        open: another way to connect; equal `open_key`s (or equal openers, without one) share kept connections.
        tls: speak TLS for `server_name` (or `host`); keep one context, as connections are shared by those who trust
        alike. A missing Host header is added.
        """
        if self._closed:
            raise unavailable("the connection pool", "it is closed")
        name = (server_name or host) if tls is not None else None
        key = PoolKey(host, port, (open if open_key is None else open_key, tls, name))
        if "host" not in request.headers:
            request = _with_host(request, server_name or host, port, default_port=80 if tls is None else 443)
        encoded = encode_request(request)
        async with asyncio.timeout(timeout_s):
            connection = self._take(key)
            if connection is not None:
                try:
                    return await self._ask(connection, request, encoded, key)
                except ConnectionError:
                    if not may_retry(request.method, kept=True, answer_begun=connection.answer_begun):
                        raise
            connection = await self._open(host, port, open, tls, name)
            return await self._ask(connection, request, encoded, key)

    def drop_kept(self) -> None:
        """The other side is known to be dead: what is kept to it would only be found out one by one."""
        for connection in self._kept.empty():
            connection.abort()

    async def close(self) -> None:
        """Close what is kept; nothing can be sent after this."""
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in self._kept.empty():
            connection.close()

    def _take(self, key: PoolKey) -> HttpConnection | None:
        while (connection := self._kept.take(key)) is not None:
            if connection.usable:
                return connection
            connection.abort()
        return None

    async def _ask(self, connection: HttpConnection, request: Request, encoded: bytes, key: PoolKey) -> Response:
        response = await connection.ask(request, encoded)
        if not connection.usable or self._closed or not self._kept.keep(key, connection):
            connection.close()
        elif self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(self._idle_s, self._sweep)
        return response

    async def _open(
        self, host: str, port: int, opener: Opener | None, tls: ssl.SSLContext | None, name: str | None
    ) -> HttpConnection:
        self.opened += 1
        connection = HttpConnection(self._body_limit_bytes)
        loop = asyncio.get_running_loop()
        if opener is None:
            await loop.create_connection(lambda: connection, host, port, ssl=tls, server_hostname=name)
        elif tls is None:
            await opener(lambda: connection)
        else:
            stream = TlsStream(lambda: connection, tls, name or host)
            transport, _ = await opener(lambda: stream)
            try:
                await stream.opened
            except BaseException:
                transport.abort()
                raise
        return connection

    def _sweep(self) -> None:
        """Close what has been idle since the last sweep; sweep again while something is kept."""
        for connection in self._kept.expire():
            connection.close()
        self._sweeper = None
        if len(self._kept):
            self._sweeper = asyncio.get_running_loop().call_later(self._idle_s, self._sweep)


def _with_host(request: Request, host: str, port: int, *, default_port: int) -> Request:
    value = host if port == default_port else f"{host}:{port}"
    return replace(request, headers=request.headers.with_("Host", value))
