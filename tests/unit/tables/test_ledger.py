"""Claims about the ledger: what was committed is there again, also after trouble; the rest is said."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import Refusal
from sandbox.tables.ledger import DROP_ITEM, DROP_TABLE, PUT_ITEM, PUT_MARK, PUT_TABLE, Ledger


def with_ledger(path: Path, story: Callable[[Ledger], Awaitable[None]]) -> None:
    async def run() -> None:
        ledger = Ledger(path, SystemClock())
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


def test_a_failed_commit_is_told_and_its_rows_are_committed_when_it_works_again(tmp_path: Path) -> None:
    """Another connection holds SQLite's write lock, which fails a commit just as a full disk does."""

    async def story(ledger: Ledger) -> None:
        ledger.wait_for_lock(0.001)
        other = sqlite3.connect(tmp_path / "ledger", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Refusal, match="could not be made durable") as told:
            await ledger.add(PUT_ITEM, row(b"1", b"{}"))
        assert not told.value.definite
        with pytest.raises(Refusal, match="cannot be written"):
            ledger.refuse_if_stuck()
        other.execute("ROLLBACK")
        await ledger.committed()
        assert len(list(ledger.items("t1"))) == 1
        ledger.refuse_if_stuck()

    with_ledger(tmp_path / "ledger", story)


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


def test_a_full_disk_is_told_and_what_was_acknowledged_before_stays(tmp_path: Path) -> None:
    """SQLite says SQLITE_FULL when it may not take another page, as when the disk has none left."""
    kept: list[bytes] = []

    async def write_until_refused(ledger: Ledger) -> None:
        for number in range(1000):
            key = b"%d" % number
            await asyncio.shield(ledger.add(PUT_ITEM, row(key, bytes(1000))))
            kept.append(key)

    async def story(ledger: Ledger) -> None:
        pages = ledger._database.execute("PRAGMA page_count").fetchone()[0]
        ledger._database.execute(f"PRAGMA max_page_count={pages + 20}")
        with pytest.raises(Refusal, match="disk is full") as refusal:
            await write_until_refused(ledger)
        assert (refusal.value.code, refusal.value.definite) == ("InternalServerError", False)
        with pytest.raises(Refusal, match="disk is full"):
            ledger.refuse_if_stuck()
        ledger._database.execute("PRAGMA max_page_count=1000000")
        await ledger.committed()
        ledger.refuse_if_stuck()

    async def look(ledger: Ledger) -> None:
        assert {key for key, *_ in ledger.items("t1")} >= set(kept)

    with_ledger(tmp_path / "ledger", story)
    assert kept
    with_ledger(tmp_path / "ledger", look)
