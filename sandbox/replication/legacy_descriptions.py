"""Global tables of version 2017.11.29 as their calls show them (GT 2.04 to 2.07). Pure: groups in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.replication.group import Group, Member

MOST_LISTED = 100


def present(group: Group) -> list[Member]:
    """Every member, the region that is asked too."""
    return sorted((each for each in group.members.values() if each.status != "GONE"), key=lambda each: each.region)


def status_of(group: Group) -> str:
    """A GlobalTableStatus: CREATING until it has its first replicas."""
    if not group.is_changing:
        return "ACTIVE"
    others = [member.status for member in group.members.values() if member.source]
    return "CREATING" if all(status == "CREATING" for status in others) else "UPDATING"


def described(group: Group) -> dict[str, Any]:
    """A GlobalTableDescription."""
    return {
        "GlobalTableName": group.table,
        "GlobalTableArn": f"arn:aws:dynamodb::{group.account}:global-table/{group.table}",
        "GlobalTableStatus": status_of(group),
        "CreationDateTime": min(member.since_s for member in group.members.values()),
        "ReplicationGroup": [
            {"RegionName": member.region, "ReplicaStatus": member.status} for member in present(group)
        ],
    }


def listed(groups: Sequence[Group], body: Mapping[str, Any]) -> dict[str, Any]:
    """ListGlobalTables: by name, those with a replica in a region, a page at a time."""
    region, after = body.get("RegionName"), body.get("ExclusiveStartGlobalTableName") or ""
    limit = body.get("Limit") or MOST_LISTED
    found = sorted((group for group in groups if group.table > after), key=lambda each: each.table)
    if region is not None:
        found = [group for group in found if group.status_of(region) != "GONE"]
    page = found[:limit]
    tables = [
        {
            "GlobalTableName": group.table,
            "ReplicationGroup": [{"RegionName": member.region} for member in present(group)],
        }
        for group in page
    ]
    answer: dict[str, Any] = {"GlobalTables": tables}
    if len(found) > limit:
        answer["LastEvaluatedGlobalTableName"] = page[-1].table
    return answer


def settings_image(member: Member, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A ReplicaSettingsDescription; facts: what its region says of the table, or nothing when it does not answer."""
    image: dict[str, Any] = {"RegionName": member.region, "ReplicaStatus": member.status}
    if facts.get("exists"):
        billing_mode, write_units = facts["write"]
        image["ReplicaBillingModeSummary"] = {"BillingMode": billing_mode}
        image["ReplicaProvisionedReadCapacityUnits"] = facts["reads"]
        image["ReplicaProvisionedWriteCapacityUnits"] = write_units
    return image
