"""moto's CloudWatch as health checks see it: an alarm's settings once, its metric data again and again.

In: account, Region and name of an alarm. Out: `AlarmSettings` and `Point`s for `alarm_rules`, or InvalidInput.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from sandbox.aws.services.route53.alarm_rules import AlarmSettings, Point, refuse_alarm
from sandbox.kernel.errors import Refusal

OF_SERVICES = "AWS/"  # metrics that services bring along, such as AWS/DynamoDB ReplicationLatency
MOST_DATA = 20_000  # the newest data of a Region that are looked at; moto keeps all there ever were


def read_alarm(account_id: str, region: str, name: str) -> AlarmSettings:
    """The settings of an alarm as they are now."""
    backend: Any = cloudwatch_backends[account_id].get(region)
    alarm: Any = backend.alarms.get(name) if backend is not None else None
    if alarm is None:
        raise Refusal("InvalidInput", f"Invalid parameter : there is no CloudWatch alarm {name} in {region}")
    refuse_alarm(
        {
            "name": name,
            "is_math": bool(alarm.metric_data_queries) or not alarm.metric_name,
            "statistic": alarm.statistic,
            "comparison": alarm.comparison_operator,
            "period_s": alarm.period,
            "evaluation_periods": alarm.evaluation_periods,
            "datapoints": None if alarm.datapoints_to_alarm is None else int(alarm.datapoints_to_alarm),
        }
    )
    return AlarmSettings(
        namespace=alarm.namespace,
        metric=alarm.metric_name,
        dimensions=identity_of(alarm.dimensions),
        statistic=alarm.statistic,
        period_s=int(alarm.period),
        evaluation_periods=int(alarm.evaluation_periods),
        threshold=float(alarm.threshold),
        comparison=alarm.comparison_operator,
        missing=alarm.treat_missing_data or "missing",
    )


def points_of(account_id: str, region: str, alarm: AlarmSettings, since_s: float) -> list[Point]:
    """The data of the alarm's metric from a time on."""
    backend: Any = cloudwatch_backends[account_id][region]
    data = backend.metric_data[-MOST_DATA:]
    if alarm.namespace.startswith(OF_SERVICES):
        data = data + backend.aws_metric_data
    return [
        point_of(datum)
        for datum in data
        if datum.name == alarm.metric
        and datum.namespace == alarm.namespace
        and identity_of(datum.dimensions) == alarm.dimensions
        and wall_s(datum.timestamp) >= since_s
    ]


def point_of(datum: Any) -> Point:
    """moto keeps values and sets of statistics in two classes."""
    at_s = wall_s(datum.timestamp)
    if hasattr(datum, "value"):
        return Point(at_s=at_s, count=1, total=datum.value, least=datum.value, most=datum.value)
    return Point(at_s=at_s, count=datum.sample_count, total=datum.sum, least=datum.min, most=datum.max)


def identity_of(dimensions: Any) -> tuple[tuple[str, str], ...]:
    """Dimensions that can be compared; a metric with other dimensions is another metric."""
    return tuple(sorted((str(dimension.name), str(dimension.value)) for dimension in dimensions or ()))


def wall_s(moment: datetime | str) -> float:
    """Unix seconds of moto's times, which are naive when it made them and texts in older protocols."""
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
