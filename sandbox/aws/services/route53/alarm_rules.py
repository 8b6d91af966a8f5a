"""What the metric data of an alarm say about a health check, whatever state the alarm itself shows (fact sheet §2.3).

In: an alarm's settings as they were when the check was made or updated, data points, the time. Out: "healthy",
"unhealthy" or "insufficient", and why. SetAlarmState has no effect here, as in AWS. Pure.

Periods are aligned to the clock, as CloudWatch's are, and the present one counts as soon as it has data, so that the
check may flip before the alarm would. Of the last evaluation periods plus two, those with data are looked at, newest
first; AWS does not say how many it looks back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sandbox.kernel.errors import Refusal

HEALTHY, UNHEALTHY, INSUFFICIENT = "healthy", "unhealthy", "insufficient"
EXTRA_PERIODS = 2
SHORTEST_PERIOD_S = 60
COMPARISONS: Mapping[str, tuple[str, Callable[[float, float], bool]]] = MappingProxyType(
    {
        "GreaterThanOrEqualToThreshold": (">=", lambda value, threshold: value >= threshold),
        "GreaterThanThreshold": (">", lambda value, threshold: value > threshold),
        "LessThanThreshold": ("<", lambda value, threshold: value < threshold),
        "LessThanOrEqualToThreshold": ("<=", lambda value, threshold: value <= threshold),
    }
)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One datum of a metric: a value, or a set of values."""

    at_s: float
    count: float
    total: float
    least: float
    most: float


STATISTICS: Mapping[str, Callable[[Sequence[Point]], float]] = MappingProxyType(
    {
        "Average": lambda points: sum(point.total for point in points) / sum(point.count for point in points),
        "Minimum": lambda points: min(point.least for point in points),
        "Maximum": lambda points: max(point.most for point in points),
        "Sum": lambda points: sum(point.total for point in points),
        "SampleCount": lambda points: sum(point.count for point in points),
    }
)


@dataclass(frozen=True, kw_only=True)
class AlarmSettings:
    """An alarm as a check knows it. dimensions: (name, value), sorted."""

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str
    period_s: int
    evaluation_periods: int
    threshold: float
    comparison: str
    missing: str = "missing"

    def shown(self) -> dict[str, Any]:
        """CloudWatchAlarmConfiguration in boto3's shape."""
        return {
            "EvaluationPeriods": self.evaluation_periods,
            "Threshold": self.threshold,
            "ComparisonOperator": self.comparison,
            "Period": self.period_s,
            "MetricName": self.metric,
            "Namespace": self.namespace,
            "Statistic": self.statistic,
            "Dimensions": [{"Name": name, "Value": value} for name, value in self.dimensions],
        }


def refuse_alarm(alarm: Mapping[str, Any]) -> None:
    """InvalidInput for what Route 53 cannot watch."""
    evaluation_periods = int(alarm["evaluation_periods"] or 0)
    rules = {
        "uses metric math": not alarm["is_math"],
        "has a statistic other than Average, Minimum, Maximum, Sum and SampleCount": alarm["statistic"] in STATISTICS,
        "has a comparison with a band": alarm["comparison"] in COMPARISONS,
        "has a high-resolution period of less than 60 s": int(alarm["period_s"] or 0) >= SHORTEST_PERIOD_S,
        "needs M of N data points": alarm["datapoints"] in (None, evaluation_periods),
    }
    for problem, holds in rules.items():
        if not holds:
            message = f"Invalid parameter : the alarm {alarm['name']} {problem}, which Route 53 does not support"
            raise Refusal("InvalidInput", message)


def judge(alarm: AlarmSettings, points: Sequence[Point], now_s: float, *, speed: float) -> tuple[str, str]:
    """The state, and why. speed: periods are this many times as short."""
    period_s = alarm.period_s / speed
    by_period: dict[int, list[Point]] = {}
    for point in points:
        by_period.setdefault(int(point.at_s // period_s), []).append(point)
    present = int(now_s // period_s)
    newest = present if present in by_period else present - 1
    wanted = alarm.evaluation_periods
    values: Sequence[float | None]
    if alarm.missing in ("breaching", "notBreaching"):
        values = [value_in(alarm, by_period.get(newest - back, ())) for back in range(wanted)]
    else:
        found = [value_in(alarm, by_period.get(newest - back, ())) for back in range(wanted + EXTRA_PERIODS)]
        values = [value for value in found if value is not None][:wanted]
    if not values:
        return INSUFFICIENT, f"{alarm.metric} has no data in {wanted + EXTRA_PERIODS} periods of {alarm.period_s} s"
    breaches = sum(is_breach(alarm, value) for value in values)
    sign = COMPARISONS[alarm.comparison][0]
    shown = ", ".join("no data" if value is None else f"{value:g}" for value in values)
    why = f"{alarm.statistic} of {alarm.metric}: {shown}; {breaches} of {len(values)} {sign} {alarm.threshold:g}"
    return (UNHEALTHY if breaches == len(values) else HEALTHY), why


def value_in(alarm: AlarmSettings, points: Sequence[Point]) -> float | None:
    """The statistic of one period."""
    return STATISTICS[alarm.statistic](points) if points else None


def is_breach(alarm: AlarmSettings, value: float | None) -> bool:
    """Whether a period counts against the check."""
    if value is None:
        return alarm.missing == "breaching"
    return COMPARISONS[alarm.comparison][1](value, alarm.threshold)


def horizon_s(alarm: AlarmSettings, *, speed: float) -> float:
    """How far back data count."""
    return (alarm.evaluation_periods + EXTRA_PERIODS + 1) * alarm.period_s / speed
