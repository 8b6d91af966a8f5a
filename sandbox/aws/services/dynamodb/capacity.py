"""Capacity in the words of a GlobalTable: numbers for the API, and what Application Auto Scaling is told. Pure.

A template names the write capacity once for the whole table and the read capacity for each replica, either as auto
scaling settings or (reads) as a number. The API wants numbers; a table begins with SeedCapacity, else MinCapacity.
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.services.dynamodb.properties import check_members, invalid, is_true, required, whole
from sandbox.aws.services.dynamodb.values import Given

WRITES = "WriteProvisionedThroughputSettings"
READS = "ReadProvisionedThroughputSettings"
MOST_WRITES = "WriteOnDemandThroughputSettings"
MOST_READS = "ReadOnDemandThroughputSettings"
SCALING = {READS: "ReadCapacityAutoScalingSettings", WRITES: "WriteCapacityAutoScalingSettings"}
UNITS = {READS: "ReadCapacityUnits", WRITES: "WriteCapacityUnits"}
TRACKING = "TargetTrackingScalingPolicyConfiguration"
METRICS = {READS: "DynamoDBReadCapacityUtilization", WRITES: "DynamoDBWriteCapacityUtilization"}
COOLDOWNS = ("ScaleInCooldown", "ScaleOutCooldown")


def check_mode(billing: str, where: str, *sources: Given) -> None:
    """Settings of the other billing mode are a mistake; nothing is passed over."""
    other = (MOST_READS, MOST_WRITES) if billing == "PROVISIONED" else (READS, WRITES)
    for given in sources:
        for name in other:
            if given.get(name):
                raise invalid(f"Invalid request provided: {name} of {where} cannot be used with BillingMode {billing}")


def begins_with(kind: str, given: Given | None, where: str) -> int:
    """The units a table has at first. kind: READS or WRITES; given: those settings."""
    if not given:
        problem = f"{kind} of {where} must be specified when BillingMode is PROVISIONED"
        raise invalid(f"Invalid request provided: {problem}")
    fixed = ("ReadCapacityUnits",) if kind == READS else ()
    check_members(kind, given, (SCALING[kind], *fixed))
    if given.get("ReadCapacityUnits") is not None:
        return whole(given["ReadCapacityUnits"], f"{kind}/ReadCapacityUnits")
    required(kind, given, SCALING[kind])
    scaling = given[SCALING[kind]]
    check_members(SCALING[kind], scaling, ("MinCapacity", "MaxCapacity", "SeedCapacity", TRACKING))
    required(SCALING[kind], scaling, "MinCapacity", "MaxCapacity", TRACKING)
    return whole(scaling.get("SeedCapacity") or scaling["MinCapacity"], SCALING[kind])


def scaling_of(kind: str, given: Given | None) -> dict[str, Any] | None:
    """What Application Auto Scaling is told: bounds and target; None for a fixed number."""
    scaling = (given or {}).get(SCALING[kind])
    if not scaling:
        return None
    tracking = scaling[TRACKING]
    check_members(TRACKING, tracking, ("DisableScaleIn", "TargetValue", *COOLDOWNS))
    required(TRACKING, tracking, "TargetValue")
    policy: dict[str, Any] = {
        "TargetValue": float(tracking["TargetValue"]),
        "PredefinedMetricSpecification": {"PredefinedMetricType": METRICS[kind]},
        "DisableScaleIn": is_true(tracking.get("DisableScaleIn", False), "DisableScaleIn"),
    }
    policy.update({name: whole(tracking[name], name) for name in COOLDOWNS if tracking.get(name) is not None})
    return {
        "MinCapacity": whole(scaling["MinCapacity"], "MinCapacity"),
        "MaxCapacity": whole(scaling["MaxCapacity"], "MaxCapacity"),
        "policy": policy,
    }


def most(reads: Given | None, writes: Given | None) -> dict[str, int]:
    """OnDemandThroughput, as far as it is limited."""
    limits = {}
    for name, given in (("MaxReadRequestUnits", reads), ("MaxWriteRequestUnits", writes)):
        if given and given.get(name) is not None:
            limits[name] = whole(given[name], name)
    return limits


def dimension(kind: str, is_index: bool) -> str:
    """The scalable dimension."""
    return f"dynamodb:{'index' if is_index else 'table'}:{UNITS[kind]}"
