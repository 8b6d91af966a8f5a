"""What the journal is told of senders: a peer lost, a peer back, and at most once a second what was shipped."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.kernel.clock import Clock
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks
from sandbox.replication.outbox import Batch
from sandbox.replication.sender import Sender
from sandbox.replication.values import PeerBack, PeerLost, Shipped

EVERY_S = 1.0
LOST_AFTER = 2  # failures in a row: one lost batch on a bad link is no news


@dataclass
class Lags:
    """Of the changes that were measured, in ms."""

    count: int = 0
    least_ms: float = 0.0
    most_ms: float = 0.0
    sum_ms: float = 0.0

    def add(self, lag_ms: float) -> None:
        """One more."""
        self.least_ms = min(self.least_ms, lag_ms) if self.count else lag_ms
        self.most_ms = max(self.most_ms, lag_ms)
        self.sum_ms += lag_ms
        self.count += 1


@dataclass
class Tally:
    """What was acknowledged since the last event."""

    changes: int = 0
    lags: Lags = field(default_factory=Lags)
    last_told_s: float = float("-inf")
    waiting: bool = False


class Summaries:
    """Tallies of one region's senders."""

    def __init__(self, region: str, clock: Clock, journal: Journal, tasks: Tasks) -> None:
        self._region = region
        self._clock = clock
        self._journal = journal
        self._tasks = tasks
        self._tallies: dict[tuple[str, str], Tally] = {}  # group id, peer

    def moved(self, sender: Sender, batch: Batch, took: bool) -> None:
        """A peer has taken a batch, or not. Called before the sender forgets that it was lost."""
        if not took:
            if sender.failures == LOST_AFTER:
                self._tell_lost(sender)
            return
        if sender.failures >= LOST_AFTER and sender.lost_since_s is not None:
            self._tell_back(sender, sender.lost_since_s)
        if batch.parts:
            self._count(sender, batch)

    def _count(self, sender: Sender, batch: Batch) -> None:
        tally = self._tallies.setdefault((sender.replica.group_id, sender.peer), Tally())
        now_s = self._clock.wall_s()
        tally.changes += len(batch.parts)
        for unsent in batch.entries.values():
            if unsent.since_s is not None:
                tally.lags.add((now_s - unsent.since_s) * 1000)
        if tally.waiting:
            return
        if now_s - tally.last_told_s >= EVERY_S:
            self._tell(sender, tally)
        else:
            tally.waiting = True
            self._tasks.start(self._tell_later(sender, tally, tally.last_told_s + EVERY_S - now_s), "summary")

    async def _tell_later(self, sender: Sender, tally: Tally, wait_s: float) -> None:
        await self._clock.sleep(wait_s)
        tally.waiting = False
        self._tell(sender, tally)

    def _tell(self, sender: Sender, tally: Tally) -> None:
        now_s, table, peer = self._clock.wall_s(), sender.replica.name, sender.peer
        lags = tally.lags
        event = Shipped(
            at_s=now_s,
            account=sender.replica.account,
            region=self._region,
            peer=peer,
            table=table,
            changes=tally.changes,
            backlog=sender.outbox.backlog,
            measured=lags.count,
            lag_ms_min=round(lags.least_ms, 1),
            lag_ms_max=round(lags.most_ms, 1),
            lag_ms_sum=round(lags.sum_ms, 1),
            why=f"{peer} has {tally.changes} changes of {table} on its disk",
        )
        tally.changes, tally.lags, tally.last_told_s = 0, Lags(), now_s
        self._journal.note(event)

    def _tell_lost(self, sender: Sender) -> None:
        table, peer = sender.replica.name, sender.peer
        why = f"{peer} does not answer {self._region}; changes of {table} wait and are tried again"
        backlog = sender.outbox.backlog
        event = PeerLost(
            at_s=self._clock.wall_s(), region=self._region, peer=peer, table=table, backlog=backlog, why=why
        )
        self._journal.note(event)

    def _tell_back(self, sender: Sender, since_s: float) -> None:
        now_s, table, peer = self._clock.wall_s(), sender.replica.name, sender.peer
        away_s = round(now_s - since_s, 3)
        why = f"{peer} answers {self._region} again after {away_s:g} s; what waited is sent"
        backlog = sender.outbox.backlog
        event = PeerBack(
            at_s=now_s, region=self._region, peer=peer, table=table, backlog=backlog, away_s=away_s, why=why
        )
        self._journal.note(event)
