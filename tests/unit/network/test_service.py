"""Claims about connections between places, in simulated time: what is checked is the moment things arrive."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sandbox.kernel.clock import LoopClock
from sandbox.network.core import Links
from sandbox.network.rules.isolate import Isolate
from sandbox.network.rules.partition import Partition
from sandbox.network.rules.slow import Slow
from sandbox.network.service import Network
from sandbox.network.values import Endpoint, Shape
from sandbox.sim.loop import Standstill, run_virtual
from sandbox.sim.pipes import MemoryHosts

RTT_MS = 80.0
SHOP = Endpoint(host="shop", port=80)


class Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class Client(asyncio.Protocol):
    """Notes what happened to it, and when."""

    def __init__(self) -> None:
        self.arrivals: list[tuple[float, bytes]] = []
        self.lost: list[tuple[float, Exception | None]] = []
        self.news = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.arrivals.append((now_s(), data))
        self.news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append((now_s(), exc))
        self.news.set()

    async def has(self, count: int) -> None:
        while sum(len(data) for _, data in self.arrivals) < count:
            self.news.clear()
            await self.news.wait()


def now_s() -> float:
    return asyncio.get_running_loop().time()


def in_a_planet(story: Callable[[Network, Links], Awaitable[None]], seed: int = 1) -> None:
    async def run() -> None:
        links = Links(lambda a, b: RTT_MS if a != b else 0.5)
        hosts = MemoryHosts()
        hosts.listen(SHOP, Echo)
        await story(Network(links, LoopClock(), random.Random(seed), hosts.dial), links)

    run_virtual(run())


async def open_client(network: Network, src: str = "paris", dst: str = "us-east-1") -> Client:
    _, protocol = await network.connect(src, dst, SHOP, Client)
    assert isinstance(protocol, Client)
    return protocol


def test_a_connection_costs_one_round_trip_and_each_chunk_one_way_each() -> None:
    async def story(network: Network, links: Links) -> None:
        client = await open_client(network)
        assert now_s() == pytest.approx(0.080, abs=0.001)
        client.transport.write(b"hello")
        await client.has(5)
        assert now_s() == pytest.approx(0.160, abs=0.002)

    in_a_planet(story)


def test_nobody_listening_is_refused_after_one_round_trip() -> None:
    async def story(network: Network, links: Links) -> None:
        with pytest.raises(ConnectionRefusedError):
            await network.connect("paris", "us-east-1", Endpoint(host="nobody", port=1), Client)
        assert now_s() == pytest.approx(0.080, abs=0.002)
        assert len(network) == 0

    in_a_planet(story)


def test_a_partition_swallows_the_handshake_until_the_client_gives_up() -> None:
    async def story(network: Network, links: Links) -> None:
        links.install("f", Partition(a="paris", b="us-east-1"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await open_client(network)
        assert len(network) == 0, "a client that gave up leaves nothing behind"

    in_a_planet(story)


def test_without_a_time_out_the_handshake_ends_as_in_linux_after_127_seconds() -> None:
    async def story(network: Network, links: Links) -> None:
        links.install("f", Isolate(place="us-east-1"))
        with pytest.raises(TimeoutError):
            await open_client(network)
        assert now_s() == pytest.approx(127, abs=0.1)

    in_a_planet(story)


def test_a_handshake_succeeds_soon_after_the_heal() -> None:
    async def story(network: Network, links: Links) -> None:
        links.install("f", Partition(a="paris", b="us-east-1"))
        asyncio.get_running_loop().call_later(5, links.heal, "f")
        await open_client(network)
        assert 5 < now_s() < 5 + 4 + 0.2, "the next SYN leaves within the capped retransmission time"

    in_a_planet(story)


@pytest.mark.parametrize(("a", "b"), [("paris", "us-east-1"), ("us-east-1", "paris")])
def test_a_one_way_partition_is_enough_to_stall_a_handshake(a: str, b: str) -> None:
    async def story(network: Network, links: Links) -> None:
        links.install("f", Partition(a=a, b=b, one_way=True))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(20):
                await open_client(network)

    in_a_planet(story)


def test_a_cut_stalls_an_open_flow_and_healing_delivers_every_byte_in_order() -> None:
    async def story(network: Network, links: Links) -> None:
        client = await open_client(network)
        client.transport.write(b"a")
        await client.has(1)
        client.transport.write(b"b")
        await asyncio.sleep(0.010)  # b is half-way
        links.install("f", Isolate(place="us-east-1"))
        client.transport.write(b"c")
        await asyncio.sleep(3)
        assert [data for _, data in client.arrivals] == [b"a"]
        assert not client.lost, "a cut swallows; it does not reset"
        healed_at = now_s()
        links.heal("f")
        await client.has(3)
        assert b"".join(data for _, data in client.arrivals) == b"abc"
        assert now_s() - healed_at < 4 + 2 * RTT_MS / 1000

    in_a_planet(story)


def test_a_resetting_cut_ends_open_flows_at_once() -> None:
    async def story(network: Network, links: Links) -> None:
        client = await open_client(network)
        links.install("f", Isolate(place="us-east-1", reset=True))
        await asyncio.sleep(0.001)
        assert isinstance(client.lost[0][1], ConnectionResetError)
        with pytest.raises(ConnectionResetError):
            await open_client(network)
        await asyncio.sleep(0.1)
        assert len(network) == 0

    in_a_planet(story)


def test_isolation_leaves_the_inside_alone() -> None:
    async def story(network: Network, links: Links) -> None:
        links.install("f", Isolate(place="us-east-1"))
        client = await open_client(network, src="us-east-1")
        client.transport.write(b"x")
        await client.has(1)

    in_a_planet(story)


def test_jitter_and_loss_delay_chunks_but_never_reorder_or_drop_them() -> None:
    async def story(network: Network, links: Links) -> None:
        links.install("f", Slow(a="paris", b=None, shape=Shape(jitter_s=0.05, loss=0.2)))
        client = await open_client(network)
        sent = [f"{number:04d}".encode() for number in range(200)]
        for chunk in sent:
            client.transport.write(chunk)
            await asyncio.sleep(0.005)
        await client.has(800)
        assert b"".join(data for _, data in client.arrivals) == b"".join(sent)

    for seed in range(5):
        in_a_planet(story, seed)


def test_bandwidth_is_shared_by_the_flows_of_a_link() -> None:
    async def story(network: Network, links: Links) -> None:
        links.install("f", Slow(a="paris", b="us-east-1", shape=Shape(bytes_per_s=100_000)))
        one, two = await open_client(network), await open_client(network)
        started = now_s()
        for client in (one, two):
            client.transport.write(bytes(50_000))
        await one.has(50_000)
        await two.has(50_000)
        assert now_s() - started == pytest.approx(1.0 + 0.5 + 0.08, abs=0.6), "100 kB at 100 kB/s, there and back"
        assert now_s() - started > 1.0

    in_a_planet(story)


def test_closing_reaches_the_other_end_one_way_later() -> None:
    closed_at: list[float] = []

    class Server(Echo):
        def connection_lost(self, exc: Exception | None) -> None:
            closed_at.append(now_s())

    async def run() -> None:
        links = Links(lambda a, b: RTT_MS)
        hosts = MemoryHosts()
        hosts.listen(SHOP, Server)
        network = Network(links, LoopClock(), random.Random(1), hosts.dial)
        client = await open_client(network)
        client.transport.close()
        await asyncio.sleep(1)
        assert client.lost[0][1] is None
        assert len(network) == 0

    run_virtual(run())
    assert closed_at == [pytest.approx(0.080 + 0.040, abs=0.002)]


def test_a_cut_link_pauses_a_source_before_memory_fills() -> None:
    class Firehose(Client):
        paused = False

        def pause_writing(self) -> None:
            self.paused = True

        def resume_writing(self) -> None:
            self.paused = False

    async def story(network: Network, links: Links) -> None:
        transport, client = await network.connect("paris", "us-east-1", SHOP, Firehose)
        assert isinstance(client, Firehose)
        links.install("f", Isolate(place="us-east-1"))
        written = 0
        while not client.paused:
            transport.write(bytes(64 * 1024))
            written += 64 * 1024
            assert written < 1024 * 1024
        links.heal("f")
        await client.has(written)
        assert not client.paused

    in_a_planet(story)


def test_datagrams_take_one_way_each_and_are_lost_when_cut() -> None:
    async def story(network: Network, links: Links) -> None:
        assert await network.exchange("paris", "us-east-1", b"q", lambda q: q + b"!") == b"q!"
        assert now_s() == pytest.approx(0.080, abs=0.002)
        links.install("f", Isolate(place="us-east-1"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await network.exchange("paris", "us-east-1", b"q", lambda q: q)

    in_a_planet(story)


def test_a_lost_datagram_without_a_time_out_is_a_standstill_not_a_hang() -> None:
    async def story(network: Network, links: Links) -> None:
        links.install("f", Isolate(place="us-east-1"))
        await network.exchange("paris", "us-east-1", b"q", lambda q: q)

    with pytest.raises(Standstill):
        in_a_planet(story)


def test_the_same_seed_gives_the_same_arrivals() -> None:
    def record(seed: int) -> list[Any]:
        seen: list[Any] = []

        async def story(network: Network, links: Links) -> None:
            links.install("f", Slow(a="paris", b=None, shape=Shape(jitter_s=0.03, loss=0.1)))
            client = await open_client(network)
            for number in range(50):
                client.transport.write(bytes([number]))
                await asyncio.sleep(0.01)
            await client.has(50)
            seen.extend(client.arrivals)

        in_a_planet(story, seed)
        return seen

    assert record(7) == record(7)
    assert record(7) != record(8)
