"""The rules for one record set, and for one beside the others of its zone. Pure; the words are AWS's where known
.

Each function returns the first problem as AWS words it, or "".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any

POLICIES = ("Weight", "Region", "Failover", "GeoLocation", "MultiValueAnswer")
# Policies and sources of records that AWS has and the sandbox has not.
NOT_EMULATED = {
    "GeoProximityLocation": "geoproximity routing",
    "CidrRoutingConfig": "IP-based routing",
    "TrafficPolicyInstanceId": "traffic policies",
}
LABEL = re.compile(r"[^\s.]{1,63}")
SINGLE_VALUE = ("CNAME", "SOA")
SIMPLE_ONLY = ("NS", "SOA", "DS")


def not_emulated_member(record_set: Mapping[str, Any]) -> str:
    """The name of what this record set needs and the sandbox has not, or ""."""
    return next((words for member, words in NOT_EMULATED.items() if record_set.get(member) is not None), "")


def shape_error(change: Mapping[str, Any]) -> str:
    """What AWS answers with InvalidInput."""
    wanted = change["ResourceRecordSet"]
    where = (
        f"Change with [Action={change['Action']}, Name={wanted['Name']}, Type={wanted['Type']}, "
        f"SetIdentifier={wanted.get('SetIdentifier') or 'null'}]"
    )
    is_alias = wanted.get("AliasTarget") is not None
    has_ttl, has_values = wanted.get("TTL") is not None, bool(wanted.get("ResourceRecords"))
    sources = "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]"
    if is_alias and (has_ttl or has_values):
        return f"Invalid request: {sources}, but found more than one in {where}"
    if not is_alias and not (has_ttl and has_values):
        return f"Invalid request: {sources}, but found none in {where}"
    policies = [member for member in POLICIES if wanted.get(member) is not None]
    choice = "Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer]"
    if len(policies) > 1:
        return f"Invalid request: {choice}, but found more than one in {where}"
    if wanted.get("SetIdentifier") and not policies:
        return f"Invalid request: {choice}, but found none in {where}"
    if policies and not wanted.get("SetIdentifier"):
        return f"Invalid request: Missing field 'SetIdentifier' in {where}"
    return ""


def lies_in(name: str, zone_name: str) -> bool:
    """Whether a name is the zone's own or below it."""
    return name == zone_name or name.endswith("." + zone_name)


def problem_of_values(wanted: Mapping[str, Any], zone_name: str) -> str:
    """What is wrong with a record set whatever else the zone holds."""
    name, kind = str(wanted["Name"]), str(wanted["Type"])
    if not lies_in(name, zone_name):
        return f"RRSet with DNS name {name} is not permitted in zone {zone_name}"
    if not all(LABEL.fullmatch(label) for label in name[:-1].split(".")) or len(name) > 255:
        return "FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with '" + name + "'"
    if kind == "CNAME" and name == zone_name:
        return f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {zone_name}"
    policy = policy_of(wanted)
    if policy and kind in SIMPLE_ONLY:
        return f"RRSet with DNS name {name}, type {kind} must use simple routing"
    if (
        policy == "Failover"
        and wanted["Failover"] == "PRIMARY"
        and "AliasTarget" not in wanted
        and not wanted.get("HealthCheckId")
    ):
        return "A non-alias primary ResourceRecordSet must have an associated health check."
    return problem_of_records(kind, [record["Value"] for record in wanted.get("ResourceRecords", ())])


def problem_of_records(kind: str, values: Sequence[str]) -> str:
    """What is wrong with the values themselves."""
    if kind in SINGLE_VALUE and len(values) > 1:
        return f"Invalid Resource Record: 'FATAL problem: {kind} records may have only one value'"
    if len(set(values)) != len(values):
        return "Invalid Resource Record: 'FATAL problem: duplicate values'"
    for value in values:
        if kind == "A" and not is_address(IPv4Address, value):
            return (
                "Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address "
                f"(Value is not a valid IPv4 address) encountered with '{value}''"
            )
        if kind == "AAAA" and not is_address(IPv6Address, value):
            return (
                "Invalid Resource Record: 'FATAL problem: AAAARRDATAIllegalIPv6Address "
                f"(Value is not a valid IPv6 address) encountered with '{value}''"
            )
    return ""


