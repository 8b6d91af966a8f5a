"""Consumed capacity and item collections. In: sizes of what was read or written. Out: ConsumedCapacity images.

A read unit is 4 KB read strongly (half of one when eventually consistent, two in a transaction); a write unit is 1 KB
written (two in a transaction). Every index that a write touches costs its own units.
"""

from __future__ import annotations

from typing import Any

from sandbox.tables.attributes import item_size
from sandbox.tables.constraints import Body, one_of
from sandbox.tables.indexes import Index
from sandbox.tables.table import Table
from sandbox.tables.values import Address, Item

READ_UNIT_BYTES = 4096
WRITE_UNIT_BYTES = 1024
MODES = ("INDEXES", "TOTAL", "NONE")


def mode_of(body: Body) -> str:
    """ReturnConsumedCapacity."""
    if "ReturnConsumedCapacity" not in body:
        return "NONE"
    return one_of(body, "ReturnConsumedCapacity", MODES, "NONE")


def read_units(size_bytes: int, *, consistent: bool, transactional: bool = False) -> float:
    """What a read of this many bytes costs."""
    units = max(1, -(-size_bytes // READ_UNIT_BYTES))
    return float(units * 2) if transactional else float(units) if consistent else units * 0.5


def write_units(size_bytes: int, *, transactional: bool = False) -> float:
    """What a write of this many bytes costs."""
    return float(max(1, -(-size_bytes // WRITE_UNIT_BYTES)) * (2 if transactional else 1))


def units_of_write(old: Item | None, new: Item | None, *, transactional: bool = False) -> float:
    """The larger of both images counts."""
    size = max(0 if image is None else item_size(image) for image in (old, new))
    return write_units(size, transactional=transactional)


def units_of_index(index: Index, address: Address, old: Item | None, new: Item | None) -> float:
    """One write for a new, changed or removed entry; two for an entry that moves."""
    before = None if old is None else index.position(old, address)
    after = None if new is None else index.position(new, address)
    shown_before = {} if before is None or old is None else index.shown(old)
    shown_after = {} if after is None or new is None else index.shown(new)
    if before == after and shown_before == shown_after:
        return 0.0
    if before == after:
        return units_of_write(shown_before, shown_after)
    gone = 0.0 if before is None else write_units(item_size(shown_before))
    return gone + (0.0 if after is None else write_units(item_size(shown_after)))


class Meter:
    """Adds up the units of one request, table by table."""

    def __init__(self, mode: str, kind: str = "") -> None:
        """kind: "Read" or "Write" in transactions, which name it again."""
        self.mode = mode
        self.kind = kind
        self._tables: dict[str, dict[str, dict[str, float]]] = {}

    def add(self, table: str, units: float, *, index: Index | None = None) -> None:
        """Units of a table, or of one of its indexes."""
        parts = self._tables.setdefault(table, {})
        if index is None:
            member, name = "Table", ""
        else:
            member, name = (
                "GlobalSecondaryIndexes" if index.schema.is_global else "LocalSecondaryIndexes",
                index.schema.name,
            )
        part = parts.setdefault(member, {})
        part[name] = part.get(name, 0.0) + units

    def add_write(
        self, table: Table, address: Address, old: Item | None, new: Item | None, *, transactional: bool = False
    ) -> None:
        """A write and what it costs in each index."""
        if self.mode == "NONE":
            return
        name = table.schema.name
        self.add(name, units_of_write(old, new, transactional=transactional))
        for index in table.indexes.values():
            units = units_of_index(index, address, old, new)
            if units:
                self.add(name, units * 2 if transactional else units, index=index)

    def images(self) -> list[dict[str, Any]]:
        """ConsumedCapacity of each table."""
        return [self._image(table, parts) for table, parts in self._tables.items()]

    def image(self) -> dict[str, Any]:
        """ConsumedCapacity of the only table."""
        return self.images()[0]

    def _image(self, table: str, parts: dict[str, dict[str, float]]) -> dict[str, Any]:
        total = sum(sum(part.values()) for part in parts.values())
        image: dict[str, Any] = {"TableName": table, "CapacityUnits": total}
        if self.kind:
            image[f"{self.kind}CapacityUnits"] = total
        if self.mode == "INDEXES":
            image["Table"] = self._units(parts.get("Table", {}).get("", 0.0))
            for member in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
                if member in parts:
                    image[member] = {name: self._units(units) for name, units in parts[member].items()}
        return image

    def _units(self, units: float) -> dict[str, float]:
        image = {"CapacityUnits": units}
        if self.kind:
            image[f"{self.kind}CapacityUnits"] = units
        return image


def collection_metrics(table: Table, item: Item) -> dict[str, Any] | None:
    """ItemCollectionMetrics: only tables with local indexes have item collections."""
    if all(index.is_global for index in table.schema.indexes):
        return None
    place = table.address_of(item)[0]
    size = sum(item_size(table.store.items[address]) for address in table.store.under(place, None, None))
    name = table.schema.key.hash_name
    low_gb = size // 2**30
    return {"ItemCollectionKey": {name: item[name]}, "SizeEstimateRangeGB": [float(low_gb), float(low_gb + 1)]}
