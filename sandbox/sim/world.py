"""A whole planet in simulated time: the planet's own rooms over in-memory regions, no sockets, no moto.

In: regions, zones and checks in boto3's shape, faults. Out: answers to clients standing in places, after as many
virtual seconds as the live planet takes real ones. Scenario tests run the same story here and on real processes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from sandbox.chaos.core import Register
from sandbox.chaos.values import Fault
from sandbox.dns.core import Authority
from sandbox.dns.service import Resolver
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.health.service import HealthCheckers
from sandbox.health.values import HealthSettings
from sandbox.kernel.clock import LoopClock
from sandbox.kernel.dice import dice
from sandbox.kernel.journal import Journal
from sandbox.network.service import Network
from sandbox.network.values import Endpoint
from sandbox.planet.anycast import links_of, make_accelerators
from sandbox.planet.applications import Applications
from sandbox.planet.edges import Edges
from sandbox.planet.owners import Owners
from sandbox.planet.place_book import PlaceBook
from sandbox.planet.private import PrivateAddresses
from sandbox.planet.world import World
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.client import HttpPool
from sandbox.serving.server import HttpServer
from sandbox.sim.pipes import MemoryHosts
from sandbox.vpc.core import PrivateNetworks

HTTP_PORT = 80
OWNERS_HOST = "127.0.0.1"  # the host that planet's `Owners` gives to every endpoint


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What one request from a place came to. error: "" or "refused", "timeout", "reset", "not-found"."""

    place: str
    ok: bool
    status: int = 0
    served_by: str = ""
    error: str = ""
    took_s: float = 0.0


def echoed(region: str, payload: bytes) -> bytes:
    """As a region's echo over UDP does."""
    return region.encode() + b" " + payload


class SilentHost(asyncio.Protocol):
    """Accepts and never answers, as a frozen process does."""


