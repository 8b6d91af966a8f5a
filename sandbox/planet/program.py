"""The program of the planet: reads settings, builds its rooms, hands over ports, starts, stops. It never imports moto.

In: settings, zones, health checks, regions' ports and faults, as retained topics. Out: DNS and proxy ports, health
verdicts, answers to the planet's management calls, events.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.dns.builtin import accelerator_zones, amazonaws_zone, api_aws_zone, bucket_zone, load_balancer_check
from sandbox.dns.core import Authority
from sandbox.dns.server import DnsServer, from_authority, from_resolver
from sandbox.dns.service import Resolver, answered_notes
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.geography.values import Place
from sandbox.health.service import HealthCheckers
from sandbox.health.values import HealthSettings
from sandbox.kernel.dice import dice
from sandbox.kernel.errors import Refusal
from sandbox.management.program import Program
from sandbox.network.service import Network
from sandbox.planet.answers import Answers
from sandbox.planet.anycast import links_of, make_accelerators
from sandbox.planet.applications import Applications
from sandbox.planet.bucket_names import BucketNames
from sandbox.planet.edges import Edges
from sandbox.planet.owners import Owners
from sandbox.planet.place_book import PlaceBook
from sandbox.planet.private import PrivateAddresses
from sandbox.planet.query_log import QueryLog, Seen
from sandbox.planet.udp_door import UdpDoor
from sandbox.planet.ways import Ways
from sandbox.planet.world import World
from sandbox.proxy.service import Proxy
from sandbox.proxy.values import ProxySettings
from sandbox.vpc.core import PrivateNetworks

HEALTH_PUBLISH_S = 1.0  # how old GetHealthCheckStatus's observations may be


class Planet:
    """The rooms of the planet, connected."""

    def __init__(self, program: Program) -> None:
        settings = program.settings
        seed, speed = settings["seed"], settings["speed"]
        self.program = program
        self.check_ids: dict[str, dict[str, Any]] = {}  # and what was last published of each
        cities = [Place(**city) for city in settings["cities"]]
        self.atlas = Atlas.load(extra_cities=cities, latencies=settings.get("latencies"))
        self.plan = AddressPlan(self.atlas, settings["regions"])
        links = links_of(self.atlas, uneven_paths=bool(settings.get("uneven_paths")))
        packets = dice(seed, "network:packets")
        self.network = Network(links, program.clock, packets, areas=self.atlas.areas)
        self.edges = Edges(self.atlas, self._edges_changed)
        self.owners = Owners(self.plan)
        self.authority = Authority(
            geography=self.atlas,
            place_of=self.plan.place_of,
            address_of=self.plan.client_address,
            dice=dice(seed, "dns:weighted"),
            speed=speed,
            on_decision=answered_notes(program.journal, program.clock),
        )
        for make in (amazonaws_zone, api_aws_zone):
            zone = make(settings["regions"], self.plan.region_address)
            self.authority.put_zone(zone["id"], zone)
        self.bucket_names = BucketNames(self._name_buckets, program.clock, program.tasks)
        self._named_accelerators: dict[str, dict[str, Any]] = {}  # as control pushes them, by id
        self._name_accelerators()
        self.query_log = QueryLog(self.authority, zone_of=self._zone_of, seen_from=self._seen_from, clock=program.clock)
        self.private = PrivateAddresses(PrivateNetworks(), self.network, self.owners, program.clock, program.journal)
        self.world = World(
            self.atlas,
            self.plan,
            self.network,
            self.owners,
            self._make_resolver,
            self.private,
            is_served=lambda name: self.authority.zones.holding(name) is not None,
        )
        self.book = PlaceBook(self.atlas, self.plan, speed, settings["places"], self.edges.name_server_of)
        self.applications = Applications(self.world, program.clock, self.book.app_cache_s)
        self.proxy = Proxy(
            world=self.applications,
            clock=program.clock,
            journal=program.journal,
            settings=ProxySettings(allow_internet=settings["allow_internet"]),
        )
        self.health = HealthCheckers(
            world=self.world,
            clock=program.clock,
            journal=program.journal,
            chance=dice(seed, "health:phases"),
            settings=HealthSettings(speed=speed, checkers_per_region=settings["checkers_per_region"]),
            on_change=self._health_changed,
        )
        self.accelerators = make_accelerators(
            atlas=self.atlas,
            plan=self.plan,
            network=self.network,
            owners=self.owners,
            world=self.world,
            edges=self.edges,
            clock=program.clock,
            journal=program.journal,
            speed=speed,
            chance=dice(seed, "accelerator:phases"),
            on_health=lambda key, report: program.spoke.publish(f"accelerator-health/{key}", report),
        )
        self.ways = Ways(self.world, self.accelerators)
        self.udp_doors: list[UdpDoor] = []
        self.dns_servers = [DnsServer(from_authority(self.query_log, settings["default_place"]), program.clock)]

    def _make_resolver(self, place: str) -> Resolver:
        return Resolver(
            self.book.standpoint(place),
            ocean=self.network,
            authority=self.query_log,
            clock=self.program.clock,
            journal=self.program.journal,
            speed=self.authority.speed,
            habits=self.book.habits(place),
        )

    def put_place(self, place: str, given: dict[str, Any] | None) -> None:
        """Look names up in another way from now on, in a place."""
        self.book.put(place, given)
        self._tell_resolver(place)

    def _tell_resolver(self, place: str) -> None:
        resolver = self.world.resolvers().get(place)
        if resolver is not None:
            resolver.change(self.book.standpoint(place), self.book.habits(place))

    def put_accelerator(self, accelerator_id: str, value: dict[str, Any] | None) -> None:
        """Take over an accelerator as pushed, in whole; None: it is gone."""
        if value is None:
            self._named_accelerators.pop(accelerator_id, None)
        else:
            self._named_accelerators[accelerator_id] = value
        self._name_accelerators()
        self.accelerators.put_accelerator(accelerator_id, value)

    def _name_buckets(self, places: Mapping[str, str]) -> None:
        zone = bucket_zone(places, self.program.settings["regions"], self.plan.region_address)
        self.authority.put_zone(zone["id"], zone)

    def _name_accelerators(self) -> None:
        for zone in accelerator_zones(self._named_accelerators.values()):
            self.authority.put_zone(zone["id"], zone)

    def _edges_changed(self) -> None:
        """Name servers are anycast too: resolvers ask those at the next edge location."""
        for place in self.world.resolvers():
            self._tell_resolver(place)

    def _put_fault(self, fault_id: str, fault: dict[str, Any] | None) -> None:
        """Edge locations first: what the links reset is to find its way to another one."""
        self.edges.put_fault(fault_id, fault)
        self.network.put_fault(fault_id, fault)
        self.accelerators.put_fault(fault_id, fault)

    def _zone_of(self, name: str, rtype: str) -> str | None:
        zone = self.authority.zones.holding(name, rtype)
        return None if zone is None else zone.id

    def _seen_from(self, place: str) -> Seen:
        edge = self.edges.name_server_of(place).removeprefix("edge:")
        return Seen(edge=edge, resolver=self.plan.client_address(place))

    async def _send_query_log(self, lines: list[dict[str, Any]]) -> None:
        await self.program.spoke.call("control", "query_log", lines=lines)

    async def open_resolver_port(self, place: str) -> int:
        """A DNS port of this place's own resolver."""
        server = DnsServer(from_resolver(self.world.resolver(place), self.program.tasks), self.program.clock)
        self.dns_servers.append(server)
        return await server.start(self.program.seat.listen, 0)

    async def start(self) -> None:
        """Take up what is known, then open the doors."""
        spoke, settings = self.program.spoke, self.program.settings
        await spoke.subscribe("zone/", obeying(self.authority.put_zone))
        await spoke.subscribe("cidr/", obeying(self.authority.put_collection))
        await spoke.subscribe("accelerator/", obeying(self.put_accelerator))
        await spoke.subscribe("bucket/", obeying(self.bucket_names.put))
        await spoke.subscribe("place/", obeying(self.put_place))
        for code in settings["regions"]:
            self._region_changed(f"region/{code}", None)
        await spoke.subscribe("query-logging/", obeying(self.query_log.put_zone))
        await spoke.subscribe("region/", self._region_changed)
        await spoke.subscribe("vpc/", obeying(self.private.put_region))
        await spoke.subscribe("fault/", obeying(self._put_fault))
        await spoke.subscribe("health-check/", obeying(self._put_check))
        await spoke.subscribe("health-verdict/", obeying(self.health.put_told))
        Answers(self).serve(spoke)
        self.program.tasks.start(self._tell_health_now_and_then(), "health")
        self.program.tasks.start(self.query_log.hand_on(self._send_query_log), "query log")
        place, ports = settings["default_place"], settings["ports"]
        try:
            await self.dns_servers[0].start(self.program.seat.listen, ports["dns"])
        except Refusal as error:
            raise taken(ports["dns"], "DNS", "dns", error) from error
        try:
            await self.proxy.open_door(place, host=self.program.seat.listen, port=ports["proxy"])
        except (OSError, Refusal) as error:
            raise taken(ports["proxy"], "proxy", "proxy", error) from error

    def _region_changed(self, topic: str, value: dict[str, Any] | None) -> None:
        code = last(topic)
        self.owners.put_region(code, value)
        self.authority.put_health(load_balancer_check(code), value is not None and bool(value["app_running"]))

    def _put_check(self, check_id: str, value: dict[str, Any] | None) -> None:
        self.health.put_check(check_id, value)
        if value is None:
            self.check_ids.pop(check_id, None)
            self.authority.put_health(check_id, None)
            self.program.spoke.publish(f"health/{check_id}", None)
        else:
            self.check_ids[check_id] = {}

    def _health_changed(self, check_id: str, healthy: bool, why: str) -> None:
        self.authority.put_health(check_id, healthy)
        self._tell_health(check_id)

    def _tell_health(self, check_id: str) -> None:
        """Publish what the checkers of a check saw, if it is news."""
        seen = {
            "healthy": self.health.is_healthy(check_id),
            "why": self.health.why(check_id),
            "observations": self.health.observations(check_id),
        }
        if check_id in self.check_ids and self.check_ids[check_id] != seen:
            self.check_ids[check_id] = seen
            self.program.spoke.publish(f"health/{check_id}", seen)

    async def _tell_health_now_and_then(self) -> None:
        while True:
            await self.program.clock.sleep(HEALTH_PUBLISH_S)
            for check_id in list(self.check_ids):
                self._tell_health(check_id)

    async def close(self) -> None:
        """Close the doors."""
        await self.proxy.close()
        await self.health.close()
        await self.accelerators.close()
        for door in self.udp_doors:
            door.close()
        for server in self.dns_servers:
            await server.close()
        self.network.close()


def last(topic: str) -> str:
    """The part of a topic that names the thing."""
    return topic.partition("/")[2]


def obeying(put: Callable[[str, Any], None]) -> Callable[[str, Any], None]:
    """A listener that hands a topic's value on; one that cannot be obeyed is told in the log, and the rest goes on."""

    def listen(topic: str, value: Any) -> None:
        try:
            put(last(topic), value)
        except Refusal as refusal:
            print(f"{topic} is not obeyed: {refusal.message}", file=sys.stderr, flush=True)

    return listen


def taken(port: int, what: str, flag: str, error: OSError | Refusal) -> Refusal:
    """A Refusal that names the port and how to choose another."""
    return Refusal(
        "PortTaken",
        f"Port {port} ({what}) cannot be used: {error}. Choose another: --ports {flag}=NUMBER "
        f"(SANDBOX_{flag.upper()}_PORT), or --ports auto.",
    )


async def serve(program: Program) -> None:
    """The planet's life."""
    planet = Planet(program)
    await planet.start()
    await program.ready(program.seat.listen, program.settings["ports"]["proxy"])
    await program.end.wait()
    await planet.close()
