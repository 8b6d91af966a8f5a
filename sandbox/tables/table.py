"""One table: its schema, items, indexes, stream and settings.

In: keys and items as requests bring them. Out: addresses, or AWS's refusal; `apply` puts a decided write into the store
and every index.
"""

from __future__ import annotations

from typing import Any

from sandbox.tables.attributes import (
    ITEM_MOST_BYTES,
    check_item,
    check_key_value,
    item_size,
    type_of,
    value_size,
)
from sandbox.tables.indexes import Expiries, Index
from sandbox.tables.refusals import invalid, invalid_parameter
from sandbox.tables.store import Store, hash_place, range_order
from sandbox.tables.stream_log import Stream
from sandbox.tables.values import Address, AttributeValue, IndexSchema, Item, KeySchema, TableSchema

HASH_MOST_BYTES = 2048
RANGE_MOST_BYTES = 1024
WRONG_KEY = "The provided key element does not match the schema"
UNSUPPORTED_INDEX_KEY = (
    "The update expression attempted to update a secondary index key to a value that is not supported."
)


class Table:
    """A table and what belongs to it."""

    def __init__(self, schema: TableSchema, *, table_id: str, arn: str, created_at_s: float) -> None:
        self.schema = schema
        self._key_types = schema.key.types  # asked for with each request; a table's key never changes
        self._measured: tuple[Item, int] = ({}, 0)
        self.table_id = table_id
        self.arn = arn
        self.created_at_s = created_at_s
        self.store = Store(ranged=schema.key.range_name is not None)
        self.indexes = {index.name: Index(index) for index in schema.indexes}
        self.stream: Stream | None = None
        self.expiries: Expiries | None = None  # when time to live is on
        self.tags: dict[str, str] = {}
        self.recovery_since_s: float | None = None  # point-in-time recovery
        self.recovery_days = 35
        self.policy: tuple[str, str] | None = None  # the resource policy and its revision
        self.on_demand_since_s: float | None = None
        self.restored: dict[str, Any] | None = None  # DescribeTable's RestoreSummary

    def item(self, address: Address) -> Item | None:
        """What is stored there."""
        return self.store.items.get(address)

    def key_of(self, item: Item) -> Item:
        """The key attributes of an item."""
        key = self.schema.key
        if key.range_name is None:
            return {key.hash_name: item[key.hash_name]}
        return {key.hash_name: item[key.hash_name], key.range_name: item[key.range_name]}

    def address_of(self, item: Item) -> Address:
        """Where an item with a proper key stands."""
        key = self.schema.key
        place = hash_place(item[key.hash_name])
        return place, None if key.range_name is None else range_order(item[key.range_name])

    def checked_key(self, key: Any, what: str = "") -> Item:
        """A `Key` of a request: exactly the key attributes, of their types."""
        checked = check_item(key, what=what)
        if len(checked) != len(self._key_types):
            raise invalid(WRONG_KEY)
        for name, kind in self._key_types:
            value = checked.get(name)
            if value is None or kind not in value:
                raise invalid(WRONG_KEY)
            check_key_value(name, value)
        check_key_sizes(self.schema.key, checked)
        return checked

    def checked_item(self, item: Any, what: str = "") -> Item:
        """An `Item` of a request, fit to be stored."""
        checked = check_item(item, what=what)
        for name, kind in self._key_types:
            value = checked.get(name)
            if value is None:
                raise invalid_parameter(f"Missing the key {name} in the item")
            if kind not in value:
                raise invalid_parameter(f"Type mismatch for key {name} expected: {kind} actual: {type_of(value)}")
            check_key_value(name, value)
        check_key_sizes(self.schema.key, checked)
        for index in self.schema.indexes:
            self._check_index_keys(index, checked)
        if self.size_of(checked) > ITEM_MOST_BYTES:
            raise invalid("Item size has exceeded the maximum allowed size")
        return checked

    def size_of(self, item: Item) -> int:
        """Its bytes. Each item written is asked about twice, when it is checked and when it is stored."""
        measured, size = self._measured
        if measured is not item:
            size = item_size(item)
            self._measured = item, size
        return size

    def _check_index_keys(self, index: IndexSchema, item: Item) -> None:
        for name, kind in index.key.types:
            value = item.get(name)
            if value is None:
                continue
            if kind not in value:
                problem = f"Type mismatch for Index Key {name} Expected: {kind} Actual: {type_of(value)}"
                raise invalid_parameter(f"{problem} IndexName: {index.name}")
            if is_empty(value):
                problem = "A value specified for a secondary index key is not supported."
                raise invalid(
                    f"One or more parameter values are not valid. {problem} {empty_key(value)}{at(index, name)}"
                )
        check_key_sizes(index.key, item)

    def check_updated(self, item: Item) -> None:
        """What an update made, fit to be stored."""
        for index in self.schema.indexes:
            for name, kind in index.key.types:
                value = item.get(name)
                if value is None:
                    continue
                if kind not in value:
                    problem = f"Type mismatch for Index Key {name} Expected: {kind} Actual: {type_of(value)}"
                    raise invalid_parameter(f"{problem} IndexName: {index.name}")
                if is_empty(value):
                    raise invalid(
                        f"One or more parameter values are not valid. {UNSUPPORTED_INDEX_KEY} {empty_key(value)}"
                    )
            check_key_sizes(index.key, item)
        if self.size_of(item) > ITEM_MOST_BYTES:
            raise invalid("Item size to update has exceeded the maximum allowed size")

    def apply(self, address: Address, old: Item | None, new: Item | None) -> None:
        """Put a decided write into the store and every index. old: what is stored there now."""
        store = self.store
        if old is not None:
            store.size_bytes -= item_size(old)
        if new is not None:
            store.put(address, new)
            store.size_bytes += self.size_of(new)
        elif old is not None:
            store.remove(address)
        for index in self.indexes.values():
            index.move(address, old, new)
        if self.expiries is not None:
            self.expiries.move(address, old, new)

    def add_index(self, schema: IndexSchema) -> None:
        """A new global index, filled from what is stored."""
        self.indexes[schema.name] = Index(schema, self.store.items.items())


def check_key_sizes(key: KeySchema, item: Item) -> None:
    """Hash keys have at most 2,048 bytes, range keys 1,024."""
    hash_value = item.get(key.hash_name)
    if hash_value is not None and value_size(hash_value) > HASH_MOST_BYTES:
        raise invalid_parameter(f"Size of hashkey has exceeded the maximum size limit of{HASH_MOST_BYTES} bytes")
    range_value = None if key.range_name is None else item.get(key.range_name)
    if range_value is not None and value_size(range_value) > RANGE_MOST_BYTES:
        problem = f"Aggregated size of all range keys has exceeded the size limit of{RANGE_MOST_BYTES} bytes"
        raise invalid_parameter(problem)


def is_empty(value: AttributeValue) -> bool:
    """An empty string or empty binary, which no key may be."""
    return value.get("S") == "" or value.get("B") == ""


def empty_key(value: AttributeValue) -> str:
    """The sentence about it."""
    word = "string" if "S" in value else "binary"
    return f"The AttributeValue for a key attribute cannot contain an empty {word} value."


def at(index: IndexSchema, name: str) -> str:
    """Where the problem is."""
    return f" IndexName: {index.name}, IndexKey: {name}"
