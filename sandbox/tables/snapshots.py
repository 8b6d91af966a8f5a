"""A table as a value that JSON can hold, and back: what a ledger or a state file keeps of it beside its items.

Streams come back empty under their old label; backups, transaction tokens and stream records are not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from sandbox.tables.catalogue import Catalogue
from sandbox.tables.indexes import Expiries
from sandbox.tables.table import Table
from sandbox.tables.values import IndexSchema, Item, KeySchema, TableSchema, Throughput


def description_of(table: Table) -> dict[str, Any]:
    """Everything but the items."""
    indexes = tuple(index.schema for index in table.indexes.values())
    return {
        "schema": as_plain(replace(table.schema, indexes=indexes)),
        "table_id": table.table_id,
        "created_at_s": table.created_at_s,
        "ttl_attribute": None if table.expiries is None else table.expiries.attribute,
        "tags": dict(table.tags),
        "recovery_since_s": table.recovery_since_s,
        "recovery_days": table.recovery_days,
        "policy": table.policy,
        "on_demand_since_s": table.on_demand_since_s,
        "restored": table.restored,
        "stream_since_s": None if table.stream is None else table.stream.created_at_s,
    }


def put_back(catalogue: Catalogue, description: Mapping[str, Any], items: Iterable[Item]) -> Table:
    """The table with its items, as it was."""
    schema = schema_of(description["schema"])
    table = catalogue.create(
        replace(schema, stream_view=None), description["created_at_s"], table_id=description["table_id"]
    )
    table.schema = schema
    for item in items:
        table.apply(table.address_of(item), None, item)
    if description["ttl_attribute"] is not None:
        table.expiries = Expiries(description["ttl_attribute"], table.store.items.items())
    table.tags = dict(description["tags"])
    table.recovery_since_s = description["recovery_since_s"]
    table.recovery_days = description["recovery_days"]
    policy = description["policy"]
    table.policy = None if policy is None else (policy[0], policy[1])
    table.on_demand_since_s = description["on_demand_since_s"]
    table.restored = description["restored"]
    if schema.stream_view is not None and description["stream_since_s"] is not None:
        catalogue.open_stream(table, schema.stream_view, description["stream_since_s"])
    return table


def as_plain(schema: TableSchema) -> dict[str, Any]:
    """A schema as JSON can hold it."""
    plain = asdict(schema)
    for index in plain["indexes"]:
        held = index["attributes"]
        index["attributes"] = None if held is None else sorted(held)
    return plain


def schema_of(plain: Mapping[str, Any]) -> TableSchema:
    """The other way."""
    return TableSchema(
        **{
            **plain,
            "key": KeySchema(**plain["key"]),
            "throughput": Throughput(**plain["throughput"]),
            "indexes": tuple(index_of(index) for index in plain["indexes"]),
        }
    )


def index_of(plain: Mapping[str, Any]) -> IndexSchema:
    """One index of it."""
    held = plain["attributes"]
    return IndexSchema(
        **{
            **plain,
            "key": KeySchema(**plain["key"]),
            "throughput": Throughput(**plain["throughput"]),
            "attributes": None if held is None else frozenset(held),
        }
    )
