"""CloudWatch as moto has it answers with what regions told: all three of the statistics that AWS gives (GT 3.23)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend

from sandbox.aws.latency import Latencies
from sandbox.aws.object_metrics import ObjectMetrics
from sandbox.aws.services.cloudwatch.models import install

ACCOUNT = "111122223333"
BOTH = [{"Name": "TableName", "Value": "orders"}, {"Name": "ReceivingRegion", "Value": "us-east-1"}]


def told() -> Latencies:
    latencies = Latencies()
    who = {"account": ACCOUNT, "region": "eu-west-1", "peer": "us-east-1", "table": "orders"}
    lags = {"measured": 4, "lag_ms_min": 80.0, "lag_ms_max": 100.0, "lag_ms_sum": 350.0}
    latencies.on_event({"event": "shipped", "at_s": 1_767_225_630.0, **who, **lags})
    return latencies


def statistics(region: str, dimensions: list[dict[str, str]]) -> list[Any]:
    backend = CloudWatchBackend(region, ACCOUNT)
    start, end = datetime(2026, 1, 1), datetime(2026, 1, 1, 1)  # noqa: DTZ001 (as moto has them)
    wanted = ["Average", "Minimum", "Maximum"]
    return backend.get_metric_statistics(
        "AWS/DynamoDB", "ReplicationLatency", start, end, 60, wanted, dimensions, "Milliseconds"
    )


def test_the_source_region_answers_with_average_minimum_and_maximum() -> None:
    kept = install(told(), ObjectMetrics())
    [point] = statistics("eu-west-1", BOTH)
    assert (point.average, point.minimum, point.maximum) == (87.5, 80.0, 100.0)
    assert statistics("us-east-1", BOTH) == []
    assert statistics("eu-west-1", [{"Name": "ReceivingRegion", "Value": "ap-northeast-1"}]) == []
    _, [listed] = CloudWatchBackend("eu-west-1", ACCOUNT).list_metrics(None, "AWS/DynamoDB", "ReplicationLatency", [])
    assert {dimension.name for dimension in listed.dimensions} == {"TableName", "ReceivingRegion"}
    assert kept.__name__ == "ReplicationMetrics"
