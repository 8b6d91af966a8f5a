"""S3 replication's metrics as CloudWatch keeps them: a point a minute for each rule that has metrics (facts A6). Pure.

In: events `objects_replicated` of regions. Out: the points of one account in one region, that of the source bucket. A
metric's point holds what its statistics are made of; AWS reads ReplicationLatency, BytesPendingReplication and
OperationsPendingReplication by Maximum, OperationsFailedReplication by Sum.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sandbox.aws.latency import MINUTE_S, MOST_MINUTES, MOST_SERIES, Point

OBJECTS_EVENT = "objects_replicated"
# Metric -> (its unit, the event's field).
METRICS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ReplicationLatency": ("Seconds", "latency_s"),
        "BytesPendingReplication": ("Bytes", "pending_bytes"),
        "OperationsPendingReplication": ("Count", "pending"),
        "OperationsFailedReplication": ("Count", "failed"),
    }
)

Series = tuple[str, str, str, str, str]  # account, source region, bucket, destination, rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectPoint:
    """One minute of one metric. dimensions: as CloudWatch names them."""

    metric: str
    unit: str
    dimensions: Mapping[str, str]
    point: Point


class ObjectMetrics:
    """The points of all regions. `on_event` in one thread; `points` in any."""

    def __init__(self) -> None:
        self._series: dict[Series, dict[str, deque[Point]]] = {}  # the last told of stands last

    def on_event(self, record: Mapping[str, Any]) -> None:
        """A listener for `Spoke.on_event`."""
        if record["event"] != OBJECTS_EVENT or not record["is_measured"]:
            return
        account, region, bucket = record["account"], record["region"], record["bucket"]
        series: Series = (account, region, bucket, record["destination"], record["rule_id"])
        kept = self._series.pop(series, None) or {name: deque(maxlen=MOST_MINUTES) for name in METRICS}
        self._series[series] = kept
        minute_s = int(record["at_s"]) // MINUTE_S * MINUTE_S
        for name, (_, field_name) in METRICS.items():
            value = float(record[field_name])
            point = Point(minute_s=minute_s, count=1, least_ms=value, most_ms=value, sum_ms=value)
            points = kept[name]
            if points and points[-1].minute_s >= minute_s:
                points[-1] = points[-1].with_more(point)
            else:
                points.append(point)
        if len(self._series) > MOST_SERIES:
            del self._series[next(iter(self._series))]

    def points(self, account: str, region: str) -> list[ObjectPoint]:
        """Of this account's buckets in this region."""
        return [
            ObjectPoint(
                metric=name,
                unit=METRICS[name][0],
                dimensions={"SourceBucket": bucket, "DestinationBucket": destination, "RuleId": rule_id},
                point=point,
            )
            for (owner, source, bucket, destination, rule_id), by_name in list(self._series.items())
            if (owner, source) == (account, region)
            for name, points in by_name.items()
            for point in list(points)
        ]

    def clear(self) -> None:
        """The sandbox is reset."""
        self._series.clear()
