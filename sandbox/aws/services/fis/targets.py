"""Which tables an experiment is about. Pure: a target of a template, and tables, in; those of them that are meant out.

A table that is not there, is not global or lies in another region is no target; none at all makes the experiment fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

EMPTY = "Target resolution returned empty set"


@dataclass(frozen=True, kw_only=True)
class GlobalTable:
    """One global table as a region has it."""

    name: str
    arn: str
    tags: Mapping[str, str] = field(default_factory=dict)


def resolved(target: Mapping[str, Any], tables: Sequence[GlobalTable]) -> list[GlobalTable]:
    """The tables that a target means. COUNT and PERCENT take the first by name, where AWS draws."""
    arns, tags = target.get("resourceArns") or (), target.get("resourceTags") or {}
    found = [
        table
        for table in sorted(tables, key=lambda each: each.name)
        if (table.arn in arns if arns else all(table.tags.get(key) == value for key, value in tags.items()))
    ]
    return found[: most(str(target["selectionMode"]), len(found))]


def most(mode: str, count: int) -> int:
    """How many of `count` a selection mode takes."""
    if mode == "ALL":
        return count
    number = int(mode.partition("(")[2].rstrip(")"))
    if mode.startswith("COUNT"):
        return number
    return max(1, count * number // 100) if number else 0
