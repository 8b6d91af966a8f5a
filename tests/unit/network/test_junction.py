"""Claims about two flows that meet: order, back-pressure, ends; in simulated time through real `Network` flows."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sandbox.kernel.clock import LoopClock
from sandbox.kernel.tasks import Tasks
from sandbox.network.core import Links
from sandbox.network.junction import WAITING_BYTES, Junction
from sandbox.network.rules.isolate import Isolate
from sandbox.network.service import Factory, Network
from sandbox.network.values import Endpoint
from sandbox.sim.loop import run_virtual
from sandbox.sim.pipes import MemoryHosts

NEAR_MS, FAR_MS = 20.0, 200.0
SHOP, NOBODY, HERE = (Endpoint(host=name, port=80) for name in ("shop", "nobody", "edge"))


def rtt_ms(a: str, b: str) -> float:
    return NEAR_MS if "paris" in (a, b) else FAR_MS


class Server(asyncio.Protocol):
    """Echoes; at EOF says goodbye and closes."""

    def __init__(self, seen: list[tuple[float, bytes]], ends: list[str]) -> None:
        self.seen = seen
        self.ends = ends

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.seen.append((now_s(), data))
        self.transport.write(data)

    def eof_received(self) -> bool:
        self.transport.write(b"bye")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.ends.append("reset" if exc else "closed")


class Client(asyncio.Protocol):
    def __init__(self) -> None:
        self.got = b""
        self.lost: list[Exception | None] = []
        self.paused = False

    def data_received(self, data: bytes) -> None:
        self.got += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False


def now_s() -> float:
    return asyncio.get_running_loop().time()


class Scene:
    def __init__(self) -> None:
        self.hosts, self.links, self.tasks = MemoryHosts(), Links(rtt_ms), Tasks("test")
        self.seen: list[tuple[float, bytes]] = []
        self.ends: list[str] = []
        self.hosts.listen(SHOP, lambda: Server(self.seen, self.ends))
        self.network = Network(self.links, LoopClock(), random.Random(1), self.hosts.dial)

    async def open(self, endpoint: Endpoint = SHOP) -> tuple[asyncio.Transport, Client]:
        async def dial(here: Endpoint, factory: Factory) -> tuple[asyncio.Transport, asyncio.Protocol]:
            far = factory()
            junction = Junction(far, self.tasks)
            junction.begin(lambda near: self.network.connect("edge", "region", endpoint, near))
            return junction, far

        transport, client = await self.network.connect("paris", "edge", HERE, Client, dial=dial)
        assert isinstance(client, Client)
        return transport, client


@pytest.fixture
def play() -> Callable[[Callable[[Scene], Coroutine[Any, Any, None]]], None]:
    def run(story: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
        async def whole() -> None:
            scene = Scene()
            await story(scene)
            await asyncio.sleep(300)
            assert len(scene.network) == 0, "no flow outlives its ends"
            await scene.tasks.close()

        run_virtual(whole())

    return run


def test_the_client_is_connected_at_the_junction_and_its_words_wait_for_the_second_flow(play: Any) -> None:
    async def story(scene: Scene) -> None:
        transport, client = await scene.open()
        assert now_s() == pytest.approx(0.02, abs=0.001)
        transport.write(b"one ")
        transport.write(b"two")
        await asyncio.sleep(1)
        # SYN at the edge after 10 ms; its own handshake 200 ms; then one way on.
        assert scene.seen[0][0] == pytest.approx(0.31, abs=0.002)
        assert b"".join(data for _, data in scene.seen) == client.got == b"one two"
        transport.close()

    play(story)


def test_an_end_said_before_the_second_flow_stands_is_passed_on(play: Any) -> None:
    async def story(scene: Scene) -> None:
        transport, client = await scene.open()
        transport.write(b"last words")
        transport.write_eof()
        await asyncio.sleep(2)
        assert client.got == b"last wordsbye"
        assert client.lost == [None]

    play(story)


@pytest.mark.parametrize(("leave", "end"), [("close", "closed"), ("abort", "reset")])
def test_a_client_that_leaves_is_gone_at_the_far_end_too(play: Any, leave: str, end: str) -> None:
    async def story(scene: Scene) -> None:
        transport, _ = await scene.open()
        transport.write(b"hello")
        await asyncio.sleep(1)
        getattr(transport, leave)()
        await asyncio.sleep(1)
        assert scene.ends == [end]

    play(story)


def test_a_client_that_aborts_at_once_leaves_no_second_flow(play: Any) -> None:
    async def story(scene: Scene) -> None:
        transport, _ = await scene.open()
        transport.abort()
        await asyncio.sleep(2)
        assert scene.seen == []

    play(story)


def test_nobody_behind_the_junction_is_a_reset_after_the_second_round_trip(play: Any) -> None:
    async def story(scene: Scene) -> None:
        _, client = await scene.open(NOBODY)
        await asyncio.sleep(0.18)
        assert client.lost == []
        await asyncio.sleep(0.1)
        assert isinstance(client.lost[0], ConnectionResetError)

    play(story)


def test_a_client_is_paused_while_much_waits_for_a_second_flow_that_is_cut_off(play: Any) -> None:
    async def story(scene: Scene) -> None:
        scene.links.install("cut", Isolate(place="region"))
        transport, client = await scene.open()
        for _ in range(100):
            transport.write(bytes(WAITING_BYTES // 2))
        await asyncio.sleep(1)
        assert client.paused
        scene.links.heal("cut")
        await asyncio.sleep(20)
        assert not client.paused
        assert len(client.got) == sum(len(data) for _, data in scene.seen) == 50 * WAITING_BYTES
        transport.close()

    play(story)


def test_breaking_off_resets_both_ends(play: Any) -> None:
    async def story(scene: Scene) -> None:
        transport, client = await scene.open()
        transport.write(b"hello")
        await asyncio.sleep(1)
        assert transport.last_moved_s == pytest.approx(0.42, abs=0.01)  # type: ignore[attr-defined]
        transport.break_off("the zone is down")  # type: ignore[attr-defined]
        await asyncio.sleep(1)
        assert [str(error) for error in client.lost] == ["the zone is down"]
        assert scene.ends == ["reset"]

    play(story)
