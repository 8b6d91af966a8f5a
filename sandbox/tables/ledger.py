"""The ledger: what a region's 200 promised, in one SQLite file. Group commit, once in a turn of the event loop.

In: rows to put or drop, from the event loop. Out: a future that is done when they are on disk; every row again at the
next start. What the calls of one turn of the loop have changed goes into one commit. A commit appends to SQLite's
write-ahead log without waiting for the disk (40 us; a thread of its own cost five times as much in hand-overs), so a
killed process loses nothing that was committed, and a machine that loses power may lose the last instants
(synchronous=NORMAL). The log is carried into the file by a thread, which is the part that waits for the disk.

When a commit fails (disk full), its rows are kept and tried again; whoever waits is told, and new writes are refused
until it succeeded: nothing acknowledged is lost, and memory and disk agree again.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks

SCHEMA_VERSION = 1
RETRY_S = 1.0
LOCK_WAIT_S = 0.05  # for another process that has the file open; a commit happens on the event loop and may not wait
COMPACT_BYTES = 16 * 1024 * 1024  # empty space in the file for which a start takes the time to make it smaller
CACHE_KB = (
    64 * 1024
)  # of pages; SQLite's 2 MB have a large table's pages read again for each write, a third of its price
CARRY_ROWS = 5_000  # committed rows after which the write-ahead log is carried into the file
SCHEMA = """
CREATE TABLE IF NOT EXISTS tables (id TEXT PRIMARY KEY, account TEXT NOT NULL, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
    table_id TEXT NOT NULL, key BLOB NOT NULL, item BLOB, stamp_us INTEGER, region TEXT, vector BLOB, seq INTEGER,
    PRIMARY KEY (table_id, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unsent ON items (table_id, seq) WHERE seq IS NOT NULL;
CREATE TABLE IF NOT EXISTS conflicts (
    table_id TEXT NOT NULL, key BLOB NOT NULL, losing_stamp_us INTEGER NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (table_id, key, losing_stamp_us)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (
    table_id TEXT NOT NULL, peer TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (table_id, peer)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS groups (id TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
"""
# An upsert takes two thirds of what INSERT OR REPLACE does, which deletes the row first.
PUT_ITEM = (
    "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET item = excluded.item, "
    "stamp_us = excluded.stamp_us, region = excluded.region, vector = excluded.vector, seq = excluded.seq"
)
DROP_ITEM = "DELETE FROM items WHERE table_id = ? AND key = ?"
PUT_TABLE = "INSERT OR REPLACE INTO tables VALUES (?, ?, ?)"
DROP_TABLE = (
    "DELETE FROM tables WHERE id = ?",
    "DELETE FROM items WHERE table_id = ?",
    "DELETE FROM conflicts WHERE table_id = ?",
    "DELETE FROM marks WHERE table_id = ?",
)
PUT_CONFLICT = "INSERT OR IGNORE INTO conflicts VALUES (?, ?, ?, ?)"
PUT_MARK = "INSERT OR REPLACE INTO marks VALUES (?, ?, ?)"
PUT_GROUP = "INSERT OR REPLACE INTO groups VALUES (?, ?)"
DROP_GROUP = "DELETE FROM groups WHERE id = ?"

Operation = tuple[str, Sequence[Any]]


def keep_quiet(trouble: str) -> None:
    """The default of `on_trouble`; `trouble` can be read all the same."""


class Ledger:
    """One region's ledger. `open` before anything else, `close` at the end; all methods on the event loop."""

    def __init__(self, path: Path, clock: Clock, on_trouble: Callable[[str], None] = keep_quiet) -> None:
        self.path = path
        self.commits = 0
        self.rows = 0
        self.trouble = ""  # why the last commit failed; "" when it did not
        self._clock = clock
        self._on_trouble = on_trouble
        self._waiting: list[Operation] = []
        self._done: asyncio.Future[None] | None = None
        self._uncarried_rows = 0
        self._is_carrying = False
        self._is_due = False  # a commit is to come in this turn of the loop, or when it is tried again
        self._tasks = Tasks("ledger")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._database: sqlite3.Connection

    def open(self) -> None:
        """Open or create the file. A Refusal that names it when it is damaged."""
        try:
            self._database = sqlite3.connect(self.path, timeout=LOCK_WAIT_S, isolation_level=None)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute("PRAGMA wal_autocheckpoint=0")
            self._database.execute(f"PRAGMA cache_size=-{CACHE_KB}")
            found = self._database.execute("PRAGMA quick_check(1)").fetchone()[0]
            version = self._database.execute("PRAGMA user_version").fetchone()[0]
            if found != "ok":
                raise self._damaged(found)
            if version not in (0, SCHEMA_VERSION):
                raise self._damaged(f"it was written by another version of the sandbox ({version})")
            self._database.executescript(SCHEMA)
            self._database.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            self._compact()
        except sqlite3.Error as error:
            raise self._damaged(str(error)) from error

    def _compact(self) -> None:
        """Give back to the disk what deleted rows have left empty, when that is most of the file."""
        page_bytes, pages, empty = (
            self._database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_size", "page_count", "freelist_count")
        )
        if empty * page_bytes > COMPACT_BYTES and empty * 2 > pages:
            self._database.execute("VACUUM")

    def wait_for_lock(self, seconds: float) -> None:
        """How long a commit waits for another process that writes the file; LOCK_WAIT_S by default."""
        self._database.execute(f"PRAGMA busy_timeout={max(1, int(seconds * 1000))}")

    def _damaged(self, why: str) -> Refusal:
        return Refusal(
            "DamagedLedger",
            f"The ledger {self.path} cannot be used: {why}. Restore it from a copy, or start empty: sandbox up --fresh",
            status=500,
        )

    # -- reading, at the start ----------------------------------------------------------------------------------

    def tables(self) -> Iterator[tuple[str, str, bytes]]:
        """(table id, account, content) of every table."""
        return self._database.execute("SELECT id, account, content FROM tables")

    def items(self, table_id: str) -> Iterator[tuple[bytes, bytes | None, int | None, str | None, bytes | None]]:
        """(key, item, stamp_us, region, vector) of every row of a table; item None is a tombstone."""
        return self._database.execute(
            "SELECT key, item, stamp_us, region, vector FROM items WHERE table_id = ?", (table_id,)
        )

    def marks(self) -> Iterator[tuple[str, str, int]]:
        """(table id, peer, seq): what each peer has acknowledged."""
        return self._database.execute("SELECT table_id, peer, seq FROM marks")

    def unsent(self, table_id: str, after_seq: int) -> Iterator[tuple[int, bytes]]:
        """(seq, key) of this region's own changes after a mark, oldest first."""
        return self._database.execute(
            "SELECT seq, key FROM items WHERE table_id = ? AND seq > ? ORDER BY seq", (table_id, after_seq)
        )

    def last_seq(self) -> int:
        """The greatest sequence number given out."""
        greatest = self._database.execute("SELECT max(seq) FROM items").fetchone()[0]
        acknowledged = self._database.execute("SELECT max(seq) FROM marks").fetchone()[0]
        return max(greatest or 0, acknowledged or 0)

    def groups(self) -> Iterator[tuple[str, bytes]]:
        """(group id, content) of every global table, and of those that this region has left."""
        return self._database.execute("SELECT id, content FROM groups")

    def conflicts(self, table_id: str, most: int) -> list[tuple[bytes, int, bytes]]:
        """(key, losing stamp, content) of a table's last conflicts, the latest first. Also between commits."""
        found = self._database.execute(
            "SELECT key, losing_stamp_us, content FROM conflicts WHERE table_id = ? "
            "ORDER BY losing_stamp_us DESC LIMIT ?",
            (table_id, most),
        )
        return found.fetchall()

    # -- writing ------------------------------------------------------------------------------------------------

    def refuse_if_stuck(self) -> None:
        """A Refusal while earlier writes could not be committed."""
        if self.trouble:
            raise Refusal(
                "InternalServerError", f"The ledger of this region cannot be written: {self.trouble}", status=500
            )

    def add(self, statement: str, parameters: Sequence[Any]) -> asyncio.Future[None]:
        """Have a statement committed; the future of its commit, shared by all that go with it."""
        self._waiting.append((statement, parameters))
        if self._done is None:
            self._done = asyncio.get_running_loop().create_future()
            self._done.add_done_callback(lambda future: future.exception())  # nobody may be waiting
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._commit_all)
        return self._done

    async def committed(self) -> None:
        """Wait until everything added so far is on disk."""
        while self._waiting:
            if self._done is None:  # a failed commit that will be tried again
                self._done = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._done)

    def _commit_all(self) -> None:
        """Commit what waits."""
        self._is_due = False
        batch, self._waiting = self._waiting, []
        done, self._done = self._done, None
        try:
            self._commit(batch)
        except sqlite3.Error as error:
            self._keep_for_later(batch, done, error)
            return
        self.trouble = ""
        self._uncarried_rows += len(batch)
        if self._uncarried_rows >= CARRY_ROWS and not self._is_carrying:
            self._is_carrying = True
            self._tasks.start(self._carry(), "carry")
        if done is not None and not done.done():
            done.set_result(None)

    async def _carry(self) -> None:
        """Have the write-ahead log carried into the file, beside the commits that go on."""
        self._uncarried_rows = 0
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._checkpoint)
        except sqlite3.Error as error:
            self._on_trouble(f"ledger {self.path}: its log could not be carried into the file: {error}")
        finally:
            self._is_carrying = False

    def _checkpoint(self) -> None:
        """In the ledger's thread, on a connection of its own."""
        database = sqlite3.connect(self.path, isolation_level=None)
        try:
            database.execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            database.close()

    async def _try_again(self) -> None:
        await self._clock.sleep(RETRY_S)
        self._commit_all()

    def _keep_for_later(self, batch: list[Operation], done: asyncio.Future[None] | None, error: sqlite3.Error) -> None:
        if not self.trouble:
            self._on_trouble(f"ledger {self.path}: {error}; writes are refused until it works again")
        self.trouble = str(error)
        self._waiting = batch + self._waiting
        self._is_due = True
        self._tasks.start(self._try_again(), "try again")
        if done is not None and not done.done():
            refusal = Refusal(
                "InternalServerError", f"The write could not be made durable: {error}", status=500, definite=False
            )
            done.set_exception(refusal)

    def _commit(self, batch: list[Operation]) -> None:
        """One transaction; runs of one statement go to SQLite together."""
        database = self._database
        database.execute("BEGIN IMMEDIATE")
        try:
            start = 0
            while start < len(batch):
                statement, stop = batch[start][0], start + 1
                while stop < len(batch) and batch[stop][0] is statement:
                    stop += 1
                database.executemany(statement, [parameters for _, parameters in batch[start:stop]])
                start = stop
            database.execute("COMMIT")
        except sqlite3.Error:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise
        self.commits += 1
        self.rows += len(batch)

    async def close(self) -> None:
        """Commit what waits, then close the file."""
        if self._waiting and not self.trouble:
            self._commit_all()
        await self._tasks.close()
        self._thread.shutdown(wait=True)
        self._database.close()
