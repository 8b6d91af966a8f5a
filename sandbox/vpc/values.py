"""Values of private networks, as control tells them: interfaces, routes, security groups, peering connections.

In: the topic `vpc/<region>`. Out: one frozen `Region` for each. A network interface is where the region's application
stands in a VPC: it answers at the interface's private address, and what it sends leaves there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from sandbox.kernel.journal import Event

ACTIVE = "active"
ANY_PROTOCOL, TCP = "-1", "tcp"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a security group lets through: one protocol's ports, from or to a block or the members of a group."""

    protocol: str
    from_port: int | None
    to_port: int | None
    block: IPv4Network | None
    group: str | None

    def lets_through(self, port: int, peer: Interface) -> bool:
        """Whether a TCP connection to `port` may pass, with `peer` at the other end."""
        if self.protocol not in (ANY_PROTOCOL, TCP):
            return False
        if self.protocol == TCP and not (self.from_port or 0) <= port <= (self.to_port or 65535):
            return False
        return peer.address in self.block if self.block is not None else self.group in peer.groups


@dataclass(frozen=True, kw_only=True)
class Group:
    """A security group."""

    inbound: tuple[Rule, ...]
    outbound: tuple[Rule, ...]


@dataclass(frozen=True, kw_only=True)
class Route:
    """A row of a route table. target: "local", "pcx-...", "igw-..." and so on."""

    destination: IPv4Network
    target: str


@dataclass(frozen=True, kw_only=True)
class Interface:
    """A network interface: id, private address, its VPC, its subnet's route table, its security groups."""

    id: str
    region: str
    address: IPv4Address
    vpc: str
    table: str
    groups: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.id} ({self.address} in {self.vpc}, {self.region})"


@dataclass(frozen=True, kw_only=True)
class Peering:
    """A peering connection. sides: the two VPCs."""

    id: str
    state: str
    sides: tuple[str, str]

    def other(self, vpc: str) -> str | None:
        """The VPC it leads to from `vpc`; None when it does not begin there."""
        if vpc not in self.sides:
            return None
        return self.sides[1] if vpc == self.sides[0] else self.sides[0]


@dataclass(frozen=True, kw_only=True)
class Region:
    """Private networks of one region."""

    interfaces: tuple[Interface, ...]
    tables: Mapping[str, tuple[Route, ...]]
    groups: Mapping[str, Group]
    blocks: Mapping[str, tuple[IPv4Network, ...]]  # of each VPC
    peerings: Mapping[str, Peering]


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A way exists. region: where the far interface is."""

    region: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Lost:
    """Packets are dropped on the way."""

    why: str


Way = Reached | Lost


@dataclass(frozen=True, kw_only=True)
class PrivateConnection(Event):
    """Somebody in a region asked for a private address. to: the region that has it, None when packets are lost."""

    place: str
    address: str
    port: int
    to: str | None
    why: str


def region_of(code: str, told: Mapping[str, Any]) -> Region:
    """The topic's value."""
    return Region(
        interfaces=tuple(
            Interface(
                id=each["id"],
                region=code,
                address=IPv4Address(each["address"]),
                vpc=each["vpc"],
                table=each["table"],
                groups=tuple(each["groups"]),
            )
            for each in told["interfaces"]
        ),
        tables={
            table: tuple(Route(destination=IPv4Network(to), target=target) for to, target in routes)
            for table, routes in told["tables"].items()
        },
        groups={
            group: Group(inbound=_rules(sides["inbound"]), outbound=_rules(sides["outbound"]))
            for group, sides in told["groups"].items()
        },
        blocks={vpc: tuple(IPv4Network(block) for block in blocks) for vpc, blocks in told["vpcs"].items()},
        peerings={
            each["id"]: Peering(id=each["id"], state=each["state"], sides=(each["sides"][0], each["sides"][1]))
            for each in told["peerings"]
        },
    )


def _rules(told: Any) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            protocol=each["protocol"],
            from_port=each["from_port"],
            to_port=each["to_port"],
            block=IPv4Network(each["block"]) if each["block"] else None,
            group=each["group"],
        )
        for each in told
    )
