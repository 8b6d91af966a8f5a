"""A zone's record sets and what a batch of changes makes of them. Pure.

In: a view of the zone and a ChangeBatch. Out: what changes (key -> record set, or None), or a Refusal with AWS's code
and words; a batch is done whole or not at all. Nothing here walks the whole zone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws.services.route53.group_rules import conflict_with, missing_alias_target
from sandbox.aws.services.route53.location_rules import problem_of_cidr
from sandbox.aws.services.route53.quotas import (
    AWS_QUOTAS,
    Quotas,
    problem_of_group,
    problem_of_values_count,
    problem_of_zone,
)
from sandbox.aws.services.route53.record_rules import INSTANCE, policy_of, problem_of_values, shape_error
from sandbox.aws.services.route53.record_store import Key, RecordSet, key_of
from sandbox.kernel.errors import Refusal

Delta = dict[Key, RecordSet | None]

OCTAL = re.compile(r"\\(\d{3})")
ODD = re.compile(r"[^a-z0-9._-]")
ACTIONS = ("CREATE", "DELETE", "UPSERT")
NUMBERS = ("TTL", "Weight")


@dataclass(frozen=True, kw_only=True)
class ZoneView:
    """What the rules need to know of a zone. health_checks: ids that exist in its account.

    at: the record sets of a name. size: how many there are of all names. cidr_locations: location names by collection
    id. instances: name and type by traffic policy instance of the zone.
    """

    zone_id: str
    name: str
    at: Callable[[str], Sequence[RecordSet]]
    health_checks: Collection[str] = ()
    cidr_locations: Mapping[str, Collection[str]] = field(default_factory=dict)
    instances: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    is_private: bool = False
    size: int = 0
    quotas: Quotas = AWS_QUOTAS


class Draft:
    """A zone with a part of a batch done."""

    def __init__(self, zone: ZoneView) -> None:
        self.zone = zone
        self.delta: Delta = {}
        self._by_name: dict[str, Delta] = {}

    def at(self, name: str) -> list[RecordSet]:
        """The sets of a name as they are now."""
        changed = self._by_name.get(name)
        if changed is None:
            return list(self.zone.at(name))
        kept = [record_set for record_set in self.zone.at(name) if key_of(record_set) not in changed]
        return kept + [record_set for record_set in changed.values() if record_set is not None]

    def get(self, key: Key) -> RecordSet | None:
        """The set with this key."""
        return next((record_set for record_set in self.at(key[0]) if key_of(record_set) == key), None)

    def size(self) -> int:
        """How many sets there are in the whole zone."""
        before = sum(any(key_of(one) == key for one in self.zone.at(key[0])) for key in self.delta)
        return self.zone.size - before + sum(one is not None for one in self.delta.values())

    def put(self, key: Key, record_set: RecordSet | None) -> None:
        """Set it, or take it away."""
        self.delta[key] = record_set
        self._by_name.setdefault(key[0], {})[key] = record_set


def normal_name(name: str) -> str:
    """Lower case, a dot at the end, `*` written as such: `\\052.Example.test` -> `*.example.test.`"""
    plain = OCTAL.sub(lambda match: chr(int(match[1], 8)), name).lower()
    return plain if plain.endswith(".") else plain + "."


def listed_name(name: str) -> str:
    """As the API lists names: `*.example.test.` -> `\\052.example.test.` (fact sheet §4.5)"""
    return ODD.sub(lambda match: f"\\{ord(match[0]):03o}", name)


def normal(record_set: Mapping[str, Any]) -> RecordSet:
    """A record set with its names normal, its TTL a number and nothing that is absent."""
    clean = {name: value for name, value in record_set.items() if value is not None}
    clean["Name"] = normal_name(clean["Name"])
    for member in NUMBERS:
        if member in clean:
            clean[member] = int(clean[member])
    if "AliasTarget" in clean:
        target = dict(clean["AliasTarget"])
        target["DNSName"] = normal_name(target["DNSName"])
        target["EvaluateTargetHealth"] = str(target.get("EvaluateTargetHealth", False)).lower() == "true"
        clean["AliasTarget"] = target
    if "MultiValueAnswer" in clean:
        clean["MultiValueAnswer"] = str(clean["MultiValueAnswer"]).lower() == "true"
    if "Bias" in clean.get("GeoProximityLocation", ()):
        near = clean["GeoProximityLocation"]  # a stack gives numbers as text
        clean["GeoProximityLocation"] = {**near, "Bias": int(near["Bias"])}
    if not clean.get("ResourceRecords"):
        clean.pop("ResourceRecords", None)
    return clean


def changed(zone: ZoneView, changes: Sequence[Mapping[str, Any]]) -> Delta:
    """What a batch changes in a zone."""
    refuse_misshapen(changes, zone.quotas)
    steps = [(change["Action"], normal(change["ResourceRecordSet"])) for change in changes]
    problems = [
        problem
        for action, wanted in steps
        if action != "DELETE" and (problem := problem_of_values(wanted, zone.name) or problem_of_links(zone, wanted))
    ]
    problems += twice_in_batch(steps)
    draft = Draft(zone)
    # Deletions first: a batch may replace a set by one of another type or policy.
    for action, wanted in sorted(steps, key=lambda step: step[0] != "DELETE"):
        if not problems and (problem := take(draft, action, wanted)):
            problems.append(problem)
    if not problems:  # at the end: a batch may create an alias before its target
        problems += [
            problem
            for action, wanted in steps
            if action != "DELETE" and (problem := missing_alias_target(wanted, draft.at, zone.name, zone.zone_id))
        ]
    if not problems and zone.size + len(draft.delta) > zone.quotas.record_sets:  # else it is not worth counting
        problems += problem_of_zone(draft.size(), zone.quotas)
    if problems:
        raise Refusal("InvalidChangeBatch", f"[{', '.join(problems)}]")
    return draft.delta


def refuse_misshapen(changes: Sequence[Mapping[str, Any]], quotas: Quotas = AWS_QUOTAS) -> None:
    """InvalidInput for a batch that is not one, before any rule about records."""
    records = characters = 0
    for change in changes:
        if change["Action"] not in ACTIONS:
            raise Refusal(
                "InvalidInput", f"Invalid XML ; Value '{change['Action']}' is not one of [CREATE, DELETE, UPSERT]"
            )
        error = shape_error(change)
        if error:
            raise Refusal("InvalidInput", error)
        values = change["ResourceRecordSet"].get("ResourceRecords") or ()
        times = 1 + (change["Action"] == "UPSERT")
        records += len(values) * times
        characters += sum(len(value["Value"]) for value in values) * times
    if records > quotas.batch_records:
        raise Refusal("InvalidChangeBatch", f"[Number of records limit of {quotas.batch_records} exceeded.]")
    if characters > quotas.batch_characters:
        raise Refusal("InvalidChangeBatch", f"[Number of characters limit of {quotas.batch_characters} exceeded.]")


def problem_of_links(zone: ZoneView, wanted: RecordSet) -> str:
    """Checks, CIDR locations and traffic policy instances that a set names must exist; values have a number."""
    if problem := problem_of_values_count(len(wanted.get("ResourceRecords", ())), zone.quotas):
        return problem
    check = wanted.get("HealthCheckId")
    if check is not None and check not in zone.health_checks:
        raise Refusal("NoSuchHealthCheck", f"A health check with id {check} does not exist.", status=404)
    routing = wanted.get("CidrRoutingConfig")
    if routing is not None and zone.is_private:
        return f"RRSet with DNS name {wanted['Name']}: IP-based routing is not permitted in a private hosted zone"
    if routing is not None and (problem := problem_of_cidr(routing, zone.cidr_locations)):
        return problem
    instance = wanted.get(INSTANCE)
    if instance is not None and zone.instances.get(instance) != (wanted["Name"], wanted["Type"]):
        return f"The traffic policy instance {instance} does not exist for {wanted['Name']}, type {wanted['Type']}"
    return ""


def twice_in_batch(steps: Sequence[tuple[str, RecordSet]]) -> list[str]:
    """The same set may be deleted and created in one batch, but not touched twice in the same manner."""
    seen: set[tuple[bool, Key]] = set()
    problems = []
    for action, wanted in steps:
        mark = (action == "DELETE", key_of(wanted))
        if mark in seen:
            problems.append(
                "The request contains an invalid set of changes for a resource record set "
                f"'{wanted['Type']} {wanted['Name']}'"
            )
        seen.add(mark)
    return problems


def take(draft: Draft, action: str, wanted: RecordSet) -> str:
    """Do one change in the draft; what is wrong with it, or ""."""
    key = key_of(wanted)
    if action == "DELETE":
        return take_away(draft, wanted)
    present = draft.get(key)
    if action == "CREATE" and present is not None:
        return f"Tried to create resource record set [{described(key)}] but it already exists"
    if present is not None and present.get(INSTANCE) and INSTANCE not in wanted:
        return (
            f"RRSet with DNS name {wanted['Name']}, type {wanted['Type']} cannot be changed as it belongs to the "
            f"traffic policy instance {present[INSTANCE]}"
        )
    others = [record_set for record_set in draft.at(wanted["Name"]) if key_of(record_set) != key]
    problem = conflict_with(wanted, others, draft.zone.name)
    policy = policy_of(wanted)
    if not problem and policy and present is None:
        group = sum(other["Type"] == wanted["Type"] for other in others)
        problem = problem_of_group(wanted["Name"], wanted["Type"], policy, group, draft.zone.quotas)
    if not problem:
        draft.put(key, wanted)
    return problem


def take_away(draft: Draft, wanted: RecordSet) -> str:
    """Delete one set, which must be repeated as it is."""
    key = key_of(wanted)
    found = draft.get(key)
    if found is None:
        return f"Tried to delete resource record set [{described(key)}] but it was not found"
    if comparable(found) != comparable(wanted):
        return (
            f"Tried to delete resource record set [{described(key)}] but the values provided "
            "do not match the current values"
        )
    if wanted["Name"] == draft.zone.name and wanted["Type"] == "SOA":
        return "A HostedZone must contain exactly one SOA record."
    if wanted["Name"] == draft.zone.name and wanted["Type"] == "NS":
        return "A HostedZone must contain at least one NS record for the zone itself."
    draft.put(key, None)
    return ""


def comparable(record_set: RecordSet) -> RecordSet:
    """A record set as DELETE compares it: the order of values does not count."""
    values = sorted(record["Value"] for record in record_set.get("ResourceRecords", ()))
    return {**record_set, "ResourceRecords": values}


def described(key: Key) -> str:
    """A key in AWS's messages."""
    name, kind, identifier = key
    return f"name='{name}', type='{kind}'" + (f", set-identifier='{identifier}'" if identifier is not None else "")
