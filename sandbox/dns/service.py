"""The resolver of a place: real query packets through the ocean to the authority, a cache, one question at a time.

In: names asked by clients of the place. Out: `Lookup`s, and a `LookedUp` event for each. The proxy and the resolver's
own port call `lookup`. The core of it, what is kept and for how long, is `resolver`.

The authority is anycast: a resolver asks the edge location nearest to it, and the packet takes that way. Questions for
one name that come while it is being asked wait for the same answer. A resolver that stands elsewhere than its users is
one more round trip away from them, which can be cut like any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import Protocol

from sandbox.dns.habits import Habits, spoken
from sandbox.dns.resolver import Cache, CannotResolve, Chain, Entry, entry_from, follow
from sandbox.dns.values import Answer, Answered, LookedUp, Lookup, Viewpoint
from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks
from sandbox.protocols.dns_names import canonical_name
from sandbox.protocols.dns_wire import Reply, rcode_name, read_reply, type_number, write_query

TRIES = 2
TRY_TIMEOUT_S = 3.0  # RFC 1035 §7.2 advises 2 to 5 s; divided by speed
STUB_TIMEOUT_S = 5.0  # what a client waits for a resolver that is elsewhere, twice (resolv.conf(5)); divided by speed
SERVFAIL = "SERVFAIL"
ADDRESS_TYPES = ("A", "AAAA")


class Ocean(Protocol):
    """The way to the authority; network's `Network` is one."""

    async def exchange(self, src: str, dst: str, payload: bytes, serve: Callable[[bytes], bytes | None]) -> bytes: ...
    def rtt_ms(self, src: str, dst: str) -> float: ...


class Answers(Protocol):
    """Who answers; core's `Authority` is one."""

    def answer(self, packet: bytes, source_place: str, *, tcp: bool = False) -> bytes | None: ...


@dataclass(frozen=True, kw_only=True)
class Standpoint:
    """Where a resolver stands. edge: nearest edge location; subnet: of the clients it names to the authority, or None.

    name: the place as people call it. users: where its clients are, "" when they are in the same place.
    """

    place: str
    name: str
    edge: str
    subnet: str | None
    users: str = ""

    @property
    def serves(self) -> str:
        """The place of its clients."""
        return self.users or self.place

    @property
    def is_elsewhere(self) -> bool:
        """True when its clients must cross the ocean to ask it."""
        return self.serves != self.place


