"""ReplicationLatency as CloudWatch keeps it: one point a minute for each table and receiving region (GT 3.23). Pure.

In: events `shipped` of regions. Out: the points of one account in one region, which is the one that sent. A point holds
what the statistics Average, Minimum, Maximum, Sum and SampleCount are made of.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

EVENT = "shipped"
MINUTE_S = 60
MOST_MINUTES = 24 * 60  # of one table and receiving region; AWS keeps 15 days
MOST_SERIES = 1000  # the one that has been silent longest is forgotten

Series = tuple[str, str, str, str]  # account, source, table, receiving region


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One minute, from minute_s (Unix seconds) on. Milliseconds; of other metrics whatever their unit is."""

    minute_s: int
    count: int
    least_ms: float
    most_ms: float
    sum_ms: float

    def with_more(self, other: Point) -> Point:
        """Both."""
        return replace(
            self,
            count=self.count + other.count,
            least_ms=min(self.least_ms, other.least_ms),
            most_ms=max(self.most_ms, other.most_ms),
            sum_ms=self.sum_ms + other.sum_ms,
        )


class Latencies:
    """The points of all regions. `on_event` in one thread; `points` in any."""

    def __init__(self) -> None:
        self._series: dict[Series, deque[Point]] = {}  # the last told of stands last

    def on_event(self, record: Mapping[str, Any]) -> None:
        """A listener for `Spoke.on_event`."""
        if record["event"] != EVENT or not record["measured"]:
            return
        point = Point(
            minute_s=int(record["at_s"]) // MINUTE_S * MINUTE_S,
            count=record["measured"],
            least_ms=record["lag_ms_min"],
            most_ms=record["lag_ms_max"],
            sum_ms=record["lag_ms_sum"],
        )
        series = (record["account"], record["region"], record["table"], record["peer"])
        points = self._series.pop(series, None) or deque(maxlen=MOST_MINUTES)
        self._series[series] = points
        if points and points[-1].minute_s >= point.minute_s:
            points[-1] = points[-1].with_more(point)
        else:
            points.append(point)
        if len(self._series) > MOST_SERIES:
            del self._series[next(iter(self._series))]

    def points(self, account: str, region: str) -> list[tuple[str, str, Point]]:
        """(table, receiving region, point) of what this account's tables in this region have sent."""
        return [
            (table, peer, point)
            for (owner, source, table, peer), points in list(self._series.items())
            if (owner, source) == (account, region)
            for point in list(points)
        ]

    def clear(self) -> None:
        """The sandbox is reset."""
        self._series.clear()
