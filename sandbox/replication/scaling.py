"""UpdateTableReplicaAutoScaling and DescribeTableReplicaAutoScaling (GT 1.39): what is asked, kept and shown. Pure.

Write scaling is one for all regions, read scaling is each replica's own (GT 1.28, 1.29). The group keeps both,
as any other setting: `write_scaling` among what all have in common, `read_scaling` among a member's overrides. Each is
{"table": {...} or None, "indexes": {name: {...}}}, in the words of the API.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.replication.group import Group, Member
from sandbox.replication.replica_updates import PARAMETER, invalid, not_part

Body = Mapping[str, Any]
Scaling = Mapping[str, Any]
WRITE, READ = "write_scaling", "read_scaling"
NOTHING: Scaling = {"table": None, "indexes": {}}
OFF = {"AutoScalingDisabled": True}
ROLE = (
    "arn:aws:iam::{account}:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
)
EMPTY_REQUEST = (
    PARAMETER + "At least one of ProvisionedWriteCapacityAutoScalingUpdate, GlobalSecondaryIndexUpdates or "
    "ReplicaUpdates is required"
)
TARGETS = (20.0, 90.0)  # percent of use


def write_scaling(group: Group) -> Scaling:
    """What all regions have in common."""
    setting = group.settings.get(WRITE)
    return NOTHING if setting is None else setting.value


def read_scaling(member: Member) -> Scaling:
    """What a replica has of its own."""
    found: Scaling = member.overrides.get(READ) or NOTHING
    return found


def is_scaled(group: Group | None, index: str | None) -> bool:
    """Whether the group itself scales a table's, or an index's, write capacity."""
    if group is None:
        return False
    kept = write_scaling(group)
    found = kept["table"] if index is None else kept["indexes"].get(index)
    return found is not None


# -- asked ----------------------------------------------------------------------------------------------------------


def updated(group: Group, body: Body, indexes: Collection[str], *, region: str, clock_us: int) -> Group:
    """The group after the request; a Refusal for what it cannot do. indexes: the table's."""
    table = body.get("ProvisionedWriteCapacityAutoScalingUpdate")
    of_indexes = body.get("GlobalSecondaryIndexUpdates") or ()
    replicas = body.get("ReplicaUpdates") or ()
    if table is None and not of_indexes and not replicas:
        raise invalid(EMPTY_REQUEST)
    after = group
    if table is not None or of_indexes:
        member = "ProvisionedWriteCapacityAutoScalingUpdate"
        changed = with_changes(write_scaling(group), table, of_indexes, member, indexes, group)
        after = after.with_settings(region, clock_us, {WRITE: changed})
    for update in replicas:
        code = update.get("RegionName")
        if code is None or group.status_of(code) == "GONE":
            raise not_part(str(code))
        changed = with_changes(
            read_scaling(after.members[code]),
            update.get("ReplicaProvisionedReadCapacityAutoScalingUpdate"),
            update.get("ReplicaGlobalSecondaryIndexUpdates") or (),
            "ProvisionedReadCapacityAutoScalingUpdate",
            indexes,
            group,
        )
        after = after.with_overrides(code, {READ: changed})
    return after


def with_changes(
    kept: Scaling,
    table: Body | None,
    of_indexes: Collection[Body],
    member: str,
    indexes: Collection[str],
    group: Group,
) -> dict[str, Any]:
    """What is kept, with the changes of a request. member: where an index's change stands."""
    changed = {"table": kept["table"], "indexes": dict(kept["indexes"])}
    if table is not None:
        changed["table"] = setting(table, kept["table"], group, f"table/{group.table}")
    for update in of_indexes:
        name = update.get("IndexName")
        if name not in indexes:
            raise invalid(f"{PARAMETER}The table does not have the specified index: {name}")
        if update.get(member) is not None:
            where = f"table/{group.table}/index/{name}"
            changed["indexes"][name] = setting(update[member], kept["indexes"].get(name), group, where)
    return changed


def setting(update: Body, kept: Body | None, group: Group, resource: str) -> dict[str, Any] | None:
    """An AutoScalingSettingsDescription; None: auto scaling is switched off."""
    if update.get("AutoScalingDisabled"):
        return None
    before = kept or {}
    least = update.get("MinimumUnits", before.get("MinimumUnits"))
    most = update.get("MaximumUnits", before.get("MaximumUnits"))
    if least is None or most is None:
        raise invalid(f"{PARAMETER}MinimumUnits and MaximumUnits are required to switch auto scaling on")
    if not 1 <= least <= most:
        raise invalid(f"{PARAMETER}MinimumUnits must be at least 1 and at most MaximumUnits: {least}, {most}")
    role = update.get("AutoScalingRoleArn") or before.get("AutoScalingRoleArn") or ROLE.format(account=group.account)
    policies = list(before.get("ScalingPolicies", ()))
    if update.get("ScalingPolicyUpdate") is not None:
        policies = [policy(update["ScalingPolicyUpdate"], resource)]
    return {
        "MinimumUnits": least,
        "MaximumUnits": most,
        "AutoScalingDisabled": False,
        "AutoScalingRoleArn": role,
        "ScalingPolicies": policies,
    }


def policy(update: Body, resource: str) -> dict[str, Any]:
    """An AutoScalingPolicyDescription."""
    configuration = update.get("TargetTrackingScalingPolicyConfiguration") or {}
    target = configuration.get("TargetValue")
    least, most = TARGETS
    if not isinstance(target, int | float) or not least <= target <= most:
        raise invalid(f"{PARAMETER}TargetValue must be from {least:g} to {most:g}: {target}")
    shown = {name: value for name, value in configuration.items() if value is not None}
    return {
        "PolicyName": update.get("PolicyName") or f"DynamoDBCapacityUtilization:{resource}",
        "TargetTrackingScalingPolicyConfiguration": {"DisableScaleIn": False, **shown},
    }


# -- shown ----------------------------------------------------------------------------------------------------------


def described(group: Group, region: str, indexes: Collection[str], *, updating: bool) -> dict[str, Any]:
    """A TableAutoScalingDescription: every region, the one that was called too, in the order of their names."""
    members = sorted((*group.others(region), group.members[region]), key=lambda each: each.region)
    status = "UPDATING" if updating or group.is_changing else "ACTIVE"
    replicas = [replica_image(member, group, indexes) for member in members]
    return {"TableName": group.table, "TableStatus": status, "Replicas": replicas}


def replica_image(member: Member, group: Group, indexes: Collection[str]) -> dict[str, Any]:
    """A ReplicaAutoScalingDescription."""
    reads, writes = read_scaling(member), write_scaling(group)
    return {
        "RegionName": member.region,
        "GlobalSecondaryIndexes": [
            {
                "IndexName": name,
                "IndexStatus": "ACTIVE",
                "ProvisionedReadCapacityAutoScalingSettings": reads["indexes"].get(name) or OFF,
                "ProvisionedWriteCapacityAutoScalingSettings": writes["indexes"].get(name) or OFF,
            }
            for name in sorted(indexes)
        ],
        "ReplicaProvisionedReadCapacityAutoScalingSettings": reads["table"] or OFF,
        "ReplicaProvisionedWriteCapacityAutoScalingSettings": writes["table"] or OFF,
        "ReplicaStatus": member.status,
    }


def no_such_table(name: object) -> Refusal:
    """For a plain table, and for none."""
    return Refusal("ResourceNotFoundException", f"Global table with name: '{name}' does not exist.")
