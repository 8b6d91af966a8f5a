"""HTTP/1.1 requests over kept connections; every room that calls another door uses one `HttpPool`.

In: a `Request` and where to send it, perhaps with an `Opener` (through the planet) and TLS. Out: the `Response`, or
`OSError` (refused, reset, not HTTP, TLS) or `TimeoutError`. A connection serves one request at a time and is kept
afterwards; a kept one that turns out to be dead is replaced once, if the request may be sent twice. Bodies may be
streams: the time-out then counts from the last piece, and a pool made for it hands out large answers as streams.
"""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import cast

from sandbox.kernel.errors import Refusal, unavailable
from sandbox.kernel.tasks import Tasks
from sandbox.protocols.http1 import (
    BODY_LIMIT_BYTES,
    BodyStream,
    HttpError,
    Request,
    Response,
    ResponseParser,
    encode_request,
)
from sandbox.serving.core import Kept, may_retry
from sandbox.serving.streams import Drain, Incoming, send_stream
from sandbox.serving.tls_stream import TlsStream
from sandbox.serving.tunnel import ThroughProxy, connect_through_proxy
from sandbox.serving.values import Opener, PoolKey

__all__ = ["HttpPool", "Opener", "ThroughProxy", "connect_through_proxy"]

KEPT_LIMIT = 256  # idle connections of one pool
IDLE_S = 20.0  # an idle connection is closed after one to two of these: well before our servers' 60 to 120 s
TIMEOUT_S = 60.0  # one request, connecting included: an Application Load Balancer's idle time-out


class HttpConnection(asyncio.Protocol):
    """One connection, with at most one request under way."""

    def __init__(self, body_limit_bytes: int, stream_bodies: bool) -> None:
        open_stream = self._open_stream if stream_bodies else None
        self._parser = ResponseParser(body_limit_bytes=body_limit_bytes, open_stream=open_stream)
        self._incoming: Incoming | None = None  # the large body of the answer that is under way
        self._when_over: Callable[[], None] | None = None  # what becomes of this connection when that body has come
        self._is_over = False
        self._drain = Drain()
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[Response] | None = None
        self._open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._open = True

    def data_received(self, data: bytes) -> None:
        if self._answer is None and self._incoming is None:
            self.abort()  # nobody has asked
            return
        try:
            answers = self._parser.feed(data)
        except HttpError as error:
            self._lose(ConnectionError(f"the answer is not HTTP: {error.message}"))
            return
        if answers:
            self._settle(answers)
        self._look_whether_over()

    def eof_received(self) -> bool:
        self._open = False
        if self._answer is not None or self._incoming is not None:
            try:
                answers = self._parser.finish()
            except HttpError as error:
                self._lose(ConnectionResetError(error.message))
            else:
                if not self._is_over:
                    self._settle(answers)
                self._look_whether_over()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._drain.lose()
        self._lose(error if isinstance(error, OSError) else ConnectionResetError("closed before it answered"))

    def pause_writing(self) -> None:
        self._drain.pause()

    def resume_writing(self) -> None:
        self._drain.resume()

    @property
    def usable(self) -> bool:
        """Still open, as far as this side knows; bytes that came unasked, or the end, count as dead."""
        return self._open and self._parser.keep_alive and not self._transport.is_closing() and not self._has_news()

    @property
    def answer_begun(self) -> bool:
        """Some of an answer has come."""
        return self._parser.begun

    async def ask(self, request: Request, encoded: bytes, tasks: Tasks, progress: Callable[[], None]) -> Response:
        """Send, and wait for the answer. Cancelled: the connection is lost, as the answer would come to the next."""
        self._parser.expect(request.method)
        self._answer = asyncio.get_running_loop().create_future()
        self._when_over, self._is_over = None, False
        if not self._open:
            raise ConnectionResetError("closed before it was asked")
        self._transport.write(encoded)
        sending = None
        if request.stream is not None:
            sending = tasks.start(self._send_body(request.stream, progress), "send a body")
        try:
            return await self._answer
        except asyncio.CancelledError:
            self.abort()
            raise
        finally:
            self._answer = None
            if sending is not None and not sending.done():
                sending.cancel()  # answered before the body was sent: what it lacks can never be sent
                self._open = False

    async def _send_body(self, stream: BodyStream, progress: Callable[[], None]) -> None:
        def write(piece: bytes) -> None:
            progress()
            self._transport.write(piece)

        try:
            await send_stream(stream, write, self._drain)
        except (OSError, TimeoutError, Refusal) as error:
            self._lose(error)
            self._transport.abort()  # a body that is cut short must not look complete

    def _open_stream(self, length: int | None) -> Incoming:
        self._incoming = Incoming(length, pace=self._pace, on_end=self._body_over)
        return self._incoming

    def _pace(self, reading: bool) -> None:
        if not self._transport.is_closing():
            (self._transport.resume_reading if reading else self._transport.pause_reading)()

    def _body_over(self, is_complete: bool) -> None:
        self._incoming = None
        if is_complete:
            self._is_over = True
        else:
            self.abort()

    def _look_whether_over(self) -> None:
        """After the parser's work, and before the reader hears of the end, who may want this connection at once."""
        if self._is_over and self._when_over is not None:
            then, self._when_over = self._when_over, None
            then()

    def when_over(self, then: Callable[[], None]) -> None:
        """What to do with this connection when the stream that it has answered with has come to its end."""
        self._when_over = then
        self._look_whether_over()

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

    def _lose(self, error: Exception) -> None:
        self._open = False
        if self._incoming is not None:
            self._incoming.fail(error)
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
        stream_bodies: bool = False,
    ) -> None:
        """stream_bodies: large answers come as streams, which must be read to their end or closed."""
        self.opened = 0  # connections made so far
        self._kept: Kept[HttpConnection] = Kept(kept_limit)
        self._idle_s = idle_s
        self._body_limit_bytes = body_limit_bytes
        self._stream_bodies = stream_bodies
        self._tasks = Tasks("http pool")
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
        clock = asyncio.get_running_loop().time
        async with asyncio.timeout(timeout_s) as limit:

            def progress() -> None:
                limit.reschedule(clock() + timeout_s)

            connection = self._take(key) if request.stream is None else None  # a stream cannot be sent twice
            if connection is not None:
                try:
                    return await self._ask(connection, request, encoded, key, progress)
                except ConnectionError:
                    if not may_retry(request.method, kept=True, answer_begun=connection.answer_begun):
                        raise
            connection = await self._open(host, port, open, tls, name)
            return await self._ask(connection, request, encoded, key, progress)

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
        await self._tasks.close()

    def _take(self, key: PoolKey) -> HttpConnection | None:
        while (connection := self._kept.take(key)) is not None:
            if connection.usable:
                return connection
            connection.abort()
        return None

    async def _ask(
        self,
        connection: HttpConnection,
        request: Request,
        encoded: bytes,
        key: PoolKey,
        progress: Callable[[], None],
    ) -> Response:
        response = await connection.ask(request, encoded, self._tasks, progress)
        if response.stream is not None:
            connection.when_over(lambda: self._keep(connection, key))
        else:
            self._keep(connection, key)
        return response

    def _keep(self, connection: HttpConnection, key: PoolKey) -> None:
        if not connection.usable or self._closed or not self._kept.keep(key, connection):
            connection.close()
        elif self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(self._idle_s, self._sweep)

    async def _open(
        self, host: str, port: int, opener: Opener | None, tls: ssl.SSLContext | None, name: str | None
    ) -> HttpConnection:
        self.opened += 1
        connection = HttpConnection(self._body_limit_bytes, self._stream_bodies)
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
