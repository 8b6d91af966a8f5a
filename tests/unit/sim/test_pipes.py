"""Claims about in-memory connections: they behave as sockets do. Each story runs over pipes and over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sandbox.network.service import dial_tcp
from sandbox.network.values import Endpoint
from sandbox.sim.loop import run_virtual
from sandbox.sim.pipes import MemoryHosts

Dial = Callable[..., Awaitable[tuple[asyncio.Transport, asyncio.Protocol]]]


class End(asyncio.Protocol):
    """One end; notes what happens to it. keeps_open: goes on writing after the other end has ended its bytes."""

    def __init__(self, *, first_words: bytes = b"", keeps_open: bool = False) -> None:
        self.events: list[Any] = []
        self.first_words = first_words
        self.keeps_open = keeps_open
        self.news = asyncio.Event()
        self.within = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.note("made")
        if self.first_words:
            transport.write(self.first_words)

    def data_received(self, data: bytes) -> None:
        assert not self.within, "bytes came while bytes were handled"
        self.within = True
        self.note(data)
        self.on_data()
        self.within = False

    def on_data(self) -> None:
        """For stories that answer."""

    def eof_received(self) -> bool:
        self.note("eof")
        return self.keeps_open

    def connection_lost(self, exc: Exception | None) -> None:
        self.note("lost" if exc is None else "reset")

    def note(self, event: Any) -> None:
        self.events.append(event)
        self.news.set()

    @property
    def data(self) -> bytes:
        return b"".join(event for event in self.events if isinstance(event, bytes))

    async def until(self, holds: Callable[[End], bool]) -> None:
        while not holds(self):
            self.news.clear()
            await self.news.wait()


Open = Callable[[End, End], Awaitable[None]]
Story = Callable[[Open], Awaitable[None]]


def over_pipes(story: Story) -> None:
    async def run() -> None:
        hosts = MemoryHosts()

        async def open_pair(near: End, far: End) -> None:
            endpoint = Endpoint(host="shop", port=80)
            hosts.listen(endpoint, lambda: far)
            transport, protocol = await hosts.dial(endpoint, lambda: near)
            assert (transport, protocol) == (near.transport, near)

        await story(open_pair)

    run_virtual(run())


def over_sockets(story: Story) -> None:
    async def run() -> None:
        servers: list[asyncio.Server] = []

        async def open_pair(near: End, far: End) -> None:
            server = await asyncio.get_running_loop().create_server(lambda: far, "127.0.0.1", 0)
            servers.append(server)
            port = server.sockets[0].getsockname()[1]
            await dial_tcp(Endpoint(host="127.0.0.1", port=port), lambda: near)

        try:
            async with asyncio.timeout(10):
                await story(open_pair)
        finally:
            for server in servers:
                server.close()

    asyncio.run(run())


@pytest.fixture(params=[over_pipes, pytest.param(over_sockets, marks=pytest.mark.live)], ids=["pipes", "sockets"])
def world(request: pytest.FixtureRequest) -> Callable[[Story], None]:
    run: Callable[[Story], None] = request.param
    return run


def test_bytes_arrive_in_order_both_ways(world: Callable[[Story], None]) -> None:
    async def story(open_pair: Open) -> None:
        near, far = End(), End()
        await open_pair(near, far)
        for number in range(50):
            near.transport.write(b"%d " % number)
        near.transport.writelines([b"and", bytearray(b" more")])
        await far.until(lambda end: end.data.endswith(b"more"))
        assert far.data == b"".join(b"%d " % number for number in range(50)) + b"and more"
        far.transport.write(b"thanks")
        await near.until(lambda end: end.data == b"thanks")

    world(story)


def test_both_ends_are_made_before_anything_arrives(world: Callable[[Story], None]) -> None:
    async def story(open_pair: Open) -> None:
        near, far = End(first_words=b"from near"), End(first_words=b"from far")
        await open_pair(near, far)
        await far.until(lambda end: bool(end.data))
        await near.until(lambda end: bool(end.data))
        assert (near.events, far.events) == (["made", b"from far"], ["made", b"from near"])

    world(story)


def test_closing_sends_what_was_written_then_ends_both(world: Callable[[Story], None]) -> None:
    async def story(open_pair: Open) -> None:
        near, far = End(), End()
        await open_pair(near, far)
        near.transport.write(b"last words")
        near.transport.close()
        near.transport.write(b"too late")
        assert near.transport.is_closing()
        await far.until(lambda end: "lost" in end.events)
        await near.until(lambda end: "lost" in end.events)
        assert far.events == ["made", b"last words", "eof", "lost"]
        assert near.events == ["made", "lost"]

    world(story)


def test_half_an_end_leaves_the_other_half_open(world: Callable[[Story], None]) -> None:
    async def story(open_pair: Open) -> None:
        near, far = End(), End(keeps_open=True)
        await open_pair(near, far)
        near.transport.write_eof()
        await far.until(lambda end: "eof" in end.events)
        far.transport.write(b"still here")
        await near.until(lambda end: end.data == b"still here")
        far.transport.close()
        await near.until(lambda end: "lost" in end.events)

    world(story)


def test_who_writes_to_a_closed_end_is_reset(world: Callable[[Story], None]) -> None:
    async def story(open_pair: Open) -> None:
        near, far = End(), End(keeps_open=True)
        await open_pair(near, far)
        near.transport.close()
        await far.until(lambda end: "eof" in end.events)
        while "reset" not in far.events:
            far.transport.write(b"anyone?")
            await asyncio.sleep(0.001)

    world(story)


def test_a_paused_end_gets_nothing_until_it_resumes(world: Callable[[Story], None]) -> None:
    async def story(open_pair: Open) -> None:
        near, far = End(), End()
        await open_pair(near, far)
        await far.until(lambda end: "made" in end.events)
        far.transport.pause_reading()
        near.transport.write(b"one")
        near.transport.close()
        await asyncio.sleep(0.05)
        assert far.events == ["made"]
        far.transport.resume_reading()
        assert far.events == ["made"], "never while the caller is at work"
        await far.until(lambda end: "lost" in end.events)
        assert far.events == ["made", b"one", "eof", "lost"]

    world(story)


def test_an_end_may_pause_and_resume_while_it_handles_bytes(world: Callable[[Story], None]) -> None:
    class Hesitant(End):
        def on_data(self) -> None:
            self.transport.pause_reading()
            self.transport.resume_reading()

    async def story(open_pair: Open) -> None:
        near, far = End(), Hesitant()
        await open_pair(near, far)
        for number in range(20):
            near.transport.write(b"%02d" % number)
            await asyncio.sleep(0)
        await far.until(lambda end: len(end.data) == 40)
        assert far.data == b"".join(b"%02d" % number for number in range(20))

    world(story)


def test_a_protocol_can_hand_over_to_another(world: Callable[[Story], None]) -> None:
    async def story(open_pair: Open) -> None:
        near, far, heir = End(), End(), End()
        await open_pair(near, far)
        await far.until(lambda end: "made" in end.events)
        far.transport.set_protocol(heir)
        assert far.transport.get_protocol() is heir
        near.transport.write(b"for the heir")
        await heir.until(lambda end: end.data == b"for the heir")
        assert far.events == ["made"]

    world(story)


def test_an_abort_resets_the_other_end_in_memory() -> None:
    async def story(open_pair: Open) -> None:
        near, far = End(), End()
        await open_pair(near, far)
        near.transport.abort()
        await far.until(lambda end: "reset" in end.events)
        assert near.events == ["made", "lost"]

    over_pipes(story)


def test_nobody_listening_is_refused() -> None:
    async def run() -> None:
        hosts = MemoryHosts()
        endpoint = Endpoint(host="shop", port=80)
        hosts.listen(endpoint, End)
        hosts.stop(endpoint)
        with pytest.raises(ConnectionRefusedError, match="nobody listens at shop:80"):
            await hosts.dial(endpoint, End)

    run_virtual(run())
