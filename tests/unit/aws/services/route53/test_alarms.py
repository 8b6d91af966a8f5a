"""Alarms and data as moto's CloudWatch has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.cloudwatch.models import MetricDatum, cloudwatch_backends
from moto.core.common_models import CloudWatchMetricProvider

from sandbox.aws.services.route53.alarm_rules import Point
from sandbox.aws.services.route53.alarms import points_of, read_alarm, wall_s
from sandbox.kernel.errors import Refusal

ACCOUNT, REGION = "111122223333", "eu-west-1"
SIZE = [{"Name": "size", "Value": "l"}]


@pytest.fixture
def cloudwatch() -> Iterator[Any]:
    backend = cloudwatch_backends[ACCOUNT][REGION]
    yield backend
    backend.reset()


def put_alarm(backend: Any, name: str, **more: Any) -> None:
    backend.put_metric_alarm(
        **{
            "name": name,
            "namespace": "App",
            "metric_name": "Errors",
            "comparison_operator": "GreaterThanThreshold",
            "evaluation_periods": 2,
            "period": 60,
            "threshold": 5.0,
            "statistic": "Sum",
            "description": "",
            "dimensions": SIZE,
            "alarm_actions": [],
        }
        | more
    )


def test_settings_and_the_data_of_the_very_metric_are_read(cloudwatch: Any) -> None:
    put_alarm(cloudwatch, "errors")
    alarm = read_alarm(ACCOUNT, REGION, "errors")
    assert (alarm.period_s, alarm.threshold, alarm.dimensions, alarm.missing) == (60, 5.0, (("size", "l"),), "missing")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    one = {"MetricName": "Errors", "Value": 3, "Dimensions": SIZE, "Timestamp": at}
    statistics = {"Sum": 9, "Minimum": 2, "Maximum": 4, "SampleCount": 3}
    cloudwatch.put_metric_data(
        "App",
        [
            one,
            {**one, "Dimensions": []},
            {**one, "MetricName": "Other"},
            {**one, "Timestamp": datetime(2025, 1, 1, tzinfo=UTC)},
            {"MetricName": "Errors", "StatisticValues": statistics, "Dimensions": SIZE, "Timestamp": at},
        ],
    )
    at_s = at.timestamp()
    assert points_of(ACCOUNT, REGION, alarm, at_s) == [
        Point(at_s=at_s, count=1, total=3, least=3, most=3),
        Point(at_s=at_s, count=3, total=9, least=2, most=4),
    ]


def test_metrics_that_services_bring_along_count_too(cloudwatch: Any) -> None:
    """A check may watch how far a replica lags behind."""

    class Lag(CloudWatchMetricProvider):
        @staticmethod
        def get_cloudwatch_metrics(account_id: str, region: str) -> list[MetricDatum]:
            at = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
            return [MetricDatum("AWS/DynamoDB", "ReplicationLatency", 700.0, SIZE, at)]

    put_alarm(cloudwatch, "lag", namespace="AWS/DynamoDB", metric_name="ReplicationLatency")
    alarm = read_alarm(ACCOUNT, REGION, "lag")
    assert [point.most for point in points_of(ACCOUNT, REGION, alarm, 0.0)] == [700.0]
    assert points_of(ACCOUNT, REGION, replace(alarm, namespace="App"), 0.0) == []
    del Lag


def test_an_alarm_that_is_not_there_or_cannot_be_watched_is_refused(cloudwatch: Any) -> None:
    with pytest.raises(Refusal, match="there is no CloudWatch alarm gone in eu-west-1"):
        read_alarm(ACCOUNT, REGION, "gone")
    put_alarm(cloudwatch, "fast", period=10)
    with pytest.raises(Refusal, match="high-resolution"):
        read_alarm(ACCOUNT, REGION, "fast")


def test_motos_times_are_utc_whether_they_say_so_or_not() -> None:
    assert wall_s(datetime(1970, 1, 1, 0, 1)) == wall_s("1970-01-01T00:01:00+00:00") == 60  # noqa: DTZ001
