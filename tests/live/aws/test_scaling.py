"""Auto scaling of a table is registered in control and told to the table's region."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.live


def test_a_region_is_told_of_a_table_whose_writes_scale_before_the_caller_goes_on(rig: Any) -> None:
    """A caller who asks for a replica next must not be refused (GT 1.16)."""
    scaling = rig.client("application-autoscaling", region="eu-west-1")
    target = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": "table/orders",
        "ScalableDimension": "dynamodb:table:WriteCapacityUnits",
    }
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=10)
    assert "scaling/eu-west-1" not in rig.hub.retained
    scaling.put_scaling_policy(
        **target,
        PolicyName="writes",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBWriteCapacityUtilization"},
        },
    )
    assert rig.hub.retained["scaling/eu-west-1"] == [{"account": "000000000000", "table": "orders", "index": None}]
    scaling.delete_scaling_policy(**target, PolicyName="writes")
    scaling.deregister_scalable_target(**target)
    assert "scaling/eu-west-1" not in rig.hub.retained
