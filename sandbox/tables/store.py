"""One table's items. In: addresses and items. Out: items by address, by range of one hash key, in scan order.

An address is (hash place, range order). The hash place is the CRC of the hash key followed by the key itself, so that a
scan walks a fixed, shuffled order as AWS's does, can go on after a key that has been deleted meanwhile, and splits into
segments. Ranges of one hash key are a plain list while they are short (most are) and a SortedList beyond `LIST_LIMIT`.
"""

from __future__ import annotations

import base64
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from zlib import crc32

from sortedcontainers import SortedList

from sandbox.tables.places import Places
from sandbox.tables.values import Address, AttributeValue, Item, Order

LIST_LIMIT = 1000  # inserting into a list of this length moves 8 KB; a SortedList costs 1 KB even when empty

Bound = tuple[Order, bool]  # an order, and whether the cut is after it (True) or before it (False)


def hash_place(value: AttributeValue) -> bytes:
    """Where a hash key stands in the scan."""
    ((kind, content),) = value.items()
    key: bytes = base64.b64decode(content) if kind == "B" else content.encode()
    return crc32(key).to_bytes(4, "big") + key


def range_order(value: AttributeValue) -> Order:
    """A range key as it sorts. Code points order strings as UTF-8 does."""
    ((kind, content),) = value.items()
    if kind == "S":
        return content
    return Decimal(content) if kind == "N" else base64.b64decode(content)


class Orders:
    """The orders under one hash key, sorted."""

    __slots__ = ("_values",)

    def __init__(self, first: Order) -> None:
        self._values: Any = [first]

    def __len__(self) -> int:
        return len(self._values)

    def add(self, order: Order) -> None:
        """`order` is not there yet."""
        values = self._values
        if type(values) is list:
            insort(values, order)
            if len(values) > LIST_LIMIT:
                self._values = SortedList(values)
        else:
            values.add(order)

    def remove(self, order: Order) -> None:
        """`order` is there."""
        values = self._values
        if type(values) is list:
            del values[bisect_left(values, order)]
        else:
            values.remove(order)

    def _cut(self, bound: Bound) -> int:
        order, after = bound
        values = self._values
        if type(values) is list:
            return bisect_right(values, order) if after else bisect_left(values, order)
        return int(values.bisect_right(order) if after else values.bisect_left(order))

    def between(self, lower: Bound | None, upper: Bound | None, *, backwards: bool = False) -> Iterator[Order]:
        """Every order from cut to cut. Nothing may be added or removed meanwhile."""
        values = self._values
        start = 0 if lower is None else self._cut(lower)
        stop = len(values) if upper is None else self._cut(upper)
        if type(values) is list:
            return iter(values[start:stop][::-1] if backwards else values[start:stop])
        orders: Iterator[Order] = values.islice(start, stop, reverse=backwards)
        return orders


class Ladder:
    """Hash places in scan order, each with its orders: the skeleton of a table with range keys, and of an index."""

    __slots__ = ("hashes", "rungs")

    def __init__(self) -> None:
        self.rungs: dict[bytes, Orders] = {}
        self.hashes = Places()

    def add(self, place: bytes, order: Order) -> None:
        """(place, order) is not there yet."""
        rung = self.rungs.get(place)
        if rung is None:
            self.rungs[place] = Orders(order)
            self.hashes.add(place)
        else:
            rung.add(order)

    def remove(self, place: bytes, order: Order) -> None:
        """(place, order) is there."""
        rung = self.rungs[place]
        if len(rung) == 1:
            del self.rungs[place]
            self.hashes.remove(place)
        else:
            rung.remove(order)

    def under(
        self, place: bytes, lower: Bound | None, upper: Bound | None, *, backwards: bool = False
    ) -> Iterator[Order]:
        """The orders under one hash key."""
        rung = self.rungs.get(place)
        return iter(()) if rung is None else rung.between(lower, upper, backwards=backwards)

    def all(self, low: bytes, high: bytes | None, after: Address | None) -> Iterator[Address]:
        """Everything from place `low` to before `high`, in scan order; past `after`, which need not be there."""
        is_after = after is not None and after[0] >= low
        if after is not None and is_after:
            low = after[0]
            for order in self.under(low, (after[1], True), None):
                yield low, order
        for place in self.hashes.between(low, high, after_low=is_after):
            for order in self.rungs[place].between(None, None):
                yield place, order


class Store:
    """The items of one table. size_bytes is kept by whoever writes (`Table.put`)."""

    __slots__ = ("_hashes", "_ladder", "items", "size_bytes")

    def __init__(self, *, ranged: bool) -> None:
        self.items: dict[Address, Item] = {}
        self._ladder = Ladder() if ranged else None
        self._hashes = Places()  # scan order of a table without range keys
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self.items)

    def put(self, address: Address, item: Item) -> None:
        """Store the item in place of what may be there."""
        if address not in self.items:
            if self._ladder is None:
                self._hashes.add(address[0])
            else:
                self._ladder.add(*address)
        self.items[address] = item

    def remove(self, address: Address) -> None:
        """The item is there."""
        del self.items[address]
        if self._ladder is None:
            self._hashes.remove(address[0])
        else:
            self._ladder.remove(*address)

    def under(
        self, place: bytes, lower: Bound | None, upper: Bound | None, *, backwards: bool = False
    ) -> Iterator[Address]:
        """Addresses of one hash key, by range."""
        if self._ladder is None:
            lone = (place, None)
            return iter((lone,) if lone in self.items and lower is None and upper is None else ())
        return ((place, order) for order in self._ladder.under(place, lower, upper, backwards=backwards))

    def all(self, low: bytes = b"", high: bytes | None = None, after: Address | None = None) -> Iterator[Address]:
        """Addresses in scan order, from place `low` to before `high`, past `after`."""
        if self._ladder is not None:
            return self._ladder.all(low, high, after)
        if after is not None and after[0] >= low:
            return ((place, None) for place in self._hashes.between(after[0], high, after_low=True))
        return ((place, None) for place in self._hashes.between(low, high))