class Resolver:
    """Looks names up for the clients of one place."""

    def __init__(
        self,
        standpoint: Standpoint,
        *,
        ocean: Ocean,
        authority: Answers,
        clock: Clock,
        journal: Journal,
        speed: float = 1.0,
        habits: Habits | None = None,
    ) -> None:
        self.standpoint = standpoint
        self.cache = Cache(habits)
        self._ocean = ocean
        self._authority = authority
        self._clock = clock
        self._journal = journal
        self._speed = speed
        self._last_id = 0
        self._asking: dict[tuple[str, str], asyncio.Task[Lookup]] = {}
        self._tasks = Tasks(f"resolver {standpoint.place}")

    async def lookup(self, name: str, rtype: str = "A") -> Lookup:
        """The answer to a client here; failures are Lookups too (SERVFAIL), a name that cannot be one is a Refusal."""
        asked = _checked(name, rtype)
        found = await (self._found_from_afar(asked) if self.standpoint.is_elsewhere else self._found_here(asked))
        self._note(found)
        return found

    def change(self, standpoint: Standpoint, habits: Habits) -> None:
        """Stand elsewhere, or do otherwise, from now on. What was learned for other askers is forgotten."""
        if standpoint != self.standpoint:
            self.cache.clear()
        self.standpoint = standpoint
        self.cache.habits = habits

    async def close(self) -> None:
        """Give up what is being asked."""
        await self._tasks.close()

    async def _found_from_afar(self, asked: tuple[str, str]) -> Lookup:
        """As `_found_here`, one round trip away."""
        users, here = self.standpoint.serves, self.standpoint.place
        started_at_s = self._clock.now_s()
        try:
            await self._crossed(users, here, b"", _echo, STUB_TIMEOUT_S)
        except CannotResolve:
            why = f"no answer from the resolver in {self.standpoint.name} after {TRIES} tries"
            return _failed(*asked, why, (self._clock.now_s() - started_at_s) * 1000)
        away_ms = (self._clock.now_s() - started_at_s) * 1000
        found = await self._found_here(asked)
        why = f"resolver in {self.standpoint.name}, {away_ms:.0f} ms away: {found.why}"
        return replace(found, took_ms=found.took_ms + away_ms, why=why)

    async def _found_here(self, asked: tuple[str, str]) -> Lookup:
        """From the cache, else from the authority, else something stale if that is a habit."""
        found = self._from_cache(*asked)
        if found is not None:
            return found
        stale = self._stale(asked)
        if stale is None:
            return await asyncio.shield(self._task_for(asked))
        if stale.is_resting(self._clock.now_s()):
            return self._told_stale(asked, stale, "the authority failed a moment ago")
        task = self._task_for(asked)
        wait_s = self.cache.habits.stale_wait_s
        if wait_s:
            await asyncio.wait({task}, timeout=wait_s)
        if not (wait_s and task.done()):
            return self._told_stale(asked, stale, "the authority has not answered yet")
        lookup = task.result()
        return self._told_stale(asked, stale, lookup.why) if lookup.rcode == SERVFAIL else lookup

    def _stale(self, asked: tuple[str, str]) -> Chain | None:
        """An answer with expired parts, complete, if this resolver serves such."""
        try:
            chain = follow(self.cache, {}, *asked, self._clock.now_s(), stale=True)
        except CannotResolve:
            return None
        return chain if chain.complete else None

    def _told_stale(self, asked: tuple[str, str], chain: Chain, trouble: str) -> Lookup:
        now_s = self._clock.now_s()
        chain = self._stale(asked) or chain  # its short TTL starts now, not when the waiting began
        found = self._found(*asked, chain, now_s, now_s, from_cache=False)
        told = f"stale in the cache of {self.standpoint.name}: expired {chain.stale_s:.0f} s ago, but {trouble}"
        return replace(found, from_cache=True, why=f"{told}; {found.why}" if found.why else told)

    def _from_cache(self, name: str, rtype: str) -> Lookup | None:
        now_s = self._clock.now_s()
        try:
            chain = follow(self.cache, {}, name, rtype, now_s)
        except CannotResolve as trouble:
            return _failed(name, rtype, str(trouble), 0.0)
        return self._found(name, rtype, chain, now_s, now_s, from_cache=True) if chain.complete else None

    def _task_for(self, asked: tuple[str, str]) -> asyncio.Task[Lookup]:
        """The task that asks, started by the first who wants to know. It outlives callers that give up."""
        task = self._asking.get(asked)
        if task is None:
            task = self._asking[asked] = self._tasks.start(self._ask_all(*asked), f"{asked[0]} {asked[1]}")
            task.add_done_callback(lambda _: self._asking.pop(asked, None))
        return task

    async def _ask_all(self, name: str, rtype: str) -> Lookup:
        """Ask for what is missing, link by link of a CNAME chain."""
        started_at_s = self._clock.now_s()
        fresh: dict[tuple[str, str], Entry] = {}
        chain: Chain | None = None
        try:
            while True:
                now_s = self._clock.now_s()
                chain = follow(self.cache, fresh, name, rtype, now_s)
                if chain.complete:
                    return self._found(name, rtype, chain, now_s, started_at_s, from_cache=False)
                reply = await self._ask(chain.missing, rtype)
                now_s = self._clock.now_s()
                entry = entry_from(reply, self.cache.habits, now_s)
                fresh[entry.name, entry.rtype] = entry
                self.cache.keep(entry, now_s)
        except CannotResolve as trouble:
            now_s = self._clock.now_s()
            self.cache.rest(chain.missing if chain else name, rtype, now_s + self.cache.habits.recheck_s)
            return _failed(name, rtype, str(trouble), (now_s - started_at_s) * 1000)

    async def _ask(self, name: str, rtype: str) -> Reply:
        """One question to the authority, by TCP when the answer does not fit; a CannotResolve when none comes."""
        self._last_id = (self._last_id + 1) & 0xFFFF
        query = write_query(self._last_id, name, rtype, subnet=self.standpoint.subnet, asks_why=True)
        reply = await self._exchanged(query, name, tcp=False)
        return await self._exchanged(query, name, tcp=True) if reply.truncated else reply

    async def _exchanged(self, query: bytes, name: str, *, tcp: bool) -> Reply:
        here, edge = self.standpoint.place, self.standpoint.edge
        serve = partial(self._authority.answer, source_place=here, tcp=tcp)
        for _ in range(TRIES):
            if tcp:  # the handshake, which costs one round trip
                await self._crossed(here, edge, b"", _echo, TRY_TIMEOUT_S)
            packet = await self._crossed(here, edge, query, serve, TRY_TIMEOUT_S)
            reply = read_reply(packet)
            if reply is not None and reply.name == name and packet[:2] == query[:2]:
                return reply
        raise CannotResolve(f"no answer from the authority at {edge} after {TRIES} tries")

    async def _crossed(
        self, src: str, dst: str, payload: bytes, serve: Callable[[bytes], bytes | None], timeout_s: float
    ) -> bytes:
        """What comes back from over there, in some tries; a CannotResolve when nothing does."""
        timeout_s = max(timeout_s / self._speed, 2 * self._ocean.rtt_ms(src, dst) / 1000 + 0.1)
        for _ in range(TRIES):
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    return await self._ocean.exchange(src, dst, payload, serve)
        raise CannotResolve(f"no answer from the authority at {dst} after {TRIES} tries")

    def _found(
        self, name: str, rtype: str, chain: Chain, now_s: float, started_at_s: float, *, from_cache: bool
    ) -> Lookup:
        records = chain.records(now_s)
        left_s = chain.left_s(now_s)
        why = "; then ".join(entry.why for entry in chain.entries if entry.why)
        if from_cache:
            until = "for ever" if left_s == inf else f"for another {left_s:.0f} s"
            cached = f"in the cache of {self.standpoint.name} {until}" + _bent(chain)
            why = f"{cached}; {why}" if why else cached
        return Lookup(
            name=name,
            rtype=rtype,
            rcode=rcode_name(chain.entries[-1].rcode),
            addresses=tuple(value for r in records if r.rtype in ADDRESS_TYPES for value in r.values),
            records=records,
            ttl_s=left_s,
            from_cache=from_cache,
            took_ms=(now_s - started_at_s) * 1000,
            why=why,
            authority=chain.authority(now_s),
        )

    def _note(self, lookup: Lookup) -> None:
        self._journal.note(
            LookedUp(
                at_s=self._clock.wall_s(),
                why=lookup.why,
                place=self.standpoint.serves,
                name=lookup.name,
                rtype=lookup.rtype,
                rcode=lookup.rcode,
                addresses=list(lookup.addresses),
                ttl_s=lookup.ttl_s,
                from_cache=lookup.from_cache,
                took_ms=lookup.took_ms,
            )
        )


