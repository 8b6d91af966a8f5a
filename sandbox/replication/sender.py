"""Sends one table's changes to one peer, over the network, until the peer has them.

Woken by changes, never polling. Several batches are under way at once, so that the lag is that of the link and not a
multiple of it; a new batch starts at most every `GATHER_S`, to carry what has come meanwhile. After a failure one batch
at a time tries whether the peer is there, at growing intervals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks
from sandbox.replication.commits import Commits
from sandbox.replication.lag import Lag
from sandbox.replication.outbox import Batch, Outbox
from sandbox.replication.replica import Replica
from sandbox.replication.wire import BATCH, encode_batch

MOST_UNDER_WAY = 32  # batches; with one every 10 ms enough for round trips of 320 ms
GATHER_S = 0.01
BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)  # after the 1st, 2nd, ... failure in a row

Post = Callable[[str, str, bytes], Awaitable[tuple[int, bytes]]]  # region, path, body -> status, body


class Sender:
    """One table, one peer. on_moved is told after each answer: acknowledged or not."""

    def __init__(
        self,
        replica: Replica,
        peer: str,
        outbox: Outbox,
        *,
        post: Post,
        commits: Commits,
        clock: Clock,
        tasks: Tasks,
        on_moved: Callable[[Sender, Batch, bool], None],
    ) -> None:
        self.replica = replica
        self.peer = peer
        self.outbox = outbox
        self.lag = Lag()
        self.paused = False
        self.failures = 0  # in a row
        self.lost_since_s: float | None = None  # wall clock; None while the peer answers
        self._incarnation = replica.incarnation(peer)
        self._post = post
        self._commits = commits
        self._clock = clock
        self._on_moved = on_moved
        self._tasks = tasks
        self._main: asyncio.Task[None] | None = None
        self._awake = asyncio.Event()
        self._under_way = 0
        self._backing_off = False
        self._closed = False
        self._last_began_s = 0.0

    def start(self) -> None:
        """Begin; what waits already is sent."""
        if self._main is None and not self._closed:
            self._main = self._tasks.start(self._run(), f"send {self.replica.name} to {self.peer}")
            self.wake()

    def wake(self) -> None:
        """There is something new: a change, an answer, the end of a pause."""
        self._awake.set()

    def pause(self, paused: bool) -> None:
        """Stop or go on; what is under way arrives."""
        self.paused = paused
        self.wake()

    def cancel(self) -> None:
        """End: the peer is none any more. What is under way may arrive; nobody minds."""
        self._closed = True
        if self._main is not None:
            self._main.cancel()

    @property
    def _may_send(self) -> bool:
        most = 1 if self.failures else MOST_UNDER_WAY
        held_back = self.paused or self._backing_off or self._closed
        return not held_back and self._under_way < most and self.outbox.has_more

    async def _run(self) -> None:
        while True:
            await self._awake.wait()
            self._awake.clear()
            while self._may_send:
                wait_s = self._last_began_s + GATHER_S - self._clock.now_s()
                if self._under_way and wait_s > 0:
                    await self._clock.sleep(wait_s)
                    continue
                self._begin()

    def _begin(self) -> None:
        self._last_began_s = self._clock.now_s()
        batch = self.outbox.take(self.replica.encode)
        if not batch.parts:
            self.outbox.acknowledge(batch)
            self._on_moved(self, batch, True)
            return
        self._under_way += 1
        # What was just encoded may not be on disk yet: it must be before another region knows of it.
        self._tasks.start(self._deliver(batch, self._commits.noted), "batch")

    async def _deliver(self, batch: Batch, noted: int) -> None:
        took = False
        try:
            await self._commits.reached(noted)
            body = encode_batch(self.replica.group_id, self.replica.region, self._incarnation, batch.parts)
            status, _ = await self._post(self.peer, BATCH, body)
            took = status == 200
        except (OSError, Refusal):
            took = False  # away, or refused on the way: both are tried again
        finally:
            self._under_way -= 1
            if not took:
                self.outbox.give_back(batch)
        if self._closed:
            return
        if took:
            self._acknowledged(batch)
        else:
            await self._failed(batch)
        self.wake()

    def _acknowledged(self, batch: Batch) -> None:
        now_s = self._clock.wall_s()
        self.outbox.acknowledge(batch)
        for unsent in batch.entries.values():
            if unsent.since_s is not None:
                self.lag.add((now_s - unsent.since_s) * 1000)
        self._on_moved(self, batch, True)
        self.failures = 0
        self.lost_since_s = None

    async def _failed(self, batch: Batch) -> None:
        if self._backing_off:
            return  # it was under way with one that failed just now
        self.failures += 1
        if self.lost_since_s is None:
            self.lost_since_s = self._clock.wall_s()
        self._on_moved(self, batch, False)
        self._backing_off = True
        await self._clock.sleep(BACKOFF_S[min(self.failures, len(BACKOFF_S)) - 1])
        self._backing_off = False
