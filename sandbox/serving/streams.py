"""Large bodies on their way through: pieces from a connection to one reader, with back-pressure.

In: pieces as the parser finds them. Out: the same pieces, in order, once. Above `HIGH_BYTES` unread the connection is
not read any more, until the reader has come down to `LOW_BYTES`; so a body of any size takes a quarter of a megabyte.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import BODY_LIMIT_BYTES, BodyStream, Request, Response, chunk

HIGH_BYTES = 256 * 1024
LOW_BYTES = 64 * 1024
STALL_S = 60.0  # a body of which nothing comes for so long has broken off


class Incoming:
    """A `StreamSink`. pace(False): read no more of the connection for now. wanted: called once, before the first wait.

    on_end(True) when all has come; on_end(False) when the reader has given up before that.
    """

    def __init__(
        self,
        length: int | None,
        *,
        pace: Callable[[bool], None],
        on_end: Callable[[bool], None],
        wanted: Callable[[], None] | None = None,
        stall_s: float = STALL_S,
    ) -> None:
        self.length = length
        self.is_complete = False
        self.is_closed = False
        self._pace = pace
        self._on_end = on_end
        self._wanted = wanted
        self._stall_s = stall_s
        self._pieces: deque[bytes] = deque()
        self._unread_bytes = 0
        self._is_paced = False
        self._error: Exception | None = None
        self._waiting: asyncio.Future[None] | None = None

    def __repr__(self) -> str:
        return f"Incoming({self.length} bytes, {self._unread_bytes} unread, {'complete' if self.is_complete else ''})"

    def feed(self, piece: bytes) -> None:
        """The next piece."""
        if self.is_closed:
            return
        self._pieces.append(piece)
        self._unread_bytes += len(piece)
        if self._unread_bytes > HIGH_BYTES and not self._is_paced:
            self._is_paced = True
            self._pace(False)
        self._wake()

    def finish(self) -> None:
        """That was all."""
        self.is_complete = True
        self._wake()
        self._on_end(True)

    def fail(self, error: Exception) -> None:
        """Nothing more will come."""
        if not self.is_complete and self._error is None:
            self._error = error
            self._wake()

    def close(self) -> None:
        """The reader has enough."""
        if self.is_closed:
            return
        self.is_closed = True
        self._pieces.clear()
        self._unread_bytes = 0
        self._read_on()
        if not self.is_complete and self._error is None:
            self._on_end(False)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self.is_complete or self.is_closed:
                raise StopAsyncIteration
            await self._more()
        piece = self._pieces.popleft()
        self._unread_bytes -= len(piece)
        if self._unread_bytes <= LOW_BYTES:
            self._read_on()
        return piece

    async def _more(self) -> None:
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            wanted()
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._stall_s):
                await self._waiting
        except TimeoutError as error:
            raise stalled() from error
        finally:
            self._waiting = None

    def _read_on(self) -> None:
        if self._is_paced:
            self._is_paced = False
            self._pace(True)

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class Drain:
    """Waits while a transport has more to send than it should; for `pause_writing` and `resume_writing`."""

    def __init__(self, stall_s: float = STALL_S) -> None:
        self._stall_s = stall_s
        self._waiting: asyncio.Future[None] | None = None
        self._is_paused = False
        self._is_lost = False

    def pause(self) -> None:
        """There is enough to send."""
        self._is_paused = True

    def resume(self) -> None:
        """There is room."""
        self._is_paused = False
        self._wake()

    def lose(self) -> None:
        """Nothing will be sent any more."""
        self._is_lost = True
        self._wake()

    async def room(self) -> None:
        """When there is room. ConnectionResetError when nobody is there; TimeoutError when nobody reads."""
        if self._is_paused and not self._is_lost:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(self._stall_s):
                    await self._waiting
            finally:
                self._waiting = None
        if self._is_lost:
            raise ConnectionResetError("closed while a body was being sent")

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


async def whole(stream: BodyStream, limit_bytes: int = BODY_LIMIT_BYTES) -> bytes:
    """All of it, for who cannot work with pieces; a Refusal when that is too much to hold."""
    if stream.length is not None and stream.length > limit_bytes:
        stream.close()
        raise too_large(limit_bytes)
    pieces, size_bytes = [], 0
    async for piece in stream:
        pieces.append(piece)
        size_bytes += len(piece)
        if size_bytes > limit_bytes:
            stream.close()
            raise too_large(limit_bytes)
    return b"".join(pieces)


async def whole_request(request: Request, limit_bytes: int = BODY_LIMIT_BYTES) -> Request:
    """The request with its body at hand."""
    if request.stream is None:
        return request
    return replace(request, body=await whole(request.stream, limit_bytes), stream=None)


async def whole_response(response: Response, limit_bytes: int = BODY_LIMIT_BYTES) -> Response:
    """The answer with its body at hand."""
    if response.stream is None:
        return response
    return replace(response, body=await whole(response.stream, limit_bytes), stream=None)


def too_large(limit_bytes: int) -> Refusal:
    """In HTTP's and S3's words."""
    return Refusal("EntityTooLarge", f"the body is larger than {limit_bytes} bytes", status=413)


def stalled() -> Refusal:
    """In S3's words."""
    return Refusal(
        "RequestTimeout",
        "Your socket connection to the server was not read from or written to within the timeout period. "
        "Idle connections will be closed.",
        definite=False,
    )


def broken_off() -> Refusal:
    """In S3's words: the client has gone in the middle of its body."""
    return Refusal("IncompleteBody", "The request body terminated unexpectedly", definite=False)


async def send_stream(stream: BodyStream, write: Callable[[bytes], None], drain: Drain) -> None:
    """Write every piece as there is room; the stream is closed in any case."""
    try:
        async for piece in stream:
            if piece:
                write(piece if stream.length is not None else chunk(piece))
                await drain.room()
        if stream.length is None:
            write(chunk(b""))
    finally:
        stream.close()
