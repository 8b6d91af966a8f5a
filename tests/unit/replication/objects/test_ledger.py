"""Claims about the file: what was committed is there after a kill; a full disk is said, and tried again."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import Refusal
from sandbox.replication.objects.ledger import Ledger
from sandbox.replication.objects.rows import DROP_INTENT, PUT_INTENT, Rows


def row(seq: int) -> tuple[int, str, str, str, float]:
    return seq, "b", "k", "object", 1.0


def test_what_was_committed_is_there_after_a_kill(tmp_path: Path) -> None:
    async def life() -> None:
        ledger = Ledger(tmp_path / "x.objects", SystemClock())
        ledger.open()
        first = ledger.add(PUT_INTENT, row(1))
        assert first is ledger.add(PUT_INTENT, row(2)), "one commit for what one turn brings"
        await first
        ledger.add(DROP_INTENT, (1,))
        await ledger.committed()
        # Not closed: what follows reads what a killed process has left.
        other = Ledger(tmp_path / "x.objects", SystemClock())
        other.open()
        assert [intent.seq for intent in Rows(other).intents()] == [2]
        await other.close()
        await ledger.close()

    asyncio.run(life())


def test_a_commit_that_fails_is_said_and_tried_again(tmp_path: Path) -> None:
    told: list[str] = []

    async def life() -> None:
        ledger = Ledger(tmp_path / "x.objects", SystemClock(), on_trouble=told.append)
        ledger.open()
        other = sqlite3.connect(tmp_path / "x.objects", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # as a full disk does, this keeps others from committing
        with pytest.raises(Refusal, match="could not be made durable"):
            await ledger.add(PUT_INTENT, row(1))
        with pytest.raises(Refusal, match="cannot be written"):
            ledger.refuse_if_stuck()
        other.execute("ROLLBACK")
        other.close()
        await ledger.committed()
        ledger.refuse_if_stuck()
        assert [intent.seq for intent in Rows(ledger).intents()] == [1]
        await ledger.close()

    asyncio.run(life())
    assert len(told) == 1
    assert "x.objects" in told[0]


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be looked at" * 10])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.objects").write_bytes(content)
    with pytest.raises(Refusal, match=r"x\.objects cannot be used"):
        Ledger(tmp_path / "x.objects", SystemClock()).open()


def test_a_file_of_another_version_is_named(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "x.objects")
    database.execute("PRAGMA user_version=99")
    database.close()
    with pytest.raises(Refusal, match="another version of the sandbox"):
        Ledger(tmp_path / "x.objects", SystemClock()).open()
