"""The planet as its doors and checkers see it: places, lookups from a place, connections from a place.

In: atlas, resolvers, owners, network. Out: what `proxy` and `health` ask for (their `World` protocols).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from sandbox.accelerator.datagrams import Conversation
from sandbox.accelerator.service import Accelerators
from sandbox.dns.service import Resolver
from sandbox.dns.values import Lookup
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.kernel.errors import not_emulated
from sandbox.network.datagrams import Datagrams, OnReply
from sandbox.network.service import Network
from sandbox.planet.owners import Owners
from sandbox.planet.private import PrivateAddresses

OUTSIDE = "no zone of this planet holds this name"
FIRST_CHECKER = 16  # host number of a region's first health checker

Factory = Callable[[], asyncio.Protocol]


class World:
    """One planet."""

    def __init__(
        self,
        atlas: Atlas,
        plan: AddressPlan,
        network: Network,
        owners: Owners,
        make_resolver: Callable[[str], Resolver],
        private: PrivateAddresses,
        is_served: Callable[[str], bool],
    ) -> None:
        self.atlas = atlas
        self._plan = plan
        self.network = network
        self.owners = owners
        self.private = private
        self._make_resolver = make_resolver
        self._is_served = is_served
        self._resolvers: dict[str, Resolver] = {}
        self.anycast: Accelerators | None = None  # once they are made: they probe through this world

    def places(self) -> Sequence[str]:
        """Cities and regions: where a client can stand."""
        return [*self.atlas.cities, *self.atlas.regions]

    def check_place(self, code: str) -> str:
        """The canonical code; a Refusal with near matches for anything else."""
        return self.atlas.place(code).code

    def resolver(self, place: str) -> Resolver:
        """The resolver that clients in `place` use; made when first asked for."""
        resolver = self._resolvers.get(place)
        if resolver is None:
            resolver = self._resolvers[place] = self._make_resolver(place)
        return resolver

    def resolvers(self) -> dict[str, Resolver]:
        """Those that have been used."""
        return self._resolvers

    async def resolve(self, place: str, name: str) -> Lookup:
        """IPv4 addresses of `name`, asked in `place`. A name in no zone of this planet is REFUSED, as name servers
        answer; resolvers make SERVFAIL of that, which would not tell the client that its host is outside."""
        lookup = await self.resolver(place).lookup(name)
        return replace(lookup, rcode="REFUSED", why=OUTSIDE) if self.is_outside(lookup) else lookup

    def is_outside(self, lookup: Lookup) -> bool:
        """Whether a lookup failed because the name is in no zone of this planet."""
        return lookup.rcode == "SERVFAIL" and not self._is_served(lookup.name)

    async def open(
        self, place: str, address: str, port: int, factory: Factory
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """A connection from `place` through the ocean; to an anycast address by the nearest edge location."""
        if self.anycast is not None and self.anycast.owns(address):
            return await self.anycast.open(place, address, port, factory)
        if self.private.is_one(address):
            return await self.private.open(place, address, port, factory)
        owner, endpoint = self.owners.find(address, port)
        return await self.network.connect(place, owner, endpoint, factory)

    def converse(
        self, place: str, address: str, port: int, client_port: int, on_reply: OnReply
    ) -> Conversation | Datagrams:
        """UDP datagrams of one client socket in a place, to an address."""
        if self.anycast is not None and self.anycast.owns(address):
            return self.anycast.converse(place, address, port, client_port, on_reply)
        if self.private.is_one(address):
            raise not_emulated("UDP to private addresses")
        owner, endpoint = self.owners.find_udp(address, port)
        return Datagrams(self.network, place, owner, endpoint, on_reply)

    def rtt_ms(self, place: str, address: str) -> float:
        """Base round trip from a place to whoever owns an address; 0 when nobody does."""
        if self.anycast is not None and self.anycast.owns(address):
            return self.anycast.rtt_ms(place, address)
        owner = self.owners.owner_of(address)
        return 0.0 if owner is None else self.network.rtt_ms(place, owner)

    def checker_address(self, place: str, number: int) -> str:
        """Address of the `number`th health checker of a region: .16, .17, ... of its client subnet."""
        return f"{self._plan.client_address(place).rpartition('.')[0]}.{FIRST_CHECKER + number}"
