"""A UDP port through which a client stands in a place: what comes there crosses the ocean to one target, and back.

In: `place open P --udp TARGET`: a name or an address, and a port. Out: a port of this machine. Each sender has a
conversation of its own, which asks the place's resolver once, keeps that address, and ends when nothing has moved for a
minute. (SOCKS has UDP ASSOCIATE for this; hardly a client speaks it.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, cast

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal, bad_setting
from sandbox.kernel.tasks import Tasks

IDLE_S = 60.0
CONVERSATIONS_MOST = 1000  # of one door; then the one that has been silent longest goes
WAITING_MOST = 64  # datagrams of a sender while its target is looked up
FIRST_PORT, LAST_PORT = 32768, 60999  # Linux's ephemeral ports: what a client's port is in the place

OnReply = Callable[[bytes], None]


class Talk(Protocol):
    """Datagrams to a target."""

    def send(self, payload: bytes) -> None: ...
    def close(self) -> None: ...


class World(Protocol):
    """The planet as this door sees it."""

    async def address(self, target: str, place: str) -> str:
        """An address as it is; the first of a name, as the place's resolver sees it."""
        ...

    def converse(self, place: str, address: str, port: int, client_port: int, on_reply: OnReply) -> Talk:
        """Datagrams from a place to an address."""
        ...


def target_of(text: str) -> tuple[str, int]:
    """`app.example.test:7`; a Refusal for anything else."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise bad_setting("--udp", f"NAME:PORT or ADDRESS:PORT is needed, such as 198.18.1.10:7, not {text!r}")
    return host, int(port)


class _Sender:
    """One socket of this machine that sends to the door."""

    def __init__(self, last_s: float) -> None:
        self.last_s = last_s
        self.talk: Talk | None = None
        self.waiting: list[bytes] = []


class UdpDoor(asyncio.DatagramProtocol):
    """One port."""

    _transport: asyncio.DatagramTransport

    def __init__(self, world: World, clock: Clock, tasks: Tasks, place: str, target: str) -> None:
        self.place = place
        self.host, self.target_port = target_of(target)
        self._world = world
        self._clock = clock
        self._tasks = tasks
        self._senders: dict[Any, _Sender] = {}
        self._next_port = FIRST_PORT

    async def open(self, host: str = "127.0.0.1") -> int:
        """Listen on a free port."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        return int(transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        now_s = self._clock.now_s()
        sender = self._senders.get(addr)
        if sender is None:
            self._tidy(now_s)
            sender = self._senders[addr] = _Sender(now_s)
            self._tasks.start(self._begin(addr, sender), "datagrams")
        sender.last_s = now_s
        if sender.talk is not None:
            sender.talk.send(data)
        elif len(sender.waiting) < WAITING_MOST:
            sender.waiting.append(data)

    async def _begin(self, addr: Any, sender: _Sender) -> None:
        try:
            address = await self._world.address(self.host, self.place)
            talk = self._world.converse(
                self.place, address, self.target_port, self._port(), lambda reply: self._reply(addr, sender, reply)
            )
        except Refusal:  # a name that is not there: datagrams get no answer; the next one asks again
            self._senders.pop(addr, None)
            return
        sender.talk = talk
        for payload in sender.waiting:
            talk.send(payload)
        sender.waiting.clear()

    def _port(self) -> int:
        port = self._next_port
        self._next_port = port + 1 if port < LAST_PORT else FIRST_PORT
        return port

    def _reply(self, addr: Any, sender: _Sender, reply: bytes) -> None:
        if self._senders.get(addr) is sender:
            sender.last_s = self._clock.now_s()
            self._transport.sendto(reply, addr)

    def _tidy(self, now_s: float) -> None:
        """Conversations that are over, and the oldest when there are too many."""
        by_age = sorted(self._senders, key=lambda addr: self._senders[addr].last_s)
        over = [addr for addr in by_age if now_s - self._senders[addr].last_s > IDLE_S]
        for addr in over or by_age[: max(0, len(by_age) + 1 - CONVERSATIONS_MOST)]:
            sender = self._senders.pop(addr)
            if sender.talk is not None:
                sender.talk.close()

    def close(self) -> None:
        """Take no more."""
        for sender in self._senders.values():
            if sender.talk is not None:
                sender.talk.close()
        self._senders.clear()
        self._transport.close()
