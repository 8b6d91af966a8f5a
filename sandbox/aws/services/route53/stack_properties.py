"""Properties of Route 53's resources in a template: which are known and needed, which cannot be served. Pure.

In: a resource's properties. Out: the same, or a Refusal in CloudFormation's words. A property that nobody reads would
be an empty success.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sandbox.kernel.errors import Refusal, not_emulated

RECORD_MEMBERS = [
    "Name",
    "Type",
    "TTL",
    "SetIdentifier",
    "Weight",
    "Region",
    "Failover",
    "GeoLocation",
    "GeoProximityLocation",
    "CidrRoutingConfig",
    "MultiValueAnswer",
    "HealthCheckId",
    "AliasTarget",
]
WHERE = ("HostedZoneId", "HostedZoneName", "Comment")
RECORD = frozenset((*RECORD_MEMBERS, "ResourceRecords"))
KNOWN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "AWS::Route53::HostedZone": frozenset(
            ("Name", "HostedZoneConfig", "HostedZoneFeatures", "HostedZoneTags", "QueryLoggingConfig", "VPCs")
        ),
        "AWS::Route53::RecordSet": RECORD.union(WHERE),
        "AWS::Route53::RecordSetGroup": frozenset((*WHERE, "RecordSets")),
        "AWS::Route53::HealthCheck": frozenset(("HealthCheckConfig", "HealthCheckTags")),
        "AWS::Route53::CidrCollection": frozenset(("Name", "Locations")),
    }
)
NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "AWS::Route53::HostedZone": ("Name",),
        "AWS::Route53::RecordSet": ("Name", "Type"),
        "AWS::Route53::HealthCheck": ("HealthCheckConfig",),
        "AWS::Route53::CidrCollection": ("Name",),
    }
)


def checked(kind: str, template: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a resource of this type."""
    properties = template.get("Properties") or {}
    check_members("#", properties, KNOWN[kind])
    for name in NEEDED.get(kind, ()):
        if properties.get(name) in (None, ""):
            raise wrong("#", f"required key [{name}] not found")
    for number, record_set in enumerate(properties.get("RecordSets") or ()):
        check_members(f"#/RecordSets/{number}", record_set, RECORD.union(WHERE))
    features = properties.get("HostedZoneFeatures") or {}
    if str(features.get("EnableAcceleratedRecovery", False)).lower() == "true":
        raise not_emulated("accelerated recovery of a hosted zone", instead="Leave HostedZoneFeatures out.")
    return dict(properties)


def check_members(where: str, given: Any, known: frozenset[str]) -> None:
    """Only properties that are read."""
    if not isinstance(given, Mapping):
        raise wrong(where, "expected type: JSONObject")
    for name in given:
        if name not in known:
            raise wrong(where, f"extraneous key [{name}] is not permitted")


def wrong(where: str, problem: str) -> Refusal:
    """What the resource's schema does not allow."""
    return Refusal("InvalidRequest", f"Properties validation failed with message: {where}: {problem}")
