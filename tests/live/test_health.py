"""Health checks on real sockets: HTTP, HTTPS with and without server names, TCP, a target that dies and comes back."""

import asyncio
import gzip
import random
import ssl
from dataclasses import dataclass

import pytest
import trustme
import uvloop

from sandbox.health.service import HealthCheckers
from sandbox.health.values import HealthSettings
from sandbox.kernel.clock import SystemClock
from sandbox.kernel.journal import Journal

pytestmark = pytest.mark.live

SPEED = 40.0  # interval 10 s becomes 0.25 s; time-outs 4 s and 2 s become 100 ms


@dataclass(frozen=True, kw_only=True)
class Found:
    addresses: tuple[str, ...]


class StraightWorld:
    """Opens connect straight to local servers."""

    def __init__(self) -> None:
        self.ports: dict[str, int] = {}

    async def resolve(self, place, name):
        return Found(addresses=("198.18.1.10",))

    async def open(self, place, address, port, factory):
        return await asyncio.get_running_loop().create_connection(factory, "127.0.0.1", self.ports[address])

    def rtt_ms(self, place, address):
        return 0.0

    def checker_address(self, place, number):
        return f"100.64.1.{number + 1}"


class Target:
    """A server that can die and come back on its port."""

    def __init__(self, world, *, tls=None, answer=b"all systems GREEN", coding="") -> None:
        self.world = world
        self.tls = tls
        self.requests: list[bytes] = []
        packed = gzip.compress(answer) if coding else answer
        field = f"Content-Encoding: {coding}\r\n" if coding else ""
        self.answer = f"HTTP/1.1 200 OK\r\n{field}Content-Length: {len(packed)}\r\n\r\n".encode() + packed
        self.server: asyncio.Server | None = None

    async def up(self):
        port = self.world.ports.get("198.18.1.10", 0)
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=self.tls)
        self.world.ports["198.18.1.10"] = self.server.sockets[0].getsockname()[1]

    async def down(self):
        self.server.close()
        await asyncio.sleep(0.05)  # its last connections end

    async def _serve(self, reader, writer):
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self.answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


class Ward:
    """HealthCheckers at SPEED, with a way to wait for verdicts and observations."""

    def __init__(self, world) -> None:
        self.journal = Journal()
        self.verdicts: list[bool] = []
        self.checkers = HealthCheckers(
            world=world, clock=SystemClock(), journal=self.journal, chance=random.Random(1),
            on_change=lambda check_id, healthy, why: self.verdicts.append(healthy),
            settings=HealthSettings(speed=SPEED, checkers_per_region=2),
        )  # fmt: skip

    def put(self, **config):
        defaults = {"Type": "HTTP", "IPAddress": "198.18.1.10", "Port": 80, "RequestInterval": 10}
        self.checkers.put_check("abc-1", {"id": "abc-1", "version": 1, "config": {**defaults, **config}})

    async def until(self, holds, within_s=10.0):
        for _ in range(int(within_s / 0.02)):
            if holds():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{self.verdicts} {self.checkers.observations('abc-1')}")

    def statuses(self):
        return {entry["StatusReport"]["Status"] for entry in self.checkers.observations("abc-1")}

    async def all_say(self, status):
        await self.until(lambda: len(self.checkers.observations("abc-1")) == 16 and self.statuses() == {status})


@pytest.fixture(params=["asyncio", "uvloop"])
def live(request):
    return asyncio.run if request.param == "asyncio" else uvloop.run


def server_context(only_name=None, names=None):
    """A certificate that nobody has reason to trust; refuses other server names than `only_name` if given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("elsewhere.example.test").configure_cert(context)

    def on_name(_, name, __):
        if names is not None:
            names.append(name)
        wrong = only_name is not None and name not in (only_name, None)
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME if wrong else None

    context.sni_callback = on_name
    return context


def test_a_target_that_dies_and_returns_is_seen_to(live):
    async def scene():
        world = StraightWorld()
        target, ward = Target(world), Ward(world)
        await target.up()
        ward.put(FullyQualifiedDomainName="app.example.test", Port=8080, ResourcePath="/health")
        await ward.all_say("Success: HTTP Status Code 200, OK")
        assert b"GET /health HTTP/1.1\r\nHost: app.example.test:8080\r\n" in target.requests[0]
        await target.down()
        await ward.until(lambda: ward.verdicts == [True, False])
        await target.up()
        await ward.until(lambda: ward.verdicts == [True, False, True])
        await ward.checkers.close()
        await target.down()

    live(scene())


def test_https_is_probed_without_looking_at_the_certificate(live):
    async def scene():
        world, names = StraightWorld(), []
        target, ward = Target(world, tls=server_context(names=names)), Ward(world)
        await target.up()
        ward.put(Type="HTTPS", Port=443, IPAddress=None, FullyQualifiedDomainName="app.example.test")
        await ward.all_say("Success: HTTP Status Code 200, OK")
        assert set(names) == {"app.example.test"}
        await ward.checkers.close()
        await target.down()

    live(scene())


def test_a_refused_server_name_is_followed_by_one_try_without(live):
    # R53 2.1, EnableSNI.
    async def scene():
        world, names = StraightWorld(), []
        target, ward = Target(world, tls=server_context("elsewhere.example.test", names)), Ward(world)
        await target.up()
        ward.put(Type="HTTPS", Port=443, FullyQualifiedDomainName="app.example.test")
        await ward.all_say("Success: HTTP Status Code 200, OK")
        assert {"app.example.test", None} == set(names)
        await ward.checkers.close()
        await target.down()

    live(scene())


def test_a_string_is_found_in_a_gzip_body_and_its_absence_is_told(live):
    async def scene():
        world = StraightWorld()
        target, ward = Target(world, coding="gzip"), Ward(world)
        await target.up()
        ward.put(Type="HTTP_STR_MATCH", SearchString="GREEN")
        await ward.all_say("Success: HTTP Status Code 200, OK")
        ward.checkers.put_check("abc-1", None)
        ward.put(Type="HTTP_STR_MATCH", SearchString="green")
        await ward.until(lambda: ward.verdicts[-1] is False)
        assert any("search string" in status for status in ward.statuses())
        await ward.checkers.close()
        await target.down()

    live(scene())


def test_a_tcp_check_only_connects(live):
    async def scene():
        world = StraightWorld()
        target, ward = Target(world), Ward(world)
        await target.up()
        ward.put(Type="TCP", Port=5432)
        await ward.all_say("Success: TCP connection established")
        assert target.requests == []
        await ward.checkers.close()
        await target.down()

    live(scene())


def test_a_silent_target_times_out(live):
    async def scene():
        world = StraightWorld()
        ward = Ward(world)

        async def say_nothing(reader, writer):
            await reader.read()
            writer.close()

        silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
        world.ports["198.18.1.10"] = silent.sockets[0].getsockname()[1]
        ward.put()
        await ward.until(lambda: ward.verdicts == [True, False])
        assert any(status.startswith("Failure: Connection timed out. The endpoint") for status in ward.statuses())
        await ward.checkers.close()
        silent.close()

    live(scene())
