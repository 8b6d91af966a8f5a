"""What the planet answers on the management channel: dig, places, place_..., health, status, ways (ways.py), and what
control asks for AWS's callers: observations of a check, test_answer.

In: calls of the command line and the Python API. Out: plain values that JSON can hold.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.dns.rendering import render
from sandbox.dns.trace import traced
from sandbox.dns.values import Lookup
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Event
from sandbox.management.program import LOOPBACK
from sandbox.management.spoke import Spoke
from sandbox.planet.udp_door import UdpDoor
from sandbox.planet.ways import LOOKUP_TIMEOUT_S
from sandbox.planet.world import OUTSIDE
from sandbox.protocols.dns_names import canonical_name
from sandbox.protocols.dns_wire import TC, read_query, write_query

if TYPE_CHECKING:
    from sandbox.planet.program import Planet

PLACE_METHODS = ("places", "place_open", "place_udp", "place_set", "place_forget")
METHODS = (
    *("dig", "traceroute", "by_way", "accelerators", *PLACE_METHODS, "reset"),
    *("health", "observations", "test_answer", "status"),
)
TESTING_PLACE = "us-east-1"  # where TestDNSAnswer asks from unless it is told [R53 6.5]


@dataclass(frozen=True, kw_only=True)
class PlaceChanged(Event):
    """Names are looked up in another way in a place from now on."""

    place: str
    settings: dict[str, Any]


class Answers:
    """Handlers, one per method."""

    def __init__(self, planet: Planet) -> None:
        self._planet = planet
        self._open_doors: dict[str, dict[str, Any]] = {}

    def serve(self, spoke: Spoke) -> None:
        """Answer from now on."""
        for method in METHODS:
            spoke.handle(method, getattr(self, method))

    async def dig(self, name: str, rtype: str = "A", place: str = "", trace: bool = False) -> dict[str, Any]:
        """What a client in `place` is answered, by its own resolver; with `trace`, how it was decided."""
        planet = self._planet
        where = self._place(place)
        kind = rtype.upper()
        resolver = planet.world.resolver(where)
        stands = resolver.standpoint
        decided = planet.authority.decide(name, kind, stands.place, subnet=stands.subnet or "") if trace else None
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                lookup = await resolver.lookup(name, kind)
        except TimeoutError:
            raise Refusal("Timeout", f"no DNS answer in {where} within {LOOKUP_TIMEOUT_S:g} s", status=504) from None
        shown = {
            "name": name,
            "type": kind,
            "place": where,
            "status": lookup.rcode,
            "answers": answers_of(lookup),
            "from_cache": lookup.from_cache,
            "took_ms": round(lookup.took_ms, 2),
            "server": stands.edge,
            "why": f"{lookup.why}: {OUTSIDE}" if planet.world.is_outside(lookup) else lookup.why,
        }
        if decided is not None:
            story = traced(decided, speed=planet.authority.speed)
            steps = [f"{d['name']} {d['rtype']}: {d['why']}" for d in story["decisions"]] or [story["why"]]
            shown["trace"] = [*steps, *self._habits_of(where, name)]
            shown["decisions"], shown["zone"] = story["decisions"], story["zone"]
            shown["zone_ttl_s"] = min((rrset["ttl_s"] for rrset in story["answer"]), default=None)
            shown["wire_ttl_s"] = min((rrset["wire_ttl_s"] for rrset in story["answer"]), default=None)
        return shown

    async def traceroute(self, target: str, place: str = "") -> dict[str, Any]:
        """The way from `place` to whoever serves `target` (a name, an address or a place), as segments."""
        return await self._planet.ways.traceroute(target, self._place(place))

    async def by_way(self, target: str, via: str, place: str = "") -> dict[str, Any]:
        """Where to connect so that a visit goes over the Internet, or through the accelerator before its target."""
        return await self._planet.ways.by_way(target, self._place(place), via)

    async def accelerators(self) -> list[dict[str, Any]]:
        """Every accelerator: addresses, health of its endpoints, open flows by region."""
        return self._planet.ways.accelerators()

    async def places(self) -> list[dict[str, Any]]:
        """Everywhere a client can stand."""
        planet = self._planet
        listed = []
        for place in [*planet.atlas.regions.values(), *planet.atlas.cities.values()]:
            listed.append(
                {
                    "code": place.code,
                    "kind": place.kind,
                    "name": place.name,
                    "country": place.country_code,
                    "subnet": planet.plan.client_subnet(place.code),
                    "region_addresses": self._addresses_of(place.code),
                    "door": self._open_doors.get(place.code),
                }
            )
        return listed

    def _addresses_of(self, code: str) -> str | None:
        """198.18.n.0/24 for a region of this sandbox."""
        if code not in self._planet.program.settings["regions"]:
            return None
        return self._planet.plan.region_address(code, "app").rpartition(".")[0] + ".0/24"

    async def place_open(self, place: str) -> dict[str, Any]:
        """Give a place a proxy port, a PAC file and a resolver port of its own."""
        planet = self._planet
        where = self._place(place)
        self._refuse_in_a_container(where)
        if where not in self._open_doors:
            door = await planet.proxy.open_door(where)
            dns_port = await planet.open_resolver_port(where)
            self._open_doors[where] = {
                "place": where,
                "proxy_port": door.port,
                "dns_port": dns_port,
                "pac_url": f"http://127.0.0.1:{door.port}/proxy.pac",
            }
        return self._open_doors[where]

    async def place_udp(self, place: str, target: str) -> dict[str, Any]:
        """Give a place a UDP port from which datagrams go to one target."""
        planet = self._planet
        where = self._place(place)
        self._refuse_in_a_container(where)
        door = UdpDoor(planet.ways, planet.program.clock, planet.program.tasks, where, target)
        planet.udp_doors.append(door)
        return {"place": where, "target": target, "udp_port": await door.open()}

    def _refuse_in_a_container(self, where: str) -> None:
        program = self._planet.program
        if program.seat.listen != LOOPBACK:
            raise Refusal(
                "NotInContainers",
                f"A container cannot publish a port while it runs, so {where} gets no doors of its own here. "
                f"Name the place as the proxy's user: http://{where}:x@127.0.0.1:{program.settings['ports']['proxy']}",
            )

    async def place_set(self, place: str, changes: dict[str, Any] | None = None, usual: bool = False) -> dict[str, Any]:
        """Change how names are looked up in a place (None: as usual); `usual` first undoes all that was changed."""
        planet = self._planet
        where = self._place(place)
        if usual or changes:
            before = planet.book.given(where)
            change = {**(dict.fromkeys(before) if usual else {}), **(changes or {})}
            given = planet.book.changed(where, change)
            planet.put_place(where, given)
            planet.program.spoke.publish(f"place/{where}", given)
            planet.program.journal.note(
                PlaceChanged(
                    at_s=planet.program.clock.wall_s(),
                    why="; ".join(planet.book.story(where)) or "names are looked up as usual",
                    place=where,
                    settings=given,
                )
            )
        return {"place": where, "settings": planet.book.given(where), "story": planet.book.story(where)}

    async def place_forget(self, place: str) -> dict[str, Any]:
        """Restart the resolver and the programs of a place: their caches are empty."""
        where = self._place(place)
        return {"place": where, "forgotten": self._forget(where)}

    def _forget(self, where: str) -> int:
        cache = self._planet.world.resolver(where).cache
        forgotten = len(cache)
        cache.clear()
        self._planet.applications.forget(where)
        return forgotten

    async def reset(self) -> None:
        """Names are looked up everywhere as at the start, and nothing is cached."""
        planet = self._planet
        for place in planet.book.were_changed():
            planet.put_place(place, None)
            planet.program.spoke.publish(f"place/{place}", None)
        for place in planet.world.resolvers():
            self._forget(place)

    def _habits_of(self, where: str, name: str) -> list[str]:
        """What the resolver and the programs of a place add to a decision."""
        kept = self._planet.applications.kept(where, name)
        return self._planet.book.story(where) + ([self._planet.applications.told(kept)] if kept else [])

    async def health(self) -> list[dict[str, Any]]:
        """Every health check: verdict and what each checker last saw."""
        checkers = self._planet.health
        return [
            {
                "id": check_id,
                "healthy": checkers.is_healthy(check_id),
                "why": checkers.why(check_id),
                "observations": checkers.observations(check_id),
            }
            for check_id in self._planet.check_ids
        ]

    async def observations(self, check_id: str) -> dict[str, Any]:
        """One health check: what each checker last saw, and what it saw when it last failed."""
        checkers = self._planet.health
        return {"seen": checkers.observations(check_id), "failed": checkers.last_failures(check_id)}

    async def test_answer(
        self, zone: str, name: str, rtype: str, resolver_ip: str = "", subnet: str = ""
    ) -> dict[str, Any]:
        """TestDNSAnswer: what a zone would answer to a resolver, by default one in us-east-1 [R53 6.5].

        subnet: the client's, as address or address/length; without one the resolver's own address counts [R53 1.2].
        protocol: TCP when the answer does not fit a UDP packet.
        """
        planet = self._planet
        authority = planet.authority
        place = (planet.plan.place_of(resolver_ip) if resolver_ip else None) or TESTING_PLACE
        decided = authority.decide(name, rtype, place, subnet=subnet or resolver_ip)
        query = read_query(write_query(0, canonical_name(name), rtype))
        over_udp = render(query, decided, speed=authority.speed, tcp=False)
        is_cut = bool(over_udp.head[0] & (TC >> 8))
        return {**traced(decided, speed=authority.speed), "protocol": "TCP" if is_cut else "UDP"}

    async def status(self) -> dict[str, Any]:
        """Numbers for `sandbox status`."""
        planet = self._planet
        return {
            "flows": len(planet.network),
            "clients": len(planet.proxy),
            "zones": len(planet.authority.zones),
            "health_checks": len(planet.health),
            "accelerators": len(planet.accelerators),
            "accelerated_flows": len(planet.accelerators.flows()),
            "edges_down": planet.edges.down(),
            "network_zones_down": planet.accelerators.zones_down(),
            "rules": [str(rule) for rule in planet.network.links.rules.values()],
            "resolvers": sorted(planet.world.resolvers()),
        }

    def _place(self, place: str) -> str:
        return self._planet.world.check_place(place or self._planet.program.settings["default_place"])


def answers_of(lookup: Lookup) -> list[dict[str, Any]]:
    """One line per record, as dig prints them."""
    return [
        {"name": rrset.name, "type": rrset.rtype, "ttl_s": rrset.ttl_s, "data": value}
        for rrset in lookup.records
        for value in rrset.values
    ]
