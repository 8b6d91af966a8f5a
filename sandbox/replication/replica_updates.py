"""UpdateTable's ReplicaUpdates: what a request asks for, or AWS's refusal (GT 1.14 to 1.20). Pure.

The shape of the request is judged before the state of the table, as AWS does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.kernel.errors import Refusal, not_emulated
from sandbox.replication.group import Group
from sandbox.tables.administration import UPDATES

Body = Mapping[str, Any]
Verb = Literal["Create", "Update", "Delete"]
VERBS: tuple[Verb, ...] = ("Create", "Update", "Delete")
REPLICA_MEMBERS = ("ReplicaUpdates", "MultiRegionConsistency", "GlobalTableWitnessUpdates")
PARAMETER = "One or more parameter values were invalid: "
IN_USE = "The resource which you are attempting to change is in use."
NO_ACTION = "There are no actions specified in the Replica Update Action of the request."
MANY_TYPES = "Update table operation with more than one type of replica actions not allowed."
MANY_ACTIONS = "Update table operation with more than one create or delete replica actions not allowed"
ONLY_OPERATION = PARAMETER + "Replica modification must be the only operation in the request"
LOCAL_REGION = (
    "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as "
    "required."
)
WITNESS = "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present."
SOURCE_RULE = (
    "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in "
    "the last 24 hours."
)
NO_STREAM_OFF = PARAMETER + "Disabling Stream is not allowed for a Global Table replica."
TABLE_CAPACITY = "Table write capacity should either be Pay-Per-Request or AutoScaled."
INDEX_CAPACITY = "GSI write capacity should either be Pay-Per-Request or AutoScaled."
NO_KEY = PARAMETER + "KMSMasterKeyId must be specified for each replica."


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One change of one replica."""

    verb: Verb
    region: str
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """The table as the region that was called has it. group: None while it is plain."""

    region: str
    running: Sequence[str]
    group: Group | None
    updating: bool
    table: str
    provisioned_and_fixed: str  # "" or what refuses a replica: TABLE_CAPACITY, INDEX_CAPACITY
    own_key: bool
    now_s: float
    rule_s: float


def asked(body: Body) -> list[Asked]:
    """The changes of a request: one Create or Delete, or Updates."""
    if body.get("MultiRegionConsistency") == "STRONG":
        instead = "Leave MultiRegionConsistency out, or say EVENTUAL: replicas are then written asynchronously."
        raise not_emulated("MultiRegionConsistency STRONG (multi-Region strong consistency)", instead=instead)
    if body.get("GlobalTableWitnessUpdates") is not None:
        raise invalid(WITNESS)
    if any(body.get(member) is not None for member in UPDATES if member != "ReplicaUpdates"):
        raise invalid(ONLY_OPERATION)
    found: list[Asked] = []
    for element in body.get("ReplicaUpdates") or ():
        change = one_change(element)
        if change not in found:
            found.append(change)
    if not found:
        raise invalid(NO_ACTION)
    if len(found) > 1 and any(change.verb != "Update" for change in found):
        raise invalid(MANY_ACTIONS)
    return found


def one_change(element: Body) -> Asked:
    """One element of the list."""
    verbs = [verb for verb in VERBS if element.get(verb) is not None]
    if len(verbs) > 1:
        raise invalid(MANY_TYPES)
    if not verbs:
        raise invalid(NO_ACTION)
    [verb] = verbs
    given = element[verb]
    if given.get("RegionName") is None:
        member = f"replicaUpdates.1.member.{verb.lower()}.regionName"
        problem = f"Value null at '{member}' failed to satisfy constraint: Member must not be null"
        raise invalid(f"1 validation error detected: {problem}")
    overrides = {name: value for name, value in given.items() if name != "RegionName" and value is not None}
    if verb == "Update" and not overrides:
        raise invalid(NO_ACTION)
    return Asked(verb=verb, region=given["RegionName"], overrides=overrides)


def check(change: Asked, situation: Situation) -> None:
    """A Refusal for what this table cannot do now."""
    group, region = situation.group, change.region
    if region == situation.region:
        raise invalid(LOCAL_REGION)
    if region not in situation.running:
        problem = "The latest version of global tables are only supported in the following regions"
        raise invalid(f"Region {region} is not supported. {problem}: [{', '.join(situation.running)}]")
    if change.verb == "Create" and group is not None and group.status_of(region) != "GONE":
        raise exists(situation.table)
    if change.verb != "Create" and (group is None or group.status_of(region) == "GONE"):
        raise not_part(region)
    if situation.updating or (group is not None and group.is_changing):
        raise in_use()
    if change.verb == "Create":
        if situation.provisioned_and_fixed:
            raise invalid(situation.provisioned_and_fixed)
        if situation.own_key and not change.overrides.get("KMSMasterKeyId"):
            raise invalid(NO_KEY)
    if group is not None and change.verb == "Delete" and group.is_source(region, situation.now_s, situation.rule_s):
        raise invalid(SOURCE_RULE)


def exists(table: str) -> Refusal:
    """The name is taken in the target region. AWS's words and quotes."""
    problem = f"Failed to create a the new replica of table with name: ‘{table}’"
    return invalid(f"{problem} because one or more replicas already existed as tables.")


def not_part(region: str) -> Refusal:
    """No such replica."""
    problem = "Update global table operation failed because one or more replicas were not part of the global table."
    return invalid(f"{problem} Please retry the request without these replicas: [{region}].")


def protected(table: str, region: str) -> Refusal:
    """The replica is protected in its own region (GT 1.36)."""
    problem = f"Cannot delete table {table} in region {region} because it has deletion protection enabled."
    return invalid(f"{problem} Disable deletion protection first.")


def in_use() -> Refusal:
    """A change is under way."""
    return Refusal("ResourceInUseException", IN_USE)


def invalid(message: str) -> Refusal:
    """A ValidationException with AWS's sentence."""
    return Refusal("ValidationException", message)
