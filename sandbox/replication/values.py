"""Versions of items, and what becomes of them when two regions write at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.kernel.journal import Event

Item = dict[str, Any]
Vector = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Which write an item's content is. stamp_us: microseconds; region: where it was written.

    vector: for each region the last stamp that this write, or the replica that holds it, had seen of this item.
    """

    stamp_us: int
    region: str
    vector: Vector

    @property
    def order(self) -> tuple[int, str]:
        """Last writer wins; a tie goes to the later region name, so that all regions agree."""
        return self.stamp_us, self.region

    def covers(self, other: Version) -> bool:
        """Whether whoever made this write had seen `other`."""
        return self.vector.get(other.region, -1) >= other.stamp_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicated:
    """One item as a replica keeps it and sends it. item: None for a tombstone."""

    item: Item | None
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two writes that did not know of each other: the loser is gone from the table and kept here."""

    loser: Replicated
    winner: Replicated

    @property
    def margin_us(self) -> int:
        """By how much the winner was later; 0 when the region's name decided."""
        return self.winner.version.stamp_us - self.loser.version.stamp_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a replica does with a version that arrives.

    kept: what it holds afterwards. changed: whether its content is now the arrived one. conflict: to be recorded here,
    or None (there was none, or the region that wrote the loser records it).
    """

    kept: Replicated
    changed: bool
    conflict: Conflict | None


@dataclass(frozen=True, kw_only=True)
class Conflicted(Event):
    """A write of this region lost against one that did not know of it."""

    region: str
    table: str
    key: Item
    winner: str
    margin_us: int
