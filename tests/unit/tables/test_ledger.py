"""Claims about the ledger: what was committed is there again, also after trouble; the rest is said."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import Refusal
from sandbox.tables.ledger import Ledger, last_carried, put_into
from sandbox.tables.ledger_log import Log, decoded
from sandbox.tables.ledger_rows import (
    DROP_ITEM,
    DROP_TABLE,
    FORGET,
    PUT_CONFLICT,
    PUT_GROUP,
    PUT_ITEM,
    PUT_MARK,
    PUT_PLAIN,
    PUT_TABLE,
    SCHEMA,
    Operation,
)

FullDisk = Callable[[int], AbstractContextManager[None]]


def with_ledger(path: Path, story: Callable[[Ledger], Awaitable[None]], **settings: Any) -> None:
    async def run() -> None:
        ledger = Ledger(path, SystemClock(), **settings)
        ledger.open()
        try:
            await story(ledger)
        finally:
            await ledger.close()

    asyncio.run(run())


def row(key: bytes, item: bytes | None, seq: int | None = None) -> tuple[object, ...]:
    return "t1", key, item, 7, "eu-west-1", b'{"eu-west-1":7}', seq


def test_what_was_committed_is_there_again(tmp_path: Path) -> None:
    async def write(ledger: Ledger) -> None:
        ledger.add(PUT_TABLE, ("t1", "000000000000", b"{}"))
        for number in range(1000):
            ledger.add(PUT_ITEM, row(b"%d" % number, b"{}", number))
        ledger.add(DROP_ITEM, ("t1", b"5"))
        ledger.add(PUT_MARK, ("t1", "us-east-1", 990))
        await ledger.committed()
        assert ledger.commits < 20, "a thousand writes share commits"

    async def read(ledger: Ledger) -> None:
        assert [table[0] for table in ledger.tables()] == ["t1"]
        assert len(list(ledger.items("t1"))) == 999
        assert list(ledger.marks()) == [("t1", "us-east-1", 990)]
        assert [seq for seq, _ in ledger.unsent("t1", 990)] == list(range(991, 1000))
        assert ledger.last_seq() == 999

    with_ledger(tmp_path / "ledger", write)
    with_ledger(tmp_path / "ledger", read)


def test_dropping_a_table_drops_all_of_it(tmp_path: Path) -> None:
    async def story(ledger: Ledger) -> None:
        ledger.add(PUT_TABLE, ("t1", "000000000000", b"{}"))
        ledger.add(PUT_ITEM, row(b"1", b"{}"))
        for statement in DROP_TABLE:
            ledger.add(statement, ("t1",))
        await ledger.committed()
        assert not list(ledger.tables())
        assert not list(ledger.items("t1"))

    with_ledger(tmp_path / "ledger", story)


def test_a_failed_commit_is_told_and_its_rows_are_committed_when_it_works_again(
    tmp_path: Path, full_disk: FullDisk
) -> None:
    """The disk takes part of the append: what it took is gone from the log when the next one succeeds."""

    async def story(ledger: Ledger) -> None:
        await ledger.add(PUT_ITEM, row(b"0", b"{}"))
        await ledger.carry()
        with full_disk(log_bytes(tmp_path) + 30):
            with pytest.raises(Refusal, match="could not be made durable") as told:
                await ledger.add(PUT_ITEM, row(b"1", b"{}"))
            assert (told.value.code, told.value.definite) == ("InternalServerError", False)
            with pytest.raises(Refusal, match="cannot be written"):
                ledger.refuse_if_stuck()
        await ledger.committed()
        ledger.refuse_if_stuck()
        await ledger.add(PUT_ITEM, row(b"2", b"{}"))
        assert keys_after_a_crash(tmp_path) == {b"0", b"1", b"2"}

    with_ledger(tmp_path / "ledger", story)


def test_commits_wait_for_a_thread_that_is_behind(tmp_path: Path) -> None:
    """With room for nothing that is not carried, each commit has the one before it carried first."""

    async def story(ledger: Ledger) -> None:
        for number in range(5):
            await ledger.add(PUT_ITEM, row(b"%d" % number, b"{}"))
            assert len(ledger._uncarried) == 1

    with_ledger(tmp_path / "ledger", story, most_uncarried_bytes=1)


def test_writes_are_refused_when_nothing_more_can_be_carried_and_go_on_when_it_can(tmp_path: Path) -> None:
    """Another connection holds SQLite's write lock; there is no room for more than one commit in the log."""

    async def story(ledger: Ledger) -> None:
        other = sqlite3.connect(tmp_path / "ledger", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await ledger.add(PUT_ITEM, row(b"1", b"{}"))
        with pytest.raises(Refusal, match="database is locked"):
            await ledger.add(PUT_ITEM, row(b"2", b"{}"))
        assert keys_after_a_crash(tmp_path) == {b"1"}
        other.execute("ROLLBACK")
        while ledger.trouble:
            with suppress(Refusal):
                await ledger.committed()
        assert keys_after_a_crash(tmp_path) == {b"1", b"2"}

    with_ledger(tmp_path / "ledger", story, most_uncarried_bytes=1)


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_ledger_is_named_with_the_fix(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger"
    path.write_bytes(content)
    with pytest.raises(Refusal, match=r"ledger.*--fresh"):
        Ledger(path, SystemClock()).open()


def test_a_ledger_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version=99")
    database.close()
    with pytest.raises(Refusal, match="another version"):
        Ledger(path, SystemClock()).open()


def test_a_file_that_is_mostly_empty_is_made_smaller_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "ledger"

    async def fill_and_empty(ledger: Ledger) -> None:
        for number in range(3000):
            ledger.add(PUT_ITEM, row(b"%d" % number, bytes(10_000)))
        ledger.add(PUT_ITEM, ("t2", b"stays", b"{}", None, None, None, None))
        await ledger.committed()
        for statement in DROP_TABLE:
            ledger.add(statement, ("t1",))
        await ledger.committed()

    async def look(ledger: Ledger) -> None:
        assert [key for key, *_ in ledger.items("t2")] == [b"stays"]

    with_ledger(path, fill_and_empty)
    full_bytes = path.stat().st_size
    with_ledger(path, look)
    assert path.stat().st_size < full_bytes / 10


def test_what_a_full_disk_keeps_from_the_database_stays_in_the_log(tmp_path: Path) -> None:
    """SQLite says SQLITE_FULL when it may not take another page, as when the disk has none left."""
    troubles: list[str] = []

    async def story(ledger: Ledger) -> None:
        pages = ledger._carrier.execute("PRAGMA page_count").fetchone()[0]
        ledger._carrier.execute(f"PRAGMA max_page_count={pages + 20}")
        for number in range(300):
            await ledger.add(PUT_ITEM, row(b"%d" % number, bytes(1000)))
        await ledger.carry()

    async def look(ledger: Ledger) -> None:
        assert len(list(ledger.items("t1"))) == 300

    with_ledger(tmp_path / "ledger", story, on_trouble=troubles.append)
    assert any("disk is full" in trouble for trouble in troubles)
    with_ledger(tmp_path / "ledger", look)


def test_the_log_is_damaged_when_an_acknowledged_commit_is_missing_from_it(tmp_path: Path) -> None:
    """The last commit may be cut short: nobody had been told of it. One before it may not. The fix works."""
    path = tmp_path / "ledger"

    async def story(ledger: Ledger) -> None:
        for number in range(3):
            await ledger.add(PUT_ITEM, row(b"%d" % number, b"{}"))
        image(tmp_path, tmp_path / "hole")
        image(tmp_path, tmp_path / "torn")

    async def look(ledger: Ledger) -> None:
        assert not list(ledger.items("t1"))

    with_ledger(path, story)
    [log] = (tmp_path / "torn").glob("ledger.log-*")
    log.write_bytes(log.read_bytes()[:-1])
    assert keys_in(tmp_path / "torn") == {b"0", b"1"}
    [log] = (tmp_path / "hole").glob("ledger.log-*")
    content = bytearray(log.read_bytes())
    content[40] ^= 1
    log.write_bytes(content)
    with pytest.raises(Refusal, match=r"commit 1 at byte 0 has changed.*rm '.*hole/ledger'\.log-\*.*--fresh"):
        Ledger(tmp_path / "hole" / "ledger", SystemClock()).open()
    log.unlink()
    with_ledger(tmp_path / "hole" / "ledger", look)


def test_conflicts_that_are_in_the_log_only_are_shown(tmp_path: Path) -> None:
    async def story(ledger: Ledger) -> None:
        await ledger.add(PUT_CONFLICT, ("t1", b"1", 5, b"old"))
        await ledger.carry()
        ledger.add(PUT_CONFLICT, ("t1", b"1", 5, b"again"))
        ledger.add(PUT_CONFLICT, ("t2", b"1", 6, b"other"))
        await ledger.add(PUT_CONFLICT, ("t1", b"2", 7, b"new"))
        assert ledger.conflicts("t1", 10) == [(b"2", 7, b"new"), (b"1", 5, b"old")]
        assert ledger.conflicts("t1", 1) == [(b"2", 7, b"new")]
        await ledger.add(DROP_TABLE[2], ("t1",))
        assert ledger.conflicts("t1", 10) == []

    with_ledger(tmp_path / "ledger", story)


def test_a_clean_end_leaves_nothing_in_the_log(tmp_path: Path) -> None:
    async def story(ledger: Ledger) -> None:
        ledger.add(PUT_ITEM, row(b"1", b"{}"))

    with_ledger(tmp_path / "ledger", story)
    assert not list(tmp_path.glob("ledger.log-*"))
    database = sqlite3.connect(tmp_path / "ledger")
    assert database.execute("SELECT key FROM items").fetchall() == [(b"1",)]


# -- crashes at each step ----------------------------------------------------------------------------------------


TABLE_IDS, KEYS = st.sampled_from(["t1", "t2"]), st.sampled_from([b"a", b"b", b"c"])
NUMBERS = st.integers(1, 9)
OPERATIONS = st.one_of(
    st.tuples(st.just(PUT_ITEM), st.tuples(TABLE_IDS, KEYS, st.none() | KEYS, NUMBERS, KEYS.map(str), KEYS, NUMBERS)),
    st.tuples(st.just(PUT_PLAIN), st.tuples(TABLE_IDS, KEYS, KEYS)),
    st.tuples(st.just(DROP_ITEM), st.tuples(TABLE_IDS, KEYS)),
    st.tuples(st.just(PUT_TABLE), st.tuples(TABLE_IDS, TABLE_IDS, KEYS)),
    st.tuples(st.sampled_from([*DROP_TABLE, *FORGET]), st.tuples(TABLE_IDS)),
    st.tuples(st.just(PUT_CONFLICT), st.tuples(TABLE_IDS, KEYS, NUMBERS, KEYS)),
    st.tuples(st.just(PUT_MARK), st.tuples(TABLE_IDS, TABLE_IDS, NUMBERS)),
    st.tuples(st.just(PUT_GROUP), st.tuples(TABLE_IDS, KEYS)),
)
STEPS = st.lists(st.lists(OPERATIONS, min_size=1, max_size=6) | st.sampled_from(["carry", "crash"]), max_size=8)


@given(steps=STEPS, crash=st.sampled_from(["at rest", "torn append", "half carried", "carried, log not dropped"]))
@settings(max_examples=40, deadline=None)
def test_after_a_crash_at_any_step_the_ledger_is_what_was_acknowledged(
    steps: list[list[Operation] | str], crash: str
) -> None:
    """The model executes each statement at once, in memory; a crash is what the files are at that moment."""
    with TemporaryDirectory() as folder:
        life, model = Path(folder) / "life", sqlite3.connect(":memory:", isolation_level=None)
        model.executescript(SCHEMA)
        (life / "0").mkdir(parents=True)
        asyncio.run(lived(life, model, steps, crash))
        [*_, last] = sorted(life.iterdir())
        assert contents(last / "ledger") == contents(model)


async def lived(life: Path, model: sqlite3.Connection, steps: list[list[Operation] | str], crash: str) -> None:
    """Commit and carry as the steps say; at each "crash", and at the end, go on from what it has left."""
    lives = 0
    ledger = Ledger(life / "0" / "ledger", SystemClock())
    ledger.open()
    for step in [*steps, "crash"]:
        if isinstance(step, list):
            for statement, parameters in step:
                ledger.add(statement, parameters)
                model.execute(statement, parameters)
            await ledger.committed()
        elif step == "carry":
            await ledger.carry()
        else:
            left = life / str(lives + 1)
            crashed(life / str(lives), left, crash)
            await ledger.close()
            lives += 1
            ledger = Ledger(left / "ledger", SystemClock())
            ledger.open()
    await ledger.close()


def crashed(folder: Path, left: Path, crash: str) -> None:
    """The files as this kind of crash leaves them."""
    image(folder, left)
    [log] = left.glob("ledger.log-*")
    if crash == "torn append":
        whole = log.read_bytes()
        log.write_bytes(whole + b"LOG1" + bytes(9))
    if crash in ("half carried", "carried, log not dropped"):
        database = sqlite3.connect(left / "ledger", isolation_level=None)
        commits = [
            (number, decoded(payload), 0) for number, payload in Log(left / "ledger").read(last_carried(database))
        ]
        if crash == "half carried":
            commits = commits[: len(commits) // 2]
        put_into(database, commits)
        database.close()


def contents(of: Path | sqlite3.Connection) -> dict[str, list[Any]]:
    """Every row of every table but `carried`."""
    database = sqlite3.connect(of) if isinstance(of, Path) else of
    names = ("tables", "items", "conflicts", "marks", "groups")
    return {name: sorted(database.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}


def image(folder: Path, left: Path) -> None:
    """The files of a ledger as a SIGKILL would leave them now."""
    left.mkdir()
    for path in folder.glob("ledger*"):
        if not path.name.endswith("-shm"):
            shutil.copy(path, left)


def keys_after_a_crash(folder: Path) -> set[bytes]:
    """The keys of t1 that a start would find now."""
    with TemporaryDirectory() as name:
        image(folder, Path(name) / "image")
        return keys_in(Path(name) / "image")


def keys_in(folder: Path) -> set[bytes]:
    """The keys of t1 that a start finds in these files."""
    ledger = Ledger(folder / "ledger", SystemClock())
    ledger.open()
    return {key for key, *_ in ledger.items("t1")}


def log_bytes(folder: Path) -> int:
    """Of the log's only file."""
    [log] = folder.glob("ledger.log-*")
    return log.stat().st_size
