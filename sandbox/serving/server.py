"""An HTTP/1.1 server on asyncio: every front door of the sandbox is one of these with its own handler.

In: a `Handler`. Out: a listening `HttpServer`. A connection's requests are answered one after the other, in order;
keep-alive, pipelining, HTTP/1.0, HEAD and `Expect: 100-continue` are seen to here. With `stream_bodies` a handler gets
large bodies as streams; answers may be streams at every server. A `Refusal` is rendered by the
door's `render`; any other exception is a bug of ours: 500 for the client, the traceback for stderr.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable
from dataclasses import replace
from typing import cast

from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks, tell_stderr
from sandbox.protocols.http1 import (
    BODY_LIMIT_BYTES,
    CONTINUE,
    BodyStream,
    Headers,
    HttpError,
    Request,
    RequestParser,
    Response,
    encode_response_head,
    has_body,
)
from sandbox.serving.streams import Drain, Incoming, broken_off, send_stream
from sandbox.serving.values import Handler, Later, Render, plain_text, render_plain

BACKLOG = 1024  # connections the kernel holds before we accept them
PIPELINE_LIMIT = 64  # requests waiting on one connection before we stop reading from it
JOIN_LIMIT_BYTES = 64 * 1024  # bodies above this are written by themselves rather than copied behind their head
IDLE_S = 60.0  # a connection silent for one to two of these is closed; clients of ours keep theirs shorter
CLOSING_TURNS = 100  # of the loop, for dropped connections to be gone when `close` returns
NO_REQUEST = Request(method="", target="", headers=Headers())


class HttpServer:
    """A handler and the connections it serves. `protocol` is also for connections that come by another way."""

    def __init__(
        self,
        handler: Handler,
        *,
        name: str,
        scheme: str = "http",
        body_limit_bytes: int = BODY_LIMIT_BYTES,
        render: Render = render_plain,
        idle_s: float = IDLE_S,
        stream_bodies: bool = False,
    ) -> None:
        self.handler = handler
        self.name = name
        self.scheme = scheme
        self.body_limit_bytes = body_limit_bytes
        self.render = render
        self.port = 0
        self.tasks = Tasks(name)
        self.connections: set[HttpConnection] = set()
        self.stream_bodies = stream_bodies
        self._idle_s = idle_s
        self._listener: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None

    def __repr__(self) -> str:
        return f"HttpServer({self.name}, port {self.port}, {len(self.connections)} connections)"

    def protocol(self) -> asyncio.Protocol:
        """A protocol for one more connection."""
        return HttpConnection(self)

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        """Accept connections. OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self.protocol, host, port, ssl=tls, backlog=BACKLOG)
        self.port = int(self._listener.sockets[0].getsockname()[1])
        self._sweep()

    async def close(self) -> None:
        """Stop listening, drop every connection, and end what was being answered."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._listener is not None:
            self._listener.close()
        for connection in tuple(self.connections):
            connection.drop()
        await self.tasks.close()
        for _ in range(CLOSING_TURNS):
            if not self.connections:
                break
            await asyncio.sleep(0)

    def _sweep(self) -> None:
        """Close connections that were silent since the last sweep."""
        for connection in tuple(self.connections):
            connection.close_if_silent()
        self._sweeper = asyncio.get_running_loop().call_later(self._idle_s, self._sweep)


async def serve_http(
    handler: Handler,
    *,
    name: str,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    body_limit_bytes: int = BODY_LIMIT_BYTES,
    render: Render = render_plain,
    stream_bodies: bool = False,
) -> HttpServer:
    """A server that listens on `port` (0: any free one, told by `.port`)."""
    server = HttpServer(
        handler,
        name=name,
        scheme="http" if tls is None else "https",
        body_limit_bytes=body_limit_bytes,
        render=render,
        stream_bodies=stream_bodies,
    )
    await server.listen(host, port, tls)
    return server


class HttpConnection(asyncio.Protocol):
    """One client's connection: parses, queues, answers in order."""

    __slots__ = (
        "_asked",
        "_drain",
        "_ending",
        "_incoming",
        "_is_full",
        "_lingering",
        "_parser",
        "_queue",
        "_reading",
        "_silent",
        "_transport",
        "_unsent_bytes",
        "_working",
        "_writable",
        "server",
    )

    def __init__(self, server: HttpServer) -> None:
        self.server = server
        open_stream = self._open_stream if server.stream_bodies else None
        self._parser = RequestParser(
            body_limit_bytes=server.body_limit_bytes, scheme=server.scheme, open_stream=open_stream
        )
        self._drain = Drain()
        self._incoming: Incoming | None = None  # the large body of the request that is being answered
        self._is_full = False  # it has enough for now
        self._queue: deque[Request | HttpError] = deque()  # an HttpError is the last of its connection
        self._transport: asyncio.Transport
        self._working = False  # a request waits for its answer
        self._asked = NO_REQUEST  # that request, when its answer comes later
        self._writable = True
        self._reading = True
        self._ending = False  # nothing more will be read as HTTP
        self._lingering = False  # refused; reads on until the client has read why
        self._silent = False
        self._unsent_bytes = 0  # at the last sweep

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class is none of asyncio's
        self.server.connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.server.connections.discard(self)
        self._ending = True
        self._queue.clear()
        self._drain.lose()
        if self._incoming is not None:
            self._incoming.fail(broken_off())

    def data_received(self, data: bytes) -> None:
        if self._ending:
            return  # after a mistake or the last request: read, so that the client can read our answer, and dropped
        self._silent = False
        try:
            requests = self._parser.feed(data)
        except HttpError as error:
            self._ending = True
            if self._incoming is not None:
                self._incoming.fail(broken_off())
            self._queue.extend(request for request in error.complete if isinstance(request, Request))
            self._queue.append(error)
        else:
            self._ending = not self._parser.keep_alive
            if len(requests) == 1 and self._is_at_rest():  # nearly always: no queue is needed
                self._answer(requests[0])
                return
            self._queue.extend(requests)
        self._answer_waiting()

    def _is_at_rest(self) -> bool:
        """Nothing is being answered or waits to be, and the client reads, will go on asking and waits for no word."""
        if self._working or self._ending or self._queue:
            return False
        return self._writable and self._reading and not self._parser.awaits_continue

    def eof_received(self) -> bool:
        """The client sends no more but may still read: what it has asked is answered first."""
        self._ending = True
        if self._incoming is not None:
            self._incoming.fail(broken_off())
        return self._working or bool(self._queue)

    def pause_writing(self) -> None:
        self._writable = False
        self._drain.pause()

    def resume_writing(self) -> None:
        self._writable = True
        self._drain.resume()
        self._answer_waiting()

    def drop(self) -> None:
        """The server ends."""
        self._transport.abort()

    def close_if_silent(self) -> None:
        """Called once in `IDLE_S`: an end to kept connections, half requests and clients that do not read."""
        unsent_bytes = self._transport.get_write_buffer_size()
        if self._silent and not self._working and unsent_bytes == self._unsent_bytes:
            self._transport.abort()
        self._silent = True
        self._unsent_bytes = unsent_bytes

    def _answer_waiting(self) -> None:
        """Answer what is queued until a handler has to wait, the client does not read, or nothing is left."""
        queue = self._queue
        while queue and not self._working and self._writable:
            item = queue.popleft()
            if isinstance(item, HttpError):
                self._refuse_and_linger(item)
            else:
                self._answer(item)
        self._pace_reading()
        if queue or self._working:
            return
        if self._ending:
            if not self._lingering:
                self._transport.close()
        elif self._parser.awaits_continue:
            self._transport.write(CONTINUE)
            self._parser.continued()

    def _pace_reading(self) -> None:
        reading = len(self._queue) < PIPELINE_LIMIT and not self._is_full
        if reading != self._reading and not self._transport.is_closing():
            self._reading = reading
            (self._transport.resume_reading if reading else self._transport.pause_reading)()

    def _answer(self, request: Request) -> None:
        try:
            try:
                answer = self.server.handler(request)
            except Refusal as refusal:
                answer = self.server.render(refusal, request)
        except Exception as error:
            answer = self._failed(error, request)
        if isinstance(answer, Response):
            self._write(answer, request)
        elif isinstance(answer, Later):
            self._working = True
            self._asked = request
            answer.listen(self._come)
        else:
            self._working = True
            self.server.tasks.start(self._wait_for(answer, request), request.method)

    def _come(self, response: Response) -> None:
        """A handler that had to wait has its answer."""
        self._done_waiting(response, self._asked)

    async def _wait_for(self, answer: Awaitable[Response], request: Request) -> None:
        try:
            try:
                response = await answer
            except Refusal as refusal:
                response = self.server.render(refusal, request)
        except Exception as error:
            response = self._failed(error, request)
        self._done_waiting(response, request)

    def _done_waiting(self, response: Response, request: Request) -> None:
        self._working = False
        self._silent = False
        self._write(response, request)
        if not self._is_at_rest():
            self._answer_waiting()

    def _open_stream(self, length: int | None) -> Incoming:
        self._incoming = Incoming(
            length, pace=self._pace_body, on_end=lambda is_complete: None, wanted=self._ask_for_body
        )
        return self._incoming

    def _pace_body(self, reading: bool) -> None:
        self._is_full = not reading
        self._pace_reading()

    def _ask_for_body(self) -> None:
        if self._parser.awaits_continue:
            self._transport.write(CONTINUE)
            self._parser.continued()

    def _write(self, response: Response, request: Request) -> None:
        transport = self._transport
        if transport.is_closing():
            if response.stream is not None:
                response.stream.close()
            return
        if self._incoming is not None and not self._incoming.is_complete:
            self._ending = True  # answered before its body had come: what follows cannot be told from the next request
        if request.method == "HEAD" and not response.head_only:
            response = replace(response, head_only=True)
        try:
            head = self._head(response)
        except HttpError as error:  # the handler's mistake, not the client's
            response = self._failed(error, request)
            head = self._head(response)
        body = response.body
        if response.stream is not None:
            transport.write(head)
            self._working = True
            self.server.tasks.start(self._stream_out(response.stream, has_body(response)), "stream")
            return
        if not body or not has_body(response):
            transport.write(head)
        elif len(body) > JOIN_LIMIT_BYTES:
            transport.writelines([head, body])
        else:
            transport.write(head + body)
        if self._incoming is not None:
            self._let_go_of_body()

    async def _stream_out(self, stream: BodyStream, is_sent: bool) -> None:
        try:
            if is_sent:
                await send_stream(stream, self._write_piece, self._drain)
        except (OSError, TimeoutError, Refusal):
            self._transport.abort()  # the head has left: only a body that breaks off can tell the client
            return
        finally:
            stream.close()
        self._working = False
        if self._incoming is not None:
            self._let_go_of_body()
        self._answer_waiting()

    def _write_piece(self, piece: bytes) -> None:
        if self._transport.is_closing():
            raise ConnectionResetError("the client has gone")
        self._silent = False
        self._transport.write(piece)

    def _let_go_of_body(self) -> None:
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            incoming.close()
            if not incoming.is_complete:
                self._linger()

    def _head(self, response: Response) -> bytes:
        keep_alive = bool(self._queue) or not self._ending
        return encode_response_head(response, keep_alive=keep_alive, say_keep_alive=bool(self._parser.speaks_1_0))

    def _failed(self, error: BaseException, request: Request) -> Response:
        tell_stderr(f"{self.server.name}: {request.method} {request.target}", error)
        return plain_text(500, "InternalError: the sandbox failed to answer; its log says why")

    def _refuse_and_linger(self, error: HttpError) -> None:
        """Say what was wrong and stop sending, but go on reading: closing now would reset what the client reads."""
        self._write(render_plain(error, NO_REQUEST), NO_REQUEST)
        self._linger()

    def _linger(self) -> None:
        if self._lingering or self._transport.is_closing():
            return
        self._lingering = self._transport.can_write_eof()
        if self._lingering:
            self._transport.write_eof()
