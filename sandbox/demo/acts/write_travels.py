"""Act 6: a global table. Written in Paris, read in Tokyo: how late, and what a strongly consistent read is worth."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sandbox.client.aws_steps import Step
from sandbox.demo.claims import claim
from sandbox.demo.stage import Stage
from sandbox.demo.stock import item_of, make, steps_of_a_global_table
from sandbox.demo.values import FAR, HOME, STOCK, Ground, Scene

TITLE = "Act 6: a global table, written in Paris and read in Tokyo"
TRIALS = (f"sandbox table status {STOCK}",)
WRITES = 50
WRITERS = 5
GIVE_UP_S = 10.0
TOLERANCE_MS = 60.0  # what our own machine, two commits and the reader's own round trip may add to half of them


@dataclass(frozen=True, kw_only=True)
class Journey:
    """One write. stale: a strongly consistent read, right after the 200, missed it; lag_ms: None, it never came."""

    stale: bool
    lag_ms: float | None


def steps(ground: Ground) -> list[Step]:
    """The table and its replicas."""
    return steps_of_a_global_table(ground)


def play(stage: Stage, earlier: list[Scene]) -> Scene:
    """Write in Europe, look for it in Asia."""
    make(stage)
    paris = stage.sandbox.place("paris").client("dynamodb", region=HOME)
    tokyo = stage.sandbox.place("tokyo").client("dynamodb", region=FAR)
    journey_of(stage, paris, tokyo, "warm-up")
    with ThreadPoolExecutor(WRITERS) as writers:
        journeys = list(writers.map(lambda name: journey_of(stage, paris, tokyo, name), names()))
    one_way_ms = stage.rtt_ms(HOME, FAR) / 2
    p50_ms, p99_ms = (percentile([j.lag_ms for j in journeys if j.lag_ms is not None], each) for each in (50, 99))
    stale = sum(journey.stale for journey in journeys)
    arrived = sum(journey.lag_ms is not None for journey in journeys)
    stage.screen.table(
        f"{WRITES} writes by Paris to {HOME}, read by Tokyo in {FAR}",
        ("from the 200 in Paris to the item in Tokyo", "p50 ms", "p99 ms", "one way ms"),
        [("replication lag", f"{p50_ms:.0f}", f"{p99_ms:.0f}", f"{one_way_ms:.0f}")],
    )
    stage.screen.say(
        f"Why: {HOME} answers when the write is on its own disk, and sends it to the others afterwards. The lag is the"
        f" way there. {stale} of {WRITES} strongly consistent reads in Tokyo, made as soon as Paris had its 200, missed"
        " the write: they are consistent with their own region only."
    )
    return Scene(
        figures={"lag_ms_p50": p50_ms, "lag_ms_p99": p99_ms, "one_way_ms": one_way_ms, "stale_reads": stale},
        claims=(
            claim(6, f"all {WRITES} writes arrive", f"{arrived} of {WRITES}", arrived == WRITES),
            claim(
                6,
                f"half of them within the way there, {one_way_ms:.0f} ms, and {TOLERANCE_MS:.0f} ms",
                f"p50 {p50_ms:.0f} ms, p99 {p99_ms:.0f} ms",
                p50_ms <= one_way_ms + TOLERANCE_MS,
            ),
            claim(
                6,
                "a strongly consistent read elsewhere, right after the 200, misses the write",
                f"{stale} of {WRITES}",
                stale >= WRITES * 0.9,
            ),
        ),
    )


def names() -> list[str]:
    """The items."""
    return [f"parcel {number}" for number in range(WRITES)]


def journey_of(stage: Stage, writer: Any, reader: Any, name: str) -> Journey:
    """Write one item here, and read there until it is there."""
    writer.put_item(TableName=STOCK, Item=item_of(name, sender="paris"))
    answered_at_s = stage.clock.now_s()
    looks = 0
    while stage.clock.now_s() - answered_at_s < GIVE_UP_S:
        looks += 1
        if "Item" in reader.get_item(TableName=STOCK, Key={"id": {"S": name}}, ConsistentRead=True):
            return Journey(stale=looks > 1, lag_ms=(stage.clock.now_s() - answered_at_s) * 1000)
    return Journey(stale=True, lag_ms=None)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of them do not exceed; infinity for none."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 1) if ordered else float("inf")
