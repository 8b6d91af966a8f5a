"""The decision of one group of record sets: which answers, and why. Pure.

In: the group of one name and type, the circumstances, and what is wrong with each record (its health). Out: a
`Decision` that explains itself. `answering` calls `decide`; TestDNSAnswer and `dig --trace` show what it says.

`rankings` puts the records that apply in tiers, by policy; the rest is the same for all policies: the first tier with a
healthy record answers, by weight within the tier; when nothing that applies is healthy, all of it counts as healthy
(last resort) [R53 1.1].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.dns.rankings import RANKINGS, Ranked, Ranking
from sandbox.dns.values import Candidate, Choose, Circumstances, Decision, RecordSet

NAMED_AT_MOST = 4  # candidates spelled out in a `why`; the decision itself lists all

ProblemOf = Callable[[RecordSet], str | None]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A ranked record and its health. problem: what is wrong with it, None when it is healthy."""

    ranked: Ranked
    problem: str | None

    @property
    def record(self) -> RecordSet:
        return self.ranked.record


def decide(group: Sequence[RecordSet], now: Circumstances, problem_of: ProblemOf) -> Decision:
    """Choose from the record sets of one name and type. problem_of: what is wrong with a record, None if healthy."""
    assert group, "a name without records of this type is not decided but NODATA"
    policy = group[0].policy
    ranking = RANKINGS[policy](group, now)
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
        network_bits=ranking.network_bits,
    )


def draw_from(pool: Sequence[Judged], take: int, choose: Choose) -> list[Judged]:
    """One by weight; or up to `take`, a window of the pool that starts anywhere, so that each is as likely."""
    if len(pool) < 2:
        return list(pool)
    if take == 1:
        return [pool[choose([entry.ranked.weight for entry in pool])]]
    start = choose([1] * len(pool))
    return [*pool[start:], *pool[:start]][:take]


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
