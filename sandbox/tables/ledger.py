"""The ledger: what a region's 200 promised. Group commit, once in a turn of the event loop, to a log beside a database.

In: rows to put or drop, from the event loop. Out: a future that is done when they are kept; every row again at the
next start. What the calls of one turn of the loop have changed is one commit: one append to the log (`ledger_log.py`),
which costs a tenth of a transaction of SQLite and waits for no disk. So a killed process loses nothing that was
committed, and a machine that loses power may lose the last instants.

A second later, or when there is much of it, a thread carries what is new into the database, in one transaction with the
number of the last commit it holds: a start takes up what was not carried, once. Files of the log go when what they hold
is in the database and that is on the disk.

When a commit fails (disk full), its rows are kept and tried again; whoever waits is told, and new writes are refused
until it succeeded: nothing acknowledged is lost, and memory and disk agree again.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks
from sandbox.tables.ledger_log import Log, LogDamaged, decoded, encoded
from sandbox.tables.ledger_rows import DROP_TABLE, PLACES, PUT_CONFLICT, SCHEMA, Placed, condensed, in_blocks

SCHEMA_VERSION = 2  # 1: without a log
READABLE_VERSIONS = (0, 1, SCHEMA_VERSION)
RETRY_S = 1.0
LOCK_WAIT_S = 0.2  # of the thread, for another process that has the file open
COMPACT_BYTES = 16 * 1024 * 1024  # empty space in the file for which a start takes the time to make it smaller
CACHE_KB = (
    64 * 1024
)  # of pages; SQLite's 2 MB have a large table's pages read again for each write, a third of its price
CARRY_EVERY_S = 1.0
CARRY_BYTES = 512 * 1024  # of the log, which are carried at once: some 2,000 rows; sorting more holds the loop up
FILE_BYTES = 8 * 1024 * 1024  # of one file of the log
WAL_PAGES = 4000  # of SQLite's own write-ahead log, which the thread then carries into the file
MOST_UNCARRIED_BYTES = 128 * 1024 * 1024  # kept in memory too; commits wait for the thread beyond that

Commit = tuple[int, list[Placed], int]  # its number, what it holds, its bytes in the log


Listener = Callable[[Refusal | None], None]  # None: it is kept


def keep_quiet(trouble: str) -> None:
    """The default of `on_trouble`; `trouble` can be read all the same."""


class Ledger:
    """One region's ledger. `open` before anything else, `close` at the end; all methods on the event loop."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        on_trouble: Callable[[str], None] = keep_quiet,
        most_uncarried_bytes: int = MOST_UNCARRIED_BYTES,
    ) -> None:
        self.path = path
        self.commits = 0
        self.rows = 0
        self.trouble = ""  # why the last commit failed; "" when it did not
        self._clock = clock
        self._on_trouble = on_trouble
        self._most_uncarried_bytes = most_uncarried_bytes
        self._log = Log(path)
        self._waiting: list[Placed] = []
        self._done: asyncio.Future[None] | None = None
        self._listeners: list[Listener] = []  # of the next commit
        self._is_due = False  # a commit is to come in this turn of the loop, when it is tried again, or after a carry
        self._is_held = False  # the last of these
        self._uncarried: deque[Commit] = deque()
        self._uncarried_bytes = 0
        self._is_carrying = False
        self._carry_trouble = ""  # why the last carry failed
        self._much = asyncio.Event()  # is there to be carried
        self._tasks = Tasks("ledger")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._database: sqlite3.Connection  # what the loop reads from
        self._carrier: sqlite3.Connection  # the thread's own

    # -- the start ------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Open or create the files, and carry what a killed process had left. A Refusal when one is damaged."""
        try:
            self._carrier = sqlite3.connect(
                self.path, timeout=LOCK_WAIT_S, isolation_level=None, check_same_thread=False
            )
            self._carrier.execute("PRAGMA journal_mode=WAL")
            self._carrier.execute("PRAGMA synchronous=NORMAL")
            self._carrier.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
            self._carrier.execute(f"PRAGMA cache_size=-{CACHE_KB}")
            found = self._carrier.execute("PRAGMA quick_check(1)").fetchone()[0]
            version = self._carrier.execute("PRAGMA user_version").fetchone()[0]
            if found != "ok":
                raise self._damaged(found)
            if version not in READABLE_VERSIONS:
                raise self._damaged(f"it was written by another version of the sandbox ({version})")
            self._carrier.executescript(SCHEMA)
            self._carrier.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            self._take_up_log()
            self._compact()
            self._database = sqlite3.connect(self.path, timeout=LOCK_WAIT_S, isolation_level=None)
        except sqlite3.Error as error:
            raise self._damaged(str(error)) from error

    def _take_up_log(self) -> None:
        """Carry what the log has and the database has not, then begin a new file."""
        carried = last_carried(self._carrier)
        commits: list[Commit] = []
        size_bytes = 0
        try:
            for number, payload in self._log.read(carried):
                commits.append((number, decoded(payload), len(payload)))
                size_bytes += len(payload)
                if size_bytes >= CARRY_BYTES:
                    carried, size_bytes = put_into(self._carrier, commits), 0
                    commits.clear()
            carried = put_into(self._carrier, commits)
            before = self._log.start(carried)
        except LogDamaged as error:
            raise self._damaged_log(str(error)) from error
        except OSError as error:
            raise self._damaged(f"its log cannot be used: {error}") from error
        if is_on_disk(self._carrier):
            self._log.drop(before)

    def _compact(self) -> None:
        """Give back to the disk what deleted rows have left empty, when that is most of the file."""
        page_bytes, pages, empty = (
            self._carrier.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_size", "page_count", "freelist_count")
        )
        if empty * page_bytes > COMPACT_BYTES and empty * 2 > pages:
            self._carrier.execute("VACUUM")

    def _damaged(self, why: str) -> Refusal:
        return Refusal(
            "DamagedLedger",
            f"The ledger {self.path} cannot be used: {why}. Restore it from a copy, or start empty: sandbox up --fresh",
            status=500,
        )

    def _damaged_log(self, why: str) -> Refusal:
        return Refusal(
            "DamagedLedger",
            f"The log of the ledger {self.path} cannot be read: {why}. Restore both from a copy; or give up the last "
            f"writes, which only the log has: rm '{self.path}'.log-*; or start empty: sandbox up --fresh",
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

    # -- reading, at any time -----------------------------------------------------------------------------------

    def conflicts(self, table_id: str, most: int) -> list[tuple[bytes, int, bytes]]:
        """(key, losing stamp, content) of a table's last conflicts, the latest first. Also of those in the log only."""
        in_database = self._database.execute(
            "SELECT key, losing_stamp_us, content FROM conflicts WHERE table_id = ? "
            "ORDER BY losing_stamp_us DESC LIMIT ?",
            (table_id, most),
        )
        found = {(key, stamp_us): content for key, stamp_us, content in in_database}
        place = PLACES[PUT_CONFLICT]
        for kind, parameters in chain.from_iterable(batch for _, batch, _ in self._uncarried):
            if kind == place and parameters[0] == table_id:
                found.setdefault((parameters[1], parameters[2]), parameters[3])
            elif kind == PLACES[DROP_TABLE[2]] and parameters[0] == table_id:
                found.clear()
        latest = sorted(found.items(), key=lambda conflict: -conflict[0][1])[:most]
        return [(key, stamp_us, content) for (key, stamp_us), content in latest]

    # -- writing ------------------------------------------------------------------------------------------------

    def refuse_if_stuck(self) -> None:
        """A Refusal while earlier writes could not be committed."""
        if self.trouble:
            raise Refusal(
                "InternalServerError", f"The ledger of this region cannot be written: {self.trouble}", status=500
            )

    def add(self, statement: str, parameters: Sequence[Any]) -> asyncio.Future[None]:
        """Have one of `STATEMENTS` committed; the future of its commit, shared by all that go with it."""
        self._waiting.append((PLACES[statement], parameters))
        if self._done is None:
            self._done = asyncio.get_running_loop().create_future()
            self._done.add_done_callback(lambda future: future.exception())  # nobody may be waiting
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._commit_all)
        return self._done

    def listen(self, listener: Listener) -> None:
        """Have what was just added told as soon as it is committed, in the same turn of the loop, or has failed."""
        self._listeners.append(listener)

    async def committed(self) -> None:
        """Wait until everything added so far is kept."""
        while self._waiting:
            if self._done is None:  # a failed commit that will be tried again
                self._done = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._done)

    def _commit_all(self) -> None:
        """Commit what waits; when there is too much to be carried, after that."""
        self._is_held = self._uncarried_bytes >= self._most_uncarried_bytes and not self._carry_trouble
        if self._is_held:
            self._much.set()
            return  # the thread is behind: `carry` goes on
        self._is_due = False
        batch, self._waiting = self._waiting, []
        try:
            if self._uncarried_bytes >= self._most_uncarried_bytes:
                raise OSError(self._carry_trouble)
            payload = encoded(batch)
            self._log.append(payload)
        except OSError as error:
            self._keep_for_later(batch, str(error))
            return
        self.trouble = ""
        self.commits += 1
        self.rows += len(batch)
        self._uncarried.append((self._log.number, batch, len(payload)))
        self._uncarried_bytes += len(payload)
        if not self._is_carrying:
            self._is_carrying = True
            self._tasks.start(self._carry_on(), "carry")
        if self._uncarried_bytes >= CARRY_BYTES:
            self._much.set()
        self._tell(None)

    def _tell(self, refusal: Refusal | None) -> None:
        """What was added since the last commit is kept, or not yet."""
        done, self._done = self._done, None
        if done is not None and not done.done():
            if refusal is None:
                done.set_result(None)
            else:
                done.set_exception(refusal)
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener(refusal)

    async def _try_again(self) -> None:
        await self._clock.sleep(RETRY_S)
        self._commit_all()

    def _keep_for_later(self, batch: list[Placed], why: str) -> None:
        if not self.trouble:
            self._on_trouble(f"ledger {self.path}: {why}; writes are refused until it works again")
        self.trouble = why
        self._waiting = batch + self._waiting
        self._is_due = True
        self._tasks.start(self._try_again(), "try again")
        self._tell(
            Refusal("InternalServerError", f"The write could not be made durable: {why}", status=500, definite=False)
        )

    # -- from the log into the database -------------------------------------------------------------------------

    async def _carry_on(self) -> None:
        """Carry until nothing is left. Each time what came in a second, or sooner when that is much."""
        while self._uncarried:
            self._much.clear()
            if self._uncarried_bytes < CARRY_BYTES:
                with suppress(TimeoutError):
                    async with asyncio.timeout(CARRY_EVERY_S):
                        await self._much.wait()
            await self.carry()
            if self._carry_trouble:
                await self._clock.sleep(RETRY_S)
        self._is_carrying = False

    async def carry(self) -> None:
        """Have the thread carry what there is now; it happens by itself."""
        commits = list(self._uncarried)
        try:
            before = self._log.start(self._log.number) if self._log.file_bytes >= FILE_BYTES else []
            loop = asyncio.get_running_loop()
            number = await loop.run_in_executor(self._thread, self._carry, commits, before)
        except (OSError, sqlite3.Error) as error:
            if not self._carry_trouble:
                self._on_trouble(f"ledger {self.path}: its log could not be carried into it: {error}")
            self._carry_trouble = str(error)
        else:
            self._carry_trouble = ""
            while self._uncarried and self._uncarried[0][0] <= number:
                self._uncarried_bytes -= self._uncarried.popleft()[2]
        if self._is_held:
            self._commit_all()

    def _carry(self, commits: Sequence[Commit], before: Sequence[Path]) -> int:
        """In the ledger's thread. before: files of the log with nothing but older commits."""
        number = put_into(self._carrier, commits)
        if before and is_on_disk(self._carrier):
            self._log.drop(before)
        return number

    async def close(self) -> None:
        """Commit what waits, carry it, close the files. What cannot be carried is left to the next start."""
        if self._waiting and not self.trouble:
            self._commit_all()
        await self._tasks.close()
        self._thread.shutdown(wait=True)
        try:
            put_into(self._carrier, self._uncarried)
            if is_on_disk(self._carrier):
                self._log.drop(self._log.files())
        except sqlite3.Error as error:
            self._on_trouble(f"ledger {self.path}: its log could not be carried into it: {error}")
        self._log.close()
        self._carrier.close()
        self._database.close()


def last_carried(database: sqlite3.Connection) -> int:
    """The number of the last commit that the database holds."""
    found = database.execute("SELECT max(number) FROM carried").fetchone()[0]
    return int(found or 0)


def put_into(database: sqlite3.Connection, commits: Iterable[Commit]) -> int:
    """One transaction with all commits that the database has not yet; the number of the last that it has then."""
    database.execute("BEGIN IMMEDIATE")
    try:
        number = last_carried(database)
        new = [commit for commit in commits if commit[0] > number]
        for run in condensed(chain.from_iterable(batch for _, batch, _ in new)):
            for statement, rows in in_blocks(run):
                database.executemany(statement, rows)
        if new:
            number = new[-1][0]
            database.execute("DELETE FROM carried")
            database.execute("INSERT INTO carried VALUES (?)", (number,))
        database.execute("COMMIT")
    except sqlite3.Error:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
    return number


def is_on_disk(database: sqlite3.Connection) -> bool:
    """Carry SQLite's own write-ahead log into its file, which waits for the disk; whether all of it is there."""
    busy, pages, done = database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return not busy and pages == done