def is_address(kind: type[IPv4Address] | type[IPv6Address], value: str) -> bool:
    """Whether this is an address of that kind."""
    try:
        kind(value)
    except AddressValueError:
        return False
    return True


def policy_of(record_set: Mapping[str, Any]) -> str:
    """The member that makes the routing policy, "" for simple."""
    return next((member for member in POLICIES if record_set.get(member) is not None), "")


def conflict_with(wanted: Mapping[str, Any], others: Sequence[Mapping[str, Any]], zone_name: str, zone_id: str) -> str:
    """What is wrong with a record set beside the zone's other sets."""
    name, kind = wanted["Name"], wanted["Type"]
    same_name = [other for other in others if other["Name"] == name]
    if kind == "CNAME" and any(other["Type"] != "CNAME" for other in same_name):
        return (
            f"RRSet of type CNAME with DNS name {name} is not permitted as it conflicts with other records "
            f"with the same DNS name in zone {zone_name}"
        )
    if kind != "CNAME" and any(other["Type"] == "CNAME" for other in same_name):
        return (
            f"RRSet of type {kind} with DNS name {name} is not permitted because a conflicting RRSet of type  CNAME "
            f"with the same DNS name already exists in zone {zone_name}"
        )
    group = [other for other in same_name if other["Type"] == kind]
    return conflict_in_group(wanted, group) or missing_alias_target(wanted, others, zone_name, zone_id)


def conflict_in_group(wanted: Mapping[str, Any], group: Sequence[Mapping[str, Any]]) -> str:
    """All sets of one name and type have one policy, and each policy its own rule about its members."""
    named = f"RRSet with DNS name {wanted['Name']}, type {wanted['Type']}"
    policy, identifier = policy_of(wanted), wanted.get("SetIdentifier")
    for other in group:
        theirs = policy_of(other)
        if not policy:
            return f"{named} cannot be created as other RRSets exist with the same name and type."
        if theirs != policy:
            return different_policy(named, policy, identifier)
        if policy == "Weight" and other.get("TTL") != wanted.get("TTL") and "TTL" in other and "TTL" in wanted:
            return (
                f"RRSet with DNS name {wanted['Name']} and type {wanted['Type']}, SetIdentifier {identifier} "
                "cannot be created as weighted sets must contain the same TTL."
            )
        if policy in ("Region", "Failover", "GeoLocation") and other[policy] == wanted[policy]:
            return taken(named, policy, identifier, wanted[policy])
    return ""


def different_policy(named: str, policy: str, identifier: str | None) -> str:
    """A set of one policy beside sets of another."""
    if policy == "MultiValueAnswer":
        return (
            f'{named}, SetIdentifier "{identifier}" cannot be created because a non multivalue answer rrset exists '
            "with the same name and type."
        )
    words = {"Weight": "weighted", "Region": "latency", "Failover": "failover", "GeoLocation": "geolocation"}[policy]
    return (
        f"{named}, SetIdentifier {identifier} cannot be created as a non-{words} set exists "
        "with the same name and type."
    )


def taken(named: str, policy: str, identifier: str | None, value: Any) -> str:
    """A second set for a region, place or role that the group has already."""
    if policy == "Region":
        return (
            f"{named}, SetIdentifier {identifier}, and Region Name={value} cannot be created because a latency RRSet "
            "with the same name, type and region already exists."
        )
    return f"{named}, SetIdentifier {identifier} cannot be created because a set with {policy} {value} already exists."


def missing_alias_target(
    wanted: Mapping[str, Any], others: Sequence[Mapping[str, Any]], zone_name: str, zone_id: str
) -> str:
    """An alias into its own zone needs a set of that name and type there."""
    target = wanted.get("AliasTarget")
    if target is None or target["HostedZoneId"] != zone_id:
        return ""
    name, kind = target["DNSName"], wanted["Type"]
    tried = f"Tried to create an alias that targets {name}, type {kind} in zone {zone_id}, but"
    if not lies_in(name, zone_name):
        return f"{tried} the alias target name does not lie within the target zone"
    if not any(other["Name"] == name and other["Type"] == kind for other in others):
        return f"{tried} that target was not found"
    return ""
