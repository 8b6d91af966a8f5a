"""A zone's record sets and what a batch of changes makes of them. Pure.

In: the sets a zone has (boto3's shape, names as `normal_name` gives them) and a ChangeBatch. Out: the sets it has
afterwards, or a Refusal with AWS's code and words; a batch is done whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.aws.services.route53.record_rules import conflict_with, problem_of_values, shape_error
from sandbox.kernel.errors import Refusal

RecordSet = dict[str, Any]
Key = tuple[str, str, str | None]  # name, type, set identifier

OCTAL = re.compile(r"\\(\d{3})")
ACTIONS = ("CREATE", "DELETE", "UPSERT")
RECORD_LIMIT = 1000  # ResourceRecord elements in one batch; those of an UPSERT count twice


@dataclass(frozen=True, kw_only=True)
class ZoneView:
    """What the rules need to know of a zone. health_checks: ids that exist in its account."""

    zone_id: str
    name: str
    record_sets: Sequence[RecordSet]
    health_checks: Collection[str]


def normal_name(name: str) -> str:
    """Lower case, a dot at the end, `*` written as such: `\\052.Example.test` -> `*.example.test.`"""
    plain = OCTAL.sub(lambda match: chr(int(match[1], 8)), name).lower()
    return plain if plain.endswith(".") else plain + "."


def key_of(record_set: Mapping[str, Any]) -> Key:
    """What makes a record set one of its kind in a zone."""
    return record_set["Name"], record_set["Type"], record_set.get("SetIdentifier")


def normal(record_set: Mapping[str, Any]) -> RecordSet:
    """A record set with its names normal, its TTL a number and nothing that is absent."""
    clean = {name: value for name, value in record_set.items() if value is not None}
    clean["Name"] = normal_name(clean["Name"])
    for member in ("TTL", "Weight"):
        if member in clean:
            clean[member] = int(clean[member])
    if "AliasTarget" in clean:
        target = dict(clean["AliasTarget"])
        target["DNSName"] = normal_name(target["DNSName"])
        target["EvaluateTargetHealth"] = str(target.get("EvaluateTargetHealth", False)).lower() == "true"
        clean["AliasTarget"] = target
    if "MultiValueAnswer" in clean:
        clean["MultiValueAnswer"] = str(clean["MultiValueAnswer"]).lower() == "true"
    if not clean.get("ResourceRecords"):
        clean.pop("ResourceRecords", None)
    return clean


def changed(zone: ZoneView, changes: Sequence[Mapping[str, Any]]) -> list[RecordSet]:
    """The zone's record sets after the batch."""
    refuse_misshapen(changes)
    steps = [(change["Action"], normal(change["ResourceRecordSet"])) for change in changes]
    problems = [problem for _, wanted in steps if (problem := problem_of_values(wanted, zone.name))]
    problems += twice_in_batch(steps)
    present = {key_of(record_set): record_set for record_set in zone.record_sets}
    # Deletions first: a batch may replace a set by one of another type or policy.
    for action, wanted in sorted(steps, key=lambda step: step[0] != "DELETE"):
        if not problems and (problem := take(zone, present, action, wanted)):
            problems.append(problem)
    if problems:
        raise Refusal("InvalidChangeBatch", f"[{', '.join(problems)}]")
    return list(present.values())


def refuse_misshapen(changes: Sequence[Mapping[str, Any]]) -> None:
    """InvalidInput for a batch that is not one, before any rule about records."""
    records = 0
    for change in changes:
        if change["Action"] not in ACTIONS:
            raise Refusal(
                "InvalidInput", f"Invalid XML ; Value '{change['Action']}' is not one of [CREATE, DELETE, UPSERT]"
            )
        error = shape_error(change)
        if error:
            raise Refusal("InvalidInput", error)
        records += len(change["ResourceRecordSet"].get("ResourceRecords") or ()) * (1 + (change["Action"] == "UPSERT"))
    if records > RECORD_LIMIT:
        raise Refusal("InvalidChangeBatch", f"Number of records limit of {RECORD_LIMIT} exceeded.")


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


def take(zone: ZoneView, present: dict[Key, RecordSet], action: str, wanted: RecordSet) -> str:
    """Do one change in `present`; what is wrong with it, or ""."""
    key = key_of(wanted)
    if action == "DELETE":
        return take_away(zone, present, wanted)
    if action == "CREATE" and key in present:
        return f"Tried to create resource record set [{described(key)}] but it already exists"
    check = wanted.get("HealthCheckId")
    if check is not None and check not in zone.health_checks:
        return f"The specified health check {check} does not exist"
    others = [record_set for present_key, record_set in present.items() if present_key != key]
    problem = conflict_with(wanted, others, zone.name, zone.zone_id)
    if not problem:
        present[key] = wanted
    return problem


def take_away(zone: ZoneView, present: dict[Key, RecordSet], wanted: RecordSet) -> str:
    """Delete one set, which must be repeated as it is."""
    key = key_of(wanted)
    found = present.get(key)
    if found is None:
        return f"Tried to delete resource record set [{described(key)}] but it was not found"
    if comparable(found) != comparable(wanted):
        return (
            f"Tried to delete resource record set [{described(key)}] but the values provided "
            "do not match the current values"
        )
    if wanted["Name"] == normal_name(zone.name) and wanted["Type"] == "SOA":
        return "A HostedZone must contain exactly one SOA record."
    if wanted["Name"] == normal_name(zone.name) and wanted["Type"] == "NS":
        return "A HostedZone must contain at least one NS record for the zone itself."
    del present[key]
    return ""


def comparable(record_set: RecordSet) -> RecordSet:
    """A record set as DELETE compares it: the order of values does not count."""
    values = sorted(record["Value"] for record in record_set.get("ResourceRecords", ()))
    return {**record_set, "ResourceRecords": values}


def described(key: Key) -> str:
    """A key in AWS's messages."""
    name, kind, identifier = key
    return f"name='{name}', type='{kind}'" + (f", set-identifier='{identifier}'" if identifier is not None else "")
