"""Global Accelerator's metrics beside those that callers put into moto's CloudWatch (GA 3.7).

    NewFlowCount, Flows_Dropped_No_Endpoint_Found   of accelerator, + listener, + endpoint group; + protocol; + address
    HealthyEndpointCount, UnhealthyEndpointCount    of accelerator, listener and endpoint group; the present minute only

They are read in us-west-2, or anywhere when us-west-2 is no region of this sandbox. Dimensions have ids as values,
the last part of an ARN (unconfirmed).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import MetricAggregatedDatum
from moto.core.common_models import CloudWatchMetricProvider

from sandbox.aws.flow_counts import MINUTE_S, FlowCounts, Way
from sandbox.aws.naming import GLOBAL_HOMES
from sandbox.aws.services.globalaccelerator.snapshot import topics
from sandbox.aws.services.globalaccelerator.values import Health, Surroundings

NAMESPACE, UNIT = "AWS/GlobalAccelerator", "Count"
NEW, DROPPED = "NewFlowCount", "Flows_Dropped_No_Endpoint_Found"
HEALTHY, UNHEALTHY = "HealthyEndpointCount", "UnhealthyEndpointCount"
HOME = GLOBAL_HOMES["globalaccelerator"]

Dimensions = tuple[tuple[str, str], ...]
Points = dict[tuple[str, Dimensions, int], int]  # metric, dimensions, minute in Unix seconds -> count


class Datum(MetricAggregatedDatum):
    """A point. AWS answers for exactly the dimensions that are asked; moto for all that hold them."""

    def filter(
        self, namespace: Any, name: Any, dimensions: list[dict[str, str]], already_present_metrics: Any = None
    ) -> bool:
        """Whether a caller means it; moto hands over `already_present_metrics` only where metrics are listed."""
        if already_present_metrics is None and dimensions and len(dimensions) != len(self.dimensions):
            return False
        return super().filter(namespace, name, dimensions, already_present_metrics)


def install(counts: FlowCounts, around: Surroundings) -> type[Any]:
    """Have CloudWatch answer with these. moto finds the class for as long as the caller keeps it."""

    class AcceleratorMetrics(CloudWatchMetricProvider):
        """What moto asks."""

        @staticmethod
        def get_cloudwatch_metrics(account_id: str, region: str) -> list[MetricAggregatedDatum]:
            """The points of one account in one region."""
            if region != HOME and HOME in around.addresses:
                return []
            now_s = int(around.now_s()) // MINUTE_S * MINUTE_S
            points: Points = {}
            for topic, value in topics().items():
                if value["account"] == account_id:
                    points |= flows_of(value, counts)
                    points |= endpoints_of(value, around.health(topic.rpartition("/")[2]), now_s)
            return [datum(metric, of, minute_s, count) for (metric, of, minute_s), count in points.items()]

    return AcceleratorMetrics


def flows_of(value: Mapping[str, Any], counts: FlowCounts) -> Points:
    """The flows of an accelerator as it is published."""
    points: Points = Counter()  # never 0: a minute without flows has no point
    for way, minute_s, flows in counts.points():
        if way.address in value["addresses"]:
            metric = NEW if way.region else DROPPED
            for dimensions in dimensions_of(value, way):
                points[metric, dimensions, minute_s] += flows
    return points


def endpoints_of(value: Mapping[str, Any], health: Health, now_s: int) -> Points:
    """The health of an accelerator's endpoints, as its edges last saw it."""
    points: Points = {}
    for listener in value["listeners"]:
        for group in listener["endpoint_groups"]:
            states = Counter(seen["state"] for seen in health.get(group["arn"], {}).values())
            for metric, state in ((HEALTHY, "HEALTHY"), (UNHEALTHY, "UNHEALTHY")):
                points[metric, of(value, listener, group), now_s] = states[state]
    return points


def dimensions_of(value: Mapping[str, Any], way: Way) -> Iterator[Dimensions]:
    """Under which dimensions a flow is counted."""
    yield of(value)
    yield (*of(value), ("TransportProtocol", way.protocol))
    yield (*of(value), ("AcceleratorIPAddress", way.address))
    for listener in value["listeners"]:
        if listener["protocol"] == way.protocol and any(a <= way.port <= b for a, b in listener["port_ranges"]):
            yield of(value, listener)
            for group in listener["endpoint_groups"]:
                if group["region"] == way.region:
                    yield of(value, listener, group)


def of(*resources: Mapping[str, Any]) -> Dimensions:
    """Accelerator, listener and endpoint group by their ids."""
    names = ("Accelerator", "Listener", "EndpointGroup")
    return tuple((name, each["arn"].rpartition("/")[2]) for name, each in zip(names, resources, strict=False))


def datum(metric: str, dimensions: Dimensions, minute_s: int, count: int) -> Datum:
    """A point as moto has metrics; its times are in UTC and do not say so."""
    return Datum(
        namespace=NAMESPACE,
        name=metric,
        min_stat=count,
        max_stat=count,
        sample_count=1,
        sum_stat=count,
        dimensions=[{"Name": name, "Value": value} for name, value in dimensions],
        timestamp=datetime.fromtimestamp(minute_s, UTC).replace(tzinfo=None),
        unit=UNIT,
    )
