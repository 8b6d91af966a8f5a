"""Secondary indexes, kept up to date with each write. In: addresses with old and new items. Out: addresses in order.

An index holds no items, only (hash place) -> (range order, address) of those items that have its key attributes; a read
looks the item up in the table and leaves out what the index does not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from sortedcontainers import SortedList

from sandbox.tables.store import Bound, Ladder, hash_place, range_order
from sandbox.tables.values import Address, IndexSchema, Item, Order


class Top:
    """Sorts after everything: the end of all entries with one range key."""

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return True


TOP = Top()


class Index:
    """One secondary index of one table."""

    __slots__ = ("_ladder", "count", "schema")

    def __init__(self, schema: IndexSchema, items: Iterable[tuple[Address, Item]] = ()) -> None:
        self.schema = schema
        self.count = 0
        self._ladder = Ladder()
        for address, item in items:
            self.move(address, None, item)

    def position(self, item: Item, address: Address) -> Address | None:
        """Where the item stands in this index; None if it lacks a key attribute, or has it in another type (an item
        that is older than the index may): the index is sparse.
        """
        key = self.schema.key
        hash_value = item.get(key.hash_name)
        if hash_value is None or key.hash_type not in hash_value:
            return None
        if key.range_name is None:
            return hash_place(hash_value), address
        range_value = item.get(key.range_name)
        if range_value is None or key.range_type not in range_value:
            return None
        return hash_place(hash_value), (range_order(range_value), *address)

    def move(self, address: Address, old: Item | None, new: Item | None) -> None:
        """Follow one write."""
        if old is not None and new is not None:
            key = self.schema.key
            if old.get(key.hash_name) == new.get(key.hash_name) and (
                key.range_name is None or old.get(key.range_name) == new.get(key.range_name)
            ):
                return
        before = None if old is None else self.position(old, address)
        after = None if new is None else self.position(new, address)
        if before is not None:
            self._ladder.remove(*before)
            self.count -= 1
        if after is not None:
            self._ladder.add(*after)
            self.count += 1

    def shown(self, item: Item) -> Item:
        """The item as far as the index holds it."""
        kept = self.schema.attributes
        return item if kept is None else {name: value for name, value in item.items() if name in kept}

    def under(
        self,
        place: bytes,
        lower: Bound | None,
        upper: Bound | None,
        *,
        after: Address | None = None,
        backwards: bool = False,
    ) -> Iterator[Address]:
        """Addresses of one hash key by range; `after`: the position where the last page ended."""
        low, high = as_entry_bound(lower), as_entry_bound(upper)
        if after is not None:
            if backwards:
                high = (after[1], False)
            else:
                low = (after[1], True)
        return (order[-2:] for order in self._ladder.under(place, low, high, backwards=backwards))

    def all(self, low: bytes = b"", high: bytes | None = None, after: Address | None = None) -> Iterator[Address]:
        """Addresses in scan order."""
        return (order[-2:] for _, order in self._ladder.all(low, high, after))


def as_entry_bound(bound: Bound | None) -> Bound | None:
    """A bound on range keys as one on (range key, address)."""
    if bound is None:
        return None
    order, after = bound
    entry: tuple[Order, Any] | tuple[Order] = (order, TOP) if after else (order,)
    return entry, False


class Expiries:
    """The items of a table by the moment they expire, kept like an index: what is due is found without a scan."""

    __slots__ = ("_entries", "attribute")

    def __init__(self, attribute: str, items: Iterable[tuple[Address, Item]] = ()) -> None:
        self.attribute = attribute
        self._entries: Any = SortedList()
        for address, item in items:
            self.move(address, None, item)

    def move(self, address: Address, old: Item | None, new: Item | None) -> None:
        """Follow one write."""
        before = None if old is None else old.get(self.attribute)
        after = None if new is None else new.get(self.attribute)
        if before == after:
            return
        if before is not None and "N" in before:
            self._entries.remove((Decimal(before["N"]), *address))
        if after is not None and "N" in after:
            self._entries.add((Decimal(after["N"]), *address))

    def between(self, low_s: float, high_s: float) -> list[Address]:
        """Addresses of what expires after `low_s` and not after `high_s`, first things first."""
        start = self._entries.bisect_left((Decimal(low_s), TOP))
        stop = self._entries.bisect_left((Decimal(high_s), TOP))
        return [entry[1:] for entry in self._entries.islice(start, stop)]
