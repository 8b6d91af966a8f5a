"""Metric data as health checks judge them (fact sheet §2.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sandbox.aws.services.route53.alarm_rules import AlarmSettings, Point, horizon_s, judge, refuse_alarm
from sandbox.kernel.errors import Refusal

ALARM = AlarmSettings(
    namespace="App",
    metric="Errors",
    dimensions=(("Region", "eu-west-1"),),
    statistic="Sum",
    period_s=60,
    evaluation_periods=2,
    threshold=5,
    comparison="GreaterThanThreshold",
)
NOW_S = 6000.0  # the start of a period


def points(*sums: float | None) -> list[Point]:
    """One datum in each period, the newest last: in the period before the present one."""
    return [
        Point(at_s=NOW_S - 60 * back + 1, count=1, total=value, least=value, most=value)
        for back, value in zip(range(len(sums), 0, -1), sums, strict=True)
        if value is not None
    ]


@pytest.mark.parametrize(
    ("sums", "missing", "state"),
    [
        ((9, 9), "missing", "unhealthy"),
        ((9, 1), "missing", "healthy"),
        ((1, 9), "missing", "healthy"),
        ((1, 9, 9), "missing", "unhealthy"),
        ((), "missing", "insufficient"),
        ((9, None), "missing", "unhealthy"),
        ((9, 9, None, None), "missing", "unhealthy"),
        ((9, 9, None, None, None, None), "missing", "insufficient"),
        ((9, None), "notBreaching", "healthy"),
        ((9, None), "breaching", "unhealthy"),
        ((), "breaching", "unhealthy"),
        ((), "notBreaching", "healthy"),
        ((), "ignore", "insufficient"),
    ],
)
def test_all_periods_must_breach(sums: tuple[float | None, ...], missing: str, state: str) -> None:
    assert judge(replace(ALARM, missing=missing), points(*sums), NOW_S, speed=1)[0] == state


def test_the_present_period_counts_as_soon_as_it_has_data() -> None:
    """So the check may flip before the alarm does."""
    now = Point(at_s=NOW_S + 1, count=1, total=9, least=9, most=9)
    assert judge(ALARM, points(1, 9), NOW_S + 2, speed=1)[0] == "healthy"
    state, why = judge(ALARM, [*points(1, 9), now], NOW_S + 2, speed=1)
    assert (state, why) == ("unhealthy", "Sum of Errors: 9, 9; 2 of 2 > 5")


def test_speed_makes_periods_short() -> None:
    found = [Point(at_s=NOW_S - 6 * back + 1, count=1, total=9, least=9, most=9) for back in (2, 1)]
    assert judge(ALARM, found, NOW_S, speed=10)[0] == "unhealthy"
    assert horizon_s(ALARM, speed=10) == 30


@pytest.mark.parametrize(
    ("statistic", "value"), [("Average", 4), ("Minimum", 1), ("Maximum", 7), ("Sum", 12), ("SampleCount", 3)]
)
def test_statistics_are_cloudwatchs(statistic: str, value: float) -> None:
    data = [Point(at_s=1, count=1, total=1, least=1, most=1), Point(at_s=2, count=2, total=11, least=4, most=7)]
    exactly = replace(ALARM, statistic=statistic, threshold=value, evaluation_periods=1)
    for comparison, state in (
        ("GreaterThanOrEqualToThreshold", "unhealthy"),
        ("LessThanOrEqualToThreshold", "unhealthy"),
        ("GreaterThanThreshold", "healthy"),
        ("LessThanThreshold", "healthy"),
    ):
        assert judge(replace(exactly, comparison=comparison), data, 3, speed=1)[0] == state


GOOD: dict[str, Any] = {
    "name": "slow",
    "is_math": False,
    "statistic": "Sum",
    "comparison": "GreaterThanThreshold",
    "period_s": 60,
    "evaluation_periods": 3,
    "datapoints": 3,
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"is_math": True}, "metric math"),
        ({"statistic": None}, "other than Average"),
        ({"comparison": "GreaterThanUpperThreshold"}, "band"),
        ({"period_s": 10}, "high-resolution"),
        ({"datapoints": 2}, "M of N"),
    ],
)
def test_alarms_that_route53_cannot_watch_are_refused(change: dict[str, Any], words: str) -> None:
    refuse_alarm(GOOD)
    with pytest.raises(Refusal, match=words):
        refuse_alarm(GOOD | change)


def test_the_alarm_is_shown_in_boto3s_shape() -> None:
    assert ALARM.shown()["Dimensions"] == [{"Name": "Region", "Value": "eu-west-1"}]
    assert (ALARM.shown()["Period"], ALARM.shown()["MetricName"]) == (60, "Errors")
