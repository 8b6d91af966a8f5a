"""Sends what waits for one region, over the network, until it is there.

In: a queue, woken by new tasks. Out: for each task whether its version has arrived, has failed, or is gone. A version
is read from this region's engine and sent in pieces, so that no more than a few of them are in memory at once; a piece
that was lost is sent again, and one that the other region has is not.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks
from sandbox.replication.objects.port import Store
from sandbox.replication.objects.queue import Queue
from sandbox.replication.objects.reasons import NO_CONFIGURATION, at_source
from sandbox.replication.objects.values import Configuration, Head, Rule, Settings, Task
from sandbox.replication.objects.wire import VERSION, Answer, Piece, decode_answer, encode_piece

PIECE_BYTES = 4 * 1024 * 1024
MOST_UNDER_WAY = 64  # tasks of one region
MOST_BYTES_UNDER_WAY = 64 * 1024 * 1024  # in their pieces
ASK_AGAIN_S = 0.5  # while the other region stores a large object
ALL_SETTINGS = Settings(tags=(), acl=b"", retention=b"", legal_hold=b"")
TAGS = Settings(tags=())

Post = Callable[[str, str, bytes], Awaitable[tuple[int, bytes]]]  # region, path, body -> status, body


class Unreached(Exception):
    """The other region did not answer as one of ours does."""


class Sender:
    """One region. on_decided: what became of a task; on_away: the region does not answer, or does so again.

    engine_id: (bucket, version id) -> what this region's engine calls it.
    """

    def __init__(
        self,
        here: str,
        region: str,
        *,
        store: Store,
        post: Post,
        configuration: Callable[[str], Configuration | None],
        engine_id: Callable[[str, str], str],
        clock: Clock,
        tasks: Tasks,
        on_decided: Callable[[Task, Answer], None],
        on_away: Callable[[Sender, bool], None],
    ) -> None:
        self.region = region
        self.queue = Queue()
        self.away_since_s: float | None = None  # wall clock; None while it answers
        self.trouble = ""  # why the last task that could not be stored was not; "" once one was
        self._here = here
        self._store = store
        self._post = post
        self._configuration = configuration
        self._engine_id = engine_id
        self._clock = clock
        self._tasks = tasks
        self._on_decided = on_decided
        self._on_away = on_away
        self._awake = asyncio.Event()
        self._bytes = 0
        self._main: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; what waits already is sent."""
        if self._main is None:
            self._main = self._tasks.start(self._run(), f"send objects to {self.region}")
        self.wake()

    def wake(self) -> None:
        """There is something new."""
        self._awake.set()

    async def _run(self) -> None:
        while True:
            while self._has_room and (task := self.queue.take(self._clock.now_s())) is not None:
                size = min(task.size, PIECE_BYTES)
                self._bytes += size
                self._tasks.start(self._deliver(task, size), task.kind)
            wait_s = self.queue.wait_s(self._clock.now_s()) if self._has_room else None
            try:
                async with asyncio.timeout(wait_s):
                    await self._awake.wait()
            except TimeoutError:
                continue  # it is time to try again
            self._awake.clear()

    @property
    def _has_room(self) -> bool:
        return len(self.queue.under_way) < MOST_UNDER_WAY and self._bytes < MOST_BYTES_UNDER_WAY

    async def _deliver(self, task: Task, size: int) -> None:
        answer: Answer | None = None
        try:
            answer = await self.send(task)
        except (OSError, Unreached):
            self._set_away(self._clock.wall_s())
        finally:  # also when it fails by a mistake of ours: nothing behind it may be stuck
            self._bytes -= size
            if answer is None:
                self.queue.unreached(task, self._clock.now_s())
            self.wake()
        if answer is not None:
            self._answered(task, answer)

    def _answered(self, task: Task, answer: Answer) -> None:
        self._set_away(None)
        self.trouble = answer.why if answer.result in ("later", "away") else ""
        if self.trouble:
            if self.queue.not_stored(task, self._clock.now_s(), counts=answer.result == "later"):
                return
            answer = Answer(result="failed", reason="DstPutObjectNotPermitted", why=answer.why)
        self.queue.done(task)
        self._on_decided(task, answer)

    def _set_away(self, at_s: float | None) -> None:
        if (self.away_since_s is None) == (at_s is None):
            return
        if at_s is None:
            self._on_away(self, False)  # while it is still known since when
            self.away_since_s = None
        elif self.queue.failures:  # one lost message is no news
            self.away_since_s = at_s
            self._on_away(self, True)

    async def send(self, task: Task) -> Answer:
        """Bring one version there. OSError or Unreached when the region did not answer."""
        configuration = self._configuration(task.bucket)
        rule = None if configuration is None else rule_of(configuration, task)
        if configuration is None or rule is None:
            return NO_CONFIGURATION
        piece = Piece(
            source=task.bucket,
            origin=self._here,
            destination=task.destination,
            key=task.key,
            version_id=task.version_id,
            kind=task.kind,
        )
        if task.kind == "marker":
            return await self._say(piece)
        place = (configuration.account, task.bucket, task.key, self._engine_id(task.bucket, task.version_id))
        wanted = wanted_settings(task, rule)
        try:
            if task.kind == "settings":
                return await self._say(replace(piece, settings=await self._store.settings(*place, wanted)))
            opened = await self._store.open(*place, PIECE_BYTES)
            async with aclosing(opened.pieces):
                settings = wanted
                if opened.head.tags or wanted != TAGS:
                    settings = await self._store.settings(*place, wanted)
                head = as_copied(opened.head, rule)
                whole = replace(piece, size=head.size, head=head, settings=settings)
                return await self._stream(whole, opened.pieces)
        except Refusal as refusal:
            return at_source(refusal)

    async def _stream(self, whole: Piece, pieces: AsyncIterator[bytes]) -> Answer:
        """Piece after piece; each says how much the other side has."""
        sha256, read, have = hashlib.sha256(), 0, 0
        async for data in pieces:
            sha256.update(data)
            begin, read = read, read + len(data)
            if read >= whole.size:
                return await self._finish(whole, data[max(0, have - begin) :], sha256.hexdigest())
            if have < begin:
                return Answer(result="later", why="the other region has lost what was sent")
            if have < read:
                answer = await self._say(whole.at(have, data[have - begin :], None))
                if answer.result != "have":
                    return answer
                have = answer.bytes
        if whole.size:
            return Answer(result="later", why=f"the engine gave {read} of {whole.size} bytes")
        return await self._finish(whole, b"", sha256.hexdigest())

    async def _finish(self, whole: Piece, data: bytes, sha256: str) -> Answer:
        """The last piece; then ask until it is stored."""
        answer = await self._say(whole.at(whole.size - len(data), data, sha256))
        while answer.result == "working":
            await self._clock.sleep(ASK_AGAIN_S)
            answer = await self._say(whole.at(whole.size, b"", sha256))
        if answer.result == "have":
            return Answer(result="later", why=f"the other region has {answer.bytes} of {whole.size} bytes")
        return answer

    async def _say(self, piece: Piece) -> Answer:
        try:
            status, body = await self._post(self.region, VERSION, encode_piece(piece))
            if status != 200:
                raise Unreached(f"{self.region} answered {status}")
            return decode_answer(body)
        except Refusal as refusal:  # not an engine's: the way, or what came over it
            raise Unreached(refusal.message) from refusal


def rule_of(configuration: Configuration, task: Task) -> Rule | None:
    """The rule that a task is for: by its name, else another one with that destination."""
    rules = [rule for rule in configuration.rules if rule.destination == task.destination]
    return next((rule for rule in rules if rule.rule_id == task.rule_id), rules[0] if rules else None)


def wanted_settings(task: Task, rule: Rule) -> Settings:
    """Which settings go along. The ACL stays here when the copy has another owner."""
    if task.kind == "settings":
        return replace(ALL_SETTINGS, acl=b"" if task.with_acl and not rule.replica_owner else None)
    return replace(TAGS, acl=b"" if task.with_acl and not rule.replica_owner else None)


def as_copied(head: Head, rule: Rule) -> Head:
    """What the copy is written with: the rule's storage class and key, where it has one."""
    headers = head.headers
    if rule.kms_key is not None and head.is_kms:
        kms = (
            ("x-amz-server-side-encryption", "aws:kms"),
            ("x-amz-server-side-encryption-aws-kms-key-id", rule.kms_key),
        )
        headers = (*headers, *kms)
    return replace(head, headers=headers, storage_class=rule.storage_class or head.storage_class)
