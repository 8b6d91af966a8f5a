"""Pages of a list, as Route 53's list calls give them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sandbox.kernel.errors import Refusal

Item = TypeVar("Item")
MOST_ITEMS = 100


def page(
    items: Sequence[Item], mark: Callable[[Item], Any], start: Any, most: str | int | None
) -> tuple[list[Item], Any]:
    """Up to `most` items from the one whose mark is `start` (None: the first), and the mark of the next, or None.

    items: sorted by their marks, so that a start that has gone meanwhile leads to the one after it.
    """
    rest = [item for item in items if start is None or mark(item) >= start]
    count = checked_most(most)
    return rest[:count], mark(rest[count]) if len(rest) > count else None


def checked_most(most: str | int | None, limit: int = MOST_ITEMS) -> int:
    """MaxItems and MaxResults: at least 1, at most what AWS gives."""
    if most is None:
        return limit
    try:
        count = int(most)
    except ValueError:
        count = 0
    if count < 1:
        raise Refusal("InvalidInput", f"MaxItems must be a number from 1 up, not {most}")
    return min(count, limit)
