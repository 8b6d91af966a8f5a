"""Properties in a template's words: which are known, which cannot be served, and what their values mean. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from sandbox.aws.services.dynamodb.values import Given
from sandbox.kernel.errors import Refusal, not_emulated

# What the sandbox has not, with what does instead.
NOT_SERVED: Mapping[str, str] = MappingProxyType(
    {
        "GlobalTableSourceArn": "Tables of several accounts are not emulated.",
        "GlobalTableSettingsReplicationMode": "Tables of several accounts are not emulated.",
        "GlobalTableWitnesses": "Witnesses belong to strong consistency, which is not emulated: leave both out.",
        "ImportSourceSpecification": "Fill the table with BatchWriteItem.",
        "KinesisStreamSpecification": "Use StreamSpecification and read the table's stream.",
        "ReplicaStreamSpecification": "Policies of streams are not emulated.",
        "VectorIndexes": "Leave them out.",
    }
)

INSIGHTS = "ContributorInsightsSpecification"


def invalid(message: str) -> Refusal:
    """What CloudFormation's own handler finds wrong."""
    return Refusal("InvalidRequest", message)


def wrong(where: str, problem: str) -> Refusal:
    """A value that the resource's schema does not allow."""
    return invalid(f"Properties validation failed with message: #/{where}: {problem}")


def check_members(where: str, given: Any, known: Collection[str]) -> Given:
    """The properties, all of which can be served."""
    if not isinstance(given, Mapping):
        raise wrong(where, "expected type: JSONObject")
    for name, value in given.items():
        if name in NOT_SERVED:
            raise not_emulated(f"{name} of {where}", instead=NOT_SERVED[name])
        if name == INSIGHTS and is_true(value.get("Enabled", False), where):
            raise not_emulated(f"{INSIGHTS} of {where}", instead="Set Enabled to false.")
        if name not in known and name != INSIGHTS:
            raise wrong(where, f"extraneous key [{name}] is not permitted")
    return given


def required(where: str, given: Given, *names: str) -> None:
    """Each of these is there."""
    for name in names:
        if given.get(name) is None:
            raise wrong(where, f"required key [{name}] not found")


def is_true(value: Any, where: str) -> bool:
    """A Boolean, which templates may write as text."""
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise wrong(where, f"{value!r} is not a Boolean")


def whole(value: Any, where: str) -> int:
    """An Integer, which templates may write as text."""
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise wrong(where, f"{value!r} is not an Integer") from error


def units(given: Given, where: str) -> dict[str, int]:
    """ProvisionedThroughput and the like: every member is a number."""
    return {name: whole(value, f"{where}/{name}") for name, value in given.items()}


def tags(given: Any) -> dict[str, str]:
    """A list of Key and Value."""
    return {str(tag["Key"]): str(tag["Value"]) for tag in given or ()}


def tag_list(found: Mapping[str, str]) -> list[dict[str, str]]:
    """As the API takes them."""
    return [{"Key": key, "Value": value} for key, value in found.items()]


def policy_text(given: Given) -> str:
    """The document of a ResourcePolicy, as text."""
    document = given["PolicyDocument"]
    return document if isinstance(document, str) else json.dumps(document)
