"""Takes what other regions send for buckets of this one, and has the engine store it: each version once.

In: pieces. Out: answers. A version is known by its id at the source: before the engine is asked to store it, the ledger
has that it is being written, and afterwards what the engine calls it. When a region dies in between, the engine is
asked whether it has it. Storing goes on beside the answer: whoever asks again hears how it ended.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from dataclasses import replace
from urllib.parse import urlencode

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks
from sandbox.replication.objects import rows
from sandbox.replication.objects.port import Content, Store
from sandbox.replication.objects.reasons import NO_BUCKET, NO_VERSION, NOT_VERSIONED, at_destination
from sandbox.replication.objects.spool import Spool
from sandbox.replication.objects.values import BucketFacts, Head, Replica, Settings
from sandbox.replication.objects.wire import DONE, WORKING, Answer, Piece

ANSWER_WITHIN_S = 1.0  # shorter than the time after which a message is sent again
FACTS_FRESH_S = 2.0  # a bucket's versioning may be changed where this region's front door does not see it
MOST_ENDED = 1000  # jobs whose end nobody has asked for
IN_THREAD_BYTES = 8 * 1024 * 1024  # hashing more than this would hold up the region's other callers

Name = tuple[str, str, str]  # bucket, key, version id


class Arrivals:
    """One region's."""

    def __init__(
        self, region: str, *, store: Store, ledger: rows.Keeping, spool: Spool, clock: Clock, tasks: Tasks
    ) -> None:
        self.region = region
        self.buckets: set[str] = set()  # that something came to
        self._store = store
        self._ledger = ledger
        self._rows = rows.Rows(ledger)
        self._spool = spool
        self._clock = clock
        self._tasks = tasks
        self._jobs: dict[Name, asyncio.Task[Answer]] = {}
        self._facts: dict[str, tuple[float, BucketFacts | None]] = {}

    def load(self) -> None:
        """What the ledger kept."""
        self.buckets = self._rows.buckets_with_replicas()
        self._spool.sweep(self._clock.wall_s())

    def reset(self) -> None:
        """Everything is gone."""
        self.buckets.clear()
        self._facts.clear()
        self._spool.clear()

    def forget_facts(self, bucket: str) -> None:
        """Something about this bucket has been changed."""
        self._facts.pop(bucket, None)

    async def receive(self, piece: Piece) -> Answer:
        """One message."""
        name = (piece.destination, piece.key, piece.version_id)
        if piece.kind == "settings":
            return await self._settings(piece, name)
        job = self._jobs.get(name) or await self._begin(piece, name)
        if isinstance(job, Answer):
            return job
        await asyncio.wait([job], timeout=ANSWER_WITHIN_S)
        if not job.done():
            return WORKING
        if self._jobs.get(name) is job:
            del self._jobs[name]
        return job.result()

    async def _begin(self, piece: Piece, name: Name) -> asyncio.Task[Answer] | Answer:
        """Have a version stored, once all of it is there."""
        replica = self._rows.replica(*name)
        if replica is not None and replica.state != "WRITING":
            return await self._once_more(piece, replica)
        content = await self._content(piece, name)
        if isinstance(content, Answer):
            return content
        job = self._jobs.get(name)  # somebody may have begun while a large file was read
        if job is None:
            job = self._jobs[name] = self._tasks.start(self._keep(piece, name, content), f"store {piece.key}")
            self._forget_old_jobs()
        return job

    async def _once_more(self, piece: Piece, replica: Replica) -> Answer:
        """It came before. Its settings may have changed at the source since."""
        if replica.state == "THERE" and piece.kind == "object":
            return await self._change(piece, replica.engine_id)
        return DONE

    async def _content(self, piece: Piece, name: Name) -> Content | Answer:
        """The whole content; else how much there is."""
        if piece.kind == "marker":
            return Content(size=0, md5="")
        if len(piece.data) == piece.size and piece.sha256 is not None:
            sha256, md5 = hashlib.sha256(piece.data).hexdigest(), hashlib.md5(piece.data, usedforsecurity=False)
            whole = Content(size=piece.size, md5=md5.hexdigest(), data=piece.data)
            return whole if sha256 == piece.sha256 else Answer(result="have", bytes=0)
        spooled = "\0".join(name)
        have = self._spool.append(spooled, piece.offset, piece.data)
        if piece.sha256 is None or have != piece.size:
            if have > piece.size:
                self._spool.drop(spooled)
                have = 0
            return Answer(result="have", bytes=have)
        large = have > IN_THREAD_BYTES
        read = asyncio.to_thread(self._spool.digests, spooled) if large else None
        sha256, checked_md5 = self._spool.digests(spooled) if read is None else await read
        if sha256 != piece.sha256:
            self._spool.drop(spooled)
            return Answer(result="have", bytes=0)
        return Content(size=have, md5=checked_md5, file=self._spool.file(spooled))

    async def _keep(self, piece: Piece, name: Name, content: Content) -> Answer:
        try:
            answer = await self._write(piece, name, content)
        except Refusal as refusal:
            answer = at_destination(refusal, piece.kind)
        if answer.result == "failed":
            self._ledger.add(rows.DROP_REPLICA, name)
        if answer.result != "later" and content.file is not None:
            self._spool.drop("\0".join(name))
        return answer

    async def _write(self, piece: Piece, name: Name, content: Content) -> Answer:
        facts = await self._bucket(piece.destination)
        if facts is None:
            return NO_BUCKET
        if facts.versioning != "Enabled":
            return NOT_VERSIONED
        head = piece.head or Head(size=0, etag="", modified_s=self._clock.wall_s())
        replica = self._rows.replica(*name)
        engine_id = None if replica is None else await self._left_behind(facts, replica, piece, content)
        if engine_id is None:
            replica = Replica(
                bucket=piece.destination,
                key=piece.key,
                version_id=piece.version_id,
                engine_id="",
                source=piece.source,
                source_region=piece.origin,
                state="WRITING",
                at_s=self._clock.wall_s(),
                modified_s=head.modified_s,
            )
            await asyncio.shield(self._ledger.add(rows.PUT_REPLICA, rows.replica_row(replica)))
            if piece.kind == "marker":
                engine_id = await self._store.mark(facts.account, piece.destination, piece.key)
            else:
                tagged = with_tags(head, piece.settings)
                engine_id = await self._store.write(facts.account, piece.destination, piece.key, tagged, content)
        assert replica is not None
        changes = replace(piece.settings, tags=None)  # tags were written with the content
        if changes != Settings():
            await self._store.change(facts.account, piece.destination, piece.key, engine_id, changes)
        there = replace(replica, engine_id=engine_id, state="THERE")
        await asyncio.shield(self._ledger.add(rows.PUT_REPLICA, rows.replica_row(there)))
        self.buckets.add(piece.destination)
        return DONE

    async def _left_behind(self, facts: BucketFacts, replica: Replica, piece: Piece, content: Content) -> str | None:
        """The engine's id of a version that was being written when this region, or the engine, stopped answering."""
        wanted = {content.md5, piece.head.etag if piece.head else ""}
        for found in await self._store.versions(facts.account, replica.bucket, replica.key):
            if found.key != replica.key or found.is_marker != (piece.kind == "marker"):
                continue
            if found.modified_s < math.floor(replica.at_s) or self._is_anothers(replica, found.version_id):
                continue
            if found.is_marker or (found.size == content.size and found.etag in wanted):
                return found.version_id
        return None

    def _is_anothers(self, replica: Replica, engine_id: str) -> bool:
        """It came by replication and is known, or was written here."""
        if self._rows.replica_called(replica.bucket, engine_id) is not None:
            return True
        return bool(self._rows.copies(replica.bucket, replica.key, engine_id))

    async def _settings(self, piece: Piece, name: Name) -> Answer:
        """Of a version that came from there, or that was written here and was changed there."""
        replica = self._rows.replica(*name)
        if replica is None:
            return await self._change(piece, piece.version_id)
        if replica.state == "WRITING":
            return Answer(result="later", why="the version itself is still being written")
        return NO_VERSION if replica.state == "GONE" else await self._change(piece, replica.engine_id)

    async def _change(self, piece: Piece, engine_id: str) -> Answer:
        try:
            facts = await self._bucket(piece.destination)
            if facts is None:
                return NO_BUCKET
            await self._store.change(facts.account, piece.destination, piece.key, engine_id, piece.settings)
        except Refusal as refusal:
            return at_destination(refusal, "settings")
        return DONE

    async def _bucket(self, bucket: str) -> BucketFacts | None:
        now_s = self._clock.now_s()
        known = self._facts.get(bucket)
        if known is not None and now_s < known[0]:
            return known[1]
        facts = await self._store.bucket(bucket)
        self._facts[bucket] = (now_s + FACTS_FRESH_S, facts)
        return facts

    def _forget_old_jobs(self) -> None:
        """Of ended jobs nobody may ever ask: their sender may be gone."""
        if len(self._jobs) > MOST_ENDED:
            for name in [name for name, job in self._jobs.items() if job.done()]:
                del self._jobs[name]


def with_tags(head: Head, settings: Settings) -> Head:
    """The head with the tags as S3 takes them in a header."""
    if not settings.tags:
        return head
    return replace(head, headers=(*head.headers, ("x-amz-tagging", urlencode(settings.tags))))
