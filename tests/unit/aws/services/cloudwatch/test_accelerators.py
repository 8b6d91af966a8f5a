"""CloudWatch as moto has it answers with flows and health of accelerators (GA 3.7)."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.cloudwatch.models import CloudWatchBackend
from moto.core.base_backend import BackendDict

from sandbox.aws.flow_counts import FlowCounts
from sandbox.aws.services.cloudwatch.accelerators import install
from sandbox.aws.services.globalaccelerator.models import GlobalAcceleratorBackend, globalaccelerator_backends
from sandbox.aws.services.globalaccelerator.values import Surroundings
from sandbox.geography.addresses import application_addresses

ACCOUNT, HOME = "111122223333", "us-west-2"
AT_S = 1_767_225_630.0
BALANCER = f"arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}:loadbalancer/app/app/0123456789abcdef"


class Made:
    """An accelerator with a group in eu-west-1, and CloudWatch."""

    def __init__(self, *regions: str) -> None:
        backend: GlobalAcceleratorBackend = globalaccelerator_backends[ACCOUNT]["aws"]
        accelerator = backend.create_accelerator({"Name": "a", "IdempotencyToken": "1"})
        asked = {"AcceleratorArn": accelerator.arn, "Protocol": "TCP", "PortRanges": [{"FromPort": 80, "ToPort": 80}]}
        self.listener = backend.create_listener(asked | {"IdempotencyToken": "1"}).arn
        where = {"ListenerArn": self.listener, "EndpointGroupRegion": "eu-west-1", "IdempotencyToken": "1"}
        self.group = backend.create_endpoint_group(where | {"EndpointConfigurations": [{"EndpointId": BALANCER}]}).arn
        self.accelerator, self.address = accelerator.id, accelerator.addresses[0]
        self.counts = FlowCounts()
        self.health: dict[str, Any] = {}
        around = Surroundings(
            now_s=lambda: AT_S, addresses=application_addresses(regions), health=lambda accelerator_id: self.health
        )
        self.kept = install(self.counts, around)

    def flow(self, **more: Any) -> None:
        way = {"address": self.address, "port": 80, "protocol": "TCP", "region": "eu-west-1"}
        self.counts.on_event({"event": "flow_routed", "at_s": AT_S} | way | more)

    def sum(self, metric: str, region: str = HOME, **dimensions: str) -> float | None:
        """The sum of that minute; None where there is no point."""
        asked = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        start = datetime.fromtimestamp(AT_S - 60, UTC).replace(tzinfo=None)
        end = datetime.fromtimestamp(AT_S + 60, UTC).replace(tzinfo=None)
        backend = CloudWatchBackend(region, ACCOUNT)
        found = backend.get_metric_statistics("AWS/GlobalAccelerator", metric, start, end, 60, ["Sum"], asked)
        return None if not found else sum(point.sum or 0 for point in found)

    @property
    def of_group(self) -> dict[str, str]:
        names = {"Accelerator": self.accelerator, "Listener": self.listener, "EndpointGroup": self.group}
        return {name: arn.rpartition("/")[2] for name, arn in names.items()}


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    gc.collect()  # moto finds providers by their class, and a class goes when it is collected
    yield
    BackendDict.reset()


def test_flows_are_counted_under_the_dimensions_that_are_asked_and_no_others() -> None:
    made = Made()
    made.flow()
    made.flow(port=443)  # no listener any more
    made.flow(address="192.0.2.99")  # somebody else's
    made.flow(region="", event="flow_refused")
    assert made.sum("NewFlowCount", Accelerator=made.accelerator) == 2
    assert made.sum("NewFlowCount", **made.of_group) == 1
    assert made.sum("NewFlowCount", Accelerator=made.accelerator, TransportProtocol="TCP") == 2
    assert made.sum("NewFlowCount", Accelerator=made.accelerator, AcceleratorIPAddress=made.address) == 2
    assert made.sum("NewFlowCount", Listener=made.of_group["Listener"]) is None, "not without its accelerator"
    assert made.sum("Flows_Dropped_No_Endpoint_Found", Accelerator=made.accelerator) == 1
    metrics = CloudWatchBackend(HOME, ACCOUNT).list_metrics(None, "AWS/GlobalAccelerator", "NewFlowCount", [])[1]
    assert len(metrics) == 5


def test_the_health_of_endpoints_is_that_of_now() -> None:
    made = Made()
    assert made.sum("HealthyEndpointCount", **made.of_group) == 0
    made.health = {
        made.group: {BALANCER: {"state": "HEALTHY", "reason": ""}, "b": {"state": "UNHEALTHY", "reason": ""}}
    }
    assert made.sum("HealthyEndpointCount", **made.of_group) == 1
    assert made.sum("UnhealthyEndpointCount", **made.of_group) == 1


def test_metrics_are_read_in_us_west_2_and_anywhere_where_it_does_not_run() -> None:
    """Section 1: metrics are read in us-west-2."""
    made = Made("eu-west-1", HOME)
    made.flow()
    assert made.sum("NewFlowCount", HOME, Accelerator=made.accelerator) == 1
    assert made.sum("NewFlowCount", "eu-west-1", Accelerator=made.accelerator) is None
    BackendDict.reset()
    made = Made("eu-west-1")
    made.flow()
    assert made.sum("NewFlowCount", "eu-west-1", Accelerator=made.accelerator) == 1


def test_accounts_see_their_own() -> None:
    made = Made()
    made.flow()
    assert CloudWatchBackend(HOME, "222233334444").list_metrics(None, "AWS/GlobalAccelerator", None, [])[1] == []
