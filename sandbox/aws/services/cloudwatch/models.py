"""Puts our metrics beside those that callers put into moto's CloudWatch.

moto asks every provider of metrics whenever CloudWatch is read, so nothing is copied and nothing grows in moto's state.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import MetricAggregatedDatum
from moto.core.common_models import CloudWatchMetricProvider

from sandbox.aws.latency import Latencies

NAMESPACE, NAME, UNIT = "AWS/DynamoDB", "ReplicationLatency", "Milliseconds"


def install(latencies: Latencies) -> type[Any]:
    """Have CloudWatch answer with these. moto finds the class for as long as the caller keeps it."""

    class ReplicationMetrics(CloudWatchMetricProvider):
        """What moto asks."""

        @staticmethod
        def get_cloudwatch_metrics(account_id: str, region: str) -> list[MetricAggregatedDatum]:
            """The points of one account in one region."""
            return replication_latency(latencies, account_id, region)

    return ReplicationMetrics


def replication_latency(latencies: Latencies, account: str, region: str) -> list[MetricAggregatedDatum]:
    """The points as moto has metrics; its times are in UTC and do not say so."""
    return [
        MetricAggregatedDatum(
            namespace=NAMESPACE,
            name=NAME,
            min_stat=point.least_ms,
            max_stat=point.most_ms,
            sample_count=point.count,
            sum_stat=point.sum_ms,
            dimensions=[{"Name": "TableName", "Value": table}, {"Name": "ReceivingRegion", "Value": peer}],
            timestamp=datetime.fromtimestamp(point.minute_s, UTC).replace(tzinfo=None),
            unit=UNIT,
        )
        for table, peer, point in latencies.points(account, region)
    ]
