"""Who reaches a private address: interfaces, route tables on both sides, peering connections, security groups.

In: the private networks of each region, a region, a private address and a port. Out: `Reached`, or `Lost` with the
first thing that is missing. The rules are those of VPC peering (Amazon VPC Peering Guide): both sides need a route
to the other through an active connection, the most specific route wins, and nothing is transitive.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from sandbox.vpc.values import ACTIVE, Interface, Lost, Peering, Reached, Region, Route, Rule, Way, region_of

LOCAL = "local"


def is_private(address: str) -> bool:
    """Whether this is an address of RFC 1918, which VPCs have."""
    first, _, rest = address.partition(".")
    second = rest.partition(".")[0]
    return (
        first == "10"
        or (first == "192" and second == "168")
        or (first == "172" and second.isdigit() and 16 <= int(second) <= 31)
    )


class PrivateNetworks:
    """All regions' private networks, as control last told them."""

    def __init__(self) -> None:
        self._regions: dict[str, Region] = {}

    def put_region(self, code: str, told: Mapping[str, Any] | None) -> None:
        """Take up what is so in a region; None: it has no interface any more."""
        if told is None:
            self._regions.pop(code, None)
        else:
            self._regions[code] = region_of(code, told)

    def way(self, region: str, address: str, port: int) -> Way:
        """From the application in `region` to a private address."""
        try:
            wanted = IPv4Address(address)
        except AddressValueError:
            return Lost(why=f"{address} is no IPv4 address")
        here = self._regions.get(region)
        if here is None:
            return Lost(why=f"{region} has no network interface in a VPC, so nothing there has a private address")
        source, route = self._leave(here, wanted)
        if source is None or route is None:
            tables = ", ".join(sorted({interface.table for interface in here.interfaces}))
            return Lost(why=f"no route table of {region} has a route to {address} ({tables})")
        return self._follow(here, source, route, wanted, port)

    def _leave(self, here: Region, wanted: IPv4Address) -> tuple[Interface | None, Route | None]:
        """The interface with the most specific route; the first of several."""
        best: tuple[Interface | None, Route | None] = (None, None)
        for interface in here.interfaces:
            route = most_specific(here.tables.get(interface.table, ()), wanted)
            if route is None:
                continue
            if best[1] is None or _rank(route) > _rank(best[1]):
                best = (interface, route)
        return best

    def _follow(self, here: Region, source: Interface, route: Route, wanted: IPv4Address, port: int) -> Way:
        if route.target == LOCAL:
            vpc, peering = source.vpc, None
        else:
            peering = here.peerings.get(route.target)
            missing = _broken(peering, source, route)
            if missing:
                return Lost(why=missing)
            assert peering is not None
            vpc = str(peering.other(source.vpc))
        target = self._interface(vpc, wanted)
        if target is None:
            return Lost(why=self._nobody(vpc, wanted, peering))
        missing = self._way_back(source, target, peering) or self._closed(source, target, port)
        if missing:
            return Lost(why=missing)
        through = f"through {peering.id}" if peering is not None else "inside its VPC"
        return Reached(region=target.region, why=f"{source} to {target} {through}")

    def _interface(self, vpc: str, address: IPv4Address) -> Interface | None:
        for region in self._regions.values():
            for interface in region.interfaces:
                if interface.vpc == vpc and interface.address == address:
                    return interface
        return None

    def _nobody(self, vpc: str, wanted: IPv4Address, peering: Peering | None) -> str:
        blocks = next((region.blocks[vpc] for region in self._regions.values() if vpc in region.blocks), ())
        if peering is not None and not any(wanted in block for block in blocks):
            shown = ", ".join(map(str, blocks)) or "no block"
            return f"{peering.id} leads to {vpc} ({shown}) and no further: peering is not transitive"
        return f"no network interface of {vpc} has the address {wanted}"

    def _way_back(self, source: Interface, target: Interface, peering: Peering | None) -> str:
        """What the answer misses, or ""."""
        if peering is None:
            return ""
        there = self._regions[target.region]
        back = most_specific(there.tables.get(target.table, ()), source.address)
        if back is None or back.target != peering.id:
            found = "no route" if back is None else f"a route to {back.target}"
            return f"no way back: {target.table} in {target.region} has {found} for {source.address}, not {peering.id}"
        return ""

    def _closed(self, source: Interface, target: Interface, port: int) -> str:
        """Whose security groups keep it out, or ""."""
        if not any(rule.lets_through(port, target) for rule in self._rules(source, "outbound")):
            return f"security groups of {source.id} ({', '.join(source.groups)}) let nothing out to {target.address}"
        if not any(rule.lets_through(port, source) for rule in self._rules(target, "inbound")):
            groups = ", ".join(target.groups)
            return f"security groups of {target.id} ({groups}) let nothing in on port {port} from {source.address}"
        return ""

    def _rules(self, interface: Interface, side: str) -> list[Rule]:
        groups = self._regions[interface.region].groups
        return [rule for group in interface.groups if group in groups for rule in getattr(groups[group], side)]


def most_specific(table: tuple[Route, ...], address: IPv4Address) -> Route | None:
    """The route for an address: the longest prefix that holds it."""
    fitting = [route for route in table if address in route.destination]
    return max(fitting, key=_rank, default=None)


def _rank(route: Route) -> tuple[int, bool]:
    return route.destination.prefixlen, route.target == LOCAL


def _broken(peering: Peering | None, source: Interface, route: Route) -> str:
    """Why a route leads nowhere, or ""."""
    if peering is None:
        return f"{source.table} sends {route.destination} to {route.target}, which carries no private addresses"
    if peering.other(source.vpc) is None:
        return f"{peering.id} does not begin in {source.vpc}"
    if peering.state != ACTIVE:
        return f"{peering.id} is {peering.state}: the route to {route.destination} is a black hole"
    return ""
