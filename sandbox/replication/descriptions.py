"""What DescribeTable says of a global table, as seen from one region (GT 1.05 to 1.12). Pure.

In: the description of a plain table, the group, the region. Out: the description with what a replica adds.
"""

from __future__ import annotations

from typing import Any

from sandbox.replication.group import VERSION, Group, Member

MODE = "ENABLED_WITH_OVERRIDES"
PLAIN_OVERRIDES = ("ProvisionedThroughputOverride", "OnDemandThroughputOverride", "GlobalSecondaryIndexes")


def described(image: dict[str, Any], group: Group, region: str, *, updating: bool) -> dict[str, Any]:
    """The TableDescription in `region`. updating: a change began so recently that the table is still at it."""
    own = group.status_of(region)
    others = group.others(region)
    status = image.get("TableStatus", "ACTIVE")
    if own == "CREATING":
        status = "CREATING"
    elif own == "DELETING":
        status = "DELETING"
    elif status == "ACTIVE" and (updating or any(member.status == "CREATING" for member in others)):
        status = "UPDATING"
    described_image = {**image, "TableStatus": status}
    if others:
        warm = image.get("WarmThroughput")
        described_image["GlobalTableVersion"] = VERSION
        described_image["Replicas"] = [replica_image(member, warm, group) for member in others]
    return described_image


def replica_image(member: Member, warm: Any, group: Group) -> dict[str, Any]:
    """A ReplicaDescription: what equals the table's own setting is absent (GT 1.10, 1.31)."""
    image: dict[str, Any] = {"RegionName": member.region, "ReplicaStatus": member.status}
    if member.status == "ACTIVE" and warm:
        image["WarmThroughput"] = warm
    image["GlobalTableSettingsReplicationMode"] = MODE
    overrides, content = member.overrides, group.content
    for name in PLAIN_OVERRIDES:
        if overrides.get(name) and not is_base(name, overrides[name], content["billing"]):
            image[name] = overrides[name]
    key = overrides.get("KMSMasterKeyId")
    if key:
        image["KMSMasterKeyId"] = key if key.startswith("arn:") else key_arn(key, member.region, group.account)
    table_class = overrides.get("TableClassOverride")
    if table_class and table_class != (content["table_class"] or "STANDARD"):
        image["ReplicaTableClassSummary"] = {"TableClass": table_class}
    return image


def is_base(name: str, value: Any, billing: Any) -> bool:
    """Whether an override says what the table has anyway."""
    if name == "ProvisionedThroughputOverride":
        return bool(value.get("ReadCapacityUnits") == billing["throughput"]["read_units"])
    if name == "OnDemandThroughputOverride":
        base = billing["on_demand"] or {}
        return bool(value.get("MaxReadRequestUnits") == base.get("MaxReadRequestUnits", -1))
    return not any(set(index) - {"IndexName"} for index in value)


def key_arn(key: str, region: str, account: str) -> str:
    """A key's ARN in the replica's region."""
    partition = {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rsplit("-", 2)[0], "aws")
    return f"arn:{partition}:kms:{region}:{account}:{key if key.startswith('alias/') else f'key/{key}'}"
