"""Which writes of a table are settled, so that tombstones may go and what is older can be ignored. Pure.

In: the members as this region knows them, what they said, how far peers have acknowledged. Out: what this region says,
and the horizon. A stamp is settled when no member can write, hold or send anything of up to this stamp any more that
another has not got, nor anything later that does not know of it. That takes three rounds, under one list of members:

    floor   all my writes up to here are on every member's disk, and whatever I write from now on is later
    seen    every member's floor is at least this, and so what I hold is what won
    done    and what I wrote before I saw that is on every member's disk too

Once every member has seen a stamp, what each sends from then on is not older than what was deleted. One round would
not do: who knows already of a new member may have begun to send it what this region does not know to be old. Without
the last one a delete could be forgotten before a write arrives that did not know of it: nobody would record who lost.
Members and states only move forward, so that what was said under one list stays true under it however late it comes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sandbox.replication.group import Group
from sandbox.replication.values import Vector, Version


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one member says, in µs."""

    floor_us: int = 0
    seen_us: int = 0
    done_us: int = 0

    def joined(self, other: Said) -> Said:
        """Both are true."""
        return Said(
            floor_us=max(self.floor_us, other.floor_us),
            seen_us=max(self.seen_us, other.seen_us),
            done_us=max(self.done_us, other.done_us),
        )


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """A stamp that counts once each peer has acknowledged these sequence numbers."""

    stamp_us: int
    sent: Mapping[str, int]

    def reached(self, marks: Mapping[str, int | None]) -> bool:
        """Whether they all have."""
        return all((mark := marks[peer]) is not None and mark >= seq for peer, seq in self.sent.items())


NOTHING = Said()


def member_list(group: Group) -> str:
    """All that decides who sends to whom; equal in two regions that know of the same members."""
    each = (f"{member.region} {member.incarnation} {member.status}" for member in group.members.values())
    return ", ".join(sorted(each))


class Settling:
    """One table in one region.

    horizon_us: what is not later is settled; horizon_regions: whose writes it speaks of. promised_us: nothing is
    written here that is not later, whatever the clock says; it outlives changes of the members and restarts.
    """

    def __init__(self, region: str) -> None:
        self.region = region
        self.promised_us = 0
        self.horizon_us = 0
        self.horizon_regions: tuple[str, ...] = ()
        self.members = ""
        self.said: dict[str, Said] = {}
        self._floor: Awaited | None = None
        self._done: Awaited | None = None

    def is_settled(self, version: Version) -> bool:
        """Whether nobody can still need to be told of it."""
        return version.stamp_us <= self.horizon_us

    def unknown(self) -> Version | None:
        """What stands for a key that is not known: all that was written up to the horizon has been seen."""
        if not self.horizon_us:
            return None
        vector: Vector = dict.fromkeys(self.horizon_regions, self.horizon_us)
        return Version(stamp_us=self.horizon_us, region=self.region, vector=vector)

    def hear(self, members: str, said: Mapping[str, Said]) -> None:
        """What others say, or have heard."""
        if members == self.members:
            for region, theirs in said.items():
                self.said[region] = self._of(region).joined(theirs)

    def look(
        self,
        members: str,
        peers: Collection[str],
        *,
        stamp_us: int,
        sent: Mapping[str, int],
        marks: Mapping[str, int | None],
    ) -> None:
        """Move on. stamp_us: what this region's next write will exceed; sent, marks: of each peer, the last sequence
        number given to it and the one it has acknowledged, on both disks."""
        if members != self.members:
            self.members, self.said, self._floor, self._done = members, {}, None, None
        if set(sent) != set(peers):
            return  # senders are just being made
        everybody = (*peers, self.region)
        self._move_floor(stamp_us, sent, marks)
        self._say(seen_us=min(self._of(region).floor_us for region in everybody))
        self._move_done(sent, marks)
        horizon_us = min(self._of(region).done_us for region in everybody)
        if horizon_us > self.horizon_us:
            self.horizon_us, self.horizon_regions = horizon_us, tuple(sorted(everybody))

    def _move_floor(self, stamp_us: int, sent: Mapping[str, int], marks: Mapping[str, int | None]) -> None:
        if self._floor is None:
            self.promised_us = max(self.promised_us, stamp_us)
            self._floor = Awaited(stamp_us=stamp_us, sent=dict(sent))
        if self._floor.reached(marks):
            self._say(floor_us=self._floor.stamp_us)
            self._floor = None

    def _move_done(self, sent: Mapping[str, int], marks: Mapping[str, int | None]) -> None:
        mine = self._of(self.region)
        if self._done is None and mine.seen_us > mine.done_us:
            self._done = Awaited(stamp_us=mine.seen_us, sent=dict(sent))
        if self._done is not None and self._done.reached(marks):
            self._say(done_us=self._done.stamp_us)
            self._done = None

    def _of(self, region: str) -> Said:
        return self.said.get(region, NOTHING)

    def _say(self, **more: int) -> None:
        self.said[self.region] = self._of(self.region).joined(Said(**more))
