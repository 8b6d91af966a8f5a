"""S3 replication of one region: its source buckets, senders to other regions, and what arrives from them.

A region makes one, hands it the ports below, calls `load` before anything else and `start` once it can be reached. The
front door tells it of calls (`sources`), asks it for statuses and for names of versions; messages of other regions go
to `receive`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks
from sandbox.replication.objects import rows, wire
from sandbox.replication.objects.arrivals import Arrivals
from sandbox.replication.objects.port import Store
from sandbox.replication.objects.queue import Pair
from sandbox.replication.objects.rules import enabled_destinations
from sandbox.replication.objects.sender import Post, Sender
from sandbox.replication.objects.sources import Sources
from sandbox.replication.objects.spool import Spool
from sandbox.replication.objects.tallies import Tallies
from sandbox.replication.objects.values import (
    BucketFacts,
    BucketReplicationSet,
    Configuration,
    ObjectNotReplicated,
    ObjectsGoOn,
    ObjectsHeldUp,
    Task,
)
from sandbox.replication.objects.wire import Answer
from sandbox.replication.values import Pause

MOST_LOADED = 20_000  # tasks of one region in memory; the rest waits on disk


class ObjectReplication:
    """One region's S3 replication, of all accounts. spool: a folder of its own."""

    def __init__(
        self,
        region: str,
        *,
        ledger: rows.Keeping,
        spool: Path,
        store: Store,
        post: Post,
        clock: Clock,
        journal: Journal,
        most_loaded: int = MOST_LOADED,
    ) -> None:
        self.region = region
        self.senders: dict[str, Sender] = {}
        self.tasks = Tasks("S3 replication")
        self._ledger = ledger
        self._rows = rows.Rows(ledger)
        self._store = store
        self._post = post
        self._clock = clock
        self._journal = journal
        self._most_loaded = most_loaded
        self._read_up_to: dict[str, int] = {}  # region -> number after which its tasks are on disk alone
        self._pauses: tuple[Pause, ...] = ()
        self._held: frozenset[Pair] = frozenset()
        self._started = False
        self.arrivals = Arrivals(region, store=store, ledger=ledger, spool=Spool(spool), clock=clock, tasks=self.tasks)
        self.sources = Sources(
            store=store,
            ledger=ledger,
            clock=clock,
            tasks=self.tasks,
            on_task=self._added,
            on_failed=self._emptied,
        )
        self.tallies = Tallies(
            region,
            clock=clock,
            journal=journal,
            tasks=self.tasks,
            oldest_s=self._rows.oldest_s,
            account_of=self._account_of,
            is_measured=self._is_measured,
        )

    # -- life -----------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Take up what the ledger kept."""
        self.sources.load()
        self.arrivals.load()
        for region in self._rows.regions():
            self._read_up_to[region] = 0
            self._sender(region)

    def start(self) -> None:
        """Begin to send; on the event loop."""
        self._started = True
        self._hold()
        self.sources.start()
        for direction, (pending, pending_bytes) in self._rows.backlog().items():
            self.tallies.load(direction, pending, pending_bytes)
        for sender in self.senders.values():
            self._refill(sender)
            sender.start()

    def reset(self) -> None:
        """Every bucket is gone."""
        for sender in self.senders.values():
            sender.queue.drop(None)
        self._read_up_to.clear()
        self.sources.reset()
        self.arrivals.reset()
        self.tallies.forget()

    async def close(self) -> None:
        """Stop; the ledger knows where to go on."""
        await self.tasks.close()

    # -- buckets --------------------------------------------------------------------------------------------------

    async def configure(self, configuration: Configuration) -> None:
        """A bucket's replication is set."""
        await self.sources.put(configuration)
        self._hold()
        destinations = enabled_destinations(configuration.rules)
        why = f"new versions go to {', '.join(destinations) or 'nowhere: no rule is enabled'}"
        self._note_set(configuration.bucket, destinations, why)

    async def unconfigure(self, bucket: str) -> None:
        """It is taken away; also when there was none."""
        if bucket in self.sources.configurations:
            await self.sources.delete(bucket)
            self._note_set(bucket, [], "its replication configuration was deleted")

    async def forget_bucket(self, bucket: str) -> None:
        """It was deleted."""
        if bucket in self.sources.buckets or bucket in self.arrivals.buckets:
            for sender in self.senders.values():
                sender.queue.drop(bucket)
            self.arrivals.buckets.discard(bucket)
            self.tallies.forget(bucket)
            await self.sources.forget_bucket(bucket)
        self.arrivals.forget_facts(bucket)

    async def facts(self, bucket: str, region: str) -> BucketFacts | None:
        """A bucket as its own region knows it. A Refusal when that region does not answer."""
        try:
            status, body = await self._send(region, wire.BUCKET, wire.encode_question(bucket))
        except OSError as error:
            raise not_answering(region) from error
        if status != 200:
            raise not_answering(region)
        return wire.decode_facts(body)

    def _note_set(self, bucket: str, destinations: list[str], why: str) -> None:
        now_s = self._clock.wall_s()
        event = BucketReplicationSet(at_s=now_s, region=self.region, bucket=bucket, destinations=destinations, why=why)
        self._journal.note(event)

    # -- versions -------------------------------------------------------------------------------------------------

    def concerns(self, bucket: str) -> bool:
        """Whether anything of this bucket was, or is to be, replicated: others need not be looked at."""
        return bucket in self.sources.buckets or bucket in self.arrivals.buckets

    def is_replica(self, bucket: str, key: str, version_id: str) -> bool:
        """Whether replication brought this version here."""
        if bucket not in self.arrivals.buckets:
            return False
        replica = self._rows.replica(bucket, key, version_id)
        return replica is not None and replica.state == "THERE"

    def status(self, bucket: str, key: str, version_id: str) -> str | None:
        """x-amz-replication-status of a version, by the name that users know."""
        is_replica = self.is_replica(bucket, key, version_id)
        return self.sources.status(bucket, key, version_id, is_replica=is_replica)

    def engine_id(self, bucket: str, version_id: str) -> str:
        """What the engine calls a version."""
        if bucket not in self.arrivals.buckets:
            return version_id
        return next(iter(self._rows.engine_ids(bucket, version_id)), version_id)

    def public_id(self, bucket: str, engine_id: str) -> str:
        """What users call a version of the engine: a replica has its source's id."""
        if bucket not in self.arrivals.buckets:
            return engine_id
        replica = self._rows.replica_called(bucket, engine_id)
        return engine_id if replica is None else replica.version_id

    def modified_s(self, bucket: str, key: str, version_id: str) -> float | None:
        """When a replica was made at its source; None for what is none."""
        replica = self._rows.replica(bucket, key, version_id) if bucket in self.arrivals.buckets else None
        return None if replica is None else replica.modified_s

    def deleted(self, bucket: str, key: str, version_id: str) -> None:
        """A version was deleted by its id."""
        if bucket in self.sources.buckets:
            self.sources.forget_version(bucket, key, version_id)
        if bucket in self.arrivals.buckets:
            self._ledger.add(rows.LOSE_REPLICA, (bucket, key, version_id))

    # -- other regions --------------------------------------------------------------------------------------------

    async def receive(self, path: str, body: bytes) -> tuple[int, bytes]:
        """A message: an HTTP status and body."""
        try:
            if path == wire.VERSION:
                return 200, wire.encode_answer(await self.arrivals.receive(wire.decode_piece(body)))
            if path == wire.BUCKET:
                return 200, wire.encode_facts(await self._store.bucket(wire.decode_question(body)))
        except Refusal as refusal:
            return refusal.status, b"{}"
        return 404, b"{}"

    async def _send(self, region: str, path: str, body: bytes) -> tuple[int, bytes]:
        """To another region over the ocean; to a bucket of this one without."""
        return await self.receive(path, body) if region == self.region else await self._post(region, path, body)

    def _sender(self, region: str) -> Sender:
        sender = self.senders.get(region)
        if sender is None:
            sender = self.senders[region] = Sender(
                self.region,
                region,
                store=self._store,
                post=self._send,
                configuration=self.sources.configurations.get,
                engine_id=self.engine_id,
                clock=self._clock,
                tasks=self.tasks,
                on_decided=self._decided,
                on_away=self._away,
            )
            sender.queue.hold(self._held)
            if self._started:
                sender.start()
        return sender

    def _added(self, task: Task) -> None:
        sender = self._sender(task.region)
        self.tallies.added(task)
        if task.region in self._read_up_to:
            return  # behind others that are on disk alone
        if len(sender.queue) >= self._most_loaded:
            self._read_up_to[task.region] = task.seq - 1
            return
        sender.queue.add(task)
        sender.wake()

    def _refill(self, sender: Sender) -> None:
        """From the disk, in order, as many as there is room for."""
        after = self._read_up_to.get(sender.region)
        if after is None:
            return
        most = self._most_loaded - len(sender.queue)
        found = self._rows.pending(sender.region, after, most)
        for task in found:
            sender.queue.add(task)
        if len(found) == most:
            self._read_up_to[sender.region] = found[-1].seq
        else:
            del self._read_up_to[sender.region]
        sender.wake()

    async def _refill_when_kept(self, sender: Sender) -> None:
        """What waits for its commit would be missed."""
        await self._ledger.committed()
        if len(sender.queue) * 2 < self._most_loaded:
            self._refill(sender)

    def _decided(self, task: Task, answer: Answer) -> None:
        if answer.result == "gone":
            self._ledger.add(rows.FORGET_COPY, (task.seq,))
        else:
            state = "COMPLETED" if answer.result == "done" else "FAILED"
            self._ledger.add(rows.DECIDE, (state, answer.reason, task.seq))
        self.tallies.decided(task, failed=answer.result == "failed")
        if answer.result == "failed":
            self._note_failed(task, answer)
        sender = self.senders[task.region]
        if task.region in self._read_up_to and len(sender.queue) * 2 < self._most_loaded:
            self.tasks.start(self._refill_when_kept(sender), "refill")

    def _emptied(self, bucket: str, destination: str) -> None:
        """What waited for a destination has failed: its rule is gone."""
        for sender in self.senders.values():
            sender.queue.drop(bucket, destination)
        self.tallies.emptied(bucket, destination)

    def _note_failed(self, task: Task, answer: Answer) -> None:
        event = ObjectNotReplicated(
            at_s=self._clock.wall_s(),
            region=self.region,
            bucket=task.bucket,
            key=task.key,
            version_id=task.version_id,
            destination=task.destination,
            reason=answer.reason,
            why=answer.why,
        )
        self._journal.note(event)

    def _away(self, sender: Sender, is_away: bool) -> None:
        now_s, pending = self._clock.wall_s(), len(sender.queue)
        here, peer = self.region, sender.region
        if is_away:
            why = f"{peer} does not answer {here}; versions for its buckets stay PENDING and are tried again"
            self._journal.note(ObjectsHeldUp(at_s=now_s, region=here, peer=peer, pending=pending, why=why))
            return
        assert sender.away_since_s is not None
        away_s = round(now_s - sender.away_since_s, 3)
        why = f"{peer} answers {here} again after {away_s:g} s; what waited is sent"
        self._journal.note(ObjectsGoOn(at_s=now_s, region=here, peer=peer, pending=pending, away_s=away_s, why=why))

    # -- pauses ---------------------------------------------------------------------------------------------------

    def set_paused(self, pauses: Iterable[Pause]) -> None:
        """Each pause-replication fault, all of them. They name a table, or a bucket: of a source, or a destination."""
        self._pauses = tuple(pauses)
        self._hold()

    def is_paused(self, bucket: str, destination: str, region: str) -> bool:
        """Whether a fault keeps back what a bucket has for a destination."""
        return any(pause.holds(name, self.region, region) for pause in self._pauses for name in (bucket, destination))

    def _hold(self) -> None:
        """What is paused, and what rules that are disabled would send: it waits until one is enabled again."""
        held = set()
        for configuration in self.sources.configurations.values():
            enabled = enabled_destinations(configuration.rules)
            for destination, region in configuration.regions.items():
                if destination not in enabled or self.is_paused(configuration.bucket, destination, region):
                    held.add((configuration.bucket, destination))
        self._held = frozenset(held)
        for sender in self.senders.values():
            sender.queue.hold(self._held)
            sender.wake()

    # -- small answers --------------------------------------------------------------------------------------------

    def _account_of(self, bucket: str) -> str | None:
        configuration = self.sources.configurations.get(bucket)
        return None if configuration is None else configuration.account

    def _is_measured(self, bucket: str, rule_id: str) -> bool:
        configuration = self.sources.configurations.get(bucket)
        rules = () if configuration is None else configuration.rules
        return any(rule.has_metrics for rule in rules if rule.rule_id == rule_id)


def not_answering(region: str) -> Refusal:
    """For a configuration whose destination cannot be looked at now."""
    message = f"the destination bucket's region {region} does not answer, so it cannot be checked. Try again."
    return Refusal("ServiceUnavailable", message, status=503, definite=True)
