"""What each routing policy prefers: the record sets of a group in tiers, best first. Pure.

In: the group of one name and type, the circumstances. Out: a `Ranking`: the tiers, what ranks them in words, what does
not apply, and on what of the asker it depends. `policy.decide` takes the first tier with something healthy.

A new policy is one more function in RANKINGS. Facts: R53 1.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from types import MappingProxyType

from sandbox.dns.cidr import Block, network_of
from sandbox.dns.values import Circumstances, GeoLocation, RecordSet, Viewpoint

MULTIVALUE_MOST = 8  # [R53 1.2]
CHINA_REGION = "cn-north-1"  # always wins for questions from inside China [R53 1.2]


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A record that applies. note: what ranks it, such as "3 ms"."""

    record: RecordSet
    note: str = ""
    weight: int = 1


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """A policy's opinion.

    tiers: best first. take: how many records answer together. by_place: it depends on who asks; network_bits: on so
    many bits of the client's address. compares: there is more than one record to name in an explanation.
    """

    tiers: tuple[tuple[Ranked, ...], ...]
    reason: str
    passed_over: tuple[tuple[RecordSet, str], ...] = ()
    take: int = 1
    by_place: bool = False
    network_bits: int = 0
    compares: bool = True


Rank = Callable[[Sequence[RecordSet], Circumstances], Ranking]


def rank_simple(group: Sequence[RecordSet], _: Circumstances) -> Ranking:
    """One record set with all its values."""
    only = Ranked(record=group[0])
    return Ranking(tiers=((only,),), reason="the only record set of this name and type", compares=False)


def rank_multivalue(group: Sequence[RecordSet], _: Circumstances) -> Ranking:
    """All healthy records, or 8 of them."""
    tier = tuple(Ranked(record=record) for record in group)
    return Ranking(tiers=(tier,), reason="multivalue answer", take=MULTIVALUE_MOST)


def rank_weighted(group: Sequence[RecordSet], _: Circumstances) -> Ranking:
    """By weight. Zero-weight records wait until no other is healthy; all zero means all equal. [R53 1.2]"""
    heavy = tuple(Ranked(record=r, note=f"weight {r.weight}", weight=r.weight) for r in group if r.weight)
    idle = tuple(Ranked(record=record, note="weight 0") for record in group if not record.weight)
    return Ranking(tiers=tuple(tier for tier in (heavy, idle) if tier), reason="weighted draw")


def rank_latency(group: Sequence[RecordSet], now: Circumstances) -> Ranking:
    """Nearest region first, by round trip."""
    from_china = now.view.country == "CN"

    def order(pair: tuple[RecordSet, float | None]) -> tuple[bool, float, str]:
        record, ms = pair
        return (not (from_china and record.region == CHINA_REGION), inf if ms is None else ms, record.region)

    measured = sorted(((record, now.latency_ms(record.region)) for record in group), key=order)
    tiers = tuple(
        (Ranked(record=record, note="no latency known" if ms is None else f"{ms:.0f} ms"),) for record, ms in measured
    )
    return Ranking(tiers=tiers, reason=f"lowest latency from {now.view.name or 'an unknown place'}", by_place=True)


def rank_geolocation(group: Sequence[RecordSet], now: Circumstances) -> Ranking:
    """State before country before continent before default; what covers another place does not apply. [R53 1.2]"""
    levels: dict[int, list[Ranked]] = {}
    passed_over: list[tuple[RecordSet, str]] = []
    for record in group:
        level = geo_level(record.geo, now.view)
        if level is None:
            passed_over.append((record, "for another place"))
        else:
            levels.setdefault(level, []).append(Ranked(record=record))
    return Ranking(
        tiers=tuple(tuple(levels[level]) for level in sorted(levels)),
        reason=f"most specific location for {_whereabouts(now.view)}",
        passed_over=tuple(passed_over),
        by_place=True,
    )


def geo_level(geo: GeoLocation | None, view: Viewpoint) -> int | None:
    """How specific a location is for a viewpoint: 0 state, 1 country, 2 continent, 3 default; None: elsewhere."""
    if geo is None:
        return None
    if geo.subdivision:
        here = (geo.country, geo.subdivision) == (view.country, view.subdivision)
        return 0 if here else None
    if geo.country == "*":
        return 3
    if geo.country:
        return 1 if geo.country == view.country else None
    return 2 if geo.continent and geo.continent == view.continent else None


def rank_geoproximity(group: Sequence[RecordSet], now: Circumstances) -> Ranking:
    """Nearest resource first, by biased distance; which of two equally near ones is not documented: by label."""

    def ranked(record: RecordSet) -> tuple[float, str, Ranked]:
        at = record.proximity
        km = None if at is None else now.distance_km(at)
        if at is None or km is None:
            return inf, record.label, Ranked(record=record, note="no distance known")
        biased_km = at.biased_km(km)
        note = f"{km:,.0f} km" + (f", with bias {at.bias:+d} {biased_km:,.0f} km" if at.bias else "")
        return biased_km, record.label, Ranked(record=record, note=note)

    nearest_first = sorted((ranked(record) for record in group), key=lambda entry: entry[:2])
    return Ranking(
        tiers=tuple((entry,) for _, _, entry in nearest_first),
        reason=f"smallest biased distance from {now.view.name or 'an unknown place'}",
        by_place=True,
    )


def rank_ip_based(group: Sequence[RecordSet], now: Circumstances) -> Ranking:
    """The longest block that holds the client's network, shorter ones after it, then location "*"."""
    by_location = {record.cidr.location: record for record in group if record.cidr is not None}
    collection_id = next((record.cidr.collection for record in group if record.cidr is not None), "")
    collection, client = now.collection(collection_id), network_of(now.view.network)
    blocks: tuple[Block, ...] = ()
    bits = 0
    if collection is not None and client is not None:
        blocks, bits = collection.holding(client, by_location), collection.bits_needed(client, by_location)
    tiers = [(Ranked(record=by_location[block.location], note=block.text),) for block in blocks]
    if "*" in by_location:
        tiers.append((Ranked(record=by_location["*"]),))
    applying = {entry.record.label for tier in tiers for entry in tier}
    unknown = "" if collection is not None else f" (no CIDR collection {collection_id} is known)"
    return Ranking(
        tiers=tuple(tiers),
        reason=f"longest block that holds {now.view.network or 'an unknown address'}{unknown}",
        passed_over=tuple((record, "for other addresses") for record in group if record.label not in applying),
        network_bits=bits,
    )


def rank_failover(group: Sequence[RecordSet], _: Circumstances) -> Ranking:
    """Primary, then secondary; the primary again when neither is healthy."""
    ranked = tuple((Ranked(record=record),) for record in sorted(group, key=lambda r: r.failover != "PRIMARY"))
    return Ranking(tiers=ranked, reason="failover, primary first")


RANKINGS: Mapping[str, Rank] = MappingProxyType(
    {
        "simple": rank_simple,
        "multivalue": rank_multivalue,
        "weighted": rank_weighted,
        "latency": rank_latency,
        "geolocation": rank_geolocation,
        "geoproximity": rank_geoproximity,
        "IP-based": rank_ip_based,
        "failover": rank_failover,
    }
)


def _whereabouts(view: Viewpoint) -> str:
    parts = (view.subdivision, view.country, view.continent)
    return f"{view.name or 'an unknown place'} ({', '.join(part for part in parts if part)})"
