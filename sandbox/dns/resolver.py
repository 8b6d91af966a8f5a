"""The core of a place's resolver: what it keeps, for how long, and what is still missing. Pure; time comes in.

In: replies of the authority, questions, `now_s`. Out: what the cache knows of a name, or the name to ask for next.
`service.Resolver` does the asking. TTLs come off the wire, so a sandbox at speed 10 has them already divided.

Caching follows RFC 2308: NXDOMAIN holds for all types of a name, NODATA for one; both as long as the SOA in the reply
says; without a SOA not at all. What was answered with TTL 0 is used once. A failure is not kept. [R53 5] How far a
resolver departs from that are its `Habits`. One that serves stale keeps what has expired for a while longer (RFC 8767):
`follow` uses it only when told to, as copies with a short TTL, and a failure to refresh it gives the authority a rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil, inf

from sandbox.dns.habits import Habits
from sandbox.protocols.dns_names import labels_text
from sandbox.protocols.dns_wire import NOERROR, NXDOMAIN, Reply, Rrset, pointed_name, rcode_name

ENTRIES_MOST = 10_000
LINKS_MOST = 16  # CNAMEs followed for one question
ROUNDING_S = 1e-6  # what adding a TTL to a clock reading may gain: 60 s must not be told as 61
ALL_TYPES = ""  # the type under which NXDOMAIN is kept


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One answer, or one certain absence. records: empty for an absence; why: the authority's explanation.

    told_s, kept_s: the TTL it came with, and how long it was decided to keep it. stale_s: of a copy that has expired,
    for how long. recheck_at_s: the authority has failed us, and rests until then.
    """

    name: str
    rtype: str
    rcode: int
    records: tuple[Rrset, ...]
    authority: tuple[Rrset, ...]
    expires_at_s: float
    why: str
    told_s: float = 0.0
    kept_s: float = 0.0
    stale_s: float = 0.0
    recheck_at_s: float = 0.0

    def left_s(self, now_s: float) -> float:
        """Seconds it may still be used."""
        return max(0.0, self.expires_at_s - now_s)


@dataclass(frozen=True, kw_only=True)
class Chain:
    """How far a question is answered. missing: the name to ask for next, "" when complete."""

    entries: tuple[Entry, ...]
    missing: str

    @property
    def complete(self) -> bool:
        """Nothing is left to ask."""
        return not self.missing

    @property
    def stale_s(self) -> float:
        """How long ago its oldest part has expired; 0: all is fresh."""
        return max((entry.stale_s for entry in self.entries), default=0.0)

    def is_resting(self, now_s: float) -> bool:
        """The authority has failed to refresh a part of it, so recently that it is not asked again."""
        return any(entry.stale_s and now_s < entry.recheck_at_s for entry in self.entries)

    def left_s(self, now_s: float) -> float:
        """Seconds until the first part of it expires."""
        return min((entry.left_s(now_s) for entry in self.entries), default=0.0)

    def records(self, now_s: float) -> tuple[Rrset, ...]:
        """All records, with the TTL that is left."""
        return tuple(_aged(rrset, entry, now_s) for entry in self.entries for rrset in entry.records)

    def authority(self, now_s: float) -> tuple[Rrset, ...]:
        """The SOA, when the end of the chain is an absence."""
        return tuple(_aged(rrset, entry, now_s) for entry in self.entries[-1:] for rrset in entry.authority)


class CannotResolve(Exception):
    """A reply that leads nowhere: SERVFAIL for the client."""


