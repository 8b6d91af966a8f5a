"""What S3 replication promised, in one SQLite file. Group commit, once in a turn of the event loop.

In: statements, from the event loop. Out: a future that is done when they are committed; what is committed, by `select`.
A commit appends to SQLite's write-ahead log without waiting for the disk: a killed process loses nothing that was
committed, a machine that loses power may lose the last instants. A thread carries the log into the file. Unlike the
ledger of tables, which takes a hundred times as many writes, this one is read from all the time.

When a commit fails (disk full), its statements are kept and tried again, whoever waits is told, and no call that may
change a source bucket is let through until it succeeded.
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
from sandbox.replication.objects.rows import SCHEMA

SCHEMA_VERSION = 1
RETRY_S = 1.0
LOCK_WAIT_S = 0.05  # for another process that has the file open: a commit happens on the event loop
CARRY_ROWS = 2000  # committed rows after which the write-ahead log is carried into the file

Operation = tuple[str, Sequence[Any]]


def keep_quiet(trouble: str) -> None:
    """The default of `on_trouble`; `trouble` can be read all the same."""


class Ledger:
    """One region's. `open` before anything else, `close` at the end; all methods on the event loop."""

    def __init__(self, path: Path, clock: Clock, on_trouble: Callable[[str], None] = keep_quiet) -> None:
        self.path = path
        self.trouble = ""  # why the last commit failed; "" when it did not
        self._clock = clock
        self._on_trouble = on_trouble
        self._waiting: list[Operation] = []
        self._done: asyncio.Future[None] | None = None
        self._is_due = False  # a commit is to come in this turn of the loop, or when it is tried again
        self._uncarried_rows = 0
        self._is_carrying = False
        self._tasks = Tasks("ledger of objects")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="objects")
        self._database: sqlite3.Connection

    def open(self) -> None:
        """Open or create the file. A Refusal that names it when it is damaged."""
        try:
            self._database = sqlite3.connect(self.path, timeout=LOCK_WAIT_S, isolation_level=None)
            for setting in ("journal_mode=WAL", "synchronous=NORMAL", "wal_autocheckpoint=0"):
                self._database.execute(f"PRAGMA {setting}")
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

    def _damaged(self, why: str) -> Refusal:
        return Refusal(
            "DamagedLedger",
            f"The ledger {self.path} cannot be used: {why}. Restore it from a copy, or start empty: sandbox up --fresh",
            status=500,
        )

    def select(self, query: str, parameters: Sequence[Any] = ()) -> Iterator[Any]:
        """What a SELECT finds in what is committed."""
        return self._database.execute(query, parameters)

    def refuse_if_stuck(self) -> None:
        """A Refusal while earlier statements could not be committed."""
        if self.trouble:
            raise Refusal("InternalError", f"The ledger of this region cannot be written: {self.trouble}", status=500)

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
        """Wait until everything added so far is committed; a Refusal when that failed, and is tried again."""
        while self._waiting:
            if self._done is None:
                self._done = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._done)

    def _commit_all(self) -> None:
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

    def _commit(self, batch: list[Operation]) -> None:
        database = self._database
        database.execute("BEGIN IMMEDIATE")
        try:
            for statement, parameters in batch:
                database.execute(statement, parameters)
            database.execute("COMMIT")
        except sqlite3.Error:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise

    def _keep_for_later(self, batch: list[Operation], done: asyncio.Future[None] | None, error: sqlite3.Error) -> None:
        if not self.trouble:
            self._on_trouble(f"ledger {self.path}: {error}; changes of replicated buckets are refused until it works")
        self.trouble = str(error)
        self._waiting = batch + self._waiting
        self._is_due = True
        self._tasks.start(self._try_again(), "try again")
        if done is not None and not done.done():
            message = f"The change could not be made durable: {error}"
            done.set_exception(Refusal("InternalError", message, status=500, definite=False))

    async def _try_again(self) -> None:
        await self._clock.sleep(RETRY_S)
        self._commit_all()

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

    async def close(self) -> None:
        """Commit what waits, then close the file."""
        if self._waiting and not self.trouble:
            self._commit_all()
        await self._tasks.close()
        self._thread.shutdown(wait=True)
        self._database.close()
