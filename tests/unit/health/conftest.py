"""A virtual clock and a world without sockets for the tests of health."""

import asyncio
from dataclasses import dataclass

import pytest


class VirtualLoop(asyncio.SelectorEventLoop):
    """When nothing is ready, time jumps to the next timer: hours of checks run in milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0

    def time(self) -> float:
        return self._now_s

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            self._now_s = max(self._now_s, self._scheduled[0]._when)
        super()._run_once()


@pytest.fixture
def virtually():
    """Runs a coroutine in virtual time."""

    def run(scene):
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            return runner.run(scene)

    return run


class Wire(asyncio.Transport):
    """In-memory transport: what is written goes to `serve`, whose answers come back `after_s` later."""

    def __init__(self, protocol, serve, after_s) -> None:
        super().__init__()
        self.protocol = protocol
        self.serve = serve
        self.after_s = after_s
        self.closed = False

    def write(self, data) -> None:
        for said in self.serve(bytes(data)):
            asyncio.get_running_loop().call_later(self.after_s, self.deliver, said)

    def deliver(self, said) -> None:
        if self.closed:
            return
        if said is None:
            self.closed = True
            self.protocol.connection_lost(None)
        elif isinstance(said, Exception):
            self.closed = True
            self.protocol.connection_lost(said)
        else:
            self.protocol.data_received(said)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    abort = close


@dataclass(frozen=True, kw_only=True)
class Found:
    addresses: tuple[str, ...]


class World:
    """Servers by address: `serve(bytes) -> list of bytes, None (close) or an error`; or an error instead of one."""

    def __init__(self) -> None:
        self.servers = {}
        self.names = {}
        self.after_s = 0.0
        self.connect_s = 0.0
        self.asked = []
        self.opened = []
        self.wires = []

    async def resolve(self, place, name):
        self.asked.append((place, name))
        answer = self.names.get(name, ())
        if isinstance(answer, Exception):
            raise answer
        return Found(addresses=answer)

    async def open(self, place, address, port, factory):
        self.opened.append((asyncio.get_running_loop().time(), place, address, port))
        await asyncio.sleep(self.connect_s)
        server = self.servers[address]
        if isinstance(server, Exception):
            raise server
        protocol = factory()
        wire = Wire(protocol, server, self.after_s)
        self.wires.append(wire)
        protocol.connection_made(wire)
        return wire, protocol

    def rtt_ms(self, place, address):
        return 80.0

    def checker_address(self, place, number):
        return f"100.64.{len(place)}.{number + 1}"


@pytest.fixture
def world():
    return World()
