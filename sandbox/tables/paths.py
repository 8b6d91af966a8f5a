"""Reading a place in an item: compiled once for each path, because every expression does it for every item."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.tables.attributes import AttributeValue, Item
from sandbox.tables.syntax import Path

ReadPath = Callable[[Item], AttributeValue | None]


def reader_of(path: Path) -> ReadPath:
    """A function that finds the value at a path, or None."""
    first, *rest = path.steps
    assert isinstance(first, str), path
    if not rest:
        return lambda item: item.get(first)

    def read(item: Item) -> AttributeValue | None:
        value = item.get(first)
        for step in rest:
            if value is None:
                return None
            value = child_of(value, step)
        return value

    return read


def child_of(value: AttributeValue, step: str | int) -> AttributeValue | None:
    """An element of a map or a list."""
    if isinstance(step, str):
        members: Item | None = value.get("M")
        return members.get(step) if members is not None else None
    elements: list[AttributeValue] | None = value.get("L")
    return elements[step] if elements is not None and step < len(elements) else None
