"""Large bodies from a client through a server and a pool to another server and back, in pieces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import STREAM_ABOVE_BYTES, Headers, Request, Response
from sandbox.serving.client import HttpPool
from sandbox.serving.server import HttpServer, serve_http
from sandbox.serving.streams import HIGH_BYTES, Drain, Incoming, whole, whole_request

BIG = 8 * STREAM_ABOVE_BYTES
PIECE = bytes(range(256)) * 256
LIMIT_S = 20.0


class Pieces:
    """A BodyStream of so many bytes. taken: how many have been asked for."""

    def __init__(self, size: int, *, length: int | None = None, breaks_at: int | None = None) -> None:
        self.size, self.length, self.breaks_at = size, length, breaks_at
        self.taken = 0
        self.closed = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.taken < self.size:
            if self.breaks_at is not None and self.taken >= self.breaks_at:
                raise ConnectionResetError("broke off")
            piece = PIECE[: self.size - self.taken]
            self.taken += len(piece)
            yield piece

    def close(self) -> None:
        self.closed.set()


def pieces(size: int, *, is_chunked: bool = False) -> Pieces:
    return Pieces(size, length=None if is_chunked else size)


def answer(status: int = 200, **more: Any) -> Response:
    return Response(status=status, headers=Headers(), **more)


Handler = Callable[[Request], Awaitable[Response]]


class Way:
    """client pool -> door -> pool -> engine, as a front door and its engine stand."""

    def __init__(self, client: HttpPool, pool: HttpPool, door: HttpServer, engine: HttpServer) -> None:
        self.client, self.pool, self.door, self.engine = client, pool, door, engine

    async def send(self, method: str, target: str = "/", stream: Pieces | None = None, **headers: str) -> Response:
        request = Request(method=method, target=target, headers=Headers(list(headers.items())), stream=stream)
        return await self.client.send(request, host="127.0.0.1", port=self.door.port, timeout_s=LIMIT_S)


@asynccontextmanager
async def way(engine: Handler, **options: Any) -> AsyncIterator[Way]:
    pool, client = HttpPool(stream_bodies=True), HttpPool(stream_bodies=True)
    behind = await serve_http(engine, name="engine", stream_bodies=True)

    async def pass_on(request: Request) -> Response:
        return await pool.send(request, host="127.0.0.1", port=behind.port, timeout_s=LIMIT_S)

    door = await serve_http(options.get("door", pass_on), name="door", stream_bodies=True)
    try:
        yield Way(client, pool, door, behind)
    finally:
        for each in (client, pool, door, behind):
            await each.close()


async def count(request: Request) -> Response:
    """Says how many bytes it was sent, and by which framing."""
    size = 0
    if request.stream is not None:
        async for piece in request.stream:
            size += len(piece)
    return answer(body=f"{size} {request.headers.get('content-length')}".encode())


@pytest.mark.parametrize(("is_chunked", "told"), [(False, f"{BIG} {BIG}"), (True, f"{BIG} None")])
def test_a_large_request_passes_in_pieces(is_chunked: bool, told: str) -> None:
    async def story() -> bytes:
        async with way(count) as the:
            return (await the.send("PUT", stream=pieces(BIG, is_chunked=is_chunked))).body

    assert asyncio.run(story()).decode() == told


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_large_answer_passes_in_pieces_and_the_connection_is_kept(is_chunked: bool) -> None:
    async def give(request: Request) -> Response:
        return answer(stream=pieces(BIG, is_chunked=is_chunked))

    async def story() -> None:
        async with way(give) as the:
            for _ in range(3):
                got = await the.send("GET")
                assert got.stream is not None
                assert got.stream.length == (None if is_chunked else BIG)
                assert await whole(got.stream) == PIECE * (BIG // len(PIECE))
            assert (the.client.opened, the.pool.opened) == (1, 1)

    asyncio.run(story())


def test_who_does_not_read_holds_the_sender_back() -> None:
    """The body is far larger than all buffers on the way: without back-pressure all of it would be taken."""
    sent = Pieces(1 << 40, length=1 << 40)
    first, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Response:
        assert request.stream is not None
        async for _ in request.stream:
            first.set()
            await go_on.wait()
        return answer()

    async def settled() -> int:
        """What has been taken when nothing has moved for a while."""
        before, clock = -1, SystemClock()
        while before != sent.taken:
            before = sent.taken
            await clock.sleep(0.2)
        return before

    async def story() -> int:
        async with way(slow) as the, asyncio.TaskGroup() as group:
            sending = group.create_task(the.send("PUT", stream=sent))
            await first.wait()
            taken = await settled()
            sending.cancel()
        return taken

    assert 0 < asyncio.run(story()) < 64 * STREAM_ABOVE_BYTES


def test_an_early_answer_stops_the_sender_and_reaches_him() -> None:
    async def refuse(request: Request) -> Response:
        return answer(403, body=b"no")

    async def story() -> tuple[int, bytes, int]:
        sent = Pieces(1 << 40, length=1 << 40)
        async with way(count, door=refuse) as the:
            got = await the.send("PUT", stream=sent)
            return got.status, got.body, sent.taken

    status, body, taken = asyncio.run(story())
    assert (status, body) == (403, b"no")
    assert taken < 64 * STREAM_ABOVE_BYTES


def test_a_client_that_waits_for_100_continue_is_told_to_send_only_when_somebody_reads() -> None:
    async def by_path(request: Request) -> Response:
        return await count(request) if request.path == "/taken" else answer(301)

    async def ask(port: int, path: str) -> tuple[bytes, bytes]:
        """The first line that comes before the body, and the last."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {BIG}\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        before = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMIT_S)
        after = b""
        if b"100" in before:
            writer.write(bytes(BIG))
            after = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMIT_S)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        return before.split(b"\r\n")[0], after.split(b"\r\n")[0]

    async def story() -> list[tuple[bytes, bytes]]:
        async with way(by_path) as the:
            return [await ask(the.engine.port, path) for path in ("/taken", "/moved")]

    taken, moved = asyncio.run(story())
    assert taken == (b"HTTP/1.1 100 Continue", b"HTTP/1.1 200 OK")
    assert moved == (b"HTTP/1.1 301 Moved Permanently", b"")


