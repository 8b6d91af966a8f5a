"""Claims about datagrams between places, in simulated time: late as the link, lost where it is cut, never repeated."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sandbox.kernel.clock import LoopClock
from sandbox.network.core import Links
from sandbox.network.datagrams import Datagrams, UdpSocket
from sandbox.network.rules.isolate import Isolate
from sandbox.network.rules.partition import Partition
from sandbox.network.rules.slow import Slow
from sandbox.network.service import Network
from sandbox.network.values import Endpoint, Shape
from sandbox.sim.loop import run_virtual
from sandbox.sim.pipes import MemoryHosts

RTT_MS = 80.0
SHOP, NOBODY = Endpoint(host="shop", port=7), Endpoint(host="shop", port=0)


class Scene:
    def __init__(self) -> None:
        self.links, self.hosts = Links(lambda a, b: RTT_MS), MemoryHosts()
        self.network = Network(self.links, LoopClock(), random.Random(1), self.hosts.dial)
        self.seen: list[bytes] = []
        self.replies: list[tuple[float, bytes]] = []
        self.hosts.answer_datagrams(SHOP, self.answer)

    def answer(self, payload: bytes) -> bytes | None:
        self.seen.append(payload)
        return None if payload == b"hush" else payload.upper()

    def open(self, endpoint: Endpoint = SHOP) -> Datagrams:
        def on_reply(reply: bytes) -> None:
            self.replies.append((round(asyncio.get_running_loop().time(), 3), reply))

        return Datagrams(self.network, "paris", "shop", endpoint, on_reply, self.hosts.dial_udp)


def play(story: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        await story(Scene())

    run_virtual(whole())


def test_a_datagram_and_its_reply_take_a_round_trip() -> None:
    async def story(scene: Scene) -> None:
        datagrams = scene.open()
        datagrams.send(b"one")
        datagrams.send(b"hush")
        datagrams.send(b"two")
        await asyncio.sleep(1)
        assert scene.replies == [(0.08, b"ONE"), (0.08, b"TWO")]

    play(story)


@pytest.mark.parametrize("reset", [False, True])
def test_what_meets_a_cut_is_lost_for_good_there_and_on_the_way_back(reset: bool) -> None:
    async def story(scene: Scene) -> None:
        datagrams = scene.open()
        scene.links.install("cut", Isolate(place="shop", reset=reset))
        datagrams.send(b"one")
        await asyncio.sleep(1)
        scene.links.heal("cut")
        datagrams.send(b"two")
        await asyncio.sleep(0.03)
        scene.links.install("cut", Isolate(place="shop", reset=reset))  # it is on its way
        await asyncio.sleep(1)
        assert scene.seen == []
        scene.links.install("cut", Partition(a="shop", b="paris", one_way=True))
        datagrams.send(b"three")
        await asyncio.sleep(1)
        assert (scene.seen, scene.replies) == ([b"three"], [])

    play(story)


def test_a_lossy_link_loses_its_share() -> None:
    async def story(scene: Scene) -> None:
        scene.links.install("slow", Slow(a="paris", b=None, shape=Shape(loss=0.5)))
        datagrams = scene.open()
        for _ in range(1000):
            datagrams.send(b"x")
        await asyncio.sleep(1)
        assert 420 < len(scene.seen) < 580
        assert 180 < len(scene.replies) < 320

    play(story)


def test_nobody_and_a_closed_conversation_say_nothing() -> None:
    async def story(scene: Scene) -> None:
        scene.open(NOBODY).send(b"hello")
        datagrams = scene.open()
        datagrams.send(b"hello")
        datagrams.close()
        datagrams.close()
        await asyncio.sleep(1)
        assert (scene.seen, scene.replies) == ([], [])

    play(story)


def test_a_real_socket_sends_hears_and_survives_that_nobody_listens() -> None:
    async def story() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
            there.bind(("127.0.0.1", 0))
            there.settimeout(5)
            heard: asyncio.Queue[bytes] = asyncio.Queue()
            near = UdpSocket(Endpoint(host="127.0.0.1", port=there.getsockname()[1]), heard.put_nowait)
            near.send(b"question")
            payload, address = there.recvfrom(100)
            there.sendto(payload + b" answer", address)
            assert await asyncio.wait_for(heard.get(), 5) == b"question answer"
        near.send(b"anybody?")
        near.send(b"anybody?")  # ECONNREFUSED by now
        near.close()
        near.close()

    asyncio.run(story())
