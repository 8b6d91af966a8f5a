"""Which resources of a template cannot be built here. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

# Resources with no effect of their own, which moto passes over rightly.
WITHOUT_EFFECT = frozenset(
    {"AWS::CDK::Metadata", "AWS::CloudFormation::WaitCondition", "AWS::CloudFormation::WaitConditionHandle"}
)
# DynamoDB tables live in the regions, stacks in control: moto would make the table where no front door reads it.
IN_THE_REGIONS = "AWS::DynamoDB::"


def unbuildable(template: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """One sentence for each resource that would be missing or in the wrong place."""
    found = []
    resources = template.get("Resources")
    for name, resource in (resources if isinstance(resources, Mapping) else {}).items():
        kind = str(resource.get("Type", "")) if isinstance(resource, Mapping) else ""
        if kind.startswith(IN_THE_REGIONS):
            found.append(
                f"[{name}] {kind} is not emulated yet in stacks: make the table with CreateTable in its region"
            )
        elif kind and kind not in known and kind not in WITHOUT_EFFECT and not kind.startswith("Custom::"):
            found.append(f"[{name}] {kind} is not emulated")
    return found
