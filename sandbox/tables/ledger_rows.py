"""What a ledger holds: its schema, the statements that change it, and how many of them become few. Pure.

In: operations, in the order in which they were committed. Out: runs of one statement whose effect is the same: of
several writes of one key the last, and keys in the order of the file, so that a page is changed once and not once for
each of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

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
CREATE TABLE IF NOT EXISTS carried (number INTEGER NOT NULL);
"""


class Upsert(NamedTuple):
    """A row of items put in place of what is there, in parts: as much as INSERT OR REPLACE, which deletes the row
    first, at two thirds of its price."""

    into: str
    columns: int
    if_there: str

    def of(self, count: int) -> str:
        """The statement that puts so many rows."""
        one = f"({', '.join('?' * self.columns)})"
        return f"{self.into}{', '.join([one] * count)}{self.if_there}"


WHOLE = Upsert(
    "INSERT INTO items VALUES ",
    7,
    " ON CONFLICT DO UPDATE SET item = excluded.item, "
    "stamp_us = excluded.stamp_us, region = excluded.region, vector = excluded.vector, seq = excluded.seq",
)
# Of a table that is not global: what is not given need not be handed to SQLite, which takes Python's lock for it.
PLAIN = Upsert(
    "INSERT INTO items (table_id, key, item) VALUES ",
    3,
    " ON CONFLICT DO UPDATE SET item = excluded.item, stamp_us = NULL, region = NULL, vector = NULL, seq = NULL",
)
PUT_ITEM, PUT_PLAIN = WHOLE.of(1), PLAIN.of(1)
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
DROP_MARK = "DELETE FROM marks WHERE table_id = ? AND peer = ?"
PUT_GROUP = "INSERT OR REPLACE INTO groups VALUES (?, ?)"
DROP_GROUP = "DELETE FROM groups WHERE id = ?"
# A table that is global no more:
FORGET = (
    DROP_TABLE[3],
    "DELETE FROM items WHERE table_id = ? AND item IS NULL",
    "UPDATE items SET stamp_us = NULL, region = NULL, vector = NULL, seq = NULL WHERE table_id = ?",
)
# A log names a statement by its place here: new ones go to the end, and none is ever taken out.
STATEMENTS = (
    PUT_ITEM,
    DROP_ITEM,
    PUT_TABLE,
    *DROP_TABLE,
    PUT_CONFLICT,
    PUT_MARK,
    DROP_MARK,
    PUT_GROUP,
    DROP_GROUP,
    *FORGET[1:],
    PUT_PLAIN,
)
PLACES = {statement: place for place, statement in enumerate(STATEMENTS)}
ABOUT_ONE_ITEM = {WHOLE.columns: PUT_ITEM, PLAIN.columns: PUT_PLAIN, 2: DROP_ITEM}  # by the number of parameters
PUT_PLACE, PLAIN_PLACE, DROP_PLACE = PLACES[PUT_ITEM], PLACES[PUT_PLAIN], PLACES[DROP_ITEM]
ABOUT_MANY_ITEMS = frozenset({DROP_TABLE[1], *FORGET[1:]})  # what was written to items before must be there first
ROWS_AT_ONCE = 100  # in one statement, which gives Python's lock up once and not for each row; 700 of 999 variables
MANY = {upsert.of(1): upsert for upsert in (WHOLE, PLAIN)}

Operation = tuple[str, Sequence[Any]]
Placed = tuple[int, Sequence[Any]]  # the same, as it stands in a log
Items = dict[str, dict[bytes, Sequence[Any]]]  # table id -> key -> the parameters of what was done to it last


class Run(NamedTuple):
    """One statement, and the parameters of each time."""

    statement: str
    rows: list[Sequence[Any]]


def condensed(operations: Iterable[Placed]) -> list[Run]:
    """Fewer operations with the same effect, when all of them become visible at once."""
    runs: list[Run] = []
    items: Items = {}
    for place, parameters in operations:
        if place == PLAIN_PLACE or place == PUT_PLACE or place == DROP_PLACE:  # noqa: SIM109 - quicker than a tuple
            of_table = items.get(parameters[0])
            if of_table is None:
                of_table = items[parameters[0]] = {}
            of_table[parameters[1]] = parameters
            continue
        statement = STATEMENTS[place]
        if statement in ABOUT_MANY_ITEMS:
            runs += item_runs(items)
            items = {}
        if not runs or runs[-1].statement != statement:
            runs.append(Run(statement, []))
        runs[-1].rows.append(parameters)
    return [*runs, *item_runs(items)]


def item_runs(items: Items) -> Iterator[Run]:
    """The last word about each key, as at most three runs for each table."""
    for table_id in sorted(items):
        last = items[table_id]
        rows = [last[key] for key in sorted(last)]
        for length, statement in ABOUT_ONE_ITEM.items():
            about = [parameters for parameters in rows if len(parameters) == length]
            if about:
                yield Run(statement, about)


def in_blocks(run: Run) -> Iterator[tuple[str, list[Sequence[Any]]]]:
    """What to have executed, once for each of the parameters that come with it: items go in by the hundred."""
    rows = run.rows
    if run.statement in MANY:
        whole = len(rows) - len(rows) % ROWS_AT_ONCE
        for start in range(0, whole, ROWS_AT_ONCE):
            yield at_once(run.statement), [list(chain.from_iterable(rows[start : start + ROWS_AT_ONCE]))]
        rows = rows[whole:]
    if rows:
        yield run.statement, rows


@lru_cache(maxsize=2)
def at_once(statement: str) -> str:
    """The statement that puts ROWS_AT_ONCE items as this one puts one."""
    return MANY[statement].of(ROWS_AT_ONCE)
