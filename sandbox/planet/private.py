"""Connections to private addresses of VPCs: open where a way exists, lost in silence where none does.

In: a place, a private address, the topics `vpc/<region>`. Out: transports through the ocean. Packets that have no way
are dropped, as in AWS: the client waits, and what it sent again gets through once a route or a rule is there. When an
open connection loses its way, what is sent on it is lost.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.network.flow import FlowTransport
from sandbox.network.service import SYN_GIVE_UP_S, Network
from sandbox.network.values import Endpoint
from sandbox.planet.owners import Owners
from sandbox.vpc.core import PrivateNetworks, is_private
from sandbox.vpc.values import Lost, PrivateConnection, Reached, Way

Factory = Callable[[], asyncio.Protocol]
Opened = tuple[asyncio.Transport, asyncio.Protocol]


class PrivateAddresses:
    """All VPCs of a planet."""

    def __init__(
        self, networks: PrivateNetworks, network: Network, owners: Owners, clock: Clock, journal: Journal
    ) -> None:
        self._networks = networks
        self._network = network
        self._owners = owners
        self._clock = clock
        self._journal = journal
        self._changed = asyncio.Event()
        self._open: weakref.WeakKeyDictionary[FlowTransport, tuple[str, str, int]] = weakref.WeakKeyDictionary()

    def put_region(self, code: str, told: Mapping[str, Any] | None) -> None:
        """Take up what control tells of a region; ways that are gone drop what is sent on them."""
        self._networks.put_region(code, told)
        self._changed.set()
        self._changed = asyncio.Event()
        for transport, (place, address, port) in list(self._open.items()):
            way = self._networks.way(place, address, port)
            if isinstance(way, Lost):
                self._note(place, address, port, way)
                transport.lose()
                self._open.pop(transport, None)

    def is_one(self, address: str) -> bool:
        """Whether this room knows about such addresses."""
        return is_private(address)

    def way(self, place: str, address: str, port: int) -> Way:
        """From a place to a private address."""
        return self._networks.way(place, address, port)

    def endpoint(self, region: str, port: int) -> Endpoint:
        """The application of a region, which stands behind each of its network interfaces."""
        return self._owners.application(region, port)

    async def open(self, place: str, address: str, port: int, factory: Factory) -> Opened:
        """A connection from a region's application. Raises TimeoutError when nothing answers for long enough."""
        if place not in self._owners.regions():
            raise Refusal(
                "NotOnThePlanet",
                f"{address} is a private address: only applications in a region reach it (stand in one: us-east-1).",
                status=403,
            )
        async with asyncio.timeout(SYN_GIVE_UP_S):
            reached = await self._way_at_last(place, address, port)
        transport, protocol = await self._network.connect(
            place, reached.region, self.endpoint(reached.region, port), factory
        )
        assert isinstance(transport, FlowTransport), transport
        self._open[transport] = (place, address, port)
        return transport, protocol

    async def _way_at_last(self, place: str, address: str, port: int) -> Reached:
        """Now, or as soon as somebody makes one."""
        told = ""
        while True:
            way, changed = self.way(place, address, port), self._changed
            if way.why != told:
                self._note(place, address, port, way)
            if isinstance(way, Reached):
                return way
            told = way.why
            await changed.wait()

    def _note(self, place: str, address: str, port: int, way: Way) -> None:
        to = way.region if isinstance(way, Reached) else None
        at_s = self._clock.wall_s()
        self._journal.note(PrivateConnection(at_s=at_s, place=place, address=address, port=port, to=to, why=way.why))
