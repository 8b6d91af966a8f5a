"""The rules for one record set by itself. Pure; the words are AWS's where known (fact sheet §6.1, §6.3).

Each function returns the first problem as AWS words it, or "". What the values must look like is in `value_rules`,
places and networks in `location_rules`, the rules for sets beside each other in `group_rules`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.aws.services.route53.location_rules import problem_of_geo_location, problem_of_geoproximity, regions
from sandbox.aws.services.route53.value_rules import TYPES, problem_of_records

POLICIES = (
    "Weight",
    "Region",
    "Failover",
    "GeoLocation",
    "GeoProximityLocation",
    "CidrRoutingConfig",
    "MultiValueAnswer",
)
UNSUPPORTED = re.compile(r"\s")
LONGEST_LABEL, LONGEST_NAME = 63, 255  # RFC 1035 §2.3.4
SIMPLE_ONLY = ("NS", "SOA", "DS")
NO_ALIAS = ("NS", "SOA")
NOT_MULTIVALUE = ("NS", "CNAME")
CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
MOST_WEIGHT = 255
GREATEST_TTL_S = 2**31 - 1
LONGEST_IDENTIFIER = 128
INSTANCE = "TrafficPolicyInstanceId"


def shape_error(change: Mapping[str, Any]) -> str:
    """What AWS answers with InvalidInput."""
    wanted = change["ResourceRecordSet"]
    where = (
        f"Change with [Action={change['Action']}, Name={wanted['Name']}, Type={wanted['Type']}, "
        f"SetIdentifier={wanted.get('SetIdentifier') or 'null'}]"
    )
    return error_of_sources(wanted, where) or error_of_policy(wanted, where)


def error_of_sources(wanted: Mapping[str, Any], where: str) -> str:
    """Each set has values, is an alias, or belongs to a traffic policy instance."""
    is_alias, is_made = wanted.get("AliasTarget") is not None, bool(wanted.get(INSTANCE))
    has_ttl, has_values = wanted.get("TTL") is not None, bool(wanted.get("ResourceRecords"))
    sources = "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]"
    if is_alias + is_made > 1 or ((is_alias or is_made) and (has_ttl or has_values)):
        return f"Invalid request: {sources}, but found more than one in {where}"
    if not is_alias and not is_made and not (has_ttl and has_values):
        return f"Invalid request: {sources}, but found none in {where}"
    return ""


def error_of_policy(wanted: Mapping[str, Any], where: str) -> str:
    """At most one policy, which needs an identifier; and a place that exists."""
    policies = [member for member in POLICIES if wanted.get(member) is not None]
    choice = "Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer]"
    if len(policies) > 1:
        return f"Invalid request: {choice}, but found more than one in {where}"
    if wanted.get("SetIdentifier") and not policies:
        return f"Invalid request: {choice}, but found none in {where}"
    if policies and not wanted.get("SetIdentifier"):
        return f"Invalid request: Missing field 'SetIdentifier' in {where}"
    if len(wanted.get("SetIdentifier") or "") > LONGEST_IDENTIFIER:
        return f"Invalid request: SetIdentifier is longer than {LONGEST_IDENTIFIER} characters in {where}"
    ttl_s = wanted.get("TTL")
    if ttl_s is not None and not 0 <= int(ttl_s) <= GREATEST_TTL_S:
        return f"Invalid request: TTL must be between 0 and {GREATEST_TTL_S} in {where}"
    error = error_of_member(policies[0], wanted[policies[0]]) if policies else ""
    return f"{error} in {where}" if error else ""


def error_of_member(policy: str, value: Any) -> str:
    """A policy's own member."""
    if policy == "GeoLocation":
        return problem_of_geo_location(value)
    if policy == "GeoProximityLocation":
        return problem_of_geoproximity(value)
    if policy == "Weight" and not 0 <= int(value) <= MOST_WEIGHT:
        return f"Invalid request: Weight must be between 0 and {MOST_WEIGHT}"
    if policy == "Region" and value not in regions():
        return f"Invalid request: {value} is not a valid Region"
    if policy == "Failover" and value not in ("PRIMARY", "SECONDARY"):
        return f"Invalid request: {value} is not one of [PRIMARY, SECONDARY]"
    return ""


