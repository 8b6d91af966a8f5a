"""Claims about one flow under change: faults that come and go while bytes, ends and failures are under way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.clock import LoopClock
from sandbox.network.core import Links
from sandbox.network.rules.isolate import Isolate
from sandbox.network.rules.partition import Partition
from sandbox.network.rules.slow import Slow
from sandbox.network.service import Network
from sandbox.network.values import Endpoint, Shape
from sandbox.sim.loop import run_virtual
from sandbox.sim.pipes import MemoryHosts

ONE_WAY_S = 0.040
SHOP = Endpoint(host="shop", port=80)


def now_s() -> float:
    return asyncio.get_running_loop().time()


class End(asyncio.Protocol):
    """Notes what happens to it, and when."""

    def __init__(self, *, keeps_open: bool = False) -> None:
        self.events: list[tuple[Any, float]] = []
        self.keeps_open = keeps_open
        self.transport: Any = None
        self.pressure: list[bool] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.note("made")

    def data_received(self, data: bytes) -> None:
        self.note(data)

    def eof_received(self) -> bool:
        self.note("eof")
        return self.keeps_open

    def connection_lost(self, exc: Exception | None) -> None:
        self.note("lost" if exc is None else "reset")

    def pause_writing(self) -> None:
        self.pressure.append(True)

    def resume_writing(self) -> None:
        self.pressure.append(False)

    def note(self, event: Any) -> None:
        self.events.append((event, now_s()))

    @property
    def what(self) -> list[Any]:
        return [event for event, _ in self.events]

    @property
    def data(self) -> bytes:
        return b"".join(event for event in self.what if isinstance(event, bytes))

    def when(self, event: Any) -> float:
        return next(at_s for noted, at_s in self.events if noted == event)


class Planet:
    """Two places, 80 ms apart, and a shop in us-east-1."""

    def __init__(self, seed: int = 1) -> None:
        self.links = Links(lambda a, b: 2000 * ONE_WAY_S)
        self.hosts = MemoryHosts()
        self.network = Network(self.links, LoopClock(), random.Random(seed), self.hosts.dial)

    async def connect(self, near: asyncio.Protocol, far: asyncio.Protocol) -> Any:
        self.hosts.listen(SHOP, lambda: far)
        transport, _ = await self.network.connect("paris", "us-east-1", SHOP, lambda: near)
        return transport


def on_a_planet(story: Callable[[Planet], Awaitable[None]], seed: int = 1) -> None:
    async def run() -> None:
        await story(Planet(seed))

    run_virtual(run())


def test_a_server_that_speaks_first_is_heard_after_the_handshake() -> None:
    class Greeter(End):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self.transport.write(b"220 ready")

    async def story(planet: Planet) -> None:
        near = End()
        await planet.connect(near, Greeter())
        await asyncio.sleep(1)
        assert near.what == ["made", b"220 ready"]
        assert near.when(b"220 ready") == pytest.approx(2 * ONE_WAY_S, abs=0.001)

    on_a_planet(story)


def test_a_near_end_that_pauses_at_once_gets_nothing_until_it_resumes() -> None:
    class Hesitant(End):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self.transport.pause_reading()

    class Greeter(End):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self.transport.write(b"220 ready")

    async def story(planet: Planet) -> None:
        near = Hesitant()
        transport = await planet.connect(near, Greeter())
        await asyncio.sleep(5)
        assert near.what == ["made"]
        assert not transport.is_reading()
        transport.resume_reading()
        assert near.what == ["made"], "never while the caller is at work"
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        assert near.data == b"220 ready"

    on_a_planet(story)


def test_bytes_never_come_while_bytes_are_handled() -> None:
    class Stepwise(End):
        within = False

        def data_received(self, data: bytes) -> None:
            assert not self.within
            self.within = True
            self.transport.pause_reading()
            super().data_received(data)
            self.transport.resume_reading()
            self.within = False

    async def story(planet: Planet) -> None:
        near, far = Stepwise(), End()
        await planet.connect(near, far)
        for number in range(10):
            far.transport.write(b"%d" % number)
        await asyncio.sleep(1)
        assert near.data == b"0123456789"

    on_a_planet(story)


def test_a_half_closed_flow_still_carries_the_other_half() -> None:
    async def story(planet: Planet) -> None:
        near, far = End(), End(keeps_open=True)
        transport = await planet.connect(near, far)
        transport.write(b"question")
        transport.write_eof()
        await asyncio.sleep(1)
        assert far.what == ["made", b"question", "eof"]
        far.transport.write(b"answer")
        far.transport.close()
        await asyncio.sleep(1)
        assert near.what == ["made", b"answer", "eof", "lost"]
        assert len(planet.network) == 0

    on_a_planet(story)


def test_a_server_that_aborts_is_a_reset_one_way_later() -> None:
    async def story(planet: Planet) -> None:
        near, far = End(), End()
        await planet.connect(near, far)
        await asyncio.sleep(1)
        aborted_at_s = now_s()
        far.transport.abort()
        await asyncio.sleep(1)
        assert near.what == ["made", "reset"]
        assert near.when("reset") - aborted_at_s == pytest.approx(ONE_WAY_S, abs=0.001)
        assert len(planet.network) == 0

    on_a_planet(story)


def test_a_close_crosses_a_cut_link_only_after_the_heal() -> None:
    """A server behind a partition keeps the connection of a client that left: as in life."""

    async def story(planet: Planet) -> None:
        near, far = End(), End()
        transport = await planet.connect(near, far)
        planet.links.install("f", Isolate(place="us-east-1"))
        transport.close()
        await asyncio.sleep(100)
        assert near.what == ["made", "lost"]
        assert far.what == ["made"]
        planet.links.heal("f")
        await asyncio.sleep(5)
        assert far.what == ["made", "eof", "lost"]
        assert len(planet.network) == 0, "and then nobody remembers it"

    on_a_planet(story)


def test_a_one_way_cut_lets_the_other_way_through() -> None:
    async def story(planet: Planet) -> None:
        near, far = End(), End()
        transport = await planet.connect(near, far)
        planet.links.install("f", Partition(a="us-east-1", b="paris", one_way=True))
        transport.write(b"question")
        await asyncio.sleep(1)
        assert far.data == b"question"
        far.transport.write(b"answer")
        await asyncio.sleep(10)
        assert near.data == b""
        planet.links.heal("f")
        await asyncio.sleep(5)
        assert near.data == b"answer"

    on_a_planet(story)


@pytest.mark.parametrize(
    "shape",
    [Shape(bytes_per_s=1_000), Shape(add_s=300), Shape(jitter_s=300)],
    ids=["narrow", "far away", "uneven"],
)
def test_what_waited_for_a_slow_link_comes_soon_after_the_heal(shape: Shape) -> None:
    """One kilobyte a second takes 100 s for these bytes; nobody should wait for that once the link is mended."""

    async def story(planet: Planet) -> None:
        near, far = End(), End()
        transport = await planet.connect(near, far)
        planet.links.install("f", Slow(a="paris", b=None, shape=shape))
        words = bytes(range(256)) * 400
        transport.write(words)
        await asyncio.sleep(3)
        planet.links.heal("f")
        transport.write(b"the end")
        await asyncio.sleep(3 * ONE_WAY_S)
        assert far.data == words + b"the end"
        planet.links.install("g", Slow(a="paris", b=None, shape=Shape(bytes_per_s=1e6)))
        transport.write(b"!")
        await asyncio.sleep(3 * ONE_WAY_S)
        assert far.data.endswith(b"!"), "nothing of the old queue is left"

    on_a_planet(story)


def test_a_reset_during_the_handshake_is_an_error_of_connect_and_of_nobody_else() -> None:
    async def story(planet: Planet) -> None:
        near = End()
        asyncio.get_running_loop().call_later(
            ONE_WAY_S / 2, planet.links.install, "f", Isolate(place="us-east-1", reset=True)
        )
        with pytest.raises(ConnectionResetError, match="us-east-1 is isolated"):
            await planet.connect(near, End())
        assert near.what == [], "a protocol that was never connected is not told that it is disconnected"
        assert len(planet.network) == 0

    on_a_planet(story)


def test_a_handshake_packet_is_lost_when_the_link_is_cut_under_it() -> None:
    async def story(planet: Planet) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(ONE_WAY_S / 2, planet.links.install, "f", Isolate(place="us-east-1"))
        loop.call_later(ONE_WAY_S * 2, planet.links.heal, "f")
        await planet.connect(End(), End())
        assert now_s() > 1.0, "the first retransmission of a SYN takes a second"

    on_a_planet(story)


def test_a_near_end_that_fails_loses_its_connection_and_nobody_elses() -> None:
    class Faulty(End):
        def data_received(self, data: bytes) -> None:
            raise LookupError("a bug in a protocol")

    async def story(planet: Planet) -> None:
        errors: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: errors.append(context["exception"]))
        faulty, faulty_far, near, far = Faulty(), End(), End(), End()
        await planet.connect(faulty, faulty_far)
        await planet.connect(near, far)
        faulty_far.transport.write(b"x")
        far.transport.write(b"y")
        await asyncio.sleep(1)
        assert near.data == b"y"
        assert faulty.what == ["made", "reset"]
        assert len(planet.network) == 1
        assert len(errors) == 1

    on_a_planet(story)


def test_a_reader_that_does_not_read_stops_the_far_end_too() -> None:
    """Back-pressure crosses the ocean: what waits has a limit."""

    class Source(End):
        def pump(self) -> None:
            while not self.pressure or not self.pressure[-1]:
                self.transport.write(bytes(64 * 1024))

    async def story(planet: Planet) -> None:
        far, near = End(), Source()
        transport = await planet.connect(near, far)
        planet.links.install("f", Slow(a="paris", b=None, shape=Shape(add_s=1)))
        near.pump()
        assert near.pressure == [True]
        await asyncio.sleep(3)
        assert near.pressure == [True, False], "it may go on once enough has arrived"
        assert transport.get_write_buffer_size() == 0

    on_a_planet(story)


SHAPES = st.builds(
    Shape,
    add_s=st.floats(0, 1),
    jitter_s=st.floats(0, 1),
    loss=st.floats(0, 1),
    bytes_per_s=st.none() | st.floats(1e4, 1e7),
)
CHANGES = st.lists(
    st.tuples(st.floats(0.01, 2), st.sampled_from(["cut", "one way", "heal"]) | SHAPES),
    max_size=12,
)


@given(
    CHANGES, st.lists(st.tuples(st.floats(0, 0.5), st.integers(1, 60_000)), min_size=1, max_size=15), st.integers(0, 9)
)
def test_whatever_comes_and_goes_every_byte_arrives_once_and_in_order(
    changes: list[tuple[float, Any]], chunks: list[tuple[float, int]], seed: int
) -> None:
    """TCP's promise, kept through any history of faults that ends with a heal."""

    async def break_things(planet: Planet) -> None:
        for wait_s, change in changes:
            await asyncio.sleep(wait_s)
            if change == "cut":
                planet.links.install("f", Isolate(place="us-east-1"))
            elif change == "one way":
                planet.links.install("f", Partition(a="paris", b="us-east-1", one_way=True))
            elif change == "heal":
                planet.links.heal("f")
            else:
                planet.links.install("f", Slow(a="paris", b=None, shape=change))
        planet.links.heal("f")

    async def story(planet: Planet) -> None:
        near, far = End(), End()
        transport = await planet.connect(near, far)
        breaking = asyncio.ensure_future(break_things(planet))
        sent = b""
        for number, (wait_s, size) in enumerate(chunks):
            chunk = bytes([number]) * size
            sent += chunk
            transport.write(chunk)
            await asyncio.sleep(wait_s)
        transport.close()
        await breaking
        await asyncio.sleep(60)
        assert far.data == sent
        assert far.what[-2:] == ["eof", "lost"]
        assert len(planet.network) == 0

    on_a_planet(story, seed)
