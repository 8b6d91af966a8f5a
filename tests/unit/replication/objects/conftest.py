"""Regions with buckets in simulated time: an engine that outlives its region, a ledger that survives, an ocean."""

from __future__ import annotations

import asyncio
import hashlib
import random
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import waiting
from beside import beside

from sandbox.kernel.clock import LoopClock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.replication.objects.arrivals import with_tags
from sandbox.replication.objects.port import Content
from sandbox.replication.objects.rows import SCHEMA
from sandbox.replication.objects.rules import configuration_of, read_document
from sandbox.replication.objects.service import ObjectReplication
from sandbox.replication.objects.values import Happened, Head, Settings
from sandbox.sim.loop import run_virtual

ACCOUNT = "000000000000"
TIMEOUT_S = 2.0


engines = beside(__file__, "engines")


class Region:
    """A region's process, as far as S3 replication goes, beside its engine."""

    def __init__(self, code: str, world: World, spool: Path) -> None:
        self.code = code
        self.world = world
        self.spool = spool
        self.engine = engines.Engine(code, world.dice)
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.database.executescript(SCHEMA)
        self.journal = Journal()
        self.life = 0
        self.running = False
        world.regions[code] = self
        self.start()

    def start(self) -> None:
        self.life += 1
        self.ledger = engines.ObjectsLedger(self.database)
        self.replication = self.world.service(
            self.code,
            ledger=self.ledger,
            spool=self.spool,
            store=self.engine,
            post=self._post,
            clock=LoopClock(),
            journal=self.journal,
            most_loaded=self.world.most_loaded,
        )
        self.replication.load()
        self.replication.start()
        self.running = True

    async def crash(self) -> None:
        self.running = False
        self.life += 1
        self.ledger.crash()
        await self.replication.close()

    async def _post(self, region: str, path: str, body: bytes) -> tuple[int, bytes]:
        return await self.world.carry(self.code, region, path, body)

    async def configure(self, bucket: str, *rules: dict[str, Any], at_s: float | None = None) -> None:
        document, read = read_document({"Role": "arn:aws:iam::000000000000:role/r", "Rules": list(rules)}, lambda: "id")
        regions = {rule.destination: self.world.where(rule.destination) for rule in read}
        made = configuration_of(
            document, bucket=bucket, account=ACCOUNT, regions=regions, put_at_s=LoopClock().wall_s()
        )
        await self.replication.configure(made)

    async def put(self, bucket: str, key: str, content: bytes, tags: tuple[tuple[str, str], ...] = ()) -> str:
        """As the front door does it: an intent, the engine, what has happened, and then the client's answer."""
        sources = self.replication.sources
        intent = await sources.begin(bucket, key, "object")
        try:
            head = with_tags(Head(size=0, etag="", modified_s=0.0), Settings(tags=tags))
            version_id = await self.engine.write(ACCOUNT, bucket, key, head, whole(content))
        except Refusal:
            sources.unknown(intent)
            raise
        event = Happened(bucket=bucket, key=key, version_id=version_id, kind="object", size=len(content), tags=tags)
        await sources.happened(intent, [event])
        return version_id

    async def delete(self, bucket: str, key: str) -> str:
        sources = self.replication.sources
        intent = await sources.begin(bucket, key, "marker")
        try:
            version_id = await self.engine.mark(ACCOUNT, bucket, key)
        except Refusal:
            sources.unknown(intent)
            raise
        await sources.happened(intent, [Happened(bucket=bucket, key=key, version_id=version_id, kind="marker")])
        return version_id

    async def tag(self, bucket: str, key: str, version_id: str, *tags: tuple[str, str]) -> None:
        """version_id: as users know it."""
        sources = self.replication.sources
        intent = await sources.begin(bucket, key, "settings")
        engine_id = self.replication.engine_id(bucket, version_id)
        await self.engine.change(ACCOUNT, bucket, key, engine_id, Settings(tags=tags))
        is_replica = self.replication.is_replica(bucket, key, version_id)
        event = Happened(
            bucket=bucket, key=key, version_id=version_id, kind="settings", tags=tags, is_replica=is_replica
        )
        await sources.happened(intent, [event])

    def status(self, bucket: str, key: str, version_id: str) -> str | None:
        return self.replication.status(bucket, key, version_id)

    def has(self, bucket: str) -> dict[str, list[tuple[str, bytes | None, tuple[tuple[str, str], ...]]]]:
        """key -> (version id as users know it, content, tags), oldest first."""
        return {
            key: [(self.replication.public_id(bucket, v.version_id), v.content, v.tags) for v in versions]
            for key, versions in self.engine.buckets[bucket].keys.items()
        }


