"""What the planet is told of checks that nobody probes (fact sheet §2.1, §2.3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.cloudwatch.models import cloudwatch_backends

from sandbox.aws.services.route53.models import SandboxRoute53Backend
from sandbox.aws.services.route53.verdicts import verdict_of
from sandbox.kernel.errors import Refusal

ACCOUNT, REGION = "444455556666", "eu-west-1"
NOW_S = 6000.0
ARN = f"arn:aws:route53-recovery-control::{ACCOUNT}:controlpanel/0123abcd/routingcontrol/4567ef"


@pytest.fixture
def backend() -> Any:
    return SandboxRoute53Backend("aws", ACCOUNT)


@pytest.fixture
def cloudwatch() -> Iterator[Any]:
    made = cloudwatch_backends[ACCOUNT][REGION]
    made.put_metric_alarm(
        name="errors",
        namespace="App",
        metric_name="Errors",
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        period=60,
        threshold=5.0,
        statistic="Sum",
        description="",
        dimensions=[],
        alarm_actions=[],
    )
    yield made
    made.reset()


def metric_check(backend: Any, insufficient: str = "LastKnownStatus") -> Any:
    config = {
        "Type": "CLOUDWATCH_METRIC",
        "AlarmIdentifier": {"Region": REGION, "Name": "errors"},
        "InsufficientDataHealthStatus": insufficient,
    }
    return backend.create_health_check(insufficient, config)


def put(cloudwatch: Any, value: float, at_s: float) -> None:
    at = datetime.fromtimestamp(at_s, UTC)
    cloudwatch.put_metric_data("App", [{"MetricName": "Errors", "Value": value, "Timestamp": at}])


def test_data_decide_and_set_alarm_state_does_not(backend: Any, cloudwatch: Any) -> None:
    check = metric_check(backend)
    put(cloudwatch, 9, NOW_S)
    assert verdict_of(backend, check, NOW_S + 1, speed=1) == {
        "healthy": False,
        "why": "Sum of Errors: 9; 1 of 1 > 5",
    }
    cloudwatch.set_alarm_state("errors", "by hand", "{}", "OK")
    assert verdict_of(backend, check, NOW_S + 1, speed=1)["healthy"] is False  # type: ignore[index]
    put(cloudwatch, 1, NOW_S + 60)
    assert verdict_of(backend, check, NOW_S + 61, speed=1)["healthy"] is True  # type: ignore[index]


@pytest.mark.parametrize(("choice", "healthy"), [("Healthy", True), ("Unhealthy", False), ("LastKnownStatus", False)])
def test_without_data_the_check_is_what_it_was_told_to_be(
    backend: Any, cloudwatch: Any, choice: str, healthy: bool
) -> None:
    check = metric_check(backend, choice)
    if choice == "LastKnownStatus":
        assert verdict_of(backend, check, NOW_S, speed=1)["healthy"] is True, "no history"  # type: ignore[index]
    put(cloudwatch, 9, NOW_S)
    verdict_of(backend, check, NOW_S, speed=1)
    later = verdict_of(backend, check, NOW_S + 3600, speed=1)
    assert later is not None
    assert later["healthy"] is healthy
    assert later["why"].endswith(f"InsufficientDataHealthStatus is {choice}")


def test_a_changed_alarm_counts_when_the_check_is_updated(backend: Any, cloudwatch: Any) -> None:
    check = metric_check(backend)
    put(cloudwatch, 9, NOW_S)
    cloudwatch.alarms["errors"].threshold = 100.0
    assert verdict_of(backend, check, NOW_S, speed=1)["healthy"] is False  # type: ignore[index]
    backend.update_check(check.id, {}, None, ())
    assert verdict_of(backend, check, NOW_S, speed=1)["healthy"] is True  # type: ignore[index]
    assert check.cloud_watch_alarm_configuration["Threshold"] == 100.0


def test_a_routing_control_is_off_until_it_is_switched_on(backend: Any) -> None:
    check = backend.create_health_check("c", {"Type": "RECOVERY_CONTROL", "RoutingControlArn": ARN})
    assert verdict_of(backend, check, 0, speed=1) == {"healthy": False, "why": "the routing control is Off"}
    backend.routing_control_call("UpdateRoutingControlState", {"RoutingControlArn": ARN, "RoutingControlState": "On"})
    assert verdict_of(backend, check, 0, speed=1) == {"healthy": True, "why": "the routing control is On"}
    with pytest.raises(Refusal, match="a health check of the routing control"):
        backend.create_health_check("d", {"Type": "RECOVERY_CONTROL", "RoutingControlArn": ARN})


def test_checks_that_are_probed_have_no_verdict_here(backend: Any) -> None:
    check = backend.create_health_check("c", {"Type": "TCP", "IPAddress": "198.18.1.10", "Port": 80})
    assert verdict_of(backend, check, 0, speed=1) is None
