"""A proxy without sockets: transports that record, a world that is scripted, a clock that is driven by hand."""

import asyncio
from dataclasses import dataclass

import pytest

from sandbox.kernel.errors import unknown
from sandbox.kernel.journal import Journal
from sandbox.proxy.door import Door, Hall
from sandbox.proxy.service import FirstByte
from sandbox.proxy.values import ProxySettings

PLACES = ("paris", "tokyo", "us-east-1")


class FakeTransport(asyncio.Transport):
    """Remembers what was done to it. As asyncio's, it reports its end in a later turn of the loop."""

    def __init__(self, protocol=None, place="") -> None:
        super().__init__({"place": place} if place else {})
        self.protocol = protocol
        self.sent = b""
        self.eof = False
        self.end = ""  # "closed" or "aborted"
        self.paused = False

    def write(self, data) -> None:
        assert not self.eof, "written after EOF"
        if not self.end:
            self.sent += data

    def write_eof(self) -> None:
        self.eof = True

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return bool(self.end)

    def close(self) -> None:
        self._leave("closed")

    def abort(self) -> None:
        self._leave("aborted")

    def _leave(self, how) -> None:
        if not self.end:
            self.end = how
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def set_protocol(self, protocol) -> None:
        self.protocol = protocol

    def set_write_buffer_limits(self, high=None, low=None) -> None:
        self.high = high

    def hear(self, data: bytes) -> None:
        """Bytes from outside."""
        self.protocol.data_received(data)

    def hear_eof(self) -> None:
        if not self.protocol.eof_received():
            self.close()

    def lose(self, exc=None) -> None:
        """The other side has gone."""
        self.end = "lost"
        self.protocol.connection_lost(exc)


@dataclass(frozen=True, kw_only=True)
class Answer:
    addresses: tuple[str, ...] = ()
    rcode: str = "NOERROR"
    took_ms: float = 12.0
    from_cache: bool = False
    why: str = "latency record eu-west-1"


class FakeWorld:
    """app.example.test is at 198.18.1.10; `answers` and `errors` change that."""

    def __init__(self) -> None:
        self.answers = {"app.example.test": Answer(addresses=("198.18.1.10",))}
        self.errors = {}
        self.lookups = []
        self.opened = []  # (place, address, port)
        self.upstreams = []  # their transports
        self.gate = None  # an asyncio.Event that connections wait for
        self.gates = {}  # the same of one address
        self.silent = set()  # addresses that never answer
        self.was_opened = asyncio.Event()

    def places(self):
        return PLACES

    def check_place(self, code):
        if code not in PLACES:
            raise unknown("place", code, PLACES, see="sandbox places")
        return code

    async def resolve(self, place, name):
        self.lookups.append((place, name))
        found = self.answers.get(name)
        if isinstance(found, Exception):
            raise found
        if found is not None:
            return found
        return Answer(rcode="NXDOMAIN" if name.endswith(".example.test") else "REFUSED", why="")

    async def has_opened(self, count):
        while len(self.opened) < count:
            self.was_opened.clear()
            await self.was_opened.wait()

    async def open(self, place, address, port, factory):
        self.opened.append((place, address, port))
        self.was_opened.set()
        if self.gate is not None:
            await self.gate.wait()
        if address in self.gates:
            await self.gates[address].wait()
        if address in self.silent:
            await asyncio.get_running_loop().create_future()
        if address in self.errors:
            raise self.errors[address]
        protocol = factory()
        transport = FakeTransport(protocol, place="eu-west-1")
        self.upstreams.append(transport)
        protocol.connection_made(transport)
        return transport, protocol


class HandClock:
    """Time passes when `pass_s` is called."""

    def __init__(self) -> None:
        self.at_s = 100.0
        self.sleepers = []

    def now_s(self) -> float:
        return self.at_s

    def wall_s(self) -> float:
        return 1_767_225_600.0 + self.at_s

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.at_s + seconds, woken))
        await woken

    async def pass_s(self, seconds: float) -> None:
        self.at_s += seconds
        due = [woken for at_s, woken in self.sleepers if at_s <= self.at_s and not woken.done()]
        for woken in due:
            woken.set_result(None)
        await settle()


async def settle() -> None:
    """Let everything that can run, run."""
    for _ in range(12):
        await asyncio.sleep(0)


class Stage:
    """A door in Tokyo, and clients of it."""

    def __init__(self, **settings) -> None:
        self.world = FakeWorld()
        self.clock = HandClock()
        self.journal = Journal()
        self.hall = Hall(world=self.world, clock=self.clock, journal=self.journal, settings=ProxySettings(**settings))
        self.door = Door(self.hall, "tokyo")
        self.door.host, self.door.port = "127.0.0.1", 3128
        self.settle = settle

    def client(self) -> FakeTransport:
        """A new client connection."""
        protocol = FirstByte(self.door)
        transport = FakeTransport(protocol)
        protocol.connection_made(transport)
        return transport

    async def says(self, data: bytes, client=None) -> FakeTransport:
        """A client that says this; everything has settled."""
        client = client or self.client()
        client.hear(data)
        await settle()
        return client

    @property
    def upstream(self) -> FakeTransport:
        """The newest upstream connection."""
        return self.world.upstreams[-1]

    def refusals(self) -> list[str]:
        return [record["error"] for record in self.journal.of_kind("refused")]


@pytest.fixture(scope="session")
def play():
    """Run `scene(stage)` to its end, on a stage of its own."""

    def run(scene, **settings):
        async def whole():
            stage = Stage(**settings)
            try:
                return await scene(stage)
            finally:
                await stage.hall.tasks.close()

        return asyncio.run(whole())

    return run


@pytest.fixture
def transports():
    """Make a recording transport."""
    return FakeTransport
