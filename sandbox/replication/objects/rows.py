"""What S3 replication keeps on disk, in a file of its own beside the region's ledger, and what it reads there.

In: values. Out: statements for the ledger, and what they have left. What waits for its commit is not seen by reads; a
caller who must see it waits for the commit first.

`copies` has one row for each version and destination; its `seq` is new whenever it has to be sent (again), so that what
becomes of an earlier sending cannot be taken for the later one's. `replicas` has one row for each version that came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import orjson

from sandbox.replication.objects.rules import configuration_of
from sandbox.replication.objects.values import Configuration, Happened, Intent, Replica, Rule, State, Task

SCHEMA = """
CREATE TABLE IF NOT EXISTS configurations (bucket TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS intents (
    seq INTEGER PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, at_s REAL NOT NULL);
CREATE TABLE IF NOT EXISTS uploads (bucket TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (bucket, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS copies (
    bucket TEXT NOT NULL, key TEXT NOT NULL, version_id TEXT NOT NULL, destination TEXT NOT NULL,
    seq INTEGER NOT NULL, region TEXT NOT NULL, rule_id TEXT NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL,
    since_s REAL NOT NULL, with_acl INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (bucket, key, version_id, destination)) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS sent ON copies (seq);
CREATE INDEX IF NOT EXISTS pending ON copies (region, seq) WHERE state = 'PENDING';
CREATE TABLE IF NOT EXISTS replicas (
    bucket TEXT NOT NULL, key TEXT NOT NULL, version_id TEXT NOT NULL, engine_id TEXT NOT NULL, source TEXT NOT NULL,
    source_region TEXT NOT NULL, state TEXT NOT NULL, at_s REAL NOT NULL, modified_s REAL NOT NULL,
    PRIMARY KEY (bucket, key, version_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS engines ON replicas (bucket, engine_id);
CREATE INDEX IF NOT EXISTS versions ON replicas (bucket, version_id);
"""
PUT_CONFIGURATION = "INSERT OR REPLACE INTO configurations VALUES (?, ?)"
DROP_CONFIGURATION = "DELETE FROM configurations WHERE bucket = ?"
PUT_INTENT = "INSERT INTO intents VALUES (?, ?, ?, ?, ?)"
DROP_INTENT = "DELETE FROM intents WHERE seq = ?"
PUT_UPLOAD = "INSERT OR REPLACE INTO uploads VALUES (?, ?)"
DROP_UPLOAD = "DELETE FROM uploads WHERE bucket = ? AND id = ?"
PUT_COPY = "INSERT OR REPLACE INTO copies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'PENDING', '')"
# Settings of a version: what waits goes on as what it is, but counts as new; what failed is not there to be changed.
PUT_SETTINGS = (
    "INSERT INTO copies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'PENDING', '') ON CONFLICT DO UPDATE SET "
    "seq = excluded.seq, with_acl = max(with_acl, excluded.with_acl), "
    "since_s = CASE state WHEN 'PENDING' THEN since_s ELSE excluded.since_s END, "
    "kind = CASE state WHEN 'PENDING' THEN kind ELSE excluded.kind END, "
    "size = CASE state WHEN 'PENDING' THEN size ELSE excluded.size END, state = 'PENDING' "
    "WHERE state != 'FAILED' OR kind = 'settings'"
)
DECIDE = "UPDATE copies SET state = ?, reason = ? WHERE seq = ?"
FORGET_COPY = "DELETE FROM copies WHERE seq = ?"
FORGET_VERSION = "DELETE FROM copies WHERE bucket = ? AND version_id = ? AND key = ?"
FAIL_PENDING = (
    "UPDATE copies SET state = 'FAILED', reason = ? WHERE bucket = ? AND destination = ? AND state = 'PENDING'"
)
PUT_REPLICA = "INSERT OR REPLACE INTO replicas VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
LOSE_REPLICA = "UPDATE replicas SET state = 'GONE' WHERE bucket = ? AND key = ? AND version_id = ?"
DROP_REPLICA = "DELETE FROM replicas WHERE bucket = ? AND key = ? AND version_id = ?"
DROP_BUCKET = (
    DROP_CONFIGURATION,
    "DELETE FROM intents WHERE bucket = ?",
    "DELETE FROM uploads WHERE bucket = ?",
    "DELETE FROM copies WHERE bucket = ?",
    "DELETE FROM replicas WHERE bucket = ?",
)
DROP_ALL = tuple(f"DELETE FROM {table}" for table in ("configurations", "intents", "uploads", "copies", "replicas"))
_TASK = "seq, bucket, key, version_id, destination, region, rule_id, kind, size, since_s, with_acl"


class Keeping(Protocol):
    """`ledger.Ledger`; in simulated time a stand-in."""

    def add(self, statement: str, parameters: Sequence[Any]) -> asyncio.Future[None]:
        """Have a statement committed, in order; the future of its commit."""
        ...

    def refuse_if_stuck(self) -> None:
        """A Refusal while earlier statements could not be committed."""
        ...

    async def committed(self) -> None:
        """Wait until everything added so far is on disk."""
        ...

    def select(self, query: str, parameters: Sequence[Any] = ()) -> Iterator[Any]:
        """What is on disk."""
        ...


def configuration_row(configuration: Configuration) -> tuple[str, bytes]:
    """For PUT_CONFIGURATION."""
    content = {
        "account": configuration.account,
        "document": configuration.document,
        "regions": dict(configuration.regions),
        "put_at_s": configuration.put_at_s,
    }
    return configuration.bucket, orjson.dumps(content)


def copy_row(happened: Happened, rule: Rule, region: str, seq: int, now_s: float) -> tuple[Any, ...]:
    """For PUT_COPY and PUT_SETTINGS."""
    return (
        happened.bucket,
        happened.key,
        happened.version_id,
        rule.destination,
        seq,
        region,
        rule.rule_id,
        happened.kind,
        happened.size,
        now_s,
        int(happened.has_acl),
    )


def task_of(row: Sequence[Any]) -> Task:
    """What a row of PUT_COPY has to be sent as."""
    bucket, key, version_id, destination, seq, region, rule_id, kind, size, since_s, with_acl = row
    return Task(seq, bucket, key, version_id, destination, region, rule_id, kind, size, since_s, bool(with_acl))


def replica_row(replica: Replica) -> tuple[Any, ...]:
    """For PUT_REPLICA."""
    return (
        replica.bucket,
        replica.key,
        replica.version_id,
        replica.engine_id,
        replica.source,
        replica.source_region,
        replica.state,
        replica.at_s,
        replica.modified_s,
    )


class Rows:
    """What is on disk, as values."""

    def __init__(self, ledger: Keeping) -> None:
        self._ledger = ledger

    def configurations(self) -> list[Configuration]:
        """Of every source bucket."""
        found = []
        for bucket, content in self._ledger.select("SELECT bucket, content FROM configurations ORDER BY bucket"):
            found.append(configuration_of(bucket=bucket, **orjson.loads(content)))
        return found

    def intents(self) -> list[Intent]:
        """Calls of which it is not known what became of them, oldest first."""
        found = self._ledger.select("SELECT seq, bucket, key, kind, at_s FROM intents ORDER BY seq")
        return [Intent(seq=seq, bucket=bucket, key=key, kind=kind, at_s=at_s) for seq, bucket, key, kind, at_s in found]

    def last_seq(self) -> int:
        """The greatest number that was given out and is still there."""
        queries = ("SELECT max(seq) FROM copies", "SELECT max(seq) FROM intents")
        return max(next(iter(self._ledger.select(query)))[0] or 0 for query in queries)

    def has_upload(self, bucket: str, upload_id: str) -> bool:
        """Whether a multipart upload was begun with an ACL."""
        query = "SELECT 1 FROM uploads WHERE bucket = ? AND id = ?"
        return any(True for _ in self._ledger.select(query, (bucket, upload_id)))

    def pending(self, region: str, after_seq: int, most: int) -> list[Task]:
        """What has to be sent to a region, in order."""
        query = f"SELECT {_TASK} FROM copies WHERE state = 'PENDING' AND region = ? AND seq > ? ORDER BY seq LIMIT ?"
        return [Task._make((*row[:-1], bool(row[-1]))) for row in self._ledger.select(query, (region, after_seq, most))]

    def regions(self) -> list[str]:
        """For which something waits."""
        found = self._ledger.select("SELECT DISTINCT region FROM copies WHERE state = 'PENDING' ORDER BY region")
        return [region for (region,) in found]

    def copies(self, bucket: str, key: str, version_id: str) -> list[tuple[str, str, State]]:
        """(destination, kind, state) of one version."""
        query = "SELECT destination, kind, state FROM copies WHERE bucket = ? AND key = ? AND version_id = ?"
        return list(self._ledger.select(query, (bucket, key, version_id)))

    def backlog(self) -> dict[tuple[str, str, str, str], tuple[int, int]]:
        """(bucket, destination, rule, region) -> how many wait, and their bytes."""
        query = (
            "SELECT bucket, destination, rule_id, region, count(*), sum(size) FROM copies "
            "WHERE state = 'PENDING' GROUP BY bucket, destination, rule_id, region"
        )
        return {(row[0], row[1], row[2], row[3]): (row[4], row[5]) for row in self._ledger.select(query)}

    def oldest_s(self, bucket: str, destination: str) -> float | None:
        """Since when the first of those that wait does (Unix seconds)."""
        query = (
            "SELECT since_s FROM copies WHERE state = 'PENDING' AND bucket = ? AND destination = ? ORDER BY seq LIMIT 1"
        )
        return next((since_s for (since_s,) in self._ledger.select(query, (bucket, destination))), None)

    def failed(self, bucket: str, most: int) -> list[dict[str, Any]]:
        """Versions of a bucket that will not be copied, the latest first."""
        query = (
            "SELECT key, version_id, destination, reason FROM copies WHERE bucket = ? AND state = 'FAILED' "
            "ORDER BY seq DESC LIMIT ?"
        )
        names = ("key", "version_id", "destination", "reason")
        return [dict(zip(names, row, strict=True)) for row in self._ledger.select(query, (bucket, most))]

    def counts(self) -> dict[tuple[str, str], dict[str, int]]:
        """(bucket, destination) -> state -> how many versions."""
        query = "SELECT bucket, destination, state, count(*) FROM copies GROUP BY bucket, destination, state"
        found: dict[tuple[str, str], dict[str, int]] = {}
        for bucket, destination, state, count in self._ledger.select(query):
            found.setdefault((bucket, destination), {})[state] = count
        return found

    def replica(self, bucket: str, key: str, version_id: str) -> Replica | None:
        """A version that came, or is coming."""
        query = "SELECT * FROM replicas WHERE bucket = ? AND key = ? AND version_id = ?"
        return next((_replica(row) for row in self._ledger.select(query, (bucket, key, version_id))), None)

    def engine_ids(self, bucket: str, version_id: str) -> list[str]:
        """What the engine calls a version that came; empty for one that was written here."""
        query = "SELECT engine_id FROM replicas WHERE bucket = ? AND version_id = ? AND state = 'THERE'"
        return [engine_id for (engine_id,) in self._ledger.select(query, (bucket, version_id))]

    def replica_called(self, bucket: str, engine_id: str) -> Replica | None:
        """The version that the engine calls so."""
        query = "SELECT * FROM replicas WHERE bucket = ? AND engine_id = ? AND state = 'THERE'"
        return next((_replica(row) for row in self._ledger.select(query, (bucket, engine_id))), None)

    def is_being_written(self, bucket: str, key: str) -> bool:
        """Whether a version of this key is arriving."""
        query = "SELECT 1 FROM replicas WHERE bucket = ? AND key = ? AND state = 'WRITING' LIMIT 1"
        return any(True for _ in self._ledger.select(query, (bucket, key)))

    def buckets_with_replicas(self) -> set[str]:
        """Buckets that something came to."""
        return {bucket for (bucket,) in self._ledger.select("SELECT DISTINCT bucket FROM replicas")}

    def buckets_with_copies(self) -> set[str]:
        """Buckets from which something was, or is to be, copied."""
        return {bucket for (bucket,) in self._ledger.select("SELECT DISTINCT bucket FROM copies")}


def _replica(row: Sequence[Any]) -> Replica:
    bucket, key, version_id, engine_id, source, source_region, state, at_s, modified_s = row
    return Replica(
        bucket=bucket,
        key=key,
        version_id=version_id,
        engine_id=engine_id,
        source=source,
        source_region=source_region,
        state=state,
        at_s=at_s,
        modified_s=modified_s,
    )
