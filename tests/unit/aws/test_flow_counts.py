"""Flows a minute, for each way in."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.flow_counts import MOST_MINUTES, MOST_WAYS, FlowCounts, Way

AT_S = 1_767_225_600.0
WAY = Way("192.0.2.1", 80, "TCP", "eu-west-1")


def event(at_s: float = AT_S, **more: Any) -> dict[str, Any]:
    way = {"address": WAY.address, "port": WAY.port, "protocol": WAY.protocol, "region": WAY.region}
    return {"event": "flow_routed", "at_s": at_s} | way | more


@given(st.lists(st.floats(0, 600), max_size=30).map(sorted))
def test_every_flow_is_in_the_minute_in_which_it_came(offsets: list[float]) -> None:
    counts = FlowCounts()
    for offset in offsets:
        counts.on_event(event(AT_S + offset))
    expected: dict[int, int] = {}
    for offset in offsets:
        minute_s = int(AT_S + offset) // 60 * 60
        expected[minute_s] = expected.get(minute_s, 0) + 1
    assert counts.points() == [(WAY, minute_s, flows) for minute_s, flows in expected.items()]


def test_ways_are_apart_and_a_flow_without_an_endpoint_has_no_region() -> None:
    counts = FlowCounts()
    for more in ({}, {"address": "198.51.100.1"}, {"port": 443}, {"protocol": "UDP"}, {"region": "us-east-1"}):
        counts.on_event(event(**more))
    refused = event() | {"event": "flow_refused"}
    del refused["region"]
    counts.on_event(refused)
    assert [way.region for way, _, _ in counts.points()] == ["eu-west-1"] * 4 + ["us-east-1", ""]
    assert {flows for _, _, flows in counts.points()} == {1}


def test_other_events_are_passed_over_and_a_reset_forgets() -> None:
    counts = FlowCounts()
    counts.on_event({"event": "shipped"})
    assert counts.points() == []
    counts.on_event(event())
    counts.clear()
    assert counts.points() == []


def test_neither_minutes_nor_ways_grow_without_end() -> None:
    counts = FlowCounts()
    for minute in range(MOST_MINUTES + 1):
        counts.on_event(event(AT_S + 60 * minute))
    assert len(counts.points()) == MOST_MINUTES
    for port in range(1, MOST_WAYS + 1):
        counts.on_event(event(port=port + 1000))
    assert len(counts.points()) == MOST_WAYS
    assert WAY not in [way for way, _, _ in counts.points()], "it was silent longest"
