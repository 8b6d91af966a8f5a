"""Claims about our own lateness: a busy process must not make a far place farther, nor a near one nearer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest

from sandbox.kernel.clock import LoopClock
from sandbox.network.core import Links
from sandbox.network.departures import AT_ONCE, SLACK_S, Departures
from sandbox.network.flow import FAR_LATENESS_MOST_S, NEAR_LATENESS_MOST_S
from sandbox.network.service import Network
from sandbox.network.values import Endpoint
from sandbox.sim.loop import run_virtual
from sandbox.sim.pipes import MemoryHosts

ONE_WAY_S = 0.040
RTT_S = 2 * ONE_WAY_S
SHOP = Endpoint(host="shop", port=80)


def now_s() -> float:
    return asyncio.get_running_loop().time()


def be_busy_for(seconds: float) -> None:
    """As a process that computes: the time goes on and nothing else happens."""
    asyncio.get_running_loop().now_s += seconds  # type: ignore[attr-defined]


class Echo(asyncio.Protocol):
    """Answers at once."""

    transport: Any

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class Client(asyncio.Protocol):
    """Notes when it was answered."""

    transport: Any

    def __init__(self) -> None:
        self.answered_at_s: list[float] = []
        self._news = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.answered_at_s.append(now_s())
        self._news.set()

    async def answer(self, number: int) -> float:
        """When the answer of this number came, from 1."""
        while len(self.answered_at_s) < number:
            self._news.clear()
            await self._news.wait()
        return self.answered_at_s[number - 1]


def connected(story: Callable[[Network, Client], Awaitable[Any]], rtt_s: float = RTT_S) -> Any:
    async def run() -> Any:
        hosts = MemoryHosts()
        hosts.listen(SHOP, Echo)
        network = Network(Links(lambda a, b: 1000 * rtt_s), LoopClock(), random.Random(1), hosts.dial)
        _, client = await network.connect("paris", "us-east-1", SHOP, Client)
        assert isinstance(client, Client)
        return await story(network, client)

    return run_virtual(run())


def round_trips_with(busy_at_s: float, busy_s: float, rtt_s: float = RTT_S) -> list[float]:
    """Two round trips, one after the other; the process is busy `busy_at_s` after the first was begun."""

    async def story(network: Network, client: Client) -> list[float]:
        took_s = []
        network.departures.at(now_s() + busy_at_s - 2 * SLACK_S, lambda _: be_busy_for(busy_s + 2 * SLACK_S))
        for number in (1, 2):
            began_s = now_s()
            client.transport.write(b"ping")
            took_s.append(await client.answer(number) - began_s)
        return took_s

    return connected(story, rtt_s)  # type: ignore[no-any-return]


def test_a_request_that_is_delivered_late_is_answered_in_time() -> None:
    """The way there took 10 ms too long because of us, so the way back takes 10 ms less."""
    assert round_trips_with(ONE_WAY_S, 0.010) == pytest.approx([RTT_S, RTT_S], abs=0.0015)


def test_no_round_trip_is_faster_than_the_link_by_more_than_a_millisecond() -> None:
    """The first answer comes late; to make good for it in the next round trip would be faster than light."""
    first_s, second_s = round_trips_with(RTT_S, 0.010)
    assert first_s == pytest.approx(RTT_S + 0.010, abs=0.0015)
    assert second_s == pytest.approx(RTT_S - NEAR_LATENESS_MOST_S, abs=0.001)


def test_a_machine_that_stood_still_is_not_made_good_for() -> None:
    first_s, _ = round_trips_with(0.1, 1.0, rtt_s=0.2)
    assert first_s == pytest.approx(0.2 + 1.0 - FAR_LATENESS_MOST_S, abs=0.0015)


def test_a_reader_that_paused_is_late_itself() -> None:
    """What waits for a paused reader is not our lateness: the next round trip takes as long as any."""

    async def story(network: Network, client: Client) -> float:
        client.transport.pause_reading()
        client.transport.write(b"ping")
        await asyncio.sleep(1)
        client.transport.resume_reading()
        await client.answer(1)
        client.transport.write(b"ping")
        await asyncio.sleep(1)
        return client.answered_at_s[1] - client.answered_at_s[0]

    assert connected(story) == pytest.approx(RTT_S, abs=NEAR_LATENESS_MOST_S / 10)


def test_what_arrives_is_looked_at_between_departures() -> None:
    """A thousand departures at one moment must not keep the loop from its sockets until the last has left."""

    async def story() -> int:
        departures, left = Departures(LoopClock()), []
        for number in range(10 * AT_ONCE):
            departures.at(1.0, lambda _, number=number: left.append(number))  # type: ignore[misc]
        seen: list[int] = []
        departures.at(1.0 - 2 * SLACK_S, lambda _: asyncio.get_running_loop().call_later(2 * SLACK_S, look))

        def look() -> None:
            seen.append(len(left))
            if len(left) < 10 * AT_ONCE:
                asyncio.get_running_loop().call_soon(look)

        await asyncio.sleep(2)
        assert left == list(range(10 * AT_ONCE))
        return max(after - before for before, after in pairwise(seen))

    assert run_virtual(story()) <= AT_ONCE
