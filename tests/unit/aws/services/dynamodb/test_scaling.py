"""What Application Auto Scaling is told."""

from __future__ import annotations

from sandbox.aws.services.dynamodb.scaling import asks, registered, targets_of

TARGET = ("eu-west-1", "/index/by-city", "dynamodb:index:WriteCapacityUnits")
POLICY = {
    "TargetValue": 70.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBWriteCapacityUtilization"},
}


def test_bounds_come_before_the_policy() -> None:
    bounds, policy = asks("orders", TARGET, {"MinCapacity": 1, "MaxCapacity": 9, "policy": POLICY})
    assert (bounds.region, bounds.service, bounds.action) == (
        "eu-west-1",
        "application-autoscaling",
        "RegisterScalableTarget",
    )
    assert bounds.body == {
        "ServiceNamespace": "dynamodb",
        "ResourceId": "table/orders/index/by-city",
        "ScalableDimension": "dynamodb:index:WriteCapacityUnits",
        "MinCapacity": 1,
        "MaxCapacity": 9,
    }
    assert policy.action == "PutScalingPolicy"
    assert policy.body["TargetTrackingScalingPolicyConfiguration"] == POLICY


def test_the_end_of_both_is_one_call() -> None:
    [ask] = asks("orders", TARGET, None)
    assert ask.action == "DeregisterScalableTarget"


def test_a_table_forgets_its_own_targets_alone() -> None:
    resources = ("table/orders", "table/orders/index/by-city", "table/orders-2", "table/other")
    answer = {"ScalableTargets": [{"ResourceId": each, "ScalableDimension": "d"} for each in resources]}
    assert registered("eu-west-1").action == "DescribeScalableTargets"
    assert targets_of("orders", "eu-west-1", answer) == [
        ("eu-west-1", "", "d"),
        ("eu-west-1", "/index/by-city", "d"),
    ]
