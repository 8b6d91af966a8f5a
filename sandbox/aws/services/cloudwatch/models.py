"""Puts our metrics beside those that callers put into moto's CloudWatch.

moto asks every provider of metrics whenever CloudWatch is read, so nothing is copied and nothing grows in moto's state.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import MetricAggregatedDatum
from moto.core.common_models import CloudWatchMetricProvider

from sandbox.aws.latency import Latencies, Point
from sandbox.aws.object_metrics import ObjectMetrics

NAMESPACE, NAME, UNIT = "AWS/DynamoDB", "ReplicationLatency", "Milliseconds"
OBJECTS_NAMESPACE = "AWS/S3"


def install(latencies: Latencies, objects: ObjectMetrics) -> type[Any]:
    """Have CloudWatch answer with these. moto finds the class for as long as the caller keeps it."""

    class ReplicationMetrics(CloudWatchMetricProvider):
        """What moto asks."""

        @staticmethod
        def get_cloudwatch_metrics(account_id: str, region: str) -> list[MetricAggregatedDatum]:
            """The points of one account in one region."""
            return [
                *replication_latency(latencies, account_id, region),
                *object_replication(objects, account_id, region),
            ]

    return ReplicationMetrics


def replication_latency(latencies: Latencies, account: str, region: str) -> list[MetricAggregatedDatum]:
    """Of global tables."""
    return [
        datum(NAMESPACE, NAME, UNIT, {"TableName": table, "ReceivingRegion": peer}, point)
        for table, peer, point in latencies.points(account, region)
    ]


def object_replication(objects: ObjectMetrics, account: str, region: str) -> list[MetricAggregatedDatum]:
    """Of S3 replication."""
    return [
        datum(OBJECTS_NAMESPACE, each.metric, each.unit, each.dimensions, each.point)
        for each in objects.points(account, region)
    ]


def datum(namespace: str, name: str, unit: str, dimensions: Mapping[str, str], point: Point) -> MetricAggregatedDatum:
    """A point as moto has metrics; its times are in UTC and do not say so."""
    return MetricAggregatedDatum(
        namespace=namespace,
        name=name,
        min_stat=point.least_ms,
        max_stat=point.most_ms,
        sample_count=point.count,
        sum_stat=point.sum_ms,
        dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        timestamp=datetime.fromtimestamp(point.minute_s, UTC).replace(tzinfo=None),
        unit=unit,
    )
