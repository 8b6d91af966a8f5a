"""What the samples of a run say: availability, latency, RTO, RPO, stale reads, lost writes. Pure.

In: a `Run`. Out: figures. The definitions:

    availability  requests that got their answer, of all that were due (one that could not be sent counts as failed)
    RTO           for each fault and city: from the fault to the departure of the last failing request of that outage.
                  The outage is over when `RECOVERED_S` pass without an error; 0: the city did not notice
    RPO           for each fault and lost region: writes that it had acknowledged and that another region's replica did
                  not hold just before the fault was healed; in seconds: how far back the oldest of them lies
    stale read    an answer older than a write of the same item that had been acknowledged before the read left
    lost write    an acknowledged write that lost to one that had not seen it, or that no replica holds in the end
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from sandbox.drills.values import READ, WRITE, Audit, Images, Run, Sample

RECOVERED_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Second:
    """One second of one city, by departure. p50_ms, p99_ms: of the requests that succeeded; None: none did."""

    second: int
    sent: int
    ok: int
    p50_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, kw_only=True)
class CityFigures:
    """One city, or all of them."""

    sent: int
    ok: int
    p50_ms: float | None
    p99_ms: float | None
    errors: Mapping[str, int]

    @property
    def availability(self) -> float:
        """0 to 1."""
        return self.ok / self.sent if self.sent else 1.0


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """How long a city's users failed after a fault. rto_s: 0 when they did not."""

    fault: str
    at_s: float
    city: str
    rto_s: float
    errors: int


@dataclass(frozen=True, kw_only=True)
class PointLost:
    """What `region` had acknowledged and `other` did not hold. writes: their numbers."""

    fault: str
    region: str
    other: str
    writes: tuple[int, ...]
    rpo_s: float


@dataclass(frozen=True, kw_only=True)
class StaleRead:
    """A read that found an older version. behind_s: how long the newer one had been acknowledged."""

    at_s: float
    city: str
    region: str
    key: str
    found: int
    newest: int
    behind_s: float


@dataclass(frozen=True, kw_only=True)
class LostWrite:
    """An acknowledged write that is not there any more, and why."""

    number: int
    at_s: float
    city: str
    region: str
    key: str
    why: str


def percentile(values: Iterable[float], share: float) -> float | None:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def figures_of(samples: Iterable[Sample]) -> CityFigures:
    """Counts and latencies of some samples."""
    some = list(samples)
    times_ms = [sample.took_ms for sample in some if sample.ok]
    errors = Counter(sample.error for sample in some if not sample.ok)
    return CityFigures(
        sent=len(some),
        ok=len(times_ms),
        p50_ms=percentile(times_ms, 0.5),
        p99_ms=percentile(times_ms, 0.99),
        errors=dict(sorted(errors.items())),
    )


def of_city(samples: Iterable[Sample], city: str) -> list[Sample]:
    """Those from one city."""
    return [sample for sample in samples if sample.request.city == city]


def seconds_of(samples: Iterable[Sample]) -> list[Second]:
    """One entry for each second in which something left."""
    by_second: dict[int, list[Sample]] = {}
    for sample in samples:
        by_second.setdefault(int(sample.sent_s), []).append(sample)
    found = []
    for second, some in sorted(by_second.items()):
        figures = figures_of(some)
        found.append(
            Second(second=second, sent=figures.sent, ok=figures.ok, p50_ms=figures.p50_ms, p99_ms=figures.p99_ms)
        )
    return found


def recoveries(run: Run, cities: Sequence[str]) -> list[Recovery]:
    """RTO of each fault and city, until the next fault."""
    starts = [seen.at_s for seen in run.faults]
    found = []
    for seen in run.faults:
        end_s = min((start for start in starts if start > seen.at_s), default=float("inf"))
        for city in cities:
            failed = sorted(
                sample.sent_s
                for sample in of_city(run.samples, city)
                if not sample.ok
                and seen.at_s - sample.request.patience_s <= sample.sent_s < end_s
                and sample.ended_s >= seen.at_s
            )
            outage = one_outage(failed)
            last_s = max(0.0, outage[-1] - seen.at_s) if outage else 0.0
            found.append(Recovery(fault=seen.fault.words, at_s=seen.at_s, city=city, rto_s=last_s, errors=len(outage)))
    return found


def one_outage(failed_s: Sequence[float]) -> list[float]:
    """The failures from the first one on that are less than RECOVERED_S apart."""
    outage: list[float] = []
    for at_s in failed_s:
        if outage and at_s - outage[-1] > RECOVERED_S:
            break
        outage.append(at_s)
    return outage