class SimulatedPlanet:
    """One planet. Make and use it inside `run_virtual`."""

    def __init__(self, regions: Sequence[str], *, seed: int = 1, speed: float = 1.0) -> None:
        self.regions = tuple(regions)
        self.clock = LoopClock()
        self.journal = Journal()
        self.atlas = Atlas.load()
        self.plan = AddressPlan(self.atlas, self.regions)
        self.hosts = MemoryHosts()
        self.network = Network(
            links_of(self.atlas), self.clock, dice(seed, "network:packets"), self.hosts.dial, self.atlas.areas
        )
        self.edges = Edges(self.atlas, self._edges_changed)
        self.authority = Authority(
            geography=self.atlas,
            place_of=self.plan.place_of,
            address_of=self.plan.client_address,
            dice=dice(seed, "dns:weighted"),
            speed=speed,
        )
        self.owners = Owners(self.plan)
        self.private = PrivateAddresses(PrivateNetworks(), self.network, self.owners, self.clock, self.journal)
        self.book = PlaceBook(self.atlas, self.plan, speed, {}, self.edges.name_server_of)
        self.world = World(
            self.atlas,
            self.plan,
            self.network,
            self.owners,
            self._resolver,
            self.private,
            is_served=lambda name: self.authority.zones.holding(name) is not None,
        )
        self.applications = Applications(self.world, self.clock, self.book.app_cache_s)
        self.health = HealthCheckers(
            world=self.world,
            clock=self.clock,
            journal=self.journal,
            chance=dice(seed, "health:phases"),
            settings=HealthSettings(speed=speed),
            on_change=lambda check_id, healthy, why: self.authority.put_health(check_id, healthy),
        )
        self.accelerators = make_accelerators(
            atlas=self.atlas,
            plan=self.plan,
            network=self.network,
            owners=self.owners,
            world=self.world,
            edges=self.edges,
            clock=self.clock,
            journal=self.journal,
            speed=speed,
            chance=dice(seed, "accelerator:phases"),
            dial_udp=self.hosts.dial_udp,
        )
        known = [*self.world.places(), *self.atlas.edges]
        self.register = Register(lambda: known, lambda: self.regions)
        self._speed = speed
        for number, code in enumerate(self.regions, start=1):
            self.owners.put_region(code, {"app": number, "echo": number})
            self.hosts.answer_datagrams(self._endpoint(code), partial(echoed, code))
            self._start(code)

    def _resolver(self, place: str) -> Resolver:
        return Resolver(
            self.book.standpoint(place),
            ocean=self.network,
            authority=self.authority,
            clock=self.clock,
            journal=self.journal,
            speed=self._speed,
            habits=self.book.habits(place),
        )

    def _edges_changed(self) -> None:
        for place, resolver in self.world.resolvers().items():
            resolver.change(self.book.standpoint(place), self.book.habits(place))

    async def set_accelerator(self, accelerator_id: str, value: Mapping[str, Any] | None) -> None:
        """An accelerator, in the shape that control pushes."""
        self.accelerators.put_accelerator(accelerator_id, value)

    async def set_place(self, place: str, **changes: Any) -> None:
        """Look names up in another way from now on, in a place."""
        self.book.put(place, self.book.changed(place, changes))
        self.world.resolver(place).change(self.book.standpoint(place), self.book.habits(place))

    async def forget_place(self, place: str) -> None:
        """Restart the resolver and the programs of a place."""
        self.world.resolver(place).cache.clear()
        self.applications.forget(place)

    def _endpoint(self, region: str) -> Endpoint:
        return Endpoint(host=OWNERS_HOST, port=self.regions.index(region) + 1)

    def _start(self, region: str) -> None:
        body = orjson.dumps({"region": region})
        headers = Headers([("Content-Type", "application/json"), ("X-Served-By", region)])
        server = HttpServer(lambda request: Response(status=200, headers=headers, body=body), name=region)
        self.hosts.listen(self._endpoint(region), server.protocol)

    async def set_zone(self, name: str, records: Sequence[Mapping[str, Any]]) -> None:
        """A hosted zone with these record sets, in boto3's shape."""
        value = {"id": name, "name": name, "name_servers": [], "private": False, "records": list(records)}
        self.authority.put_zone(name, value)

    async def set_check(self, check_id: str, config: Mapping[str, Any]) -> str:
        """A health check; its id."""
        self.health.put_check(check_id, {"id": check_id, "version": 1, "config": dict(config)})
        return check_id

    async def unhealthy(self) -> list[str]:
        """Checks whose verdict is unhealthy now."""
        return sorted(self.authority.unhealthy)

    async def inject(self, kind: str, *target: str, **parameters: Any) -> str:
        """Break something; the fault's id."""
        fault = self.register.inject(kind, target, parameters, None, self.clock.wall_s())
        self._obey(fault, True)
        return fault.id

    async def heal(self, fault_id: str) -> None:
        """Mend it."""
        for fault in self.register.heal(fault_id):
            self._obey(fault, False)

    def _obey(self, fault: Fault, active: bool) -> None:
        record = fault.as_record() if active else None
        for room in (self.edges, self.network, self.accelerators):
            room.put_fault(fault.id, record)
        if fault.kind not in ("stop", "freeze"):
            return
        if not active:
            self._start(fault.target[0])
        elif fault.kind == "stop":
            self.hosts.stop(self._endpoint(fault.target[0]))
        else:
            self.hosts.listen(self._endpoint(fault.target[0]), SilentHost)

    async def visit(self, place: str, host: str, *, timeout_s: float = 10.0) -> Visit:
        """One GET of http://host/ from `place`, on a new connection."""
        began_s = self.clock.now_s()
        pool = HttpPool()
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self._get(pool, place, host)
        except TimeoutError:
            return Visit(place=place, ok=False, error="timeout", took_s=self.clock.now_s() - began_s)
        except OSError as error:
            word = "refused" if isinstance(error, ConnectionRefusedError) else "reset"
            return Visit(place=place, ok=False, error=word, took_s=self.clock.now_s() - began_s)
        finally:
            await pool.close()
        if answer is None:
            return Visit(place=place, ok=False, error="not-found", took_s=self.clock.now_s() - began_s)
        return Visit(
            place=place,
            ok=answer.status < 500,
            status=answer.status,
            served_by=answer.headers.get("X-Served-By") or "",
            took_s=self.clock.now_s() - began_s,
        )

    async def _get(self, pool: HttpPool, place: str, host: str) -> Response | None:
        address = host if self.accelerators.owns(host) else await self._address(place, host)
        if address is None:
            return None
        request = Request(method="GET", target="/", headers=Headers([("Host", host)]))
        return await pool.send(
            request,
            host=address,
            port=HTTP_PORT,
            open=lambda factory: self.world.open(place, address, HTTP_PORT, factory),
        )

    async def _address(self, place: str, host: str) -> str | None:
        lookup = await self.applications.resolve(place, host)
        return lookup.addresses[0] if lookup.addresses else None

    async def wait_until(self, condition: Callable[[], Awaitable[bool]], *, within_s: float) -> float:
        """Seconds until `condition()` held; AssertionError when it did not within `within_s`."""
        began_s = self.clock.now_s()
        while not await condition():
            assert self.clock.now_s() - began_s < within_s, f"not within {within_s:g} s"
            await self.clock.sleep(0.1)
        return self.clock.now_s() - began_s

    async def close(self) -> None:
        """End all tasks."""
        await self.health.close()
        await self.accelerators.close()
        for resolver in self.world.resolvers().values():
            await resolver.close()
        self.network.close()
