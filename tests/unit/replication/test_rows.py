"""Claims about rows: the ledger's statements take them, and give back what they hold."""

from __future__ import annotations

import sqlite3

import orjson

from sandbox.replication.rows import (
    DROP_GROUP,
    DROP_MARK,
    FORGET,
    PUT_GROUP,
    PUT_MARK,
    conflict_row,
    item_row,
    plain_row,
    version_in,
)
from sandbox.replication.values import Conflict, Replicated, Version
from sandbox.tables.ledger_rows import SCHEMA

VERSION = Version(stamp_us=7, region="eu-west-1", vector={"eu-west-1": 7})
KEY = b'{"id":{"S":"7"}}'
ROWS = "SELECT key, item, stamp_us, region, vector FROM items"


def database() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:", isolation_level=None)
    made.executescript(SCHEMA)
    return made


def test_a_version_survives_its_row() -> None:
    kept = database()
    kept.execute(*item_row("t", KEY, Replicated(item={"id": {"S": "7"}}, version=VERSION), 3))
    [row] = kept.execute(ROWS)
    assert version_in(row) == VERSION
    kept.execute(*item_row("t", KEY, Replicated(item=None, version=VERSION), None))
    [row] = kept.execute(ROWS)
    assert row[1] is None
    assert version_in(row) == VERSION


def test_a_plain_row_has_no_version_and_goes_with_its_item() -> None:
    kept = database()
    kept.execute(*plain_row("t", KEY, {"id": {"S": "7"}}))
    [row] = kept.execute(ROWS)
    assert version_in(row) is None
    kept.execute(*plain_row("t", KEY, None))
    assert not list(kept.execute(ROWS))


def test_a_table_that_is_global_no_more_keeps_its_items_alone() -> None:
    kept = database()
    kept.execute(*item_row("t", KEY, Replicated(item={"id": {"S": "7"}}, version=VERSION), 3))
    kept.execute(*item_row("t", b"gone", Replicated(item=None, version=VERSION), 4))
    kept.execute(PUT_MARK, ("t", "us-east-1", 4))
    for statement in FORGET:
        kept.execute(statement, ("t",))
    [row] = kept.execute(ROWS)
    assert version_in(row) is None
    assert not list(kept.execute("SELECT * FROM marks"))


def test_a_conflict_is_kept_once_with_both_images() -> None:
    kept = database()
    later = Version(stamp_us=9, region="us-east-1", vector={"us-east-1": 9})
    conflict = Conflict(
        loser=Replicated(item={"a": {"S": "1"}}, version=VERSION), winner=Replicated(item=None, version=later)
    )
    for _ in range(2):
        kept.execute(*conflict_row("t", KEY, conflict, 1.0))
    [(content,)] = kept.execute("SELECT content FROM conflicts")
    told = orjson.loads(content)
    assert told["key"] == {"id": {"S": "7"}}
    assert (told["loser"]["item"], told["winner"]["item"], told["agreed"]) == ({"a": {"S": "1"}}, None, False)


def test_groups_and_marks_come_and_go() -> None:
    kept = database()
    kept.execute(PUT_GROUP, ("g", b"{}"))
    kept.execute(PUT_GROUP, ("g", b"{1}"))
    assert list(kept.execute("SELECT * FROM groups")) == [("g", b"{1}")]
    kept.execute(DROP_GROUP, ("g",))
    kept.execute(PUT_MARK, ("t", "us-east-1", 4))
    kept.execute(DROP_MARK, ("t", "us-east-1"))
    assert not list(kept.execute("SELECT * FROM groups UNION ALL SELECT table_id, peer FROM marks"))
