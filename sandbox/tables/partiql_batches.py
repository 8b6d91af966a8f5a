"""BatchExecuteStatement and ExecuteTransaction: several PartiQL statements in one call.

In: the catalogue, a body, now. Out: the answer.

What is wrong with a statement of a batch is its own answer. In a transaction, what is wrong with a text refuses the
request and names the statement; what is wrong with its table, key or item cancels the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sandbox.kernel.errors import Refusal
from sandbox.tables.attributes import item_size
from sandbox.tables.capacity import Meter, mode_of, read_units
from sandbox.tables.catalogue import Catalogue
from sandbox.tables.constraints import Body, required
from sandbox.tables.partiql import (
    WHOLE_KEY,
    conjuncts,
    index_of,
    parameters_of,
    shown,
    statement_of,
    step_of,
    write,
)
from sandbox.tables.partiql_grammar import Statement
from sandbox.tables.refusals import invalid
from sandbox.tables.syntax import Comparison, In, Literal, Node, Path
from sandbox.tables.table import WRONG_KEY, Table
from sandbox.tables.transactions import SAME_ITEM, Step, cancelled, once, run
from sandbox.tables.values import Item

Answer = dict[str, Any]
Result = TypeVar("Result")

# A batch's errors have names of their own.
BATCH_CODES = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "ResourceNotFoundException": "ResourceNotFound",
    "ValidationException": "ValidationError",
}
MIXED = "ExecuteTransaction API does not support both read and write operations in the same request."
NO_RETURNING = "RETURNING clause is not supported in ExecuteTransaction."
NO_INDEX = "Reads on indices are not supported within transactions."
NO_CONDITION = "EXISTS() must contain a single item read with additional condition"


def batch_execute_statement(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """BatchExecuteStatement: each statement has its own answer or error."""
    meter = Meter(mode_of(body))
    responses = [batch_response(catalogue, request, now_s, meter) for request in required(body, "Statements", list)]
    answer: Answer = {"Responses": responses}
    if meter.mode != "NONE":
        answer["ConsumedCapacity"] = meter.images()
    return answer


def batch_response(catalogue: Catalogue, request: Body, now_s: float, meter: Meter) -> Answer:
    """The answer to one statement of a batch."""
    response: Answer = {}
    try:
        statement = statement_of(request)
        table = catalogue.table(statement.table)
        if statement.verb == "SELECT":
            key = key_to_read(table, statement, "BatchExecuteStatement")
            response["TableName"] = statement.table
            item = read_one(table, statement, key, meter, consistent=bool(request.get("ConsistentRead")))
            if item is not None:
                response["Item"] = item
        else:
            response["TableName"] = statement.table
            returned = write(catalogue, table, statement, now_s, meter)
            if returned:
                response["Item"] = returned[0]
    except Refusal as refusal:
        if refusal.code not in BATCH_CODES:
            raise
        response["Error"] = {"Code": BATCH_CODES[refusal.code], "Message": refusal.message}
    return response


def key_to_read(table: Table, statement: Statement, call: str) -> Item:
    """The key that a SELECT names: all of it, and nothing else."""
    index = index_of(table, statement)
    key = key_only(statement.where, table.schema.key.names) if index is None else None
    if key is None:
        raise invalid(f"Select statements within {call} must specify the primary key in the where clause.")
    return key


def key_only(node: Node | None, names: Sequence[str]) -> Item | None:
    """The values of these attributes when the condition settles all of them and says no more."""
    found: Item = {}
    for part in conjuncts(node):
        match part:
            case Comparison("=", Path((str(name),)), Literal(value)) | Comparison(
                "=", Literal(value), Path((str(name),))
            ):
                pass
            case In(Path((str(name),)), (Literal(value),)):
                pass
            case _:
                return None
        if name not in names or found.setdefault(name, value) != value:
            return None
    return found if len(found) == len(names) else None


def read_one(
    table: Table, statement: Statement, key: Item, meter: Meter, *, consistent: bool, transactional: bool = False
) -> Item | None:
    """What a SELECT shows of the item with this key."""
    item = table.store.items.get(table.address_of(table.checked_key(key)))
    size = 0 if item is None else item_size(item)
    meter.add(table.schema.name, read_units(size, consistent=consistent, transactional=transactional))
    return None if item is None else shown(statement, item)


def execute_transaction(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """ExecuteTransaction: only reads, or only writes and checks."""
    requests = required(body, "TransactStatements", list)
    for request in requests:
        parameters_of(request)
    statements = numbered(requests, transactional)
    reads = [statement.verb == "SELECT" for statement in statements]
    if any(reads) and not all(reads):
        raise invalid(MIXED)
    tables = tables_of(catalogue, statements)
    if all(reads):
        return read_all(tables, statements, body)
    pairs = list(zip(tables, statements, strict=True))
    numbered(pairs, lambda pair: check_exists(*pair))
    steps = each_or_cancelled(pairs, writing_step)
    return once(catalogue, body, now_s, lambda: written(catalogue, steps, body, now_s))


def written(catalogue: Catalogue, steps: Sequence[Step], body: Body, now_s: float) -> Answer:
    """The answer to a transaction that writes."""
    return {**run(catalogue, steps, body, now_s), "Responses": [{} for _ in steps]}


def numbered(things: Sequence[Any], read: Callable[[Any], Result]) -> list[Result]:
    """Read each; a refusal says which it was."""
    found = []
    for number, thing in enumerate(things):
        try:
            found.append(read(thing))
        except Refusal as refusal:
            if refusal.code != "ValidationException":
                raise
            raise invalid(f"Validation failed in TransactStatements[{number}]: {refusal.message}") from refusal
    return found


def transactional(request: Body) -> Statement:
    """A statement that may stand in a transaction."""
    statement = statement_of(request)
    if statement.returning:
        raise invalid(NO_RETURNING)
    if statement.verb == "SELECT" and statement.index is not None:
        raise invalid(NO_INDEX)
    return statement


def check_exists(table: Table, statement: Statement) -> None:
    """EXISTS names one item by `=` and says something about it."""
    if statement.verb != "EXISTS":
        return
    names = table.schema.key.names
    about_keys = [part for part in conjuncts(statement.where) if isinstance(part, Comparison) and on_key(part, names)]
    named = {str(part.left.steps[0]) for part in about_keys if isinstance(part.left, Path)}
    if len(named) < len(names) or len(about_keys) == len(conjuncts(statement.where)):
        raise invalid(NO_CONDITION)


def on_key(part: Comparison, names: Sequence[str]) -> bool:
    """key = value"""
    return part.op == "=" and isinstance(part.left, Path) and part.left.steps[0] in names


def tables_of(catalogue: Catalogue, statements: Sequence[Statement]) -> list[Table]:
    """The table of each; the transaction is cancelled when one is not there."""
    found = [catalogue.find(statement.table) for statement in statements]
    if None in found:
        missing = {"Code": "ResourceNotFound", "Message": "Requested resource not found"}
        raise cancelled([missing if table is None else None for table in found])
    return [table for table in found if table is not None]


def each_or_cancelled(pairs: Sequence[tuple[Table, Any]], judge: Callable[[Table, Any], Result]) -> list[Result]:
    """What is judged of each; a key or item that cannot be cancels the transaction."""
    found: list[Result] = []
    reasons: list[dict[str, Any] | None] = []
    for table, thing in pairs:
        try:
            found.append(judge(table, thing))
            reasons.append(None)
        except Refusal as refusal:
            reasons.append({"Code": "ValidationError", "Message": refusal.message})
    if any(reasons):
        raise cancelled(reasons)
    return found


def writing_step(table: Table, statement: Statement) -> Step:
    """A write or check; in transactions a key that is not whole is a wrong key."""
    try:
        return step_of(table, statement)
    except Refusal as refusal:
        raise invalid(WRONG_KEY) if refusal.message == WHOLE_KEY else refusal from None


def read_all(tables: Sequence[Table], statements: Sequence[Statement], body: Body) -> Answer:
    """A transaction of reads."""
    pairs = list(zip(tables, statements, strict=True))
    named = numbered(pairs, lambda pair: key_to_read(pair[0], pair[1], "ExecuteTransaction"))
    keys = each_or_cancelled(list(zip(tables, named, strict=True)), Table.checked_key)
    if len({(table.table_id, table.address_of(key)) for table, key in zip(tables, keys, strict=True)}) != len(keys):
        raise invalid(SAME_ITEM)
    meter = Meter(mode_of(body), "Read")
    items = [
        read_one(table, statement, key, meter, consistent=True, transactional=True)
        for (table, statement), key in zip(pairs, keys, strict=True)
    ]
    answer: Answer = {"Responses": [{} if item is None else {"Item": item} for item in items]}
    if meter.mode != "NONE":
        answer["ConsumedCapacity"] = meter.images()
    return answer
