"""Decisions of replication: which stamp a write gets, which of two versions stays, and whether they conflict. Pure.

Last writer wins, by stamp, then by region name (GT 3). A stamp is never behind what the region has given out nor behind
what it overwrites: without the third term two replicas could disagree for ever when a clock is behind. A conflict is
recorded by the region that wrote the loser, when its own write is replaced by one that had not seen it: each write is
replaced at its origin at most once, so each lost write is recorded exactly once, however many replicas see it.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.replication.values import Conflict, Outcome, Replicated, Version

Newer = Callable[[Version, Version], bool]


class Stamper:
    """Gives out the stamps of one region's table. last_us: the greatest stamp given out so far."""

    def __init__(self, region: str, last_us: int = 0) -> None:
        self.region = region
        self.last_us = last_us

    def stamp(self, clock_us: int, stored: Version | None) -> Version:
        """The version of a local write over `stored` (tombstones included) at the region's clock (skew included)."""
        stored_us = -1 if stored is None else stored.stamp_us
        self.last_us = max(clock_us, self.last_us + 1, stored_us + 1)
        seen = {} if stored is None else dict(stored.vector)
        seen[self.region] = self.last_us
        return Version(stamp_us=self.last_us, region=self.region, vector=seen)


def is_newer(mine: Version, theirs: Version) -> bool:
    """Whether `theirs` replaces `mine`."""
    return theirs.order > mine.order


def merge(region: str, mine: Replicated | None, theirs: Replicated, newer: Newer = is_newer) -> Outcome:
    """What the replica in `region` does when `theirs` arrives and it holds `mine`.

    A version that is dropped leaves no trace in the vector of the one that stays: whoever writes next over it has not
    seen what was dropped. (With joined vectors a write that is sent later, or again, would seem to cover a loser that
    its origin then replaces without a record.)
    """
    if mine is None:
        return Outcome(kept=theirs, changed=True, conflict=None)
    if mine.version.order == theirs.version.order or not newer(mine.version, theirs.version):
        return Outcome(kept=mine, changed=False, conflict=None)
    lost = mine.version.region == region and not theirs.version.covers(mine.version)
    return Outcome(kept=theirs, changed=True, conflict=Conflict(loser=mine, winner=theirs) if lost else None)
