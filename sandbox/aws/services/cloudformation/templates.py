"""Which resources of a template cannot be built here, or not in place of what was. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

# Resources with no effect of their own, which moto passes over rightly.
WITHOUT_EFFECT = frozenset(
    {"AWS::CDK::Metadata", "AWS::CloudFormation::WaitCondition", "AWS::CloudFormation::WaitConditionHandle"}
)
# GT 7.14: a Lambda function of CDK's own would add the replica.
REPLICA = "Custom::DynamoDBReplica"
INSTEAD = "Use AWS::DynamoDB::GlobalTable (in CDK: TableV2), or UpdateTable with ReplicaUpdates"


def unbuildable(template: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """One sentence for each resource that would be missing."""
    found = []
    for name, kind in kinds(template).items():
        if kind == REPLICA:
            found.append(f"[{name}] {kind} is not emulated. {INSTEAD}")
        elif kind and kind not in known and kind not in WITHOUT_EFFECT and not kind.startswith("Custom::"):
            found.append(f"[{name}] {kind} is not emulated")
    return found


def changed_types(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Resources of the same name and of another type; CloudFormation does not convert them (GT 7.08)."""
    old = kinds(before)
    return [name for name, kind in kinds(after).items() if old.get(name, kind) != kind]


def kinds(template: Mapping[str, Any]) -> dict[str, str]:
    """Logical id -> type; what is no resource has none."""
    resources = template.get("Resources")
    found = resources.items() if isinstance(resources, Mapping) else ()
    return {name: str(resource.get("Type", "")) if isinstance(resource, Mapping) else "" for name, resource in found}
