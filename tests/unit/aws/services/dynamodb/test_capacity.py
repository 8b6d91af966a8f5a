"""GT 7.04: a GlobalTable's capacity, as numbers and as auto scaling."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.dynamodb.capacity import (
    READS,
    WRITES,
    begins_with,
    check_mode,
    dimension,
    most,
    scaling_of,
)
from sandbox.kernel.errors import Refusal

TRACKING = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": "70", "ScaleInCooldown": 5}}
SCALED: dict[str, Any] = {"WriteCapacityAutoScalingSettings": {"MinCapacity": "2", "MaxCapacity": 20, **TRACKING}}


def test_a_table_begins_with_its_seed_else_with_its_minimum() -> None:
    assert begins_with(WRITES, SCALED, "t") == 2
    seeded = {"WriteCapacityAutoScalingSettings": {**SCALED["WriteCapacityAutoScalingSettings"], "SeedCapacity": 9}}
    assert begins_with(WRITES, seeded, "t") == 9
    assert begins_with(READS, {"ReadCapacityUnits": "4"}, "t") == 4


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        (WRITES, None, "WriteProvisionedThroughputSettings of t must be specified when BillingMode is PROVISIONED"),
        (WRITES, {"WriteCapacityUnits": 5}, r"extraneous key \[WriteCapacityUnits\]"),  # fixed writes are impossible
        (READS, {"ReadCapacityAutoScalingSettings": {"MinCapacity": 1}}, r"required key \[MaxCapacity\] not found"),
    ],
)
def test_capacity_that_is_missing_or_fixed_where_it_must_scale_is_refused(kind: str, given: Any, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        begins_with(kind, given, "t")


def test_auto_scaling_is_told_bounds_target_and_metric() -> None:
    assert scaling_of(WRITES, SCALED) == {
        "MinCapacity": 2,
        "MaxCapacity": 20,
        "policy": {
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBWriteCapacityUtilization"},
            "DisableScaleIn": False,
            "ScaleInCooldown": 5,
        },
    }
    assert scaling_of(READS, {"ReadCapacityUnits": 4}) is None
    assert (dimension(WRITES, False), dimension(READS, True)) == (
        "dynamodb:table:WriteCapacityUnits",
        "dynamodb:index:ReadCapacityUnits",
    )


def test_limits_of_on_demand_tables_are_numbers() -> None:
    assert most({"MaxReadRequestUnits": "7"}, None) == {"MaxReadRequestUnits": 7}
    assert most(None, None) == {}


@pytest.mark.parametrize(
    ("billing", "name"),
    [("PAY_PER_REQUEST", WRITES), ("PAY_PER_REQUEST", READS), ("PROVISIONED", "WriteOnDemandThroughputSettings")],
)
def test_settings_of_the_other_billing_mode_are_not_passed_over(billing: str, name: str) -> None:
    check_mode(billing, "t", {})
    with pytest.raises(Refusal, match=f"{name} of t cannot be used with BillingMode {billing}"):
        check_mode(billing, "t", {}, {name: SCALED})
