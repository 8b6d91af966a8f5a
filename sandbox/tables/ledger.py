"""The ledger: what a region's 200 promised, in one SQLite file. Group commit, in a thread of its own.

In: rows to put or drop, from the event loop. Out: a future that is done when they are on disk; every row again at the
next start. Writes that come while one commit runs go together into the next, so thousands a second cost a few hundred
commits. A killed process loses nothing that was committed (SQLite's write-ahead log); a machine that loses power may
lose the last instants (synchronous=NORMAL).

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
"""
PUT_ITEM = "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?)"
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
        self._writer: asyncio.Task[None] | None = None
        self._tasks = Tasks("ledger")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._database: sqlite3.Connection

    def open(self) -> None:
        """Open or create the file. A Refusal that names it when it is damaged."""
        try:
            self._database = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            found = self._database.execute("PRAGMA quick_check(1)").fetchone()[0]
            version = self._database.execute("PRAGMA user_version").fetchone()[0]
            if found != "ok":
                raise self._damaged(found)
            if version not in (0, SCHEMA_VERSION):
                raise self._damaged(f"it was written by another version of the sandbox ({version})")
            self._database.executescript(SCHEMA)
            self._database.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        except sqlite3.Error as error:
            raise self._damaged(str(error)) from error

    def wait_for_lock(self, seconds: float) -> None:
        """How long a commit waits for another process that has the file open (a copy being made); 5 s by default."""
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

    def conflicts(self, table_id: str) -> Iterator[tuple[bytes, int, bytes]]:
        """(key, losing stamp, content) of a table's conflicts."""
        return self._database.execute(
            "SELECT key, losing_stamp_us, content FROM conflicts WHERE table_id = ?", (table_id,)
        )

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
        if self._writer is None:
            self._writer = self._tasks.start(self._write_all(), "commit")
        return self._done

    async def committed(self) -> None:
        """Wait until everything added so far is on disk."""
        if self._done is not None:
            await asyncio.shield(self._done)
        elif self._writer is not None:
            await asyncio.shield(self._writer)

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                done, self._done = self._done, None
                try:
                    await loop.run_in_executor(self._thread, self._commit, batch)
                except sqlite3.Error as error:
                    self._keep_for_later(batch, done, error)
                    await self._clock.sleep(RETRY_S)
                    continue
                self.trouble = ""
                if done is not None and not done.done():
                    done.set_result(None)
        finally:
            self._writer = None

    def _keep_for_later(self, batch: list[Operation], done: asyncio.Future[None] | None, error: sqlite3.Error) -> None:
        if not self.trouble:
            self._on_trouble(f"ledger {self.path}: {error}; writes are refused until it works again")
        self.trouble = str(error)
        self._waiting = batch + self._waiting
        if done is not None and not done.done():
            refusal = Refusal(
                "InternalServerError", f"The write could not be made durable: {error}", status=500, definite=False
            )
            done.set_exception(refusal)

    def _commit(self, batch: list[Operation]) -> None:
        """In the ledger's thread: one transaction; runs of one statement go to SQLite together."""
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
        if self._writer is not None and not self.trouble:
            await asyncio.shield(self._writer)
        await self._tasks.close()
        self._thread.shutdown(wait=True)
        self._database.close()
