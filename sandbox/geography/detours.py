"""The long way round on the backbone, when lines are severed. Pure.

In: two places on AWS's network, the measured regions as crossings, round trips, and which direct lines are severed.
Out: the shortest way over those crossings, or None when there is no way. One crossing is nearly always enough and is
looked for first; only where there is none, Dijkstra's algorithm looks for a way over several.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

RttMs = Callable[[str, str], float]
IsSevered = Callable[[str, str], bool]


def way_round(
    a: str, b: str, crossings: Sequence[str], rtt_ms: RttMs, is_severed: IsSevered
) -> tuple[float, tuple[str, ...]] | None:
    """Round trip in ms and the crossings passed; the direct line itself is tried first."""
    if not is_severed(a, b):
        return rtt_ms(a, b), ()
    by_one = [
        (rtt_ms(a, via) + rtt_ms(via, b), (via,))
        for via in crossings
        if via not in (a, b) and not is_severed(a, via) and not is_severed(via, b)
    ]
    return min(by_one) if by_one else _by_many(a, b, crossings, rtt_ms, is_severed)


def _by_many(
    a: str, b: str, crossings: Sequence[str], rtt_ms: RttMs, is_severed: IsSevered
) -> tuple[float, tuple[str, ...]] | None:
    """Dijkstra's algorithm over the crossings that are not yet reached."""
    left = [place for place in (*crossings, b) if place != a]
    waiting: list[tuple[float, tuple[str, ...]]] = [(0.0, (a,))]
    while waiting:
        so_far_ms, way = heapq.heappop(waiting)
        here = way[-1]
        if here == b:
            return so_far_ms, way[1:-1]
        if here != a:
            if here not in left:
                continue
            left.remove(here)
        for onward in left:
            if not is_severed(here, onward):
                heapq.heappush(waiting, (so_far_ms + rtt_ms(here, onward), (*way, onward)))
    return None
