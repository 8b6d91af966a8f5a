"""Route 53's quotas in one table, and the refusals of what would exceed them (fact sheet §2.5). Pure.

In: what the setting `route53_quotas` gives. Out: `Quotas`, and Refusals with AWS's codes. The words of
TooManyHostedZones and of a full group are AWS's as published logs have them, the others are ours in their manner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

from sandbox.kernel.errors import Refusal


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """How many there may be. AWS's defaults; AWS raises most of them on request, so each can be set.

    The last three are not on the fact sheet: 300 is what GetHostedZoneLimit was seen to answer, 100 is unconfirmed.
    """

    hosted_zones: int = 500
    record_sets: int = 10_000  # of a zone, its NS and SOA included, as ResourceRecordSetCount counts
    values: int = 400  # of a record set
    routed_sets: int = 100  # of one name and type: weighted, latency, geolocation, multivalue, IP-based
    geoproximity_sets: int = 30  # of one name and type
    batch_records: int = 1000  # values in one ChangeResourceRecordSets; those of an UPSERT count twice
    batch_characters: int = 32_000  # in these values
    health_checks: int = 200
    child_health_checks: int = 255  # of a calculated check
    cidr_collections: int = 5
    cidr_blocks: int = 1000  # of a collection
    batch_cidr_blocks: int = 1000  # in one ChangeCidrCollection
    traffic_policies: int = 50
    traffic_policy_versions: int = 1000  # of a policy, deleted ones too: numbers are never used again
    traffic_policy_instances: int = 5
    delegation_sets: int = 100
    delegation_set_zones: int = 100  # of a reusable delegation set
    zone_vpcs: int = 300  # of a private zone


AWS_QUOTAS = Quotas()
NAMES = tuple(one.name for one in fields(Quotas))

ZONES = "MAX_HOSTED_ZONES_BY_OWNER"
SETS_OF_ZONE, VPCS_OF_ZONE = "MAX_RRSETS_BY_ZONE", "MAX_VPCS_ASSOCIATED_BY_ZONE"
CHECKS = "MAX_HEALTH_CHECKS_BY_OWNER"
POLICIES, INSTANCES = "MAX_TRAFFIC_POLICIES_BY_OWNER", "MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER"
DELEGATION_SETS = "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER"
ZONES_OF_SET = "MAX_ZONES_BY_REUSABLE_DELEGATION_SET"

GROUP_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "Weight": "weighted",
        "Region": "latency",
        "Failover": "failover",
        "GeoLocation": "geolocation",
        "GeoProximityLocation": "geoproximity",
        "CidrRoutingConfig": "IP-based",
        "MultiValueAnswer": "multivalue answer",
    }
)


def refuse_more(code: str, limit: str, what: str, count: int, most: int) -> None:
    """A Refusal when there are as many as there may be. limit: its type in GetAccountLimit and the like."""
    if count >= most:
        raise Refusal(code, f"Limits Exceeded: {limit} - Cannot create more {what}.")


def problem_of_values_count(count: int, quotas: Quotas) -> str:
    """Too many values in one record set, or ""."""
    return f"Cannot have more than {quotas.values} records in a RRSet." if count > quotas.values else ""


def problem_of_group(name: str, kind: str, policy: str, count: int, quotas: Quotas) -> str:
    """One more set beside `count` of the same name, type and policy, or ""."""
    most = quotas.geoproximity_sets if policy == "GeoProximityLocation" else quotas.routed_sets
    if count < most:
        return ""
    return f"Exceeded limit on number of {GROUP_WORDS[policy]} RRSets for {name}, type {kind} in this zone."


def problem_of_zone(count: int, quotas: Quotas) -> list[str]:
    """So many record sets in one zone."""
    if count <= quotas.record_sets:
        return []
    return [f"Limits Exceeded: {SETS_OF_ZONE} - Cannot create more resource record sets."]
