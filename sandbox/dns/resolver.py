"""The core of a place's resolver: what it keeps, for how long, and what is still missing. Pure; time comes in.

In: replies of the authority, questions, `now_s`. Out: what the cache knows of a name, or the name to ask for next.
`service.Resolver` does the asking. TTLs come off the wire, so a sandbox at speed 10 has them already divided.

Caching follows RFC 2308: NXDOMAIN holds for all types of a name, NODATA for one; both as long as the SOA in the reply
says; without a SOA not at all. What was answered with TTL 0 is used once. A failure is not kept. [R53 5]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil, inf

from sandbox.protocols.dns_names import labels_text
from sandbox.protocols.dns_wire import NOERROR, NXDOMAIN, Reply, Rrset, pointed_name, rcode_name

ENTRIES_MOST = 10_000
NEGATIVE_MOST_S = 10_800.0  # 3 h [R53 5]
POSITIVE_MOST_S = 604_800.0  # 7 days [R53 5]
LINKS_MOST = 16  # CNAMEs followed for one question
ROUNDING_S = 1e-6  # what adding a TTL to a clock reading may gain: 60 s must not be told as 61
ALL_TYPES = ""  # the type under which NXDOMAIN is kept


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How a resolver treats TTLs. hold_s: keeps every answer so long whatever its TTL (`inf`: for ever)."""

    min_ttl_s: float = 0.0
    max_ttl_s: float = POSITIVE_MOST_S
    hold_s: float | None = None

    def kept_s(self, ttl_s: float) -> float:
        """How long an answer with this TTL is kept."""
        return self.hold_s if self.hold_s is not None else max(self.min_ttl_s, min(ttl_s, self.max_ttl_s))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One answer, or one certain absence. records: empty for an absence; why: the authority's explanation."""

    name: str
    rtype: str
    rcode: int
    records: tuple[Rrset, ...]
    authority: tuple[Rrset, ...]
    expires_at_s: float
    why: str

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
        for key in ((name, rtype), (name, ALL_TYPES), (name, "CNAME")):
            entry = self._entries.get(key)
            if entry is not None:
                if now_s < entry.expires_at_s:
                    return entry
                del self._entries[key]
        return None

    def keep(self, entry: Entry, now_s: float) -> None:
        """Keep an entry for its time; the oldest goes when the cache is full."""
        if entry.expires_at_s <= now_s:
            return
        key = (entry.name, entry.rtype)
        self._entries.pop(key, None)
        if len(self._entries) >= self._most:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = entry


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
        kept_s = habits.kept_s(min(rrset.ttl_s for rrset in records))
        return _entry(reply, rtype, records, (), now_s + kept_s)
    if reply.rcode == NOERROR and not reply.authoritative:
        servers = ", ".join(value for rrset in reply.authority for value in rrset.values)
        raise CannotResolve(f"the name is delegated to {servers or 'nobody'}, which does not run here")
    rtype = ALL_TYPES if reply.rcode == NXDOMAIN else reply.rtype
    soa = tuple(rrset for rrset in reply.authority if rrset.rtype == "SOA")
    return _entry(reply, rtype, (), soa, now_s + _negative_s(soa, habits))


def _entry(
    reply: Reply, rtype: str, records: tuple[Rrset, ...], authority: tuple[Rrset, ...], expires_at_s: float
) -> Entry:
    return Entry(
        name=reply.name,
        rtype=rtype,
        rcode=reply.rcode,
        records=records,
        authority=authority,
        expires_at_s=expires_at_s,
        why=reply.why,
    )


def _negative_s(soa: tuple[Rrset, ...], habits: Habits) -> float:
    if not soa:
        return 0.0
    minimum_s = int.from_bytes(soa[0].wires[0][-4:], "big")
    return min(minimum_s, soa[0].ttl_s, NEGATIVE_MOST_S, habits.max_ttl_s)


def follow(cache: Cache, fresh: Mapping[tuple[str, str], Entry], name: str, rtype: str, now_s: float) -> Chain:
    """As much of the answer as is known, through CNAMEs. fresh: what this very question learned, TTL 0 included."""
    entries: list[Entry] = []
    for _ in range(LINKS_MOST):
        entry = _just_learned(fresh, name, rtype) or cache.find(name, rtype, now_s)
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
