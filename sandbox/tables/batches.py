"""BatchGetItem and BatchWriteItem: many independent calls in one. In: the catalogue, a body, now. Out: the answer.

Everything is checked before anything is written; then each write stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.tables.attributes import check_item, item_size
from sandbox.tables.capacity import Meter, collection_metrics, mode_of, read_units
from sandbox.tables.catalogue import Catalogue
from sandbox.tables.constraints import Body, constraint, required
from sandbox.tables.expression_inputs import get_inputs
from sandbox.tables.refusals import invalid
from sandbox.tables.table import WRONG_KEY, Table
from sandbox.tables.values import Address, Item

Answer = dict[str, Any]
MOST_READS = 100
MOST_WRITES = 25
PAGE_BYTES = 16 * 1024 * 1024
DUPLICATES = "Provided list of item keys contains duplicates"


@dataclass(frozen=True, kw_only=True, slots=True)
class Write:
    """One checked request of a batch. new is None for a delete."""

    name: str
    table: Table
    address: Address
    key: Item
    new: Item | None


def requested(body: Body, call: str) -> Mapping[str, Any]:
    """RequestItems, which name at least one table."""
    items: Mapping[str, Any] = required(body, "RequestItems", dict)
    if not items:
        raise invalid(f"The requestItems parameter is required for {call}")
    return items


def batch_get_item(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """BatchGetItem: at most 100 keys and 16 MB."""
    asked = requested(body, "BatchGetItem")
    for name, request in asked.items():
        keys = required(request, "Keys", list)
        if not 1 <= len(keys) <= MOST_READS:
            rule = "greater than or equal to 1" if not keys else f"less than or equal to {MOST_READS}"
            where = f"requestItems.{name}.member.keys"
            if keys:
                raise invalid(
                    f"1 validation error detected: Value at '{where}' failed to satisfy constraint: "
                    f"Member must have length {rule}"
                )
            raise constraint("[]", where, f"Member must have length {rule}")
    if sum(len(request["Keys"]) for request in asked.values()) > MOST_READS:
        raise invalid("Too many items requested for the BatchGetItem call")
    meter = Meter(mode_of(body))
    answer: Answer = {"Responses": {}, "UnprocessedKeys": {}}
    room_bytes = PAGE_BYTES
    for name, request in asked.items():
        room_bytes = read_one_table(catalogue, name, request, meter, answer, room_bytes)
    if meter.mode != "NONE":
        answer["ConsumedCapacity"] = meter.images()
    return answer


def read_one_table(
    catalogue: Catalogue, name: str, request: Body, meter: Meter, answer: Answer, room_bytes: int
) -> int:
    """Read the keys of one table; what room is left in the answer."""
    projection = get_inputs(request, "BatchGetItem")
    table = catalogue.table(name)
    keys = [table.checked_key(key) for key in request["Keys"]]
    addresses = [table.address_of(key) for key in keys]
    if len(set(addresses)) != len(addresses):
        raise invalid(DUPLICATES)
    found = answer["Responses"].setdefault(name, [])
    consistent = bool(request.get("ConsistentRead"))
    for key, address in zip(keys, addresses, strict=True):
        item = table.store.items.get(address)
        size = 0 if item is None else item_size(item)
        if size > room_bytes:
            rest = {member: value for member, value in request.items() if member != "Keys"}
            answer["UnprocessedKeys"].setdefault(name, {**rest, "Keys": []})["Keys"].append(key)
            continue
        room_bytes -= size
        meter.add(table.schema.name, read_units(size, consistent=consistent))
        if item is not None:
            found.append(item if projection is None else projection.of(item))
    return room_bytes


def batch_write_item(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """BatchWriteItem: at most 25 puts and deletes."""
    asked = requested(body, "BatchWriteItem")
    count = sum(len(requests) for requests in asked.values())
    if count > MOST_WRITES:
        raise invalid("Too many items requested for the BatchWriteItem call")
    writes = [
        checked_write(catalogue, name, request)
        for name, requests in asked.items()
        for request in listed(name, requests)
    ]
    if len({(write.table.table_id, write.address) for write in writes}) != len(writes):
        raise invalid(DUPLICATES)
    meter = Meter(mode_of(body))
    metrics: dict[str, list[Any]] = {}
    for write in writes:
        old = write.table.store.items.get(write.address)
        if old is not None or write.new is not None:
            catalogue.write(write.table, write.address, old, write.new, now_s)
        meter.add_write(write.table, write.address, old, write.new)
        if body.get("ReturnItemCollectionMetrics") == "SIZE" and (one := collection_metrics(write.table, write.key)):
            metrics.setdefault(write.name, []).append(one)
    answer: Answer = {"UnprocessedItems": {}}
    if metrics:
        answer["ItemCollectionMetrics"] = metrics
    if meter.mode != "NONE":
        answer["ConsumedCapacity"] = meter.images()
    return answer


def listed(name: str, requests: Any) -> list[Any]:
    """The requests of one table: a list, not empty."""
    if not isinstance(requests, list) or not requests:
        rule = "Member must have length less than or equal to 25, Member must have length greater than or equal to 1"
        raise constraint("{}", f"requestItems.{name}.member", f"Map value must satisfy constraint: [{rule}]")
    return requests


def has_key(table: Table, item: Item) -> bool:
    """Whether an item has the key's attributes, of their types."""
    return all(name in item and kind in item[name] for name, kind in table.schema.key.types)


def checked_write(catalogue: Catalogue, name: str, request: Body) -> Write:
    """One PutRequest or DeleteRequest."""
    put, delete = request.get("PutRequest"), request.get("DeleteRequest")
    if (put is None) == (delete is None):
        raise invalid("Supplied AttributeValue has more than one datatypes set" if put else "Supplied request is empty")
    table = catalogue.table(name)
    if put is not None:
        item = required(put, "Item", dict)
        if not has_key(table, check_item(item)):
            raise invalid(WRONG_KEY)
        item = table.checked_item(item)
        return Write(name=name, table=table, address=table.address_of(item), key=table.key_of(item), new=item)
    key = table.checked_key(required(delete or {}, "Key"))
    return Write(name=name, table=table, address=table.address_of(key), key=key, new=None)