def problem_of_name(name: str) -> str:
    """What is wrong with a domain name that ends in a dot, or ""."""
    labels = name[:-1].split(".")
    found = UNSUPPORTED.search(name)
    if name == ".":
        problem = "DomainNameEmpty (Domain name is empty) encountered with ''"
    elif not all(labels):
        problem = f"DomainLabelEmpty (Domain label is empty) encountered with '{name}'"
    elif found is not None:
        problem = f"UnsupportedCharacter (Value contains unsupported characters) encountered with '{found[0]}'"
    elif too_long := next((label for label in labels if len(label) > LONGEST_LABEL), ""):
        problem = f"DomainLabelTooLong (Domain label is too long) encountered with '{too_long}'"
    elif len(name) > LONGEST_NAME:
        problem = f"DomainNameTooLong (Domain name is too long) encountered with '{name}'"
    else:
        return ""
    return f"FATAL problem: {problem}"


def lies_in(name: str, zone_name: str) -> bool:
    """Whether a name is the zone's own or below it."""
    return name == zone_name or name.endswith("." + zone_name)


def problem_of_values(wanted: Mapping[str, Any], zone_name: str) -> str:
    """What is wrong with a record set whatever else the zone holds."""
    name, kind = str(wanted["Name"]), str(wanted["Type"])
    if name == ".":
        return problem_of_name(name)
    if not lies_in(name, zone_name):
        return f"RRSet with DNS name {name} is not permitted in zone {zone_name}"
    if problem := problem_of_name(name):
        return problem
    if kind not in TYPES:
        return f"RRSet with DNS name {name} has the type {kind}, which is not one of [{', '.join(TYPES)}]"
    if kind == "CNAME" and name == zone_name:
        return f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {zone_name}"
    if kind == "NS" and name.startswith("*."):
        return f"RRSet of type NS with DNS name {name} is not permitted: a wildcard cannot be delegated"
    return (
        problem_of_policy(wanted)
        or problem_of_alias(wanted)
        or problem_of_records(kind, [record["Value"] for record in wanted.get("ResourceRecords", ())])
    )


def problem_of_policy(wanted: Mapping[str, Any]) -> str:
    """Which types and sources a policy admits."""
    kind, policy, is_alias = wanted["Type"], policy_of(wanted), "AliasTarget" in wanted
    named = f"RRSet with DNS name {wanted['Name']}, type {kind}"
    if policy and kind in SIMPLE_ONLY:
        return f"{named} must use simple routing"
    if policy == "MultiValueAnswer" and (is_alias or kind in NOT_MULTIVALUE):
        return f"{named} cannot be a multivalue answer: not for aliases, NS and CNAME"
    if policy == "Failover" and wanted["Failover"] == "PRIMARY" and not is_alias and not wanted.get("HealthCheckId"):
        return "A non-alias primary ResourceRecordSet must have an associated health check."
    return ""


def problem_of_alias(wanted: Mapping[str, Any]) -> str:
    """What an alias may be and may ask for."""
    target = wanted.get("AliasTarget")
    if target is None:
        return ""
    named = f"RRSet with DNS name {wanted['Name']}, type {wanted['Type']}"
    if wanted["Type"] in NO_ALIAS:
        return f"{named} cannot be an alias"
    if target["EvaluateTargetHealth"] and target["HostedZoneId"] == CLOUDFRONT_ZONE:
        return f"{named} cannot be created: EvaluateTargetHealth cannot be true for a CloudFront distribution"
    if policy_of(wanted) == "Failover" and not target["EvaluateTargetHealth"]:
        return f"{named} cannot be created: EvaluateTargetHealth must be true for a failover alias"
    return ""


def policy_of(record_set: Mapping[str, Any]) -> str:
    """The member that makes the routing policy, "" for simple."""
    return next((member for member in POLICIES if record_set.get(member) is not None), "")
