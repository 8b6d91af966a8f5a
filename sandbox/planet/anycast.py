"""Accelerators in their planet: builds the room and hands it what it needs of the others.

In: network, owners, edge locations, a prober of health checks. Out: `Accelerators` whose probes start at the edge
locations nearest to the places of Route 53's checkers, since AWS probes accelerators' endpoints with those [GA 3.3].
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from sandbox.accelerator.service import Accelerators, Surroundings
from sandbox.accelerator.values import HealthCheck
from sandbox.accelerator.verdicts import probe_timeout_s
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.health.core import TIMED_OUT
from sandbox.health.probe import Prober
from sandbox.health.values import CHECKER_REGIONS
from sandbox.health.values import HealthCheck as Check
from sandbox.kernel.clock import Clock
from sandbox.kernel.journal import Journal
from sandbox.network.core import Links
from sandbox.network.datagrams import DialUdp, UdpSocket
from sandbox.network.service import Network
from sandbox.planet.edges import Edges
from sandbox.planet.owners import Owners
from sandbox.planet.world import World


def links_of(atlas: Atlas, *, uneven_paths: bool = False) -> Links:
    """The links of an atlas, the backbone's ways round included. uneven_paths: with the jitter that was measured; what
    the user's own table says of jitter and loss holds anyhow."""
    quality = atlas.quality if uneven_paths else atlas.own_quality
    return Links(atlas.rtt_ms, quality=quality, way_round=atlas.way_round)


def checkers_of(atlas: Atlas) -> tuple[str, ...]:
    """The edge locations that probe."""
    return tuple(dict.fromkeys(atlas.nearest_edge(region) for region in CHECKER_REGIONS if region in atlas.regions))


def check_of(check: HealthCheck, address: str) -> Check:
    """A probe of an accelerator, in the words of health checks."""
    return Check(
        check_id="accelerator",
        kind=check.protocol,
        address=address,
        port=check.port,
        path=check.path,
        interval_s=check.interval_s,
        threshold=check.threshold,
    )


class EndpointProbe:
    """Probes endpoints through the ocean."""

    def __init__(self, world: World, speed: float) -> None:
        self._world = world
        self._speed = speed
        self._prober = Prober(world)

    async def __call__(self, place: str, address: str, check: HealthCheck) -> tuple[bool, str]:
        """Whether it passed, and the sentence about it."""
        limit_s = probe_timeout_s(self._world.rtt_ms(place, address), self._speed)
        try:
            async with asyncio.timeout(limit_s):
                outcome = await self._prober.probe(check_of(check, address), place, speed=self._speed)
        except TimeoutError:
            return False, TIMED_OUT
        return outcome.passed, outcome.status


def make_accelerators(
    *,
    atlas: Atlas,
    plan: AddressPlan,
    network: Network,
    owners: Owners,
    world: World,
    edges: Edges,
    clock: Clock,
    journal: Journal,
    speed: float,
    chance: random.Random,
    on_health: Callable[[str, dict[str, Any] | None], None] = lambda accelerator_id, report: None,
    dial_udp: DialUdp = UdpSocket,
) -> Accelerators:
    """The room, connected; `world` sends what is for anycast addresses there from now on."""
    around = Surroundings(
        edge_of=edges.of,
        client_address=plan.client_address,
        find=owners.find,
        find_udp=owners.find_udp,
        probe=EndpointProbe(world, speed),
        checkers=checkers_of(atlas),
        dial_udp=dial_udp,
    )
    accelerators = Accelerators(
        network=network,
        around=around,
        clock=clock,
        journal=journal,
        speed=speed,
        phase=chance.random,
        on_health=on_health,
    )
    world.anycast = accelerators
    return accelerators