class Cache:
    """What one resolver knows."""

    def __init__(self, habits: Habits | None = None, *, most: int = ENTRIES_MOST) -> None:
        self.habits = habits or Habits()
        self._most = most
        self._entries: dict[tuple[str, str], Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def clear(self) -> None:
        """Forget everything (a resolver is restarted)."""
        self._entries.clear()

    def find(self, name: str, rtype: str, now_s: float) -> Entry | None:
        """What is known of a name and type and still fresh."""
        for key in _keys(name, rtype):
            entry = self._entries.get(key)
            if entry is not None:
                if now_s < entry.expires_at_s:
                    return entry
                if now_s >= entry.expires_at_s + self.habits.serve_stale_s:
                    del self._entries[key]
        return None

    def find_stale(self, name: str, rtype: str, now_s: float) -> Entry | None:
        """What has expired but may still serve: a copy with a short TTL, made of what was known last."""
        if not self.habits.serve_stale_s:
            return None
        known = [entry for key in _keys(name, rtype) if (entry := self._entries.get(key)) is not None]
        if not known:
            return None
        last = max(known, key=lambda entry: entry.expires_at_s - entry.kept_s)
        stale_s = now_s - last.expires_at_s
        if not 0 <= stale_s < self.habits.serve_stale_s:
            return None
        return replace(last, expires_at_s=now_s + self.habits.stale_ttl_s, stale_s=max(stale_s, ROUNDING_S))

    def rest(self, name: str, rtype: str, until_s: float) -> None:
        """The authority has failed: what is stale of this name serves until then without asking again."""
        for key in _keys(name, rtype):
            entry = self._entries.get(key)
            if entry is not None:
                self._entries[key] = replace(entry, recheck_at_s=until_s)

    def keep(self, entry: Entry, now_s: float) -> None:
        """Keep an entry for its time; the oldest goes when the cache is full."""
        if entry.expires_at_s <= now_s:
            return
        key = (entry.name, entry.rtype)
        self._entries.pop(key, None)
        if len(self._entries) >= self._most:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = entry


def _keys(name: str, rtype: str) -> tuple[tuple[str, str], ...]:
    return (name, rtype), (name, ALL_TYPES), (name, "CNAME")


def entry_from(reply: Reply, habits: Habits, now_s: float) -> Entry:
    """What a reply says, as an entry; a CannotResolve when it says nothing that helps."""
    if reply.rcode not in (NOERROR, NXDOMAIN):
        raise CannotResolve(f"the authority answered {rcode_name(reply.rcode)}")
    wanted = ("CNAME", reply.rtype)
    records = tuple(
        rrset
        for rrset in reply.answer
        if rrset.name == reply.name and (rrset.rtype in wanted or reply.rtype == "ANY") and rrset.wires
    )
    if records and reply.rcode == NOERROR:
        rtype = reply.rtype if reply.rtype in ("ANY", records[0].rtype) else records[0].rtype
        ttl_s = min(rrset.ttl_s for rrset in records)
        return _entry(reply, rtype, records, (), now_s, (ttl_s, habits.kept_s(ttl_s)))
    if reply.rcode == NOERROR and not reply.authoritative:
        servers = ", ".join(value for rrset in reply.authority for value in rrset.values)
        raise CannotResolve(f"the name is delegated to {servers or 'nobody'}, which does not run here")
    rtype = ALL_TYPES if reply.rcode == NXDOMAIN else reply.rtype
    soa = tuple(rrset for rrset in reply.authority if rrset.rtype == "SOA")
    ttl_s = _negative_ttl_s(soa)
    return _entry(reply, rtype, (), soa, now_s, (ttl_s, habits.absence_kept_s(ttl_s)))


def _entry(
    reply: Reply,
    rtype: str,
    records: tuple[Rrset, ...],
    authority: tuple[Rrset, ...],
    now_s: float,
    times: tuple[float, float],
) -> Entry:
    told_s, kept_s = times
    return Entry(
        name=reply.name,
        rtype=rtype,
        rcode=reply.rcode,
        records=records,
        authority=authority,
        expires_at_s=now_s + kept_s,
        why=reply.why,
        told_s=told_s,
        kept_s=kept_s,
    )


def _negative_ttl_s(soa: tuple[Rrset, ...]) -> int:
    """What the SOA says; nothing is kept without one."""
    return min(int.from_bytes(soa[0].wires[0][-4:], "big"), soa[0].ttl_s) if soa else 0


def follow(
    cache: Cache, fresh: Mapping[tuple[str, str], Entry], name: str, rtype: str, now_s: float, *, stale: bool = False
) -> Chain:
    """As much of the answer as is known, through CNAMEs. fresh: what this very question learned, TTL 0 included.

    stale: what has expired may help out.
    """
    entries: list[Entry] = []
    for _ in range(LINKS_MOST):
        entry = _just_learned(fresh, name, rtype) or cache.find(name, rtype, now_s)
        if entry is None and stale:
            entry = cache.find_stale(name, rtype, now_s)
        if entry is None:
            return Chain(entries=tuple(entries), missing=name)
        entries.append(entry)
        target = _alias_of(entry, rtype)
        if target is None:
            return Chain(entries=tuple(entries), missing="")
        name = target
    raise CannotResolve(f"more than {LINKS_MOST} CNAMEs follow each other")


def _just_learned(fresh: Mapping[tuple[str, str], Entry], name: str, rtype: str) -> Entry | None:
    return fresh.get((name, rtype)) or fresh.get((name, ALL_TYPES)) or fresh.get((name, "CNAME"))


def _alias_of(entry: Entry, rtype: str) -> str | None:
    """The name a CNAME leads to, when the question was not for the CNAME itself."""
    if entry.rtype != "CNAME" or rtype == "CNAME" or not entry.records:
        return None
    return pointed_name("CNAME", entry.records[0].wires[0]) or labels_text(())


def _aged(rrset: Rrset, entry: Entry, now_s: float) -> Rrset:
    left_s = entry.left_s(now_s)
    if left_s == inf:
        return replace(rrset, ttl_s=2**31 - 1)
    # Rounded up: what is still kept is never told with TTL 0, which is for answers that are used once.
    return replace(rrset, ttl_s=max(1, ceil(left_s - ROUNDING_S)) if left_s > 0 else 0)
