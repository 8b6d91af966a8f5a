"""Ways through the planet, for `sandbox traceroute` and `sandbox curl --via`: segments, what blocks them, addresses.

In: a place and a target (a name, an address or a place). Out: plain values that JSON can hold. It opens nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Any

from sandbox.accelerator.datagrams import Conversation
from sandbox.accelerator.service import Accelerators
from sandbox.geography.values import Path, Segment
from sandbox.kernel.errors import Refusal
from sandbox.network.datagrams import Datagrams, OnReply
from sandbox.network.values import LinkState
from sandbox.planet.world import World
from sandbox.vpc.values import Lost

LOOKUP_TIMEOUT_S = 20.0  # a resolver that cannot be reached is given up after 10 s, and then the authority after 6 s
PRIVATE_PORT = 80  # what traceroute asks about where security groups differ by port
VIAS = ("internet", "accelerator")

Leg = tuple[str, str]


class Ways:
    """Asks the planet."""

    def __init__(self, world: World, accelerators: Accelerators) -> None:
        self._world = world
        self._accelerators = accelerators

    async def traceroute(self, target: str, place: str) -> dict[str, Any]:
        """The way from `place` to whoever serves `target`, as segments; through an accelerator both its parts."""
        address = "" if target in self._world.places() else await self.address(target, place)
        accelerator = self._accelerators.at(address)
        if accelerator is not None:
            edge, choice = self._accelerators.preview(place, address, *self._first_port(address))
            owner: str | None = edge
            region = None if choice.group is None else choice.group.region
            legs = [] if edge is None else [(place, edge)] if region is None else [(place, edge), (edge, region)]
            blocked = choice.why if region is None else None
            if self._accelerators.is_zone_down(address):
                blocked = f"network zone {accelerator.zone_of(address)} is down"
            more: dict[str, Any] = {"accelerator": accelerator.name, "region": region, "why": choice.why}
        elif address and self._world.private.is_one(address):
            way = self._world.private.way(place, address, PRIVATE_PORT)
            owner = None if isinstance(way, Lost) else way.region
            legs, blocked, more = [(place, owner)] if owner else [], None if owner else way.why, {}
        else:
            owner, blocked, more = self._owner(address, target), None, {}
            legs = [(place, owner)]
        return {
            "target": target,
            "place": place,
            "address": address,
            "owner": owner,
            **self._shown(legs, blocked),
            **more,
        }

    def _owner(self, address: str, target: str) -> str:
        owner = self._world.owners.owner_of(address) if address else target
        if owner is None:
            raise Refusal("NotOnThePlanet", f"{address} is not an address of this planet.", status=404)
        return owner

    def _first_port(self, address: str) -> tuple[int, str]:
        """What a way is shown for: the first port of the first listener."""
        accelerator = self._accelerators.at(address)
        listener = next(iter(accelerator.listeners), None) if accelerator is not None else None
        return (80, "TCP") if listener is None else (listener.port_ranges[0][0], listener.protocol)

    def _shown(self, legs: list[Leg], blocked: str | None) -> dict[str, Any]:
        links = self._world.network.links
        states = [(links.state(*leg), links.state(*reversed(leg))) for leg in legs]
        path = Path(segments=tuple(segment for leg in legs for segment in self._world.atlas.path(*leg).segments))
        cut = next((state.why for pair in states for state in pair if state.cut), None)
        blocked = blocked or cut
        now_ms = sum(state.delay_s for pair in states for state in pair) * 1000
        return {
            "segments": [shown(segment) for segment in path.segments],
            "rtt_ms": round(path.rtt_ms, 2),
            "jitter_ms": round(path.jitter_ms, 2),
            "rtt_now_ms": None if blocked else round(now_ms, 2),
            "detours": [] if blocked else detours([there for there, _ in states]),
            "blocked": blocked,
        }

    async def by_way(self, target: str, place: str, via: str) -> dict[str, Any]:
        """Where to connect so that a visit of `target` goes over the Internet, or through an accelerator before it."""
        if via not in VIAS:
            raise Refusal("BadVia", f"--via is {' or '.join(VIAS)}, not {via!r}.")
        address = await self.address(target, place)
        accelerator = self._accelerators.at(address) or self._accelerators.in_front_of(address)
        if via == "accelerator":
            if accelerator is None:
                known = [one.name for one in self._accelerators.all()]
                there = f"There is: {', '.join(known)}." if known else "There is no accelerator at all."
                raise Refusal(
                    "NoAccelerator", f"No accelerator has an endpoint at {address} ({target}). {there}", status=404
                )
            return {"connect_to": accelerator.dns_name or accelerator.addresses[0], "accelerator": accelerator.name}
        if not self._accelerators.owns(address):
            return {"connect_to": address, "accelerator": None}
        _, choice = self._accelerators.preview(place, address, *self._first_port(address))
        if choice.endpoint is None:
            raise Refusal("NoEndpoint", f"The accelerator of {address} leads nowhere: {choice.why}.", status=404)
        return {"connect_to": choice.endpoint.address, "accelerator": None}

    def accelerators(self) -> list[dict[str, Any]]:
        """Each accelerator with the health of its endpoints and its open flows by region."""
        flows = self._accelerators.flows()
        listed = []
        for accelerator in self._accelerators.all():
            regions = [one.region for one in flows if one.accelerator_id == accelerator.accelerator_id]
            listed.append(
                {
                    "id": accelerator.accelerator_id,
                    "name": accelerator.name,
                    "enabled": accelerator.enabled,
                    "dns_name": accelerator.dns_name,
                    "addresses": list(accelerator.addresses),
                    "health": self._accelerators.report(accelerator.accelerator_id),
                    "flows": {region: regions.count(region) for region in sorted(set(regions))},
                }
            )
        return listed

    def converse(
        self, place: str, address: str, port: int, client_port: int, on_reply: OnReply
    ) -> Conversation | Datagrams:
        """UDP datagrams of one client socket in a place, to an address."""
        return self._world.converse(place, address, port, client_port, on_reply)

    async def address(self, target: str, place: str) -> str:
        """An address as it is; of a name or URL the first that the resolver of a place finds."""
        host = target.partition("://")[2].partition("/")[0].partition(":")[0] if "://" in target else target
        try:
            return str(ipaddress.ip_address(host))
        except ValueError:
            pass  # a name
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                lookup = await self._world.resolve(place, host)
        except TimeoutError:
            raise Refusal("Timeout", f"no DNS answer in {place} within {LOOKUP_TIMEOUT_S:g} s", status=504) from None
        if not lookup.addresses:
            raise Refusal(
                "NotFound", f"{host} has no address as seen from {place} ({lookup.rcode}: {lookup.why}).", status=404
            )
        return lookup.addresses[0]


def shown(segment: Segment) -> dict[str, Any]:
    """A segment, for JSON."""
    return {
        "kind": segment.kind,
        "from": segment.src,
        "to": segment.dst,
        "rtt_ms": round(segment.rtt_ms, 2),
        "jitter_ms": round(segment.jitter_ms, 2),
        "loss": segment.loss,
    }


def detours(states: list[LinkState]) -> list[str]:
    """Why links are longer than usual, where a rule says it."""
    return [state.why for state in states if state.why and not state.cut]