def points_lost(run: Run, regions: Sequence[str]) -> list[PointLost]:
    """RPO of each fault that takes a region away, between each two regions that it takes apart."""
    found = []
    for audit in run.audits:
        for region, other in _pairs(audit, regions):
            for table, images in audit.images.items():
                if other in images:
                    found.append(_point_lost(run, audit, region, other, images[other], table))
    return found


def _pairs(audit: Audit, regions: Sequence[str]) -> list[tuple[str, str]]:
    """(lost, surviving). A cut or a pause makes each side lost for the other; one that is one-way only the first."""
    named = [name for name in audit.fault.target if name in regions]
    if len(named) == 2:
        pairs, both = (
            [(named[0], named[1])],
            audit.fault.kind == "partition" and "one_way" not in audit.fault.parameters,
        )
    else:
        pairs = [(region, other) for region in named for other in regions if other not in named]
        both = audit.fault.kind == "pause-replication"
    return pairs + ([(other, region) for region, other in pairs] if both else [])


def _point_lost(run: Run, audit: Audit, region: str, other: str, image: Mapping[str, int], table: str) -> PointLost:
    acknowledged = [
        sample
        for sample in run.samples
        if _acknowledged(sample, table) and sample.served_by == region and sample.ended_s <= audit.at_s
    ]
    missing = [sample for sample in acknowledged if image.get(sample.request.key, 0) < sample.request.number]
    point_s = max([audit.fault_at_s, *(sample.ended_s for sample in missing)])
    return PointLost(
        fault=audit.fault.words,
        region=region,
        other=other,
        writes=tuple(sample.request.number for sample in missing),
        rpo_s=point_s - min((sample.ended_s for sample in missing), default=point_s),
    )


def _acknowledged(sample: Sample, table: str) -> bool:
    return sample.request.action == WRITE and sample.ok and sample.request.table == table


def stale_reads(samples: Sequence[Sample]) -> list[StaleRead]:
    """Each read that found less than what had been acknowledged when it left."""
    writes: dict[tuple[str, str], list[Sample]] = {}
    by_number = {sample.request.number: sample for sample in samples if sample.request.action == WRITE}
    for sample in samples:
        if sample.request.action == WRITE and sample.ok:
            writes.setdefault((sample.request.table, sample.request.key), []).append(sample)
    found = []
    for read in samples:
        if read.request.action != READ or not read.ok or read.version is None:
            continue
        before = [
            write for write in writes.get((read.request.table, read.request.key), []) if write.ended_s <= read.sent_s
        ]
        if not before:
            continue
        newest = max(before, key=lambda write: write.request.number)
        seen = by_number.get(read.version)
        if newest.request.number > read.version and (seen is None or seen.ended_s <= newest.sent_s):
            found.append(
                StaleRead(
                    at_s=read.sent_s,
                    city=read.request.city,
                    region=read.served_by,
                    key=read.request.key,
                    found=read.version,
                    newest=newest.request.number,
                    behind_s=read.sent_s - newest.ended_s,
                )
            )
    return found


def lost_writes(run: Run) -> list[LostWrite]:
    """Acknowledged writes that lost a conflict, or that no replica holds in the end."""
    losers = set(run.conflicts)
    by_number = {sample.request.number: sample for sample in run.samples if sample.request.action == WRITE}
    found = []
    for sample in run.samples:
        request = sample.request
        if request.action != WRITE or not sample.ok or request.table not in run.final:
            continue
        kept = newest_version(run.final, request.table, request.key)
        winner = by_number.get(kept)
        if (request.table, request.number) in losers:
            why = f"a write that had not seen it won; {kept or 'nothing'} stands"
        elif kept < request.number and (winner is None or winner.ended_s <= sample.sent_s):
            why = f"no replica holds it; {kept or 'nothing'} stands"
        else:
            continue
        found.append(
            LostWrite(
                number=request.number,
                at_s=sample.sent_s,
                city=request.city,
                region=sample.served_by,
                key=request.key,
                why=why,
            )
        )
    return found


def newest_version(final: Images, table: str, key: str) -> int:
    """The newest version of an item in any replica; 0: there is none."""
    return max((image.get(key, 0) for image in final.get(table, {}).values()), default=0)


def requests_of_regions(samples: Iterable[Sample]) -> dict[str, int]:
    """Region -> requests it answered."""
    return dict(sorted(Counter(sample.served_by for sample in samples if sample.served_by).items()))
