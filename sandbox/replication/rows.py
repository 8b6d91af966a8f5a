"""What replication keeps in the region's ledger, and what it asks of one.

The ledger of tables fills `Keeping`; so does a stand-in in simulated time. A row of `items` in a global table has all
its columns; `seq` is set for this region's own writes only, as each change goes out from its origin alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import orjson

from sandbox.replication.values import Conflict, Replicated, Version
from sandbox.tables.ledger_rows import (
    DROP_GROUP,
    DROP_ITEM,
    DROP_MARK,
    FORGET,
    PUT_CONFLICT,
    PUT_GROUP,
    PUT_ITEM,
    PUT_MARK,
    PUT_PLAIN,
    Operation,
)

__all__ = ["DROP_GROUP", "DROP_ITEM", "DROP_MARK", "FORGET", "PUT_CONFLICT", "PUT_GROUP", "PUT_ITEM", "PUT_MARK"]

SETTLED = "settled/"  # before a table's id, among the groups' ids: what is promised and settled of its stamps

ItemRow = tuple[bytes, bytes | None, int | None, str | None, bytes | None]


class Keeping(Protocol):
    """The ledger, as replication needs it: `sandbox.tables.ledger.Ledger`."""

    def add(self, statement: str, parameters: Sequence[Any]) -> asyncio.Future[None]:
        """Have a statement committed, in order; the future of its commit."""
        ...

    async def committed(self) -> None:
        """Wait until everything added so far is on disk."""
        ...

    def groups(self) -> Iterator[tuple[str, bytes]]:
        """(group id, content) of every group."""
        ...

    def items(self, table_id: str) -> Iterator[ItemRow]:
        """(key, item, stamp_us, region, vector) of every row of a table."""
        ...

    def marks(self) -> Iterator[tuple[str, str, int]]:
        """(table id, peer, seq)."""
        ...

    def unsent(self, table_id: str, after_seq: int) -> Iterator[tuple[int, bytes]]:
        """(seq, key) of this region's own changes after a mark, oldest first."""
        ...

    def last_seq(self) -> int:
        """The greatest sequence number given out."""
        ...

    def conflicts(self, table_id: str, most: int) -> list[tuple[bytes, int, bytes]]:
        """(key, losing stamp, content), the latest first."""
        ...


def settled_id(table_id: str) -> str:
    """The row that keeps what is settled of a table."""
    return SETTLED + table_id


def table_settled(row_id: str) -> str:
    """The table that such a row is about; "" for the row of a group."""
    return row_id.removeprefix(SETTLED) if row_id.startswith(SETTLED) else ""


def item_row(table_id: str, key: bytes, held: Replicated, seq: int | None) -> Operation:
    """One item of a global table, or its tombstone."""
    version = held.version
    item = None if held.item is None else orjson.dumps(held.item)
    vector = orjson.dumps(version.vector)
    return PUT_ITEM, (table_id, key, item, version.stamp_us, version.region, vector, seq)


def plain_row(table_id: str, key: bytes, item: dict[str, Any] | None) -> Operation:
    """One item of a table that is not global, or its end."""
    if item is None:
        return DROP_ITEM, (table_id, key)
    return PUT_PLAIN, (table_id, key, orjson.dumps(item))


def version_in(row: ItemRow) -> Version | None:
    """The version that a row keeps; None when it was there before the table became global."""
    _, _, stamp_us, region, vector = row
    if stamp_us is None or region is None or vector is None:
        return None
    return Version(stamp_us=stamp_us, region=region, vector=orjson.loads(vector))


def conflict_row(table_id: str, key: bytes, conflict: Conflict, at_s: float) -> Operation:
    """One write that lost."""
    content = {
        "key": orjson.Fragment(key),
        "loser": image(conflict.loser),
        "winner": image(conflict.winner),
        "agreed": conflict.agreed,
        "at_s": at_s,
    }
    return PUT_CONFLICT, (table_id, key, conflict.loser.version.stamp_us, orjson.dumps(content))


def image(held: Replicated) -> dict[str, Any]:
    """A version and its content, as JSON."""
    version = held.version
    return {"item": held.item, "stamp_us": version.stamp_us, "region": version.region, "vector": version.vector}