def test_a_client_that_breaks_off_never_looks_complete_to_the_engine() -> None:
    """Else the engine would store half an object."""
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def store(request: Request) -> Response:
        assert request.stream is not None
        try:
            await whole(request.stream)
            heard.put_nowait("stored")
        except Refusal as refusal:
            heard.put_nowait(refusal.code)
        return answer()

    async def story() -> None:
        async with way(store) as the:
            with pytest.raises(ConnectionResetError):
                await the.send("PUT", stream=Pieces(BIG, length=BIG, breaks_at=BIG // 2))
            assert await asyncio.wait_for(heard.get(), LIMIT_S) == "IncompleteBody"

    asyncio.run(story())


def test_an_answer_that_breaks_off_breaks_off_for_the_client_too() -> None:
    async def give(request: Request) -> Response:
        return answer(stream=Pieces(BIG, length=BIG, breaks_at=BIG // 2))

    async def story() -> None:
        async with way(give) as the:
            got = await the.send("GET")
            assert got.stream is not None
            with pytest.raises(ConnectionError):
                await whole(got.stream)

    asyncio.run(story())


def test_a_reader_who_has_enough_closes_the_way_up_to_the_source() -> None:
    source = Pieces(1 << 40, length=1 << 40)

    async def give(request: Request) -> Response:
        return answer(stream=source)

    async def story() -> None:
        async with way(give) as the:
            got = await the.send("GET")
            assert got.stream is not None
            async for _ in got.stream:
                got.stream.close()
            await asyncio.wait_for(source.closed.wait(), LIMIT_S)

    asyncio.run(story())


def test_head_has_no_body_however_large_it_says_it_is() -> None:
    async def head(request: Request) -> Response:
        return Response(status=200, headers=Headers([("Content-Length", str(1 << 40))]), head_only=True)

    async def story() -> Response:
        async with way(head) as the:
            return await the.send("HEAD")

    got = asyncio.run(story())
    assert (got.headers.get("content-length"), got.stream) == (str(1 << 40), None)


def test_small_bodies_stay_whole() -> None:
    async def story() -> Response:
        async with way(count) as the:
            request = Request(method="PUT", target="/", headers=Headers(), body=b"x" * 1000)
            return await the.client.send(request, host="127.0.0.1", port=the.door.port)

    assert asyncio.run(story()).body == b"0 1000", "there was no stream to count"


def incoming(**options: Any) -> tuple[Incoming, list[bool]]:
    paces: list[bool] = []
    return Incoming(None, pace=paces.append, on_end=lambda is_complete: None, **options), paces


def test_a_full_body_stops_the_reading_and_an_empty_one_starts_it() -> None:
    async def story() -> list[bool]:
        body, paces = incoming()
        for _ in range(HIGH_BYTES // len(PIECE) + 1):
            body.feed(PIECE)
        assert paces == [False]
        body.finish()
        assert len(await whole(body)) > HIGH_BYTES
        return paces

    assert asyncio.run(story()) == [False, True]


def test_a_body_of_which_nothing_comes_is_s3s_own_error() -> None:
    async def story() -> None:
        body, _ = incoming(stall_s=0.01)
        await whole(body)

    with pytest.raises(Refusal, match="not read from or written to within the timeout"):
        asyncio.run(story())


def test_who_must_have_all_of_it_refuses_what_is_too_large() -> None:
    async def story(length: int | None) -> None:
        request = Request(method="POST", target="/", headers=Headers(), stream=Pieces(2000, length=length))
        await whole_request(request, limit_bytes=1000)

    for length in (2000, None):
        with pytest.raises(Refusal) as refused:
            asyncio.run(story(length))
        assert (refused.value.code, refused.value.status) == ("EntityTooLarge", 413)


def test_a_client_that_does_not_read_is_given_up() -> None:
    async def story() -> None:
        drain = Drain(stall_s=0.01)
        await drain.room()
        drain.pause()
        await drain.room()

    with pytest.raises(TimeoutError):
        asyncio.run(story())
