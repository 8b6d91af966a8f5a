"""Record sets and change batches of Route 53, as boto3 takes them. Pure.

In: names, regions, addresses. Out: the dicts that `Step.arguments` hold.
"""

from __future__ import annotations

from typing import Any

from sandbox.client.aws_steps import CHANGE, Step
from sandbox.demo.values import CONTROL_HOME, Ground

Record = dict[str, Any]


def a_record(name: str, address: str, ttl_s: int, **routing: Any) -> Record:
    """An A record; routing: SetIdentifier and whatever the policy needs."""
    return {"Name": name, "Type": "A", **routing, "TTL": ttl_s, "ResourceRecords": [{"Value": address}]}


def latency_records(ground: Ground, name: str, ttl_s: int, checks: dict[str, str] | None = None) -> list[Record]:
    """One record for each region; checks: the health check of each, if there are any."""
    return [
        a_record(name, ground.addresses[region], ttl_s, SetIdentifier=region, Region=region)
        | ({"HealthCheckId": checks[region]} if checks else {})
        for region in ground.regions
    ]


def change(says: str, *changes: tuple[str, Record], keep_change: bool = True, played: bool = True) -> Step:
    """One atomic batch of changes in the demo's zone. keep_change: so that one can wait for it."""
    batch = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    return Step(
        says=says,
        service="route53",
        operation="change_resource_record_sets",
        arguments={"HostedZoneId": "$ZONE", "ChangeBatch": {"Changes": batch}},
        keep=CHANGE if keep_change else "",
        query="ChangeInfo.Id" if keep_change else "",
        region=CONTROL_HOME,
        played=played,
    )


def check_name(region: str) -> str:
    """The shell name of a region's health check."""
    return f"CHECK_{region.upper().replace('-', '_')}"
