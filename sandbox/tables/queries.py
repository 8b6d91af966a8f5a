"""Query and Scan: one page of a table or index. In: the catalogue, a body, now. Out: the answer; nothing changes.

A page ends after `Limit` items or 1 MB, counted before the filter; LastEvaluatedKey is there whenever it ended so, also
when nothing follows, as AWS's is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.tables.attributes import item_size
from sandbox.tables.capacity import Meter, mode_of, read_units
from sandbox.tables.catalogue import Catalogue
from sandbox.tables.conditions import BoundCondition
from sandbox.tables.constraints import Body, constraint, one_of, optional
from sandbox.tables.expression_inputs import query_inputs, scan_inputs
from sandbox.tables.indexes import Index
from sandbox.tables.projections import Projection
from sandbox.tables.ranges import addresses_of_query, addresses_of_scan, check_types, start_key
from sandbox.tables.refusals import invalid, invalid_parameter
from sandbox.tables.table import Table
from sandbox.tables.values import Address, Item

Answer = dict[str, Any]
PAGE_BYTES = 1024 * 1024
SELECTS = ("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")
MOST_SEGMENTS = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What one page reads and shows. whole: a local index's items are completed from the table."""

    table: Table
    index: Index | None
    filter: BoundCondition | None
    projection: Projection | None
    limit: int | None
    whole: bool
    count_only: bool


def query(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """Query."""
    inputs = query_inputs(body)
    table = catalogue.table(body.get("TableName"))
    index = index_of(table, body)
    key = table.schema.key if index is None else index.schema.key
    asked = inputs.key.bind(key.hash_name, key.range_name)
    check_types(asked, key)
    reading = reading_of(table, index, body, inputs.filter, inputs.projection)
    after = start_key(table, index, body.get("ExclusiveStartKey"))
    backwards = body.get("ScanIndexForward") is False
    addresses = addresses_of_query(table, index, asked, after, backwards=backwards)
    return page(reading, addresses, body)


def scan(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """Scan."""
    inputs = scan_inputs(body)
    table = catalogue.table(body.get("TableName"))
    index = index_of(table, body)
    segment, total = segments(body)
    reading = reading_of(table, index, body, inputs.filter, inputs.projection)
    after = start_key(table, index, body.get("ExclusiveStartKey"))
    return page(reading, addresses_of_scan(table, index, after, segment, total), body)


def index_of(table: Table, body: Body) -> Index | None:
    """The index that the body names."""
    name = optional(body, "IndexName", str)
    if name is None:
        return None
    index = table.indexes.get(name)
    if index is None:
        raise invalid(f"The table does not have the specified index: {name}")
    if index.schema.is_global and body.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    return index


def segments(body: Body) -> tuple[int, int]:
    """Segment and TotalSegments of a parallel scan."""
    segment, total = optional(body, "Segment", int), optional(body, "TotalSegments", int)
    if total is not None and not 1 <= total <= MOST_SEGMENTS:
        rule = "greater than or equal to 1" if total < 1 else f"less than or equal to {MOST_SEGMENTS}"
        raise constraint(str(total), "totalSegments", f"Member must have value {rule}")
    if segment is not None and segment < 0:
        raise constraint(str(segment), "segment", "Member must have value greater than or equal to 0")
    absent = "is required but was not present in the request when"
    if segment is not None and total is None:
        raise invalid(f"The TotalSegments parameter {absent} Segment parameter is present")
    if segment is None and total is not None:
        raise invalid(f"The Segment parameter {absent} parameter TotalSegments is present")
    if segment is None or total is None:
        return 0, 1
    if segment >= total:
        problem = "The Segment parameter is zero-based and must be less than parameter TotalSegments"
        raise invalid(f"{problem}: Segment: {segment} is not less than TotalSegments: {total}")
    return segment, total


def reading_of(
    table: Table, index: Index | None, body: Body, condition: BoundCondition | None, projection: Projection | None
) -> Reading:
    """What the page shows: Select, the projection, and what an index holds."""
    limit = optional(body, "Limit", int)
    if limit is not None and limit < 1:
        raise constraint(str(limit), "limit", "Member must have value greater than or equal to 1")
    select = selected(body, index)
    whole = False
    if index is not None and index.schema.attributes is not None:
        wanted = set(() if projection is None else projection.attributes)
        absent = sorted(wanted - index.schema.attributes)
        if index.schema.is_global and absent:
            name = index.schema.name
            raise invalid_parameter(f"Global secondary index {name} does not project [{', '.join(absent)}]")
        if not index.schema.is_global:
            whole = select == "ALL_ATTRIBUTES" or bool(absent)
    return Reading(
        table=table,
        index=index,
        filter=condition,
        projection=projection,
        limit=limit,
        whole=whole,
        count_only=select == "COUNT",
    )


def selected(body: Body, index: Index | None) -> str | None:
    """Select, and whether it goes with the other parameters."""
    if body.get("Select") is None:
        return None
    select = one_of(body, "Select", SELECTS, "")
    asked = next((name for name in ("ProjectionExpression", "AttributesToGet") if body.get(name)), None)
    if select == "SPECIFIC_ATTRIBUTES":
        if asked is None:
            parameters = "AttributesToGet or ProjectionExpression"
            raise invalid(f"Must specify the {parameters} when choosing to get SPECIFIC_ATTRIBUTES")
    elif asked is not None:
        described = "only the Count" if select == "COUNT" else select
        raise invalid(f"Cannot specify the {asked} when choosing to get {described}")
    if select == "ALL_PROJECTED_ATTRIBUTES" and index is None:
        raise invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    if select == "ALL_ATTRIBUTES" and index is not None and index.schema.is_global and index.schema.attributes:
        problem = f"Select type ALL_ATTRIBUTES is not supported for global secondary index {index.schema.name}"
        raise invalid_parameter(f"{problem} because its projection type is not ALL")
    return select


def page(reading: Reading, addresses: Iterator[Address], body: Body) -> Answer:
    """Read until the page is full."""
    items = reading.table.store.items
    index = reading.index
    condition, projection, limit = reading.filter, reading.projection, reading.limit
    trimmed = index is not None and index.schema.attributes is not None and not reading.whole
    shown: list[Item] = []
    count = scanned = size = 0
    last: Item | None = None
    for address in addresses:
        item = items[address]
        seen = index.shown(item) if trimmed and index is not None else item
        scanned += 1
        size += item_size(seen)
        if condition is None or condition.holds(seen):
            count += 1
            if not reading.count_only:
                shown.append(seen if projection is None else projection.of(seen))
        if scanned == limit or size >= PAGE_BYTES:
            last = item
            break
    answer: Answer = {"Count": count, "ScannedCount": scanned}
    if not reading.count_only:
        answer["Items"] = shown
    if last is not None:
        names = [*reading.table.schema.key.names, *(() if index is None else index.schema.key.names)]
        answer["LastEvaluatedKey"] = {name: last[name] for name in names}
    mode = mode_of(body)
    if mode != "NONE":
        meter = Meter(mode)
        units = read_units(size, consistent=bool(body.get("ConsistentRead")))
        meter.add(reading.table.schema.name, units, index=index)
        answer["ConsumedCapacity"] = meter.image()
    return answer
