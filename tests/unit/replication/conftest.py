"""Regions in simulated time: real tables and replication, a ledger that survives crashes, an ocean with faults."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import waiting
from ledgers import MemoryLedger

from sandbox.kernel.clock import LoopClock
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks
from sandbox.replication.replica import Parts
from sandbox.replication.service import Replication
from sandbox.replication.values import Durations
from sandbox.sim.loop import run_virtual
from sandbox.tables.core import Tables
from sandbox.tables.ledger_rows import DROP_TABLE, PUT_TABLE, SCHEMA
from sandbox.tables.snapshots import description_of
from sandbox.tables.values import Change

ACCOUNT = "000000000000"
REGIONS = ("ap-northeast-1", "eu-west-1", "us-east-1")
TIMEOUT_S = 2.0


class TablesLedger(MemoryLedger):
    """The statements of the ledger of tables."""

    def __init__(self) -> None:
        super().__init__(sqlite3.connect(":memory:", isolation_level=None))
        self.database.executescript(SCHEMA)

    def tables(self) -> list[tuple[str, str, bytes]]:
        return list(self.database.execute("SELECT id, account, content FROM tables"))

    def groups(self) -> Iterator[tuple[str, bytes]]:
        return self.database.execute("SELECT id, content FROM groups")

    def items(self, table_id: str) -> Iterator[Any]:
        query = "SELECT key, item, stamp_us, region, vector FROM items WHERE table_id = ?"
        return self.database.execute(query, (table_id,))

    def marks(self) -> Iterator[tuple[str, str, int]]:
        return self.database.execute("SELECT table_id, peer, seq FROM marks")

    def unsent(self, table_id: str, after_seq: int) -> Iterator[tuple[int, bytes]]:
        query = "SELECT seq, key FROM items WHERE table_id = ? AND seq > ? ORDER BY seq"
        return self.database.execute(query, (table_id, after_seq))

    def last_seq(self) -> int:
        queries = ("SELECT max(seq) FROM items", "SELECT max(seq) FROM marks")
        return max(self.database.execute(query).fetchone()[0] or 0 for query in queries)

    def conflicts(self, table_id: str, most: int) -> list[tuple[bytes, int, bytes]]:
        query = "SELECT key, losing_stamp_us, content FROM conflicts WHERE table_id = ? ORDER BY 2 DESC LIMIT ?"
        return list(self.database.execute(query, (table_id, most)))


@dataclass
class Ocean:
    """Between the regions. cut: (from, to) pairs through which nothing passes."""

    dice: random.Random
    delay_s: tuple[float, float] = (0.03, 0.03)
    drop: float = 0.0
    duplicate: float = 0.0

    def __post_init__(self) -> None:
        self.regions: dict[str, Region] = {}
        self.cut: set[tuple[str, str]] = set()
        self.sent: list[tuple[str, str, str]] = []  # from, to, path
        self.tasks = Tasks("ocean")

    def post_from(self, source: str) -> Callable[[str, str, bytes], Awaitable[tuple[int, bytes]]]:
        async def post(region: str, path: str, body: bytes) -> tuple[int, bytes]:
            self.sent.append((source, region, path))
            async with asyncio.timeout(TIMEOUT_S):
                await self._cross(source, region)
                if self.dice.random() < self.duplicate:
                    self.tasks.start(self._again(region, path, body), "again")
                answer = await self._deliver(region, path, body)
                await self._cross(region, source)
                return answer

        return post

    async def _cross(self, source: str, target: str) -> None:
        await asyncio.sleep(self.dice.uniform(*self.delay_s))
        if (source, target) in self.cut or self.dice.random() < self.drop:
            await asyncio.sleep(3600)

    async def _again(self, region: str, path: str, body: bytes) -> None:
        await asyncio.sleep(self.dice.uniform(0.0, 3.0))
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._deliver(region, path, body)
        except OSError:
            pass  # nobody listens to the answer of a copy

    async def _deliver(self, region: str, path: str, body: bytes) -> tuple[int, bytes]:
        target = self.regions[region]
        life = target.life
        if not target.running:
            raise ConnectionRefusedError(region)
        answer = await target.replication.receive(path, body)
        if target.life != life:
            raise ConnectionResetError(region)
        return answer

    def cut_both(self, one: str, other: str) -> None:
        self.cut |= {(one, other), (other, one)}

    def heal(self) -> None:
        self.cut.clear()
        self.drop = self.duplicate = 0.0


class Region:
    """A region's process, as far as DynamoDB goes: it can crash and start again on its ledger."""

    def __init__(self, code: str, ocean: Ocean, parts: Parts | None, durations: Durations | None, legacy: bool) -> None:
        self.code = code
        self.ocean = ocean
        self.parts = parts
        self.durations = durations
        self.legacy = legacy
        self.ledger = TablesLedger()
        self.journal = Journal()
        self.clock = LoopClock()
        self.life = 0
        self.running = False
        self.skew_ms = 0.0
        self.seen: list[Change] = []  # every stored write, in the order of its stream
        ocean.regions[code] = self
        self.start()

    def start(self) -> None:
        self.life += 1
        self.known: dict[str, bytes] = {}
        self.promise: asyncio.Future[None] | None = None
        self.tables = Tables(self.code, ACCOUNT, self._changed)
        for table_id, _, content in self.ledger.tables():
            items = [orjson.loads(row[1]) for row in self.ledger.items(table_id) if row[1] is not None]
            self.tables.restore(orjson.loads(content), iter(items))
            self.known[table_id] = content
        self.replication = Replication(
            self.code,
            ledger=self.ledger,
            clock=self.clock,
            journal=self.journal,
            tables_of=lambda account: self.tables,
            keep_tables=self._keep_tables,
            post=self.ocean.post_from(self.code),
            running=lambda: tuple(self.ocean.regions),
            durations=self.durations,
            legacy_global_tables=self.legacy,
            parts=self.parts,
        )
        self.replication.load()
        self.replication.set_skew_ms(self.skew_ms)
        self.replication.start()
        self.running = True

    async def crash(self) -> None:
        self.running = False
        self.life += 1
        self.ledger.crash()
        await self.replication.close()

    def _changed(self, change: Change) -> None:
        self.seen.append(change)
        promise = self.replication.on_change(ACCOUNT, change)
        if promise is not None:
            self.promise = promise

    def _keep_tables(self, account: str) -> None:
        present = {
            table.table_id: orjson.dumps(description_of(table)) for table in self.tables.catalogue.tables.values()
        }
        for table_id in self.known.keys() - present.keys():
            for statement in DROP_TABLE:
                self.promise = self.ledger.add(statement, (table_id,))
        for table_id, content in present.items():
            if self.known.get(table_id) != content:
                self.promise = self.ledger.add(PUT_TABLE, (table_id, account, content))
        self.known = present

    async def call(self, action: str, **body: Any) -> dict[str, Any]:
        """As the front door does it: answered when it is on disk."""
        before = self.replication.execute_before(ACCOUNT, action, body)
        if before is not None:
            return await before
        self.promise = None
        answer = self.tables.execute(action, body, self.clock.wall_s())
        self._keep_tables(ACCOUNT)
        for member in ("Table", "TableDescription"):
            if member in answer:
                answer = {**answer, member: self.replication.described(ACCOUNT, answer[member])}
        if self.promise is not None:
            await asyncio.shield(self.promise)
        return answer

    async def create_table(self, name: str = "orders", **more: Any) -> None:
        body = {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        }
        await self.call("CreateTable", **{**body, **more})

    async def add_replica(self, region: str, name: str = "orders", **overrides: Any) -> dict[str, Any]:
        updates = [{"Create": {"RegionName": region, **overrides}}]
        answer = await self.call("UpdateTable", TableName=name, ReplicaUpdates=updates)
        return dict(answer["TableDescription"])

    async def remove_replica(self, region: str, name: str = "orders") -> dict[str, Any]:
        answer = await self.call("UpdateTable", TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": region}}])
        return dict(answer["TableDescription"])

    async def put(self, key: str, name: str = "orders", **attributes: str) -> None:
        item = {"id": {"S": key}, **{name: {"S": value} for name, value in attributes.items()}}
        await self.call("PutItem", TableName=name, Item=item)

    async def delete(self, key: str, name: str = "orders") -> None:
        await self.call("DeleteItem", TableName=name, Key={"id": {"S": key}})

    def items(self, name: str = "orders") -> dict[str, Any] | None:
        table = self.tables.catalogue.tables.get(name)
        return None if table is None else {item["id"]["S"]: item for item in table.store.items.values()}

    async def describe(self, name: str = "orders") -> dict[str, Any]:
        return dict((await self.call("DescribeTable", TableName=name))["Table"])

    def backlog(self) -> int:
        return sum(sender.outbox.has_more + sender.outbox.backlog for sender in self.replication.changes.all_senders())


class World:
    """Regions, an ocean, and what is common to stories about them."""

    def __init__(
        self, seed: int, regions: Sequence[str], parts: Parts | None, durations: Durations | None, legacy: bool
    ) -> None:
        self.ocean = Ocean(dice=random.Random(seed))
        self.regions = [Region(code, self.ocean, parts, durations, legacy) for code in regions]

    async def until(self, condition: Callable[[], bool], within_s: float = 60.0) -> float:
        """Simulated seconds until it holds."""
        return await waiting.until(condition, within_s)

    async def are_active(self, name: str = "orders", regions: Sequence[Region] = ()) -> float:
        """Wait until these regions are members, and each knows so."""
        wanted = list(regions or self.regions)

        def holds() -> bool:
            members = [region.replication.membership for region in wanted]
            groups = [(member, member.group_of(ACCOUNT, name)) for member in members]
            seen = [group and member.as_seen(group) for member, group in groups]
            return all(group and all(group.status_of(r.code) == "ACTIVE" for r in wanted) for group in seen)

        return await self.until(holds)

    async def is_quiet(self, within_s: float = 120.0) -> float:
        """Wait until nothing is on its way."""
        return await self.until(lambda: not any(region.backlog() for region in self.regions), within_s)

    async def global_table(self, name: str = "orders") -> None:
        """A table in every region of this world."""
        if self.regions[0].legacy:
            await self._legacy_global_table(name)
        else:
            await self.later_global_table(name)

    async def later_global_table(self, name: str = "orders") -> None:
        """One of version 2019.11.21, in every region."""
        first, *others = self.regions
        await first.create_table(name)
        for number, other in enumerate(others):
            await first.add_replica(other.code, name)
            await self.are_active(name, self.regions[: number + 2])
            member = first.replication.membership
            await self.until(lambda member=member: not member.is_updating(member.group_of(ACCOUNT, name)))

    async def _legacy_global_table(self, name: str) -> None:
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        for region in self.regions:
            await region.create_table(name, StreamSpecification=stream)
        group = [{"RegionName": region.code} for region in self.regions]
        await self.regions[0].call("CreateGlobalTable", GlobalTableName=name, ReplicationGroup=group)
        await self.are_active(name)

    async def close(self) -> None:
        for region in self.regions:
            if region.running:
                await region.crash()
        await self.ocean.tasks.close()


Story = Callable[[World], Awaitable[Any]]


@pytest.fixture(scope="session")
def in_a_world() -> Callable[..., Any]:
    """Runs a story in a world of its own, in simulated time; returns what the story returns."""

    def tell(
        story: Story,
        *,
        seed: int = 0,
        regions: Sequence[str] = REGIONS,
        parts: Parts | None = None,
        durations: Durations | None = None,
        legacy: bool = False,
    ) -> Any:
        async def run() -> Any:
            world = World(seed, regions, parts, durations, legacy)
            try:
                return await story(world)
            finally:
                await world.close()

        return run_virtual(run())

    return tell
