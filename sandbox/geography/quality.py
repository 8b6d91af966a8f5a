"""How uneven a path is: jitter and loss, as far as there are data. Pure.

In: measured spreads between regions. Out: the `jitter_ms` of a segment: p90 - p50 of its round trips.

    backbone   measured, p90 - p50 of both directions (CloudPing.co, year to July 2025); between places that share a
               hub, and where nothing is measured, the 25th of 100 measured directions: 3.5 ms
    internet   the same times 1.17, as its round trip; in congestion it can be 35 ms (cited in latency-model.md): use
               the fault `slow` for that
    access     DSL has 6.4 ms on 25 ms (standard deviation of the first hop, latency-model.md); no figure was found for
               other lines, so theirs is the same share
    edge       none: what there is stands in the access line

No table here has a loss, so it is 0 but for what a user's own table says.
"""

from __future__ import annotations

from collections.abc import Mapping

NEAR_SPREAD_MS = 3.5
ACCESS_JITTER_SHARE = 6.4 / 25

Spreads = Mapping[tuple[str, str], float]


def spread_ms(spreads: Spreads, hub_a: str, hub_b: str) -> float:
    """The spread between two measured regions; without any table, 0."""
    if not spreads:
        return 0.0
    return spreads.get((hub_a, hub_b), NEAR_SPREAD_MS)
