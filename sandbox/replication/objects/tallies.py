"""What waits and what has moved, from bucket to bucket, and what the journal is told of it: at most once a second.

In: tasks added and decided. Out: events `objects_replicated`, of which control makes CloudWatch's metrics (facts A6).
While something waits and nothing moves, the event comes once in `SILENCE_S`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.kernel.clock import Clock
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks
from sandbox.replication.lag import Lag
from sandbox.replication.objects.values import ObjectsReplicated, Task

EVERY_S = 1.0
SILENCE_S = 30.0

Direction = tuple[str, str, str, str]  # bucket, destination, rule, region


def direction_of(task: Task) -> Direction:
    """Which numbers it belongs to."""
    return task.bucket, task.destination, task.rule_id, task.region


@dataclass
class Tally:
    """Of one direction. copied, failed: since the last event."""

    pending: int = 0
    pending_bytes: int = 0
    copied: int = 0
    failed: int = 0
    lag: Lag = field(default_factory=Lag)
    last_told_s: float = float("-inf")
    is_due: bool = False


class Tallies:
    """Of one region. oldest_s: (bucket, destination) -> since when the first waits. account_of: a bucket's."""

    def __init__(
        self,
        region: str,
        *,
        clock: Clock,
        journal: Journal,
        tasks: Tasks,
        oldest_s: Callable[[str, str], float | None],
        account_of: Callable[[str], str | None],
        is_measured: Callable[[str, str], bool],
    ) -> None:
        """is_measured: (bucket, rule) -> whether the rule has metrics."""
        self.by_direction: dict[Direction, Tally] = {}
        self._region = region
        self._clock = clock
        self._journal = journal
        self._tasks = tasks
        self._oldest_s = oldest_s
        self._account_of = account_of
        self._is_measured = is_measured

    def load(self, direction: Direction, pending: int, pending_bytes: int) -> None:
        """What waited at the start."""
        self.by_direction[direction] = Tally(pending=pending, pending_bytes=pending_bytes)
        self._moved(direction)

    def added(self, task: Task) -> None:
        """One more waits."""
        tally = self.by_direction.setdefault(direction_of(task), Tally())
        tally.pending += 1
        tally.pending_bytes += task.size
        self._moved(direction_of(task))

    def decided(self, task: Task, *, failed: bool) -> None:
        """One has arrived, or never will."""
        tally = self.by_direction.setdefault(direction_of(task), Tally())
        tally.pending = max(0, tally.pending - 1)
        tally.pending_bytes = max(0, tally.pending_bytes - task.size)
        if failed:
            tally.failed += 1
        else:
            tally.copied += 1
            tally.lag.add((self._clock.wall_s() - task.since_s) * 1000)
        self._moved(direction_of(task))

    def emptied(self, bucket: str, destination: str) -> None:
        """All that waited has failed, or is not wanted any more."""
        for direction, tally in self.by_direction.items():
            if direction[:2] == (bucket, destination) and tally.pending:
                tally.failed += tally.pending
                tally.pending = tally.pending_bytes = 0
                self._moved(direction)

    def forget(self, bucket: str | None = None) -> None:
        """A bucket is gone; None: all are."""
        for direction in [each for each in self.by_direction if bucket in (None, each[0])]:
            del self.by_direction[direction]

    def _moved(self, direction: Direction) -> None:
        tally = self.by_direction[direction]
        if not tally.is_due:
            tally.is_due = True
            wait_s = max(0.0, tally.last_told_s + EVERY_S - self._clock.now_s())
            self._tasks.start(self._tell_later(direction, tally, wait_s), "objects replicated")

    async def _tell_later(self, direction: Direction, tally: Tally, wait_s: float) -> None:
        await self._clock.sleep(wait_s)
        while self.by_direction.get(direction) is tally:
            tally.is_due = False
            self._tell(direction, tally)
            if not tally.pending:
                return
            tally.is_due = True  # and nothing else starts another one
            told_s, moved = tally.last_told_s, (tally.copied, tally.failed, tally.pending)
            while (tally.copied, tally.failed, tally.pending) == moved and self._clock.now_s() < told_s + SILENCE_S:
                await self._clock.sleep(EVERY_S)

    def _tell(self, direction: Direction, tally: Tally) -> None:
        bucket, destination, rule_id, peer = direction
        now_s, oldest_s = self._clock.wall_s(), self._oldest_s(bucket, destination)
        latest_ms = tally.lag.worst_ms(tally.copied)
        waits_s = 0.0 if oldest_s is None or not tally.pending else now_s - oldest_s
        event = ObjectsReplicated(
            at_s=now_s,
            account=self._account_of(bucket) or "",
            region=self._region,
            bucket=bucket,
            destination=destination,
            peer=peer,
            rule_id=rule_id,
            copied=tally.copied,
            failed=tally.failed,
            pending=tally.pending,
            pending_bytes=tally.pending_bytes,
            latency_s=round(max(waits_s, latest_ms / 1000), 3),
            is_measured=self._is_measured(bucket, rule_id),
            why=f"{tally.copied} versions of {bucket} are in {destination} now; {tally.pending} wait",
        )
        tally.copied, tally.failed, tally.last_told_s = 0, 0, self._clock.now_s()
        self._journal.note(event)
