"""The changes of one region's tables: local ones on the way to ledger and peers, arriving ones on the way to tables.

In: each stored write, from tables; batches, from peers. Out: rows for the ledger, batches for peers, conflicts. A plain
table costs one look into a dict. Who is a peer of what is decided in membership.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import orjson

from sandbox.kernel.clock import Clock
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks
from sandbox.replication.commits import Commits
from sandbox.replication.outbox import Batch
from sandbox.replication.replica import Parts, Replica
from sandbox.replication.rows import (
    DROP_GROUP,
    DROP_MARK,
    FORGET,
    PUT_MARK,
    Keeping,
    plain_row,
    settled_id,
    version_in,
)
from sandbox.replication.sender import Post, Sender
from sandbox.replication.summaries import Summaries
from sandbox.replication.values import Conflict, Conflicted, Pause, Version
from sandbox.replication.wire import decode_batch
from sandbox.tables.core import Tables
from sandbox.tables.table import Table
from sandbox.tables.values import Change, Item

Acknowledged = Callable[[str, str], None]  # group id, peer


class Changes:
    """What replication knows of items. on_acknowledged: a peer has taken everything or something more of a group."""

    def __init__(
        self,
        region: str,
        *,
        ledger: Keeping,
        clock: Clock,
        journal: Journal,
        tables_of: Callable[[str], Tables],
        post: Post,
        parts: Parts,
        on_acknowledged: Acknowledged,
    ) -> None:
        self.region = region
        self.skew_us = 0
        self.commits = Commits(ledger)
        self.senders: dict[str, dict[str, Sender]] = {}  # group id -> peer -> sender
        self.conflicts = 0  # recorded since the start
        self.tasks = Tasks("replication")
        self._replicas: dict[str, Replica] = {}  # by table id
        self._by_group: dict[str, Replica] = {}
        self._ledger = ledger
        self._clock = clock
        self._journal = journal
        self._tables_of = tables_of
        self._post = post
        self._parts = parts
        self._on_acknowledged = on_acknowledged
        self._summaries = Summaries(region, clock, journal, self.tasks)
        self._paused: tuple[Pause, ...] = ()
        self._seq = 0
        self._started = False

    # -- the life of the room -----------------------------------------------------------------------------------

    def load(self) -> None:
        """Before anything else."""
        self._seq = self._ledger.last_seq()

    def start(self) -> None:
        """Begin to send."""
        self._started = True
        self.tasks.start(self.commits.follow(), "commits")
        for sender in self.all_senders():
            sender.start()

    async def close(self) -> None:
        """Stop; the ledger knows where to go on."""
        for sender in self.all_senders():
            sender.cancel()
        await self.tasks.close()

    def all_senders(self) -> Iterator[Sender]:
        """Of every table to every peer."""
        return chain.from_iterable(senders.values() for senders in self.senders.values())

    # -- global tables of this region ---------------------------------------------------------------------------

    def replica_of(self, group_id: str) -> Replica | None:
        """The table of this group in this region."""
        return self._by_group.get(group_id)

    def replicas(self) -> Iterable[Replica]:
        """All global tables of this region."""
        return self._by_group.values()

    def host(self, group_id: str, account: str, table: Table, base: Version | None, *, legacy: bool = False) -> Replica:
        """From now on this table is global; legacy: of version 2017.11.29."""
        replica = Replica(self.region, group_id=group_id, account=account, table=table, base=base, parts=self._parts)
        replica.legacy = legacy
        self._replicas[table.table_id] = self._by_group[group_id] = replica
        self.senders[group_id] = {}
        return replica

    def version_of(self, table: Table, key: bytes, item: Item) -> Version | None:
        """Which write an item is; None when it was there before the table became global, or it is no global table."""
        replica = self._replicas.get(table.table_id)
        return None if replica is None else replica.versions.of(key, item)

    def restore(self, replica: Replica) -> None:
        """Take up the versions that the ledger kept."""
        for row in self._ledger.items(replica.table_id):
            version = version_in(row)
            if version is not None:
                replica.restore(row[0], version, deleted=row[1] is None)

    def release(self, replica: Replica, *, forget: bool) -> None:
        """The table is global no more. forget: it lives on as a plain table, so its rows become plain."""
        for sender in self.senders.pop(replica.group_id).values():
            sender.cancel()
        del self._replicas[replica.table_id], self._by_group[replica.group_id]
        self.add(DROP_GROUP, (settled_id(replica.table_id),))
        if forget:
            for statement in FORGET:
                self.add(statement, (replica.table_id,))

    def clock_us(self) -> int:
        """The region's clock as stamps see it, skew included."""
        return int(self._clock.wall_s() * 1_000_000) + self.skew_us

    # -- peers --------------------------------------------------------------------------------------------------

    def add_peer(self, replica: Replica, peer: str, *, mark: int | None) -> Sender:
        """Send to this peer from now on. mark: what it has already; None: it is sent the whole table."""
        outbox = self._parts.outbox(self._seq if mark is None else mark)
        sender = Sender(
            replica,
            peer,
            outbox,
            post=self._post,
            commits=self.commits,
            clock=self._clock,
            tasks=self.tasks,
            on_moved=self._moved,
        )
        if mark is None:
            outbox.begin_sync(replica.keys())
        else:
            outbox.durable_mark = mark
        sender.paused = self._is_paused(sender)
        self.senders[replica.group_id][peer] = sender
        if self._started:
            sender.start()
        return sender

    def restore_peer(self, replica: Replica, peer: str, mark: int | None) -> None:
        """At the start: go on after what the peer has acknowledged."""
        sender = self.add_peer(replica, peer, mark=mark)
        if mark is not None:
            for seq, key in self._ledger.unsent(replica.table_id, mark):
                sender.outbox.add(key, seq, replica.written_at_s(key))

    def add_newborn_peer(self, replica: Replica, peer: str) -> None:
        """Send to this peer from now on; this region's table has just been made, and holds nothing for it."""
        self.add(PUT_MARK, (replica.table_id, peer, self._seq))
        self.add_peer(replica, peer, mark=self._seq)

    def remove_peer(self, replica: Replica, peer: str) -> None:
        """Send no more; should it come back, it is sent everything."""
        sender = self.senders[replica.group_id].pop(peer, None)
        if sender is not None:
            sender.cancel()
        self.add(DROP_MARK, (replica.table_id, peer))

    def relay(self, replica: Replica, gone: str) -> None:
        """A member has left, and may not have sent its last changes to all: each sends on what it has of them."""
        for peer, sender in self.senders[replica.group_id].items():
            self.add(DROP_MARK, (replica.table_id, peer))  # until the relay is through
            sender.outbox.durable_mark = None
            sender.outbox.begin_sync(replica.keys(lambda version: version.region == gone))
            sender.wake()

    def set_paused(self, paused: Iterable[Pause]) -> None:
        """What is kept back from now on."""
        self._paused = tuple(paused)
        for sender in self.all_senders():
            sender.pause(self._is_paused(sender))

    def _is_paused(self, sender: Sender) -> bool:
        return any(pause.holds(sender.replica.name, self.region, sender.peer) for pause in self._paused)

    # -- changes ------------------------------------------------------------------------------------------------

    def add(self, statement: str, parameters: Sequence[Any]) -> asyncio.Future[None]:
        """Have the ledger keep something."""
        promise = self._ledger.add(statement, parameters)
        self.commits.note(promise)
        return promise

    def on_change(self, account: str, change: Change) -> asyncio.Future[None] | None:
        """A write has been stored: the promise that it is on disk. None: it came from a peer, whose batch waits."""
        if change.cause == "replication":
            return None
        key = orjson.dumps(change.key)
        replica = self._replicas.get(change.table_id)
        if replica is None:
            return self._ledger.add(*plain_row(change.table_id, key, change.new))
        if replica.legacy and change.cause == "ttl":
            return self.add(*replica.stays_here(key, change))
        self._seq += 1
        statement, row = replica.write(self._tables_of(account), change, key, self.clock_us(), self._seq)
        promise = self.add(statement, row)
        since_s = self._clock.wall_s()
        for sender in self.senders[replica.group_id].values():
            sender.outbox.add(key, self._seq, since_s)
            sender.wake()
        return promise

    async def receive(self, body: bytes) -> int:
        """Take a batch; answered when it is on disk. An HTTP status."""
        batch = decode_batch(body)
        replica = self._by_group.get(batch.group_id)
        if replica is None or batch.incarnation != replica.incarnation(self.region):
            return 404  # not yet, or no more
        tables, now_s = self._tables_of(replica.account), self._clock.wall_s()
        lost: list[tuple[dict[str, Any], Conflict]] = []
        for key, key_bytes, theirs in batch.entries:
            rows, conflict = replica.arrive(tables, key, key_bytes, theirs, now_s)
            for statement, row in rows:
                self.add(statement, row)
            if conflict is not None:
                lost.append((key, conflict))
        # Also when nothing was new: what it repeats may still be on its way to the disk.
        await self.commits.reached(self.commits.noted)
        self.conflicts += len(lost)
        for key, conflict in lost:
            if not conflict.agreed:
                self._journal.note(told(self.region, replica.name, key, conflict, now_s))
        return 200

    def _moved(self, sender: Sender, batch: Batch, took: bool) -> None:
        """A peer has answered."""
        replica = sender.replica
        before = sender.outbox.durable_mark
        mark = sender.outbox.mark
        if took and sender.outbox.synced and (before is None or mark > before):
            sender.outbox.durable_mark = mark
            self.add(PUT_MARK, (replica.table_id, sender.peer, mark))
        self._summaries.moved(sender, batch, took)
        if took:
            self._on_acknowledged(replica.group_id, sender.peer)


def told(region: str, table: str, key: dict[str, Any], conflict: Conflict, at_s: float) -> Conflicted:
    """A conflict as the journal tells it."""
    loser, winner = conflict.loser.version, conflict.winner.version
    by = f"{conflict.margin_us} µs later" if conflict.margin_us else "at the same microsecond, and its name is greater"
    return Conflicted(
        at_s=at_s,
        region=region,
        table=table,
        key=key,
        winner=winner.region,
        margin_us=conflict.margin_us,
        why=f"{winner.region} wrote {by}, without having seen what {loser.region} wrote: the last writer wins",
    )
