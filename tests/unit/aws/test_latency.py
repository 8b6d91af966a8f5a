"""Claims about ReplicationLatency: a point a minute, true statistics, and an end to what is kept (GT 3.23)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws import latency
from sandbox.aws.latency import Latencies, Point

ACCOUNT = "111122223333"


def shipped(at_s: float, *lags_ms: float, **more: Any) -> dict[str, Any]:
    return {
        "event": "shipped",
        "at_s": at_s,
        "account": ACCOUNT,
        "region": "eu-west-1",
        "peer": "us-east-1",
        "table": "orders",
        "measured": len(lags_ms),
        "lag_ms_min": min(lags_ms, default=0.0),
        "lag_ms_max": max(lags_ms, default=0.0),
        "lag_ms_sum": sum(lags_ms),
        **more,
    }


def test_what_was_shipped_in_one_minute_is_one_point() -> None:
    latencies = Latencies()
    for record in (shipped(120.5, 80.0, 90.0), shipped(179.9, 100.0), shipped(180.0, 70.0)):
        latencies.on_event(record)
    assert [point for _, _, point in latencies.points(ACCOUNT, "eu-west-1")] == [
        Point(minute_s=120, count=3, least_ms=80.0, most_ms=100.0, sum_ms=270.0),
        Point(minute_s=180, count=1, least_ms=70.0, most_ms=70.0, sum_ms=70.0),
    ]


def test_points_are_of_the_region_that_sent_and_of_its_account() -> None:
    latencies = Latencies()
    latencies.on_event(shipped(1.0, 80.0))
    assert latencies.points(ACCOUNT, "us-east-1") == []
    assert latencies.points("000000000000", "eu-west-1") == []
    [(table, peer, _)] = latencies.points(ACCOUNT, "eu-west-1")
    assert (table, peer) == ("orders", "us-east-1")


def test_other_events_and_what_was_not_measured_leave_no_point() -> None:
    latencies = Latencies()
    latencies.on_event({"event": "answered", "at_s": 1.0})
    latencies.on_event(shipped(1.0))
    assert latencies.points(ACCOUNT, "eu-west-1") == []


def test_the_oldest_minutes_and_the_most_silent_tables_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "MOST_MINUTES", 3)
    monkeypatch.setattr(latency, "MOST_SERIES", 2)
    latencies = Latencies()
    for minute in range(5):
        latencies.on_event(shipped(minute * 60.0, 80.0))
    assert [point.minute_s for _, _, point in latencies.points(ACCOUNT, "eu-west-1")] == [120, 180, 240]
    latencies.on_event(shipped(300.0, 80.0, table="carts"))
    latencies.on_event(shipped(360.0, 80.0))
    latencies.on_event(shipped(420.0, 80.0, table="users"))
    assert {table for table, _, _ in latencies.points(ACCOUNT, "eu-west-1")} == {"orders", "users"}
    latencies.clear()
    assert latencies.points(ACCOUNT, "eu-west-1") == []
