"""The planet as programs of its users see it: some keep an address of their own accord, as a JVM does.

In: lookups and connections that the proxy makes for clients. Out: the same of `World`, but an address that was looked
up once is kept as long as `app_cache_s` of the place says, whatever TTL it came with and whatever the resolver knows by
now. `networkaddress.cache.ttl` of some JVMs is "until restart" [R53 5]; `forget` is that restart.

Health checkers and `sandbox dig` are no such programs: they ask the resolver.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf

from sandbox.dns.values import Lookup
from sandbox.kernel.clock import Clock
from sandbox.planet.world import Factory, World

NAMES_MOST = 1_000  # in a place; then the oldest goes


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An address a program has kept. until_s: `inf` for ever."""

    lookup: Lookup
    at_s: float
    until_s: float


class Applications:
    """What the proxy takes for the planet. kept_s: of a place, how long its programs keep an address; None: they do
    not."""

    def __init__(self, world: World, clock: Clock, kept_s: Callable[[str], float | None]) -> None:
        self._world = world
        self._clock = clock
        self._kept_s = kept_s
        self._kept: dict[str, dict[str, Kept]] = {}

    def places(self) -> Sequence[str]:
        """Where a client can stand."""
        return self._world.places()

    def check_place(self, code: str) -> str:
        """The canonical code; a Refusal with near matches for anything else."""
        return self._world.check_place(code)

    async def resolve(self, place: str, name: str) -> Lookup:
        """What a program in `place` takes for the addresses of `name`."""
        kept = self.kept(place, name)
        if kept is not None:
            return replace(kept.lookup, from_cache=True, took_ms=0.0, why=f"{self.told(kept)}; {kept.lookup.why}")
        lookup = await self._world.resolve(place, name)
        kept_s = self._kept_s(place)
        if kept_s and lookup.addresses:
            self._keep(place, name, lookup, kept_s)
        return lookup

    async def open(
        self, place: str, address: str, port: int, factory: Factory
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """A connection from `place` through the ocean."""
        return await self._world.open(place, address, port, factory)

    def kept(self, place: str, name: str) -> Kept | None:
        """What programs in `place` keep of a name, if they keep anything."""
        kept = self._kept.get(place, {}).get(_key(name))
        if kept is None or self._kept_s(place) is None or self._clock.now_s() >= kept.until_s:
            return None
        return kept

    def told(self, kept: Kept) -> str:
        """The sentence about it."""
        age_s = self._clock.now_s() - kept.at_s
        until = (
            "until it restarts" if kept.until_s == inf else f"for another {kept.until_s - self._clock.now_s():.0f} s"
        )
        return f"the application has kept {', '.join(kept.lookup.addresses)} for {age_s:.0f} s and keeps it {until}"

    def forget(self, place: str) -> None:
        """The programs of a place are restarted."""
        self._kept.pop(place, None)

    def _keep(self, place: str, name: str, lookup: Lookup, kept_s: float) -> None:
        names = self._kept.setdefault(place, {})
        names.pop(_key(name), None)
        if len(names) >= NAMES_MOST:
            del names[next(iter(names))]
        now_s = self._clock.now_s()
        names[_key(name)] = Kept(lookup=lookup, at_s=now_s, until_s=now_s + kept_s)


def _key(name: str) -> str:
    return name.lower().removesuffix(".")
