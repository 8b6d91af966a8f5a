"""Claims about a place's UDP port: one conversation for each sender, its target looked up once; real local sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import Refusal, unknown
from sandbox.kernel.tasks import Tasks
from sandbox.planet.udp_door import CONVERSATIONS_MOST, OnReply, UdpDoor, target_of


class Talk:
    def __init__(self, on_reply: OnReply, told: str) -> None:
        self.on_reply, self.told, self.is_closed = on_reply, told, False

    def send(self, payload: bytes) -> None:
        self.on_reply(f"{self.told} {payload.decode()}".encode())

    def close(self) -> None:
        self.is_closed = True


class World:
    def __init__(self) -> None:
        self.looked_up: list[str] = []
        self.talks: list[Talk] = []
        self.news = asyncio.Event()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                self.news.clear()
                await self.news.wait()

    async def address(self, target: str, place: str) -> str:
        self.looked_up.append(target)
        self.news.set()
        if target == "gone.example.test":
            raise unknown("name", target, (), see="sandbox dig")
        return "198.18.1.10"

    def converse(self, place: str, address: str, port: int, client_port: int, on_reply: OnReply) -> Talk:
        self.talks.append(Talk(on_reply, f"{place} {address}:{port} from {client_port}:"))
        self.news.set()
        return self.talks[-1]


class Sender(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: asyncio.Queue[str] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.put_nowait(data.decode())


def play(story: Callable[[World, UdpDoor, int], Coroutine[Any, Any, None]], target: str = "app.example.test:7") -> None:
    async def whole() -> None:
        world, tasks = World(), Tasks("test")
        door = UdpDoor(world, SystemClock(), tasks, "paris", target)
        port = await door.open()
        await story(world, door, port)
        door.close()
        await tasks.close()

    asyncio.run(whole())


async def sender(port: int) -> tuple[asyncio.DatagramTransport, Sender]:
    loop = asyncio.get_running_loop()
    return await loop.create_datagram_endpoint(Sender, remote_addr=("127.0.0.1", port))


def test_each_sender_has_a_conversation_and_hears_its_own_replies() -> None:
    async def story(world: World, door: UdpDoor, port: int) -> None:
        (one, first), (two, second) = await sender(port), await sender(port)
        one.sendto(b"a")
        one.sendto(b"b")
        assert await asyncio.wait_for(first.heard.get(), 5) == "paris 198.18.1.10:7 from 32768: a"
        assert await asyncio.wait_for(first.heard.get(), 5) == "paris 198.18.1.10:7 from 32768: b"
        two.sendto(b"c")
        assert await asyncio.wait_for(second.heard.get(), 5) == "paris 198.18.1.10:7 from 32769: c"
        assert world.looked_up == ["app.example.test"] * 2
        door.close()
        assert all(talk.is_closed for talk in world.talks)
        one.close()
        two.close()

    play(story)


def test_a_name_that_is_not_there_gets_no_answer_and_is_asked_for_again() -> None:
    async def story(world: World, door: UdpDoor, port: int) -> None:
        one, _ = await sender(port)
        for count in (1, 2):
            one.sendto(b"a")
            await world.until(lambda count=count: len(world.looked_up) == count)
        assert world.talks == []
        one.close()

    play(story, "gone.example.test:7")


def test_conversations_have_a_limit_and_the_oldest_goes() -> None:
    async def story(world: World, door: UdpDoor, port: int) -> None:
        for number in range(CONVERSATIONS_MOST + 5):
            door.datagram_received(b"x", ("127.0.0.1", number))
        await world.until(lambda: len(world.talks) >= CONVERSATIONS_MOST)
        assert len(door._senders) == CONVERSATIONS_MOST

    play(story)


@pytest.mark.parametrize("target", ["app.example.test", ":7", "app:seven", "app:0", "app:70000", ""])
def test_a_target_that_is_none_is_named(target: str) -> None:
    with pytest.raises(Refusal, match="--udp: NAME:PORT or ADDRESS:PORT is needed"):
        target_of(target)
