"""Replication of one region: told of changes by tables, tells its peers, keeps global tables' members.

A region makes one, hands it the ports below, calls `load` after its tables are loaded and `start` once it can be
reached. `post` takes a message to another region over the ocean; what comes from there goes to `receive`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.replication import wire
from sandbox.replication.api import ACTIONS, Calls, IsScaled
from sandbox.replication.changes import Changes
from sandbox.replication.collector import Collector
from sandbox.replication.comparing import Digests, bucket_of, entry
from sandbox.replication.membership import Membership
from sandbox.replication.replica import WALK, Parts
from sandbox.replication.rows import Keeping
from sandbox.replication.sender import Post, Sender
from sandbox.replication.values import Durations, Pause
from sandbox.tables.core import Tables
from sandbox.tables.table import Table
from sandbox.tables.values import Change, Item

__all__ = ["ACTIONS", "Replication"]

MOST_CONFLICTS = 100_000  # told at once


def never_scaled(account: str, table: str, index: str | None) -> bool:
    """The default: no write auto scaling is registered."""
    return False


class Replication:
    """One region's global tables, of all accounts."""

    def __init__(
        self,
        region: str,
        *,
        ledger: Keeping,
        clock: Clock,
        journal: Journal,
        tables_of: Callable[[str], Tables],
        keep_tables: Callable[[str], None],
        post: Post,
        running: Callable[[], Sequence[str]],
        durations: Durations | None = None,
        is_scaled: IsScaled = never_scaled,
        legacy_global_tables: bool = False,
        parts: Parts | None = None,
    ) -> None:
        """tables_of: an account's tables. keep_tables: the ledger is to know an account's definitions as they are now.

        running: the sandbox's regions. is_scaled: whether write auto scaling is registered for a table or index.
        legacy_global_tables: version 2017.11.29 is there, which AWS now refuses (GT 2.01).
        """
        durations = durations or Durations()
        self.region = region
        self._clock = clock
        self._tables_of = tables_of
        self._ledger = ledger
        self.changes = Changes(
            region,
            ledger=ledger,
            clock=clock,
            journal=journal,
            tables_of=tables_of,
            post=post,
            parts=parts or Parts(),
            on_acknowledged=lambda group_id, peer: self.membership.acknowledged(group_id, peer),
        )
        self.membership = Membership(
            region,
            changes=self.changes,
            ledger=ledger,
            clock=clock,
            journal=journal,
            tables_of=tables_of,
            keep_tables=keep_tables,
            post=post,
            durations=durations,
        )
        self.collector = Collector(
            region,
            changes=self.changes,
            group_of=lambda group_id: self.membership.groups.get(group_id),
            ledger=ledger,
            clock=clock,
            post=post,
            every_s=durations.collect_every_s,
        )
        self._calls = Calls(
            region,
            membership=self.membership,
            changes=self.changes,
            clock=clock,
            tables_of=tables_of,
            keep_tables=keep_tables,
            post=post,
            running=running,
            durations=durations,
            is_scaled=is_scaled,
            legacy_global_tables=legacy_global_tables,
        )

    # -- life -----------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Take up what the ledger kept; the tables have been put back already."""
        self.changes.load()
        self.membership.load()
        self.collector.load()

    def start(self) -> None:
        """Begin to send; on the event loop."""
        self.changes.start()
        self.membership.start()
        self.collector.start()

    def reset(self) -> None:
        """Every table has been dropped: this region is a member of nothing any more."""
        self.membership.leave_all()

    async def close(self) -> None:
        """Stop. What was not acknowledged is sent after the next start."""
        await self.changes.close()

    # -- tables, front door, peers --------------------------------------------------------------------------------

    def on_change(self, account: str, change: Change) -> asyncio.Future[None] | None:
        """Tables has stored a write: the promise that it is on disk; None when it came from a peer."""
        return self.changes.on_change(account, change)

    def keep(self, statement: str, parameters: Sequence[Any]) -> asyncio.Future[None]:
        """Have the ledger keep what this room waits for before it answers: definitions of tables."""
        return self.changes.add(statement, parameters)

    def execute_before(self, account: str, action: str, body: Mapping[str, Any]) -> Awaitable[dict[str, Any]] | None:
        """An answer in place of tables', or None. Raises Refusal, at once or when awaited."""
        return self._calls.execute_before(account, action, body)

    def described(self, account: str, image: dict[str, Any]) -> dict[str, Any]:
        """A TableDescription (DescribeTable's `Table`) with what replicas add to it."""
        return self._calls.described(account, image)

    async def receive(self, path: str, body: bytes) -> tuple[int, bytes]:
        """A message from another region: an HTTP status and body."""
        try:
            if path == wire.BATCH:
                return await self.changes.receive(body), b"{}"
            if path == wire.GROUP:
                return await self.membership.receive(body), b"{}"
            if path == wire.SETTLED:
                return await self.collector.receive(body)
            if path == wire.PROBE:
                return 200, await self._calls.probe(body)
        except Refusal as refusal:
            return refusal.status, orjson.dumps({"code": refusal.code, "message": refusal.message})
        return 404, b"{}"

    # -- faults ---------------------------------------------------------------------------------------------------

    def set_skew_ms(self, skew_ms: float) -> None:
        """How far the region's clock is ahead, as its stamps see it."""
        self.changes.skew_us = int(skew_ms * 1000)

    def set_paused(self, paused: Iterable[Pause]) -> None:
        """Each pause-replication fault, all of them, whichever region they name."""
        self.changes.set_paused(paused)

    # -- looking --------------------------------------------------------------------------------------------------

    def status(self) -> list[dict[str, Any]]:
        """Each global table: its members as this region knows them, and how far behind each peer is."""
        return [
            {
                "account": group.account,
                "table": group.table,
                "region": self.region,
                "members": {member.region: member.status for member in group.members.values()},
                "peers": [self._peer(sender) for sender in self.changes.senders.get(group.group_id, {}).values()],
            }
            for group in self.membership.live()
        ]

    def _peer(self, sender: Sender) -> dict[str, Any]:
        outbox, now_s = sender.outbox, self._clock.wall_s()
        oldest_s, lost_s = outbox.oldest_since_s, sender.lost_since_s
        return {
            "region": sender.peer,
            "backlog": outbox.backlog,
            "syncing": not outbox.synced,
            "oldest_unsent_s": None if oldest_s is None else round(now_s - oldest_s, 3),
            "lag_p50_ms": sender.lag.percentile_ms(50),
            "lag_p99_ms": sender.lag.percentile_ms(99),
            "acknowledged": sender.lag.count,
            "paused": sender.paused,
            "away_s": None if lost_s is None else round(now_s - lost_s, 3),
        }

    def conflicts(self, account: str, table: str, most: int = MOST_CONFLICTS) -> list[dict[str, Any]]:
        """The last that this region wrote and lost: key, both images with their stamps, oldest first."""
        found = self._tables_of(account).catalogue.tables.get(table)
        if found is None:
            return []
        contents = [orjson.loads(content) for _, _, content in self._ledger.conflicts(found.table_id, most)]
        return sorted(contents, key=lambda each: (each["at_s"], each["loser"]["stamp_us"]))

    async def digests(self, account: str, table: str) -> list[str] | None:
        """What this region holds now, as digests of buckets; None without such a table. Others go on meanwhile."""
        found = self._tables_of(account).catalogue.tables.get(table)
        if found is None:
            return None
        digests = Digests()
        async for key, item in self._walk(found):
            digests.add(key, item)
        return digests.texts()

    async def items_in(self, account: str, table: str, buckets: list[int], most: int) -> list[dict[str, Any]]:
        """The items of these buckets with their stamps, at most so many."""
        found = self._tables_of(account).catalogue.tables.get(table)
        if found is None:
            return []
        wanted, entries = frozenset(buckets), []
        async for key, item in self._walk(found):
            if bucket_of(key) in wanted:
                entries.append(entry(key, item, self.changes.version_of(found, key, item)))
                if len(entries) == most:
                    break
        return entries

    async def _walk(self, table: Table) -> AsyncIterator[tuple[bytes, Item]]:
        """Every item, with its key; in steps, so that a large table holds nobody up."""
        for number, address in enumerate(list(table.store.items)):
            if number % WALK == WALK - 1:
                await self._clock.sleep(0)
            item = table.item(address)
            if item is not None:
                yield orjson.dumps(table.key_of(item)), item
