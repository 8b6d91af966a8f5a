"""ExecuteStatement, and what `partiql_batches` needs of one statement. In: the catalogue, a body, now. Out: the answer.

A statement becomes what the other calls use: a condition on an item, an update, a walk over one hash key or the table.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

import orjson

from sandbox.kernel.errors import Refusal
from sandbox.tables.attributes import check_value, item_size
from sandbox.tables.capacity import Meter, mode_of, read_units
from sandbox.tables.catalogue import Catalogue
from sandbox.tables.conditions import NO_VALUES, BoundCondition, condition_of
from sandbox.tables.constraints import Body, constraint, optional, required
from sandbox.tables.indexes import Index
from sandbox.tables.items import condition_failed, returned_attributes, updated
from sandbox.tables.key_conditions import KeyQuery
from sandbox.tables.partiql_grammar import Statement, read_statement
from sandbox.tables.paths import reader_of
from sandbox.tables.ranges import addresses_of_query, addresses_of_scan, start_key
from sandbox.tables.refusals import invalid
from sandbox.tables.syntax import And, Between, Call, Comparison, Literal, Node, Operand, Path
from sandbox.tables.table import Table
from sandbox.tables.transactions import Step
from sandbox.tables.updates import BoundUpdate, update_of
from sandbox.tables.values import Address, AttributeValue, Item

Answer = dict[str, Any]
PAGE_BYTES = 1024 * 1024
DUPLICATE = "Duplicate primary key exists in table"
ONE_ITEM = "Only single item Update/Insert/Delete are supported"
WHOLE_KEY = "Where clause does not contain a mandatory equality on all key attributes"


def execute_statement(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """ExecuteStatement."""
    statement = statement_of(body)
    if statement.verb == "EXISTS":
        raise invalid("EXISTS can only be used in ExecuteTransaction write requests.")
    table = catalogue.table(statement.table)
    meter = Meter(mode_of(body))
    if statement.verb == "SELECT":
        answer = select(table, statement, body, meter)
    else:
        answer = {"Items": write(catalogue, table, statement, now_s, meter)}
    if meter.mode != "NONE":
        answer["ConsumedCapacity"] = meter.image()
    return answer


def statement_of(request: Body) -> Statement:
    """Statement and Parameters."""
    text = required(request, "Statement", str)
    return read_statement(text, parameters_of(request))


def parameters_of(request: Body) -> list[AttributeValue]:
    """Parameters, which are looked at before the statement."""
    return [check_value(value) for value in optional(request, "Parameters", list) or ()]


# --- reading


def select(table: Table, statement: Statement, body: Body, meter: Meter) -> Answer:
    """One page of a SELECT."""
    index = index_of(table, statement)
    limit = optional(body, "Limit", int)
    if limit is not None and limit < 1:
        raise constraint(str(limit), "limit", "Member must have value greater than or equal to 1")
    condition = bound(statement.where)
    trimmed = index is not None and index.schema.attributes is not None
    answer: Answer = {"Items": []}
    size = 0
    addresses = walk(table, index, statement, position_of(body.get("NextToken")))
    for scanned, address in enumerate(addresses, 1):
        item = table.store.items[address]
        seen = index.shown(item) if trimmed and index is not None else item
        size += item_size(seen)
        if condition is None or condition.holds(seen):
            answer["Items"].append(shown(statement, seen))
        if scanned == limit or size >= PAGE_BYTES:
            names = {*table.schema.key.names, *(() if index is None else index.schema.key.names)}
            last = {name: item[name] for name in names}
            answer["NextToken"] = base64.b64encode(orjson.dumps(last)).decode("ascii")
            answer["LastEvaluatedKey"] = last
            break
    units = read_units(size, consistent=bool(body.get("ConsistentRead")))
    if meter.mode != "NONE":
        meter.add(table.schema.name, units, index=index)
    return answer


def position_of(token: Any) -> Any:
    """NextToken as the key it holds."""
    if token is None:
        return None
    try:
        return orjson.loads(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError, TypeError) as error:
        raise invalid("Given NextToken is invalid") from error


def index_of(table: Table, statement: Statement) -> Index | None:
    """FROM "table"."index"."""
    if statement.index is None:
        return None
    if statement.index not in table.indexes:
        raise invalid("The table does not have the specified index")
    return table.indexes[statement.index]


def shown(statement: Statement, item: Item) -> Item:
    """What a SELECT shows of an item: each path under its last name, with the indexes that follow it (`k[0]`)."""
    if not statement.paths:
        return item
    found = ((column_of(path), reader_of(path)(item)) for path in statement.paths)
    return {column: value for column, value in found if value is not None}


def column_of(path: Path) -> str:
    """m.k[0] is shown as k[0]."""
    last = max(number for number, step in enumerate(path.steps) if isinstance(step, str))
    return str(path.steps[last]) + "".join(f"[{step}]" for step in path.steps[last + 1 :])


def bound(node: Node | None) -> BoundCondition | None:
    """A WHERE as a condition; its values stand in it."""
    return None if node is None else BoundCondition(condition_of(node, kind="WHERE"), NO_VALUES)


def walk(table: Table, index: Index | None, statement: Statement, after: Any) -> Iterator[Address]:
    """The addresses that a SELECT looks at: of one hash key if the condition names it, else all."""
    start = start_key(table, index, after)
    key = table.schema.key if index is None else index.schema.key
    equal = equalities(statement.where)
    hash_value = equal.get(key.hash_name)
    if hash_value is None or key.hash_type not in hash_value:
        if statement.order_by is not None:
            if statement.where is None:
                raise invalid("Must have WHERE clause in the statement when using ORDER BY clause.")
            problem = "Must have at least one non-optional hash key condition in WHERE clause"
            raise invalid(f"{problem} when using ORDER BY clause.")
        return addresses_of_scan(table, index, start, 0, 1)
    if statement.order_by not in (None, key.range_name, key.hash_name):
        raise invalid(f"Attribute {statement.order_by} in ORDER BY clause must be part of the primary key")
    operation, operands = range_condition(statement.where, key.range_name, key.range_type)
    query = KeyQuery(hash_value=hash_value, range_op=operation, operands=operands)
    return addresses_of_query(table, index, query, start, backwards=statement.backwards)


def conjuncts(node: Node | None) -> tuple[Node, ...]:
    """What must hold at once."""
    if node is None:
        return ()
    if isinstance(node, And):
        return tuple(part for inner in node.parts for part in conjuncts(inner))
    return (node,)


def equalities(node: Node | None) -> Item:
    """attribute -> value, for every `attribute = value` that must hold; the first of each."""
    found: Item = {}
    for name, value in all_equalities(node):
        found.setdefault(name, value)
    return found


def all_equalities(node: Node | None) -> list[tuple[str, AttributeValue]]:
    """Every `attribute = value` that must hold."""
    return [
        (str(left.steps[0]), right.value)
        for part in conjuncts(node)
        if isinstance(part, Comparison) and part.op == "="
        for left, right in ((part.left, part.right), (part.right, part.left))
        if isinstance(left, Path) and len(left.steps) == 1 and isinstance(right, Literal)
    ]


def range_condition(node: Node | None, name: str | None, kind: str | None) -> tuple[str | None, tuple[Any, ...]]:
    """The first condition on the range key that a walk can use; the whole condition is judged anyway."""
    if name is None or kind is None:
        return None, ()
    path = Path((name,))
    for part in conjuncts(node):
        operation: str | None = None
        operands: tuple[Operand, ...] = ()
        if isinstance(part, Comparison) and part.left == path and part.op != "<>":
            operation, operands = part.op, (part.right,)
        elif isinstance(part, Between) and part.subject == path:
            operation, operands = "between", (part.low, part.high)
        elif isinstance(part, Call) and part.name == "begins_with" and part.operands[0] == path and kind != "N":
            operation, operands = "begins_with", part.operands[1:]
        values = tuple(each.value for each in operands if isinstance(each, Literal) and kind in each.value)
        if operation is not None and len(values) == len(operands):
            return operation, values
    return None, ()


# --- writing


def key_in(table: Table, statement: Statement) -> Item:
    """The key that a WHERE names in full."""
    equal = equalities(statement.where)
    names = table.schema.key.names
    if any(name not in equal for name in names):
        raise invalid(WHOLE_KEY)
    if statement.verb != "EXISTS":  # which reads the first
        for name, value in all_equalities(statement.where):
            if name in names and value != equal[name]:
                raise invalid(f"Multiple conditions on same key {name}. {ONE_ITEM}")
    return table.checked_key({name: equal[name] for name in names})


def write(catalogue: Catalogue, table: Table, statement: Statement, now_s: float, meter: Meter) -> list[Item]:
    """INSERT, UPDATE or DELETE of one item; what RETURNING shows."""
    step = step_of(table, statement)
    old = table.store.items.get(step.address)
    if statement.verb == "INSERT" and old is not None:
        raise Refusal("DuplicateItemException", DUPLICATE)
    if statement.verb == "DELETE" and old is None and len(conjuncts(statement.where)) == len(table.schema.key.names):
        new = None
    elif step.condition is not None and statement.verb != "INSERT" and not step.condition.holds(old):
        raise condition_failed(None)
    else:
        new = (
            step.item if step.item is not None else updated(table, step.update, old, step.key) if step.update else None
        )
    if old is not None or new is not None:
        catalogue.write(table, step.address, old, new, now_s)
    meter.add_write(table, step.address, old, new)
    if not statement.returning:
        return []
    if new is None:
        return [old] if old is not None and statement.returning == "ALL_OLD" else []
    image = returned_attributes(statement.returning, step.update, old, new)
    return [image] if image else []


def step_of(table: Table, statement: Statement) -> Step:
    """A writing statement as one action of a transaction."""
    if statement.verb == "INSERT":
        item = table.checked_item(statement.item)
        absent = bound(Call("attribute_not_exists", (Path((table.schema.key.hash_name,)),)))
        address = table.address_of(item)
        key = table.key_of(item)
        return Step(verb="Put", table=table, address=address, key=key, condition=absent, item=item, is_insert=True)
    key = key_in(table, statement)
    address = table.address_of(key)
    condition = bound(statement.where)
    if statement.verb == "DELETE":
        return Step(verb="Delete", table=table, address=address, key=key, condition=condition)
    if statement.verb == "EXISTS":
        return Step(verb="ConditionCheck", table=table, address=address, key=key, condition=condition)
    update = BoundUpdate(update_of(statement.actions), NO_VALUES)
    update.refuse_keys(key)
    return Step(verb="Update", table=table, address=address, key=key, condition=condition, update=update)
