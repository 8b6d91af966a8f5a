"""Global secondary indexes of a table in a stack: what changes, as members of UpdateTable. Pure."""

from __future__ import annotations

from typing import Any

from sandbox.aws.services.dynamodb.properties import invalid
from sandbox.aws.services.dynamodb.values import Given

THROUGHPUTS = ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")
SHAPE = ("KeySchema", "Projection")
ONE_AT_A_TIME = "Cannot perform more than one GSI creation or deletion in a single update"
FIXED = (
    "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights Specification. You can "
    "create a new GSI with a different name."
)
Change = tuple[dict[str, Any], dict[str, Any]]  # UpdateTable's members, and the properties that are made by them


def by_name(home: Given) -> dict[str, Given]:
    """The indexes of a table."""
    return {index["IndexName"]: index for index in home.get("GlobalSecondaryIndexes") or ()}


def throughputs(made: Given, wanted: Given, *, switched: bool) -> tuple[list[dict[str, Any]], list[Given]]:
    """Updates of the indexes that stay, and all present indexes as they are after them."""
    after, updates, kept = by_name(wanted), [], []
    for name, index in by_name(made).items():
        new = after.get(name)
        if new is None:
            kept.append(index)
            continue
        changed = {
            member: new[member]
            for member in THROUGHPUTS
            if new.get(member) and (new[member] != index.get(member) or (switched and member == THROUGHPUTS[0]))
        }
        if changed:
            updates.append({"Update": {"IndexName": name, **changed}})
        same = {member: value for member, value in index.items() if member not in THROUGHPUTS}
        kept.append({**same, **{member: new[member] for member in THROUGHPUTS if new.get(member)}})
    return updates, kept


def index_changes(made: Given, wanted: Given) -> list[Change]:
    """At most one index that goes or comes, as CloudFormation has it (GT 7.06)."""
    before, after = by_name(made), by_name(wanted)
    gone = [name for name in before if name not in after]
    new = [name for name in after if name not in before]
    if len(gone) + len(new) > 1:
        raise invalid(ONE_AT_A_TIME)
    if any(before[name][member] != after[name][member] for name in before if name in after for member in SHAPE):
        raise invalid(FIXED)
    attributes = {"AttributeDefinitions": wanted["AttributeDefinitions"]} if "AttributeDefinitions" in wanted else {}
    if gone:
        left = [index for name, index in before.items() if name not in gone]
        return [({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": gone[0]}}]}, members(left, attributes))]
    if new:
        create = {"GlobalSecondaryIndexUpdates": [{"Create": dict(after[new[0]])}]}
        return [({**create, **attributes}, members([*before.values(), after[new[0]]], attributes))]
    if attributes and ordered(made) != ordered(wanted):
        return [(attributes, attributes)]
    return []


def members(indexes: list[Given], attributes: dict[str, Any]) -> dict[str, Any]:
    """The properties that an index's coming or going leaves."""
    return {"GlobalSecondaryIndexes": indexes or None, **attributes}


def ordered(home: Given) -> list[tuple[str, str]]:
    """Attribute definitions, whose order means nothing."""
    return sorted((each["AttributeName"], each["AttributeType"]) for each in home.get("AttributeDefinitions") or ())
