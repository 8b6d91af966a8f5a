"""The source side of a region: its buckets with replication, what happened in them, and what has to be copied.

In: what the front door saw. Out: rows in the ledger, tasks for senders, statuses. Before a call that may change such a
bucket goes to the engine, an intent is on disk; after it, in one commit, what must be copied is there and the intent is
gone; only then the client has its answer. What became of a call that nobody saw the end of is asked of the engine.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import replace

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks
from sandbox.replication.objects import rows
from sandbox.replication.objects.matching import needs_tags, rules_for
from sandbox.replication.objects.port import Store
from sandbox.replication.objects.reasons import NO_CONFIGURATION
from sandbox.replication.objects.status import status_of
from sandbox.replication.objects.values import Configuration, Found, Happened, Intent, Kind, Rule, Settings, Task

ASK_AGAIN_S = 1.0  # the engine, what became of a call
WAIT_S = 2.0


class Sources:
    """One region's. on_task: one more for its region's queue, in order of their numbers."""

    def __init__(
        self,
        *,
        store: Store,
        ledger: rows.Keeping,
        clock: Clock,
        tasks: Tasks,
        on_task: Callable[[Task], None],
        on_failed: Callable[[str, str], None],
    ) -> None:
        """on_failed: (bucket, destination) of which what waited has failed."""
        self.configurations: dict[str, Configuration] = {}
        self.buckets: set[str] = set()  # from which anything was ever copied
        self._store = store
        self._ledger = ledger
        self._rows = rows.Rows(ledger)
        self._clock = clock
        self._tasks = tasks
        self._on_task = on_task
        self._on_failed = on_failed
        self._seq = 0
        self._unknown: dict[int, Intent] = {}  # calls of which nobody saw the end
        self._asked = asyncio.Event()
        self._found_out = asyncio.Condition()

    def load(self) -> None:
        """What the ledger kept."""
        self._seq = self._rows.last_seq()
        self.configurations = {each.bucket: each for each in self._rows.configurations()}
        self._unknown = {intent.seq: intent for intent in self._rows.intents()}
        self.buckets = self._rows.buckets_with_copies() | self.configurations.keys()

    def start(self) -> None:
        """Ask what became of calls that were under way when the region ended."""
        self._asked.set()
        self._tasks.start(self._find_out(), "what became of calls")

    def reset(self) -> None:
        """Everything is gone."""
        self.configurations.clear()
        self.buckets.clear()
        self._unknown.clear()
        for statement in rows.DROP_ALL:
            self._ledger.add(statement, ())

    # -- configurations -------------------------------------------------------------------------------------------

    async def put(self, configuration: Configuration) -> None:
        """From now on this applies. What waits for a destination that is no more fails (A5)."""
        before = self.configurations.get(configuration.bucket)
        self.configurations[configuration.bucket] = configuration
        self.buckets.add(configuration.bucket)
        kept = self._ledger.add(rows.PUT_CONFIGURATION, rows.configuration_row(configuration))
        if before is not None:
            self._fail_missing(before, {rule.destination for rule in configuration.rules})
        await asyncio.shield(kept)

    async def delete(self, bucket: str) -> None:
        """Nothing is copied from it any more."""
        before = self.configurations.pop(bucket, None)
        if before is not None:
            self._fail_missing(before, set())
            await asyncio.shield(self._ledger.add(rows.DROP_CONFIGURATION, (bucket,)))

    def _fail_missing(self, before: Configuration, destinations: set[str]) -> None:
        for destination in dict.fromkeys(rule.destination for rule in before.rules):
            if destination not in destinations:
                self._ledger.add(rows.FAIL_PENDING, (NO_CONFIGURATION.reason, before.bucket, destination))
                self._on_failed(before.bucket, destination)

    async def forget_bucket(self, bucket: str) -> None:
        """The bucket was deleted."""
        self.configurations.pop(bucket, None)
        self.buckets.discard(bucket)
        kept = [self._ledger.add(statement, (bucket,)) for statement in rows.DROP_BUCKET]
        await asyncio.shield(kept[-1])

    # -- calls ----------------------------------------------------------------------------------------------------

    async def begin(self, bucket: str, key: str, kind: Kind) -> Intent:
        """Before the engine is called. key "": of several, or not known yet.

        What became of an earlier call for the key is found out first, so that versions are copied in their order; but
        nobody waits for that longer than `WAIT_S`.
        """
        self._ledger.refuse_if_stuck()
        if self._is_unknown(bucket, key):
            await self._wait_for(bucket, key)
        self._seq += 1
        intent = Intent(seq=self._seq, bucket=bucket, key=key, kind=kind, at_s=self._clock.wall_s())
        row = (intent.seq, bucket, key, kind, intent.at_s)
        await asyncio.shield(self._ledger.add(rows.PUT_INTENT, row))
        return intent

    async def nothing(self, intent: Intent) -> None:
        """The engine refused: nothing has changed."""
        self._ledger.add(rows.DROP_INTENT, (intent.seq,))

    def unknown(self, intent: Intent) -> None:
        """The engine did not answer: it may or may not have done it."""
        self._unknown[intent.seq] = intent
        self._asked.set()

    async def happened(self, intent: Intent, events: Iterable[Happened]) -> None:
        """The engine has done it; returns when what has to be copied is on disk."""
        for event in events:
            self._queue(event)
        done = self._ledger.add(rows.DROP_INTENT, (intent.seq,))
        await asyncio.shield(done)

    async def complete(self, event: Happened, *, known: bool) -> Happened:
        """With what only the engine can tell, if any rule needs it. known: size and encryption are right already."""
        configuration = self.configurations.get(event.bucket)
        if configuration is None or event.kind != "object":
            return event
        place = (configuration.account, event.bucket, event.key, event.version_id)
        if not known:
            head = await self._store.head(*place)
            event = replace(event, size=head.size, storage_class=head.storage_class, is_kms=head.is_kms)
        if needs_tags(configuration, event.key):
            settings = await self._store.settings(*place, Settings(tags=()))
            event = replace(event, tags=settings.tags or ())
        return event

    def _queue(self, event: Happened) -> None:
        configuration = self.configurations.get(event.bucket)
        if configuration is None:
            return
        for rule in self._rules(configuration, event):
            self._seq += 1
            region = configuration.regions[rule.destination]
            row = rows.copy_row(event, rule, region, self._seq, self._clock.wall_s())
            self._ledger.add(rows.PUT_SETTINGS if event.kind == "settings" else rows.PUT_COPY, row)
            self._on_task(rows.task_of(row))

    def _rules(self, configuration: Configuration, event: Happened) -> tuple[Rule, ...]:
        """Settings of a version follow it to wherever it was copied (A4), or back to where it came from."""
        if event.kind != "settings" or event.is_replica:
            return rules_for(configuration, event)
        copies = self._rows.copies(event.bucket, event.key, event.version_id)
        copied = {to for to, kind, state in copies if state != "FAILED" or kind == "settings"}
        by_destination = {rule.destination: rule for rule in configuration.rules if rule.is_enabled}
        return tuple(rule for to, rule in by_destination.items() if to in copied)

    async def upload_begun(self, bucket: str, upload_id: str) -> None:
        """A multipart upload that was given an ACL, which only its beginning tells."""
        await asyncio.shield(self._ledger.add(rows.PUT_UPLOAD, (bucket, upload_id)))

    def upload_ended(self, bucket: str, upload_id: str) -> bool:
        """It is whole, or aborted: whether it had an ACL."""
        had_acl = self._rows.has_upload(bucket, upload_id)
        if had_acl:
            self._ledger.add(rows.DROP_UPLOAD, (bucket, upload_id))
        return had_acl

    def forget_version(self, bucket: str, key: str, version_id: str) -> None:
        """It was deleted by its id, which is never copied (A4); its status goes with it."""
        self._ledger.add(rows.FORGET_VERSION, (bucket, version_id, key))

    def status(self, bucket: str, key: str, version_id: str, *, is_replica: bool) -> str | None:
        """x-amz-replication-status."""
        states = [state for _, _, state in self._rows.copies(bucket, key, version_id)]
        return status_of(states, is_replica=is_replica)

    # -- what became of it ----------------------------------------------------------------------------------------

    def _is_unknown(self, bucket: str, key: str) -> bool:
        return any(each.bucket == bucket and (not key or each.key in ("", key)) for each in self._unknown.values())

    async def _wait_for(self, bucket: str, key: str) -> None:
        try:
            async with asyncio.timeout(WAIT_S), self._found_out:
                await self._found_out.wait_for(lambda: not self._is_unknown(bucket, key))
        except TimeoutError:
            pass  # the engine does not say; it will not take the call either

    async def _find_out(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            for intent in list(self._unknown.values()):
                if await self._ask(intent):
                    self._unknown.pop(intent.seq, None)
            async with self._found_out:
                self._found_out.notify_all()
            if self._unknown:
                self._asked.set()
                await self._clock.sleep(ASK_AGAIN_S)

    async def _ask(self, intent: Intent) -> bool:
        """Find out what became of one call; False: not now."""
        configuration = self.configurations.get(intent.bucket)
        try:
            events = [] if configuration is None else await self._seen(configuration, intent)
        except Refusal as refusal:
            if refusal.code != "NoSuchBucket":
                return False
            events = []
        if events is None:
            return False
        await self.happened(intent, events)
        return True

    async def _seen(self, configuration: Configuration, intent: Intent) -> list[Happened] | None:
        """What the engine has that we have not, and that may be this call's; None: it cannot be told yet."""
        bucket = intent.bucket
        listed = await self._store.versions(configuration.account, bucket, intent.key)
        listed = [each for each in listed if intent.key in ("", each.key)]
        if any(self._rows.is_being_written(bucket, each.key) for each in listed):
            return None  # one of these may be a replica whose id is not known yet
        if intent.kind == "settings":
            return [changed(bucket, each) for each in listed if self._rows.copies(bucket, each.key, each.version_id)]
        new = [each for each in listed if each.modified_s >= math.floor(intent.at_s) and self._is_new(bucket, each)]
        return [await self.complete(made(bucket, each), known=each.is_marker) for each in reversed(new)]

    def _is_new(self, bucket: str, found: Found) -> bool:
        if self._rows.replica_called(bucket, found.version_id) is not None:
            return False
        return not self._rows.copies(bucket, found.key, found.version_id)


def made(bucket: str, found: Found) -> Happened:
    """A version that is listed, as what has happened."""
    kind: Kind = "marker" if found.is_marker else "object"
    return Happened(
        bucket=bucket,
        key=found.key,
        version_id=found.version_id,
        kind=kind,
        size=found.size,
        has_acl=not found.is_marker,
    )


def changed(bucket: str, found: Found) -> Happened:
    """The settings of a version may have changed."""
    return Happened(bucket=bucket, key=found.key, version_id=found.version_id, kind="settings", has_acl=True)