def answered_notes(journal: Journal, clock: Clock) -> Callable[[Viewpoint, Answer], None]:
    """What to hand an `Authority` as `on_decision`, so that the journal tells what it decided."""

    def note(view: Viewpoint, answer: Answer) -> None:
        journal.note(
            Answered(
                at_s=clock.wall_s(),
                why=answer.why,
                place=view.place,
                name=answer.name,
                rtype=answer.rtype,
                rcode=rcode_name(answer.rcode),
                to=[value for rrset in answer.answer for value in rrset.values],
                ttl_s=min((rrset.ttl_s for rrset in answer.answer), default=0),
            )
        )

    return note


def _bent(chain: Chain) -> str:
    """Where habits have changed a TTL: " (kept for 300 s, though its TTL is 60 s)"."""
    for entry in chain.entries:
        if entry.kept_s != entry.told_s:
            return f" (kept {spoken(entry.kept_s)}, though its TTL is {entry.told_s:g} s)"
    return ""


def _checked(name: str, rtype: str) -> tuple[str, str]:
    """Canonical name and type, or a Refusal."""
    try:
        asked = canonical_name(name)
    except ValueError as error:
        raise Refusal("InvalidInput", str(error)) from error
    if type_number(rtype.upper()) is None:
        raise Refusal("InvalidInput", f"no such record type: {rtype}")
    return asked, rtype.upper()


def _failed(name: str, rtype: str, why: str, took_ms: float) -> Lookup:
    return Lookup(
        name=name,
        rtype=rtype,
        rcode=SERVFAIL,
        addresses=(),
        records=(),
        ttl_s=0.0,
        from_cache=False,
        took_ms=took_ms,
        why=why,
    )


def _echo(payload: bytes) -> bytes:
    return payload
