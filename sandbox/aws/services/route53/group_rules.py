"""The rules for a record set beside the others of its zone. Pure; the words are AWS's where known (fact sheet §6.3).

Each function returns the first problem as AWS words it, or "". `at(name)` gives the other sets of a name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.aws.services.route53.quotas import GROUP_WORDS
from sandbox.aws.services.route53.record_rules import lies_in, policy_of

At = Callable[[str], Sequence[Mapping[str, Any]]]
ONE_OF_EACH = ("Region", "Failover", "GeoLocation", "GeoProximityLocation", "CidrRoutingConfig")


def conflict_with(wanted: Mapping[str, Any], same_name: Sequence[Mapping[str, Any]], zone_name: str) -> str:
    """What is wrong with a record set beside the other sets of its name."""
    name, kind = wanted["Name"], wanted["Type"]
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
    return conflict_in_group(wanted, [other for other in same_name if other["Type"] == kind])


def conflict_in_group(wanted: Mapping[str, Any], group: Sequence[Mapping[str, Any]]) -> str:
    """All sets of one name and type have one policy, and each policy its own rule about its members."""
    named = f"RRSet with DNS name {wanted['Name']}, type {wanted['Type']}"
    policy, identifier = policy_of(wanted), wanted.get("SetIdentifier")
    for other in group:
        if not policy:
            return f"{named} cannot be created as other RRSets exist with the same name and type."
        if policy_of(other) != policy:
            return different_policy(named, policy, identifier)
        if policy == "Weight" and other.get("TTL") != wanted.get("TTL") and "TTL" in other and "TTL" in wanted:
            return (
                f"RRSet with DNS name {wanted['Name']} and type {wanted['Type']}, SetIdentifier {identifier} "
                "cannot be created as weighted sets must contain the same TTL."
            )
        if policy in ONE_OF_EACH and place_in(other, policy) == place_in(wanted, policy):
            return taken(named, policy, identifier, place_in(wanted, policy))
        if policy == "CidrRoutingConfig" and other[policy]["CollectionId"] != wanted[policy]["CollectionId"]:
            return (
                f"{named}, SetIdentifier {identifier} cannot be created as a set with another CIDR collection exists."
            )
    return ""


def place_in(record_set: Mapping[str, Any], policy: str) -> Any:
    """What a set claims for itself: a Region, a role, a place without its bias, a location."""
    value = record_set[policy]
    return {name: part for name, part in value.items() if name != "Bias"} if isinstance(value, dict) else value


def different_policy(named: str, policy: str, identifier: str | None) -> str:
    """A set of one policy beside sets of another."""
    if policy == "MultiValueAnswer":
        return (
            f'{named}, SetIdentifier "{identifier}" cannot be created because a non multivalue answer rrset exists '
            "with the same name and type."
        )
    return (
        f"{named}, SetIdentifier {identifier} cannot be created as a non-{GROUP_WORDS[policy]} set exists "
        "with the same name and type."
    )


def taken(named: str, policy: str, identifier: str | None, value: Any) -> str:
    """A second set for a region, place or role that the group has already."""
    if policy == "Region":
        return (
            f"{named}, SetIdentifier {identifier}, and Region Name={value} cannot be created because a latency RRSet "
            "with the same name, type and region already exists."
        )
    shown = ", ".join(map(str, value.values())) if isinstance(value, dict) else value
    return f"{named}, SetIdentifier {identifier} cannot be created because a set with {policy} {shown} already exists."


def missing_alias_target(wanted: Mapping[str, Any], at: At, zone_name: str, zone_id: str) -> str:
    """An alias into its own zone needs a set of that name and type there, other than itself."""
    target = wanted.get("AliasTarget")
    if target is None or target["HostedZoneId"] != zone_id:
        return ""
    name, kind = target["DNSName"], wanted["Type"]
    tried = f"Tried to create an alias that targets {name}, type {kind} in zone {zone_id}, but"
    if not lies_in(name, zone_name):
        return f"{tried} the alias target name does not lie within the target zone"
    if not any(other["Type"] == kind and other != wanted for other in at(name)):
        return f"{tried} that target was not found"
    return ""
