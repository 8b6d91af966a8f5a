"""What regions are told of auto scaling: only what has a target and a policy for its writes (GT 1.16)."""

from __future__ import annotations

from typing import Any

import pytest
from moto.applicationautoscaling.models import ApplicationAutoscalingBackend, applicationautoscaling_backends

from sandbox.aws.services.application_autoscaling.snapshot import scaled_writes, topics

TRACKING = {"TargetValue": 70.0}
TABLE, INDEX = "dynamodb:table:WriteCapacityUnits", "dynamodb:index:WriteCapacityUnits"


def register(backend: Any, resource: str, dimension: str) -> None:
    backend.register_scalable_target("dynamodb", resource, dimension, 1, 10, "", {})


def put_policy(backend: Any, resource: str, dimension: str) -> None:
    backend.put_scaling_policy("p", "dynamodb", resource, dimension, TRACKING, "TargetTrackingScaling")


def test_a_target_counts_once_it_has_a_policy_and_reads_do_not() -> None:
    backend = ApplicationAutoscalingBackend("eu-west-1", "111122223333")
    reads = "dynamodb:table:ReadCapacityUnits"
    register(backend, "table/orders", TABLE)
    register(backend, "table/orders", reads)
    put_policy(backend, "table/orders", reads)
    assert scaled_writes(backend) == []
    put_policy(backend, "table/orders", TABLE)
    register(backend, "table/orders/index/by-day", INDEX)
    put_policy(backend, "table/orders/index/by-day", INDEX)
    assert scaled_writes(backend) == [{"table": "orders", "index": None}, {"table": "orders", "index": "by-day"}]
    backend.deregister_scalable_target("dynamodb", "table/orders", TABLE)
    assert scaled_writes(backend) == [{"table": "orders", "index": "by-day"}]


@pytest.fixture
def backend() -> Any:
    applicationautoscaling_backends.reset()
    yield applicationautoscaling_backends["111122223333"]["eu-west-1"]
    applicationautoscaling_backends.reset()


def test_each_region_has_a_topic_with_all_accounts(backend: Any) -> None:
    register(backend, "table/orders", TABLE)
    put_policy(backend, "table/orders", TABLE)
    assert topics() == {"scaling/eu-west-1": [{"account": "111122223333", "table": "orders", "index": None}]}
