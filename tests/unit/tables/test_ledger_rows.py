"""Claims about operations made few: the database is the same as if each had been executed at its time."""

from __future__ import annotations

import sqlite3
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.tables.ledger_rows import (
    DROP_ITEM,
    DROP_TABLE,
    FORGET,
    PLACES,
    PUT_ITEM,
    PUT_MARK,
    PUT_PLAIN,
    ROWS_AT_ONCE,
    SCHEMA,
    STATEMENTS,
    Operation,
    Placed,
    Run,
    condensed,
    in_blocks,
)


def placed(*operations: Operation) -> list[Placed]:
    return [(PLACES[statement], parameters) for statement, parameters in operations]


def put(key: bytes, seq: int, table_id: str = "t1") -> Operation:
    return PUT_ITEM, (table_id, key, b"{}", None, None, None, seq)


def rows_of(runs: list[Run]) -> list[tuple[Any, ...]]:
    database = sqlite3.connect(":memory:")
    database.executescript(SCHEMA)
    for run in runs:
        for statement, rows in in_blocks(run):
            database.executemany(statement, rows)
    return database.execute("SELECT table_id, key, seq FROM items ORDER BY 1, 2").fetchall()


def test_a_log_of_today_is_read_by_its_statements_places() -> None:
    """The places stand in files: this list may only grow at its end."""
    assert [statement.split(" WHERE ")[0].split(" VALUES ")[0] for statement in STATEMENTS] == [
        "INSERT INTO items",
        "DELETE FROM items",
        "INSERT OR REPLACE INTO tables",
        "DELETE FROM tables",
        "DELETE FROM items",
        "DELETE FROM conflicts",
        "DELETE FROM marks",
        "INSERT OR IGNORE INTO conflicts",
        "INSERT OR REPLACE INTO marks",
        "DELETE FROM marks",
        "INSERT OR REPLACE INTO groups",
        "DELETE FROM groups",
        "DELETE FROM items",
        "UPDATE items SET stamp_us = NULL, region = NULL, vector = NULL, seq = NULL",
        "INSERT INTO items (table_id, key, item)",
    ]


def test_of_several_writes_of_a_key_the_last_is_executed_and_keys_are_in_order() -> None:
    drop = DROP_ITEM, ("t1", b"a")
    mark = PUT_MARK, ("t1", "eu-west-1", 3)
    runs = condensed(placed(put(b"b", 1), put(b"a", 2), mark, put(b"b", 3), drop))
    assert runs == [Run(PUT_MARK, [mark[1]]), Run(PUT_ITEM, [put(b"b", 3)[1]]), Run(DROP_ITEM, [drop[1]])]


def test_what_is_about_many_items_is_executed_between_what_was_written_before_and_after_it() -> None:
    runs = condensed(placed(put(b"a", 1), (DROP_TABLE[1], ("t1",)), put(b"b", 2)))
    assert [run.statement for run in runs] == [PUT_ITEM, DROP_TABLE[1], PUT_ITEM]


def test_items_go_in_by_the_hundred() -> None:
    rows = [put(b"%03d" % number, number)[1] for number in range(2 * ROWS_AT_ONCE + 1)]
    blocks = list(in_blocks(Run(PUT_ITEM, rows)))
    assert [len(parameters) for _, parameters in blocks] == [1, 1, 1]
    assert len(rows_of([Run(PUT_ITEM, rows)])) == len(rows)


def test_a_plain_item_put_over_one_of_a_global_table_has_no_version() -> None:
    rows = rows_of([Run(PUT_ITEM, [put(b"a", 1)[1]]), Run(PUT_PLAIN, [("t1", b"a", b"new")] * (ROWS_AT_ONCE + 1))])
    assert rows == rows_of([Run(PUT_ITEM, [("t1", b"a", b"new", None, None, None, None)])])


KEYS, TABLE_IDS = st.sampled_from([b"a", b"b", b"c"]), st.sampled_from(["t1", "t2"])
ITEM_OPERATIONS = st.one_of(
    st.builds(put, KEYS, st.integers(1, 99), TABLE_IDS),
    st.tuples(st.just(PUT_PLAIN), st.tuples(TABLE_IDS, KEYS, st.sampled_from([b"x", b"y"]))),
    st.tuples(st.just(DROP_ITEM), st.tuples(TABLE_IDS, KEYS)),
    st.tuples(st.sampled_from([DROP_TABLE[1], *FORGET]), st.tuples(TABLE_IDS)),
)


@given(operations=st.lists(ITEM_OPERATIONS, max_size=20))
def test_fewer_operations_have_the_same_effect(operations: list[Operation]) -> None:
    each = [Run(statement, [parameters]) for statement, parameters in operations]
    assert rows_of(condensed(placed(*operations))) == rows_of(each)
