"""GetItem, PutItem, UpdateItem, DeleteItem. In: the catalogue, a body, now. Out: the answer, after one write at most.

The order is AWS's: the request's form, its expressions, the table, the item or key, the condition, then the write.
"""

from __future__ import annotations

from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.tables.attributes import item_size
from sandbox.tables.capacity import Meter, collection_metrics, mode_of, read_units
from sandbox.tables.catalogue import Catalogue
from sandbox.tables.conditions import BoundCondition
from sandbox.tables.constraints import Body, constraint, missing, one_of
from sandbox.tables.expression_inputs import delete_inputs, get_inputs, put_inputs, update_inputs
from sandbox.tables.refusals import invalid
from sandbox.tables.request_shapes import check_request
from sandbox.tables.table import Table
from sandbox.tables.updates import BoundUpdate
from sandbox.tables.values import Address, Item, TablesRefusal

Answer = dict[str, Any]
NAME_MOST_BYTES = 65_535  # the model's limit for an attribute's name
RETURN_VALUES = ("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")
CONDITION_FAILED = "The conditional request failed"


def get_item(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """GetItem."""
    projection = get_inputs(body)
    table = catalogue.table(body.get("TableName"))
    key = table.checked_key(member(body, "Key"), "GetItem")
    item = table.store.items.get(table.address_of(key))
    answer: Answer = {}
    if item is not None:
        answer["Item"] = item if projection is None else projection.of(item)
    if "ReturnConsumedCapacity" in body and (mode := mode_of(body)) != "NONE":
        meter = Meter(mode)
        size = 0 if item is None else item_size(item)
        meter.add(table.schema.name, read_units(size, consistent=bool(body.get("ConsistentRead"))))
        answer["ConsumedCapacity"] = meter.image()
    return answer


def put_item(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """PutItem."""
    is_plain = has_no_wishes(body)
    returned = "NONE" if is_plain else return_values(body, ("ALL_OLD", "NONE"))
    condition = None if is_plain else put_inputs(body)
    table = catalogue.table(body.get("TableName"))
    item = table.checked_item(member(body, "Item"), "PutItem")
    if is_plain and table.size_of(item) > NAME_MOST_BYTES:
        check_request("PutItem", body)
    address = table.address_of(item)
    old = table.store.items.get(address)
    if condition is not None:
        judge(condition, old, body)
    catalogue.write(table, address, old, item, now_s)
    answer: Answer = {}
    if is_plain:
        return answer
    if returned == "ALL_OLD" and old is not None:
        answer["Attributes"] = old
    return metered(answer, body, table, address, old, item)


def has_no_wishes(body: Body) -> bool:
    """A PutItem of a table and an item and nothing else, as most are."""
    return len(body) == 2 and "TableName" in body and "Item" in body


def is_plain_put(catalogue: Catalogue, body: Body) -> bool:
    """What the model says of such a call `put_item` sees to itself: spares a fiftieth of the work.

    A table of this name is there, the item is looked at anyway, and an attribute's name is too long for the model only
    where the item is larger than that.
    """
    if not has_no_wishes(body) or type(body["Item"]) is not dict:
        return False
    name = body["TableName"]
    return type(name) is str and name in catalogue.tables


def delete_item(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """DeleteItem; what is not there is deleted too."""
    returned = return_values(body, ("ALL_OLD", "NONE"))
    condition = delete_inputs(body)
    table = catalogue.table(body.get("TableName"))
    key = table.checked_key(member(body, "Key"), "DeleteItem")
    address = table.address_of(key)
    old = table.store.items.get(address)
    if condition is not None:
        judge(condition, old, body)
    if old is not None:
        catalogue.write(table, address, old, None, now_s)
    answer: Answer = {}
    if returned == "ALL_OLD" and old is not None:
        answer["Attributes"] = old
    return metered(answer, body, table, address, old, None, key=key)


def update_item(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """UpdateItem; an item that is not there is made of its key."""
    returned = return_values(body, RETURN_VALUES)
    inputs = update_inputs(body)
    table = catalogue.table(body.get("TableName"))
    key = table.checked_key(member(body, "Key"), "UpdateItem")
    if inputs.update is not None:
        inputs.update.refuse_keys(key)
    address = table.address_of(key)
    old = table.store.items.get(address)
    if inputs.condition is not None:
        judge(inputs.condition, old, body)
    new = updated(table, inputs.update, old, key)
    catalogue.write(table, address, old, new, now_s)
    answer: Answer = {}
    if returned != "NONE":
        attributes = returned_attributes(returned, inputs.update, old, new)
        if attributes:
            answer["Attributes"] = attributes
    return metered(answer, body, table, address, old, new)


def updated(table: Table, update: BoundUpdate | None, old: Item | None, key: Item) -> Item:
    """The item that an update makes of `old`, fit to be stored."""
    if update is None:
        return key if old is None else old
    new = update.apply(old, key)
    table.check_updated(new)
    return new


def returned_attributes(returned: str, update: BoundUpdate | None, old: Item | None, new: Item) -> Item | None:
    """ReturnValues of an update."""
    if returned == "ALL_OLD":
        return old
    if returned == "ALL_NEW":
        return new
    if update is None:
        return None
    image = old if returned == "UPDATED_OLD" else new
    return None if image is None else update.pick(image)


def member(body: Body, name: str) -> Any:
    """A member that must be there."""
    value = body.get(name)
    if value is None:
        raise missing(name)
    return value


def return_values(body: Body, allowed: tuple[str, ...]) -> str:
    """ReturnValues, as far as this call has them."""
    value = body.get("ReturnValues")
    if value is None:
        return "NONE"
    if value not in RETURN_VALUES:
        raise constraint(value, "returnValues", f"Member must satisfy enum value set: [{', '.join(RETURN_VALUES)}]")
    if value not in allowed:
        raise invalid("Return values set to invalid value")
    return str(value)


def judge(condition: BoundCondition, old: Item | None, body: Body) -> None:
    """Refuse the call when its condition does not hold."""
    if condition.holds(old):
        return
    shown = one_of(body, "ReturnValuesOnConditionCheckFailure", ("ALL_OLD", "NONE"), "NONE") == "ALL_OLD"
    raise condition_failed(old if shown else None)


def condition_failed(item: Item | None) -> Refusal:
    """With the item that is there, if the caller asked for it."""
    return TablesRefusal("ConditionalCheckFailedException", CONDITION_FAILED, {"Item": item} if item else {})


def metered(
    answer: Answer,
    body: Body,
    table: Table,
    address: Address,
    old: Item | None,
    new: Item | None,
    *,
    key: Item | None = None,
) -> Answer:
    """Add what the caller wants to know about the cost of a write."""
    if "ReturnConsumedCapacity" in body and (mode := mode_of(body)) != "NONE":
        meter = Meter(mode)
        meter.add_write(table, address, old, new)
        answer["ConsumedCapacity"] = meter.image()
    if body.get("ReturnItemCollectionMetrics") == "SIZE":
        metrics = collection_metrics(table, new or old or key or {})
        if metrics is not None:
            answer["ItemCollectionMetrics"] = metrics
    return answer
