"""Where a query or scan starts and ends. In: key conditions, ExclusiveStartKey, segments. Out: cuts and addresses."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.tables.indexes import Index
from sandbox.tables.key_conditions import KeyQuery
from sandbox.tables.refusals import invalid, invalid_parameter
from sandbox.tables.store import Bound, hash_place, range_order
from sandbox.tables.table import Table
from sandbox.tables.values import Address, AttributeValue, Item, KeySchema, Order

PLACES = 2**32  # the scan order's first four bytes are a CRC: segments share them out
HIGHEST_CODE_POINT = chr(0x10FFFF)


def check_types(query: KeyQuery, key: KeySchema) -> None:
    """The values asked for have the types of the key."""
    fits = key.hash_type in query.hash_value and all(key.range_type in value for value in query.operands)
    if not fits:
        raise invalid_parameter("Condition parameter type does not match schema type")


def bounds_of(query: KeyQuery) -> tuple[Bound | None, Bound | None]:
    """A condition on the range key as two cuts."""
    op = query.range_op
    if op is None:
        return None, None
    first = range_order(query.operands[0])
    if op == "=":
        return (first, False), (first, True)
    if op in ("<", "<="):
        return None, (first, op == "<=")
    if op in (">", ">="):
        return (first, op == ">"), None
    if op == "between":
        return (first, False), (range_order(query.operands[1]), True)
    assert op == "begins_with", op
    end = end_of_prefix(query.operands[0])
    return (first, False), None if end is None else (end, False)


def end_of_prefix(prefix: AttributeValue) -> Order:
    """The first order after all those with the prefix; None if there is none."""
    if "S" in prefix:
        text = prefix["S"].rstrip(HIGHEST_CODE_POINT)
        return text[:-1] + chr(ord(text[-1]) + 1) if text else None
    content = base64.b64decode(prefix["B"]).rstrip(b"\xff")
    return content[:-1] + bytes([content[-1] + 1]) if content else None


def addresses_of_query(
    table: Table, index: Index | None, query: KeyQuery, after: Item | None, *, backwards: bool
) -> Iterator[Address]:
    """What a query walks, past `after`."""
    place = hash_place(query.hash_value)
    lower, upper = bounds_of(query)
    if index is not None:
        start = None
        if after is not None:
            start = index.position(after, table.address_of(after))
            check_start(place, start, index_bound(lower), index_bound(upper))
        return index.under(place, lower, upper, after=start, backwards=backwards)
    if after is not None:
        start = table.address_of(after)
        check_start(place, start, lower, upper)
        if table.schema.key.range_name is None:
            return iter(())
        if backwards:
            upper = (start[1], False)
        else:
            lower = (start[1], True)
    return table.store.under(place, lower, upper, backwards=backwards)


def index_bound(bound: Bound | None) -> Bound | None:
    """Entries of an index begin with the range key."""
    return None if bound is None else ((bound[0],), bound[1])


def check_start(place: bytes, start: Address | None, lower: Bound | None, upper: Bound | None) -> None:
    """A starting key lies where the query looks."""
    if start is None or start[0] != place:
        raise invalid("The provided starting key is outside query boundaries based on provided conditions")
    order = start[1]
    if (lower is not None and isinstance(lower[0], tuple)) or (upper is not None and isinstance(upper[0], tuple)):
        order = order[:1]
    below = lower is not None and (order < lower[0] or (order == lower[0] and lower[1]))
    above = upper is not None and (order > upper[0] or (order == upper[0] and not upper[1]))
    if below or above:
        raise invalid("The provided starting key does not match the range key predicate")


def start_key(table: Table, index: Index | None, given: Any) -> Item | None:
    """ExclusiveStartKey: the table's key attributes, and the index's."""
    if given is None:
        return None
    own = set(table.schema.key.names)
    names = own | set(() if index is None else index.schema.key.names)
    if not isinstance(given, dict) or set(given) != names:
        raise invalid("The provided starting key is invalid")
    try:
        checked = table.checked_key({name: given[name] for name in table.schema.key.names})
    except Refusal as refusal:
        raise invalid(f"The provided starting key is invalid: {refusal.message}") from refusal
    for name, kind in () if index is None else index.schema.key.types:
        if kind not in given[name]:
            raise invalid("The provided starting key is invalid")
    return {**given, **checked}


def segment_bounds(segment: int, total: int) -> tuple[bytes, bytes | None]:
    """The places of one segment of a parallel scan: from the first to before the second."""
    low = (PLACES * segment // total).to_bytes(4, "big")
    high = None if segment + 1 == total else (PLACES * (segment + 1) // total).to_bytes(4, "big")
    return low, high


def addresses_of_scan(
    table: Table, index: Index | None, after: Item | None, segment: int, total: int
) -> Iterator[Address]:
    """What a scan walks, past `after`."""
    low, high = segment_bounds(segment, total)
    start = None
    if after is not None:
        start = table.address_of(after) if index is None else index.position(after, table.address_of(after))
        if start is None or start[0] < low or (high is not None and start[0] >= high):
            problem = "Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment."
            where = f"TotalSegments: {total} Segment: {segment}"
            raise invalid(f"The provided starting key is invalid: {problem} {where}")
    return (table.store if index is None else index).all(low, high, start)
