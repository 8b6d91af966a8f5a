"""ProjectionExpression and AttributesToGet: which parts of an item are shown.

`compile_projection(text, names).of(item)` gives a new item; nested parts keep their place in maps, and elements of
lists close up: a[1], a[3] of a list is a list of two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sandbox.tables.attributes import AttributeValue, Item
from sandbox.tables.grammar import Names, ProjectionReader, Resolved, resolved_names
from sandbox.tables.syntax import Path, Step
from sandbox.tables.tokens import CACHED_TEXTS

Tree = dict[Step, Any]  # step -> deeper tree; an empty tree: everything below


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Projection:
    """names: the #names its text uses; attributes: top-level names, in order; tree: what is wanted below each."""

    names: frozenset[str]
    attributes: tuple[str, ...]
    tree: Tree
    is_flat: bool

    def of(self, item: Item) -> Item:
        """The wanted part of an item. The parts are shared with it: both are never mutated."""
        if self.is_flat:
            return {name: item[name] for name in self.attributes if name in item}
        return _members(item, self.tree)


def compile_projection(text: str, names: Names) -> Projection:
    """The projection of this text."""
    return _compiled(text, resolved_names(text, names))


@lru_cache(maxsize=CACHED_TEXTS)
def _compiled(text: str, names: Resolved) -> Projection:
    reader = ProjectionReader("ProjectionExpression", text, names)
    return projection_of(reader.read(), names=frozenset(reader.names))


def projection_of(paths: Iterable[Path], *, names: frozenset[str] = frozenset()) -> Projection:
    """What these paths, which do not overlap, show."""
    tree: Tree = {}
    for path in paths:
        branch = tree
        for step in path.steps:
            branch = branch.setdefault(step, {})
    return Projection(
        names=names,
        attributes=tuple(str(step) for step in tree),
        tree=tree,
        is_flat=not any(tree.values()),
    )


def _members(members: Item, tree: Tree) -> Item:
    shown: Item = {}
    for step, below in tree.items():
        value = members.get(step) if isinstance(step, str) else None
        part = _part(value, below) if value is not None else None
        if part is not None:
            shown[str(step)] = part
    return shown


def _part(value: AttributeValue, tree: Tree) -> AttributeValue | None:
    """The wanted part of a value, or None when nothing of it is wanted."""
    if not tree:
        return value
    if "M" in value:
        members = _members(value["M"], tree)
        return {"M": members} if members else None
    if "L" not in value:
        return None
    elements = value["L"]
    indexes = sorted(step for step in tree if isinstance(step, int) and step < len(elements))
    parts = [part for index in indexes if (part := _part(elements[index], tree[index])) is not None]
    return {"L": parts} if parts else None