def whole(content: bytes) -> Content:
    return Content(size=len(content), md5=hashlib.md5(content).hexdigest(), data=content)


class World:
    """Regions and the ocean between them. cut: (from, to) pairs through which nothing passes."""

    def __init__(
        self, seed: int, folder: Path, codes: Sequence[str], most_loaded: int, service: type[ObjectReplication]
    ) -> None:
        self.dice = random.Random(seed)
        self.most_loaded = most_loaded
        self.service = service
        self.regions: dict[str, Region] = {}
        self.cut: set[tuple[str, str]] = set()
        self.drop = 0.0
        for code in codes:
            Region(code, self, folder / code)

    def where(self, bucket: str) -> str:
        """A bucket that is nowhere counts as being in the last region."""
        homes = [code for code, region in self.regions.items() if bucket in region.engine.buckets]
        return homes[0] if homes else list(self.regions)[-1]

    async def carry(self, source: str, target: str, path: str, body: bytes) -> tuple[int, bytes]:
        async with asyncio.timeout(TIMEOUT_S):
            await self._cross(source, target)
            region = self.regions[target]
            life = region.life
            if not region.running:
                raise ConnectionRefusedError(target)
            try:
                answer = await region.replication.receive(path, body)
            except asyncio.CancelledError:
                if region.life == life:
                    raise
                raise ConnectionResetError(target) from None
            if region.life != life:
                raise ConnectionResetError(target)
            await self._cross(target, source)
            return answer

    async def _cross(self, source: str, target: str) -> None:
        await asyncio.sleep(self.dice.uniform(0.02, 0.06))
        if (source, target) in self.cut or self.dice.random() < self.drop:
            await asyncio.sleep(3600)

    def cut_both(self, one: str, other: str) -> None:
        self.cut |= {(one, other), (other, one)}

    def heal(self) -> None:
        self.cut.clear()
        self.drop = 0.0

    async def until(self, condition: Callable[[], bool], within_s: float = 120.0) -> float:
        """Simulated seconds until it holds."""
        return await waiting.until(condition, within_s)

    async def is_quiet(self, within_s: float = 300.0) -> float:
        """Until nothing waits and no call's end is unknown."""

        def waits() -> bool:
            queries = ("SELECT 1 FROM copies WHERE state = 'PENDING'", "SELECT 1 FROM intents")
            return any(list(region.ledger.select(query)) for region in self.regions.values() for query in queries)

        return await self.until(lambda: not waits(), within_s)

    async def close(self) -> None:
        for region in self.regions.values():
            if region.running:
                await region.crash()


Story = Callable[[World], Awaitable[Any]]


@pytest.fixture
def in_a_world(tmp_path: Path) -> Callable[..., Any]:
    """Runs a story in a world of its own, in simulated time; returns what the story returns."""
    count = iter(range(1_000_000))

    def tell(
        story: Story,
        *,
        seed: int = 0,
        regions: Sequence[str] = ("eu-west-1", "us-east-1"),
        most_loaded: int = 1000,
        service: type[ObjectReplication] = ObjectReplication,
    ) -> Any:
        async def run() -> Any:
            world = World(seed, tmp_path / str(next(count)), regions, most_loaded, service)
            try:
                return await story(world)
            finally:
                await world.close()

        return run_virtual(run())

    return tell


@pytest.fixture
def rule() -> Callable[..., dict[str, Any]]:
    """A rule of V2 for a destination, with whatever else is given."""

    def made(destination: str, rule_id: str = "all", priority: int = 1, **more: Any) -> dict[str, Any]:
        return {
            "ID": rule_id,
            "Priority": str(priority),
            "Status": "Enabled",
            "Filter": {},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": f"arn:aws:s3:::{destination}"},
            **more,
        }

    return made
