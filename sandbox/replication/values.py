"""Versions of items, what becomes of them when two regions write at once, and the events that tell of it."""

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

    vector: for each region the last stamp of this item that this write had seen: its own, and those of what it
    overwrote. It never changes afterwards, whoever holds the write.
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

    @property
    def agreed(self) -> bool:
        """Both wrote the same (two regions' time to live deletes one item): kept, but nothing worth telling."""
        return self.loser.item == self.winner.item


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
class Durations:
    """How long the stages of a replica's life last at least, in seconds; AWS takes minutes (GT 1.21 to 1.26).

    source_rule_s: how long a region that was the source of a replica cannot be deleted (GT 1.35). collect_every_s: how
    often it is asked whether tombstones are needed.
    """

    updating_s: float = 0.0
    creating_s: float = 0.0
    deleting_s: float = 0.0
    source_rule_s: float = 24 * 3600.0
    collect_every_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing of this table goes out of a region and into it; with `to` nothing goes from the region to that one."""

    table: str
    region: str
    to: str | None = None

    def holds(self, table: str, source: str, target: str) -> bool:
        """Whether it keeps back what `source` has for `target`."""
        if table != self.table:
            return False
        return self.region in (source, target) if self.to is None else (source, target) == (self.region, self.to)


@dataclass(frozen=True, kw_only=True)
class Conflicted(Event):
    """A write of this region lost against one that did not know of it."""

    region: str
    table: str
    key: Item
    winner: str
    margin_us: int


@dataclass(frozen=True, kw_only=True)
class Shipped(Event):
    """What one peer has acknowledged since the last such event: at most one a second for a table and a peer.

    measured: how many of the changes the lags are of; what a whole table's sending brings has no lag.
    """

    account: str
    region: str
    peer: str
    table: str
    changes: int
    backlog: int
    measured: int
    lag_ms_min: float
    lag_ms_max: float
    lag_ms_sum: float


@dataclass(frozen=True, kw_only=True)
class PeerLost(Event):
    """A peer did not take what was sent; changes for it are kept and tried again."""

    region: str
    peer: str
    table: str
    backlog: int


@dataclass(frozen=True, kw_only=True)
class PeerBack(Event):
    """A lost peer takes changes again."""

    region: str
    peer: str
    table: str
    backlog: int
    away_s: float


@dataclass(frozen=True, kw_only=True)
class ReplicaChanged(Event):
    """A replica of a global table is in another state, as `region` sees it."""

    region: str
    table: str
    replica: str
    status: str
