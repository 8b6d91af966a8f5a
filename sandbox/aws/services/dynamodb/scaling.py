"""Application Auto Scaling of a table in a stack: the calls that register and forget one capacity. Pure."""

from __future__ import annotations

from sandbox.aws.services.dynamodb.values import Ask, Given

SERVICE = "application-autoscaling"
NAMESPACE = "dynamodb"


def asks(table: str, target: tuple[str, str, str], wanted: Given | None) -> list[Ask]:
    """Bounds, then the policy; or the end of both. target: region, what follows the table's name, dimension."""
    region, suffix, dimension = target
    scalable = {
        "ServiceNamespace": NAMESPACE,
        "ResourceId": f"table/{table}{suffix}",
        "ScalableDimension": dimension,
    }
    if wanted is None:
        return [Ask(region=region, action="DeregisterScalableTarget", body=scalable, service=SERVICE)]
    bounds = {name: wanted[name] for name in ("MinCapacity", "MaxCapacity")}
    metric = wanted["policy"]["PredefinedMetricSpecification"]["PredefinedMetricType"]
    policy = {
        "PolicyName": f"{metric}:table/{table}{suffix}",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": wanted["policy"],
    }
    return [
        Ask(region=region, action="RegisterScalableTarget", body={**scalable, **bounds}, service=SERVICE),
        Ask(region=region, action="PutScalingPolicy", body={**scalable, **policy}, service=SERVICE),
    ]


def registered(region: str) -> Ask:
    """Which capacities scale."""
    return Ask(region=region, action="DescribeScalableTargets", body={"ServiceNamespace": NAMESPACE}, service=SERVICE)


def targets_of(table: str, region: str, answer: Given) -> list[tuple[str, str, str]]:
    """The table's own of what `registered` was answered."""
    found = []
    for target in answer.get("ScalableTargets") or ():
        resource = str(target["ResourceId"]).removeprefix(f"table/{table}")
        if resource == "" or resource.startswith("/index/"):
            found.append((region, resource, str(target["ScalableDimension"])))
    return found
