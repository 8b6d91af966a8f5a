"""CloudWatch's metrics of S3 replication (facts S3 A6)."""

from __future__ import annotations

from typing import Any

from sandbox.aws.latency import MOST_SERIES
from sandbox.aws.object_metrics import METRICS, ObjectMetrics

ME = "111122223333"


def told(at_s: float = 1_767_225_630.0, rule_id: str = "all", **more: Any) -> dict[str, Any]:
    event = {
        "event": "objects_replicated", "at_s": at_s, "account": ME, "region": "us-east-1", "bucket": "shop-us",
        "destination": "shop-eu", "rule_id": rule_id, "latency_s": 2.5, "pending": 3, "pending_bytes": 100, "failed": 1,
        "is_measured": True,
    }  # fmt: skip
    return {**event, **more}


def test_a_minute_is_one_point_of_each_metric() -> None:
    metrics = ObjectMetrics()
    metrics.on_event(told())
    metrics.on_event(told(1_767_225_650.0, latency_s=9.0, pending=7, pending_bytes=10, failed=2))
    metrics.on_event(told(1_767_225_670.0))
    points = metrics.points(ME, "us-east-1")
    first = {each.metric: each for each in points if each.point.minute_s == 1_767_225_600}
    assert set(first) == set(METRICS)
    assert first["ReplicationLatency"].point.most_ms == 9.0
    assert first["BytesPendingReplication"].point.most_ms == 100
    assert first["OperationsPendingReplication"].point.most_ms == 7
    assert first["OperationsFailedReplication"].point.sum_ms == 3
    assert first["ReplicationLatency"].unit == "Seconds"
    assert first["ReplicationLatency"].dimensions == {
        "SourceBucket": "shop-us", "DestinationBucket": "shop-eu", "RuleId": "all",
    }  # fmt: skip
    assert len(points) == 2 * len(METRICS)


def test_only_rules_with_metrics_in_their_own_region_and_account_count() -> None:
    metrics = ObjectMetrics()
    metrics.on_event(told(is_measured=False))
    metrics.on_event({"event": "shipped"})
    assert metrics.points(ME, "us-east-1") == []
    metrics.on_event(told())
    assert metrics.points(ME, "eu-west-1") == metrics.points("999999999999", "us-east-1") == []
    metrics.clear()
    assert metrics.points(ME, "us-east-1") == []


def test_the_rule_that_was_silent_longest_is_forgotten() -> None:
    metrics = ObjectMetrics()
    for number in range(MOST_SERIES + 1):
        metrics.on_event(told(rule_id=f"r{number}"))
    rules = {each.dimensions["RuleId"] for each in metrics.points(ME, "us-east-1")}
    assert len(rules) == MOST_SERIES
    assert "r0" not in rules
