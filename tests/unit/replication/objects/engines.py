"""What stands in for a region's S3 engine and for the file of S3 replication, in simulated time."""

from __future__ import annotations

import asyncio
import hashlib
import random
import sqlite3
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from ledgers import MemoryLedger

from sandbox.kernel.clock import LoopClock
from sandbox.kernel.errors import Refusal
from sandbox.replication.objects.port import Content, Opened
from sandbox.replication.objects.values import BucketFacts, Found, Head, Settings

ACCOUNT = "000000000000"


class ObjectsLedger(MemoryLedger):
    """The ledger of one life of a region: nothing comes through it after a crash."""

    def __init__(self, database: sqlite3.Connection) -> None:
        super().__init__(database)
        self._is_dead = False

    def add(self, statement: str, parameters: Sequence[Any]) -> asyncio.Future[None]:
        if not self._is_dead:
            return super().add(statement, parameters)
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        gone.cancel()
        return gone

    def crash(self) -> None:
        self._is_dead = True
        if self._promise is not None:
            self._promise.cancel()
        super().crash()

    def refuse_if_stuck(self) -> None:
        pass

    def select(self, query: str, parameters: Sequence[Any] = ()) -> Iterator[Any]:
        return self.database.execute(query, parameters)


@dataclass
class Version:
    """One version in an engine. content None: a delete marker."""

    version_id: str
    content: bytes | None
    head: Head
    modified_s: float
    tags: tuple[tuple[str, str], ...] = ()


@dataclass
class Bucket:
    facts: BucketFacts
    keys: dict[str, list[Version]] = field(default_factory=dict)


class Engine:
    """A region's S3: it goes on when the region does not. down: it answers nothing."""

    def __init__(self, region: str, dice: random.Random) -> None:
        self.region = region
        self.buckets: dict[str, Bucket] = {}
        self.down = False
        self.failing: Refusal | None = None
        self.writes = 0
        self._dice = dice

    async def _work(self) -> None:
        await asyncio.sleep(self._dice.uniform(0.0, 0.01))
        if self.down:
            raise Refusal("ServiceUnavailable", "the engine does not answer", status=503, definite=False)
        if self.failing is not None:
            raise self.failing

    def make(self, bucket: str, versioning: str = "Enabled") -> None:
        self.buckets[bucket] = Bucket(BucketFacts(account=ACCOUNT, region=self.region, versioning=versioning))

    def _add(self, bucket: str, key: str, content: bytes | None, head: Head | None = None) -> Version:
        if bucket not in self.buckets:
            raise Refusal("NoSuchBucket", "The specified bucket does not exist", status=404)
        self.writes += 1
        now_s = LoopClock().wall_s()
        body = content or b""
        etag = hashlib.md5(body).hexdigest()
        made = replace(head or Head(size=0, etag="", modified_s=0.0), size=len(body), etag=etag, modified_s=now_s)
        tags = tuple(parse_qsl(dict(made.headers).get("x-amz-tagging", "")))
        version = Version(f"{self.region}-{self.writes}", content, made, now_s, tags)
        self.buckets[bucket].keys.setdefault(key, []).append(version)
        return version

    def look(self, bucket: str, key: str, version_id: str) -> Version:
        if bucket not in self.buckets:
            raise Refusal("NoSuchBucket", "The specified bucket does not exist", status=404)
        for version in self.buckets[bucket].keys.get(key, []):
            if version.version_id == version_id:
                return version
        raise Refusal("NoSuchVersion", "The specified version does not exist.", status=404)

    async def bucket(self, bucket: str) -> BucketFacts | None:
        await self._work()
        found = self.buckets.get(bucket)
        return None if found is None else found.facts

    async def find(self, bucket: str) -> BucketFacts | None:
        return await self.bucket(bucket)

    async def head(self, account: str, bucket: str, key: str, version_id: str) -> Head:
        await self._work()
        return self.look(bucket, key, version_id).head

    async def open(self, account: str, bucket: str, key: str, version_id: str, piece_bytes: int) -> Opened:
        await self._work()
        version = self.look(bucket, key, version_id)
        content = version.content or b""

        async def pieces() -> AsyncGenerator[bytes]:
            for start in range(0, len(content), piece_bytes):
                await self._work()
                yield content[start : start + piece_bytes]

        return Opened(head=replace(version.head, tags=len(version.tags)), pieces=pieces())

    async def settings(self, account: str, bucket: str, key: str, version_id: str, wanted: Settings) -> Settings:
        await self._work()
        return Settings(tags=self.look(bucket, key, version_id).tags)

    async def write(self, account: str, bucket: str, key: str, head: Head, content: Content) -> str:
        await self._work()
        data = content.data if content.file is None else content.file.read_bytes()
        version = self._add(bucket, key, data, head)
        await self._work()  # done, and the answer may still be lost
        return version.version_id

    async def mark(self, account: str, bucket: str, key: str) -> str:
        await self._work()
        version = self._add(bucket, key, None)
        await self._work()
        return version.version_id

    async def change(self, account: str, bucket: str, key: str, version_id: str, settings: Settings) -> None:
        await self._work()
        if settings.tags is not None:
            self.look(bucket, key, version_id).tags = settings.tags

    async def versions(self, account: str, bucket: str, prefix: str) -> list[Found]:
        await self._work()
        if bucket not in self.buckets:
            raise Refusal("NoSuchBucket", "The specified bucket does not exist", status=404)
        return [
            Found(
                key=key,
                version_id=version.version_id,
                is_marker=version.content is None,
                etag=version.head.etag,
                size=version.head.size,
                modified_s=version.modified_s,
                is_latest=version is versions[-1],
            )
            for key, versions in self.buckets[bucket].keys.items()
            if key.startswith(prefix)
            for version in reversed(versions)
        ]
