"""How many new flows came to accelerators: a count a minute for each way in, as CloudWatch keeps NewFlowCount. Pure.

In: the planet's events `flow_routed` and `flow_refused`. Out: points for `services/cloudwatch/accelerators.py`, which
knows whose address it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

ROUTED, REFUSED = "flow_routed", "flow_refused"
EVENTS = (ROUTED, REFUSED)
MINUTE_S = 60
MOST_MINUTES = 24 * 60  # of one way; AWS keeps 15 days
MOST_WAYS = 1000  # the one that has been silent longest is forgotten


class Way(NamedTuple):
    """Which static address and port, and the region of the endpoint; "" where no endpoint was found."""

    address: str
    port: int
    protocol: str
    region: str


class FlowCounts:
    """The points of all accelerators. `on_event` in one thread; `points` in any."""

    def __init__(self) -> None:
        self._ways: dict[Way, deque[tuple[int, int]]] = {}  # (minute, flows); the last told of stands last

    def on_event(self, record: Mapping[str, Any]) -> None:
        """A listener for `Spoke.on_event`."""
        if record["event"] not in EVENTS:
            return
        region = record["region"] if record["event"] == ROUTED else ""
        way = Way(record["address"], record["port"], record["protocol"], region)
        minute_s = int(record["at_s"]) // MINUTE_S * MINUTE_S
        points = self._ways.pop(way, None) or deque(maxlen=MOST_MINUTES)
        self._ways[way] = points
        if points and points[-1][0] >= minute_s:
            points[-1] = (points[-1][0], points[-1][1] + 1)
        else:
            points.append((minute_s, 1))
        if len(self._ways) > MOST_WAYS:
            del self._ways[next(iter(self._ways))]

    def points(self) -> list[tuple[Way, int, int]]:
        """(way, minute in Unix seconds, flows)."""
        return [(way, minute_s, flows) for way, points in list(self._ways.items()) for minute_s, flows in list(points)]

    def clear(self) -> None:
        """The sandbox is reset."""
        self._ways.clear()
