"""The routing policies: which record set of a group answers, and why. Pure.

In: the group of one name and type, the circumstances, and what is wrong with each record (its health). Out: a
`Decision` that explains itself. `answering` calls `decide`; TestDNSAnswer and `dig --trace` show what it says.

Each policy is one function that *ranks* the records that apply, in tiers from best to worst; `decide` is the same for
all: the first tier with a healthy record answers, by weight within the tier; when nothing that applies is healthy, all
of it counts as healthy (last resort) [R53 1.1]. A new policy is one more function in RANKINGS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from types import MappingProxyType

from sandbox.dns.values import Candidate, Choose, Circumstances, Decision, GeoLocation, RecordSet, Viewpoint

MULTIVALUE_MOST = 8  # [R53 1.2]
CHINA_REGION = "cn-north-1"  # always wins for questions from inside China [R53 1.2]
NAMED_AT_MOST = 4  # candidates spelled out in a `why`; the decision itself lists all

ProblemOf = Callable[[RecordSet], str | None]


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A record that applies. note: what ranks it, such as "3 ms"."""

    record: RecordSet
    note: str = ""
    weight: int = 1


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """A policy's opinion.

    tiers: best first. take: how many records answer together. by_place: depends on who asks. compares: there is more
    than one record to name in an explanation.
    """

    tiers: tuple[tuple[Ranked, ...], ...]
    reason: str
    passed_over: tuple[tuple[RecordSet, str], ...] = ()
    take: int = 1
    by_place: bool = False
    compares: bool = True


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A ranked record and its health. problem: what is wrong with it, None when it is healthy."""

    ranked: Ranked
    problem: str | None

    @property
    def record(self) -> RecordSet:
        return self.ranked.record


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
        "failover": rank_failover,
    }
)


def decide(group: Sequence[RecordSet], now: Circumstances, problem_of: ProblemOf) -> Decision:
    """Choose from the record sets of one name and type. problem_of: what is wrong with a record, None if healthy."""
    assert group, "a name without records of this type is not decided but NODATA"
    policy = group[0].policy
    rank = RANKINGS.get(policy)
    if rank is None:
        return _not_emulated(group, policy)
    ranking = rank(group, now)
    tiers = [[Judged(ranked=entry, problem=problem_of(entry.record)) for entry in tier] for tier in ranking.tiers]
    healthy = [[entry for entry in tier if entry.problem is None] for tier in tiers]
    last_resort = bool(tiers) and not any(healthy)
    pool = next(filter(None, tiers if last_resort else healthy), [])
    chosen = draw_from(pool, ranking.take, now.choose)
    left = [entry for tier in tiers for entry in tier if not any(entry is taken for taken in chosen)]
    return Decision(
        name=group[0].name,
        rtype=group[0].rtype,
        policy=policy,
        candidates=_candidates(ranking, chosen, left),
        chosen=tuple(entry.record for entry in chosen),
        why=_why(ranking, chosen, left, last_resort=last_resort),
        last_resort=last_resort,
        by_place=ranking.by_place,
    )


def draw_from(pool: Sequence[Judged], take: int, choose: Choose) -> list[Judged]:
    """One by weight; or up to `take`, a window of the pool that starts anywhere, so that each is as likely."""
    if len(pool) < 2:
        return list(pool)
    if take == 1:
        return [pool[choose([entry.ranked.weight for entry in pool])]]
    start = choose([1] * len(pool))
    return [*pool[start:], *pool[:start]][:take]


def _not_emulated(group: Sequence[RecordSet], policy: str) -> Decision:
    return Decision(
        name=group[0].name,
        rtype=group[0].rtype,
        policy=policy,
        candidates=(),
        chosen=(),
        why=f"the sandbox does not answer from {policy} records",
        emulated=False,
    )


def _whereabouts(view: Viewpoint) -> str:
    parts = (view.subdivision, view.country, view.continent)
    return f"{view.name or 'an unknown place'} ({', '.join(part for part in parts if part)})"


def _candidates(ranking: Ranking, chosen: Sequence[Judged], left: Sequence[Judged]) -> tuple[Candidate, ...]:
    """Every record of the group, with what became of it."""
    fates = [
        *(("chosen", entry) for entry in chosen),
        *(("left out" if entry.problem else "in play", entry) for entry in left),
    ]
    applying = (
        Candidate(
            label=entry.record.label,
            content=entry.record.content,
            state=state,
            note=", ".join(part for part in (entry.ranked.note, entry.problem) if part),
        )
        for state, entry in fates
    )
    elsewhere = (
        Candidate(label=record.label, content=record.content, state="left out", note=reason)
        for record, reason in ranking.passed_over
    )
    return (*applying, *elsewhere)


def _why(ranking: Ranking, chosen: Sequence[Judged], left: Sequence[Judged], *, last_resort: bool) -> str:
    """The sentence for the learner: what ranked them, who won, who was left out."""
    if not chosen:
        return f"{ranking.reason}: no record applies and there is no default, so no answer"
    in_play = [*chosen, *(entry for entry in left if last_resort or entry.problem is None)]
    named = _listed([f"{entry.record.label} {entry.ranked.note}".strip() for entry in in_play])
    parts = [f"{ranking.reason}: {named}" if ranking.compares else ranking.reason]
    if last_resort:
        reasons = _listed(sorted({entry.problem for entry in in_play if entry.problem}))
        parts.append(f"nothing here is healthy ({reasons}), so all count as healthy")
    else:
        sick = [entry for entry in left if entry.problem is not None]
        parts += [f"{entry.record.label} left out: {entry.problem}" for entry in sick[:NAMED_AT_MOST]]
    return "; ".join(parts)


def _listed(words: Sequence[str]) -> str:
    more = len(words) - NAMED_AT_MOST
    return ", ".join(words[:NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
