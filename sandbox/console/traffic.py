"""Requests, put together: who is served by whom, how fast, how often not at all. Pure.

In: `served` and `refused` records. Out: flows since somebody last asked (for the map), latencies per city in steps of
`STEP_S` (for the plot), counters and histograms since the start (for Prometheus). Nothing here grows with the number of
requests: a step keeps at most `MOST_SAMPLES` latencies of a city, drawn evenly.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

STEP_S = 2.0
KEEP_STEPS = 300  # ten minutes
MOST_SAMPLES = 500
BUCKETS_MS = (5, 10, 25, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 2000, 5000, 10000)

Pair = tuple[str, str]  # place, owner of the address ("" when that is not known)


@dataclass(kw_only=True)
class Flow:
    """Requests of one place to one owner in a short time. worst: the last reason why one was not served."""

    count: int = 0
    failed: int = 0
    timed: int = 0
    sum_ms: float = 0.0
    worst: str = ""


@dataclass(kw_only=True)
class Total:
    """The same since the start. buckets: how many took at most BUCKETS_MS[i]; one more for all that took longer."""

    count: int = 0
    failed: int = 0
    sum_ms: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_MS) + 1))
    by_error: dict[str, int] = field(default_factory=dict)


@dataclass(kw_only=True)
class Sample:
    """Latencies of one city in one step. seen: how many there were; kept: some of them, all if they are few."""

    seen: int = 0
    failed: int = 0
    kept: list[float] = field(default_factory=list)

    def add(self, took_ms: float) -> None:
        """One more; every n-th replaces an older one when there are many, without chance: a step is short."""
        if len(self.kept) < MOST_SAMPLES:
            self.kept.append(took_ms)
        elif self.seen % 7 == 0:
            self.kept[self.seen % MOST_SAMPLES] = took_ms
        self.seen += 1

    def figures(self) -> list[float]:
        """[requests, failed, p50, p95, p99], latencies in ms."""
        ordered = sorted(self.kept)
        return [self.seen + self.failed, self.failed, *(percentile(ordered, share) for share in (0.5, 0.95, 0.99))]


def percentile(ordered: list[float], share: float) -> float:
    """The nearest-rank percentile, in ms with a decimal; 0 of nothing."""
    if not ordered:
        return 0.0
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


class Traffic:
    """All of it. owner_of: address -> the place it belongs to."""

    def __init__(self, owner_of: Callable[[str], str | None]) -> None:
        self._owner_of = owner_of
        self.totals: dict[Pair, Total] = {}
        self.steps: deque[dict[str, Any]] = deque(maxlen=KEEP_STEPS)
        self._flows: dict[Pair, Flow] = {}
        self._step_s: float | None = None
        self._untaken: deque[dict[str, Any]] = deque(maxlen=KEEP_STEPS)
        self._samples: dict[str, Sample] = {}

    def add(self, record: Mapping[str, Any]) -> None:
        """One record; those of other kinds are not ours."""
        if record["event"] == "served":
            error = f"status {record['status']}" if record["status"] >= 500 else ""
            self._count(record["at_s"], record["place"], record["owner"], record["took_ms"], error)
        elif record["event"] == "refused":
            owner = self._owner_of(record["address"]) or ""
            self._count(record["at_s"], record["place"], owner, None, record["error"])
        elif record["event"] == "flow_routed":  # the second half of an anycast flow's way: no request of its own
            self._flows.setdefault((record["edge"], record["region"]), Flow()).count += 1

    def _count(self, at_s: float, place: str, owner: str, took_ms: float | None, error: str) -> None:
        self._step_to(at_s)
        flow = self._flows.setdefault((place, owner), Flow())
        total = self.totals.setdefault((place, owner), Total())
        sample = self._samples.setdefault(place, Sample())
        if error:
            flow.failed += 1
            flow.worst = error
            total.failed += 1
            total.by_error[error] = total.by_error.get(error, 0) + 1
            sample.failed += 1
        else:
            flow.count += 1
            total.count += 1
        if took_ms is None:
            return
        flow.timed += 1
        flow.sum_ms += took_ms
        total.sum_ms += took_ms
        total.buckets[bisect_left(BUCKETS_MS, took_ms)] += 1
        if not error:
            sample.add(took_ms)

    def take_flows(self) -> list[list[Any]]:
        """[place, owner, served, failed, mean ms, why it failed] since the last time, in the order they came."""
        taken, self._flows = self._flows, {}
        return [
            [
                place,
                owner,
                flow.count,
                flow.failed,
                round(flow.sum_ms / max(1, flow.timed), 1),
                flow.worst,
            ]
            for (place, owner), flow in taken.items()
        ]

    def take_steps(self, now_s: float) -> list[dict[str, Any]]:
        """Steps that are over, each once: {"at_s", "cities": place -> figures}."""
        self._step_to(now_s)
        taken = list(self._untaken)
        self._untaken.clear()
        return taken

    def _step_to(self, now_s: float) -> None:
        step_s = now_s // STEP_S * STEP_S
        if self._step_s is not None and step_s > self._step_s and self._samples:
            cities = {place: sample.figures() for place, sample in self._samples.items()}
            self.steps.append({"at_s": self._step_s, "cities": cities})
            self._untaken.append(self.steps[-1])
            self._samples = {}
        if self._step_s is None or step_s > self._step_s:
            self._step_s = step_s
