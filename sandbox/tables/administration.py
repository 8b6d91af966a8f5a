"""CreateTable, UpdateTable, DeleteTable, DescribeTable, ListTables and what describes the account.

In: the catalogue, a body, now. Out: the answer. Tables are ACTIVE at once, and gone at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.kernel.errors import Refusal, not_emulated
from sandbox.tables.catalogue import Catalogue
from sandbox.tables.constraints import Body, constraint, one_of, optional, required
from sandbox.tables.descriptions import describe
from sandbox.tables.refusals import invalid, invalid_parameter
from sandbox.tables.schema import (
    BILLING_MODES,
    TABLE_CLASSES,
    attribute_types,
    check_attributes_used,
    check_indexes,
    global_index,
    schema_from,
    stream_view,
    throughput_of,
)
from sandbox.tables.table import Table
from sandbox.tables.tags import tags_from
from sandbox.tables.values import IndexSchema, TableSchema, Throughput

Answer = dict[str, Any]
# What AWS has and the sandbox has not: a table made without it would be another table.
NOT_EMULATED = (
    "GlobalTableSourceArn",
    "GlobalTableSettingsReplicationMode",
    "GlobalTableWitnessUpdates",
    "MultiRegionConsistency",
    "VectorIndexes",
    "VectorIndexUpdates",
)
UPDATES = (
    "ProvisionedThroughput",
    "BillingMode",
    "StreamSpecification",
    "GlobalSecondaryIndexUpdates",
    "SSESpecification",
    "ReplicaUpdates",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "WarmThroughput",
    "TableClass",
    *NOT_EMULATED,
)
NOTHING_TO_UPDATE = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
    "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
    "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required"
)


def create_table(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """CreateTable."""
    for member in NOT_EMULATED:
        if body.get(member) is not None:
            raise not_emulated(f"CreateTable with {member}")
    schema = schema_from(body)
    tags = tags_from(body.get("Tags") or ())
    if schema.name in catalogue.tables:
        raise Refusal("ResourceInUseException", f"Table already exists: {schema.name}")
    table = catalogue.create(schema, now_s)
    table.tags.update(tags)
    if body.get("ResourcePolicy") is not None:
        table.policy = body["ResourcePolicy"], str(int(now_s * 1000))
    return {"TableDescription": describe(table)}


def describe_table(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """DescribeTable."""
    return {"Table": describe(catalogue.described_table(body.get("TableName")))}


def delete_table(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """DeleteTable."""
    table = catalogue.described_table(body.get("TableName"))
    if table.schema.deletion_protection:
        problem = (
            f"Resource cannot be deleted as it is currently protected against deletion. Table: {table.schema.name}"
        )
        raise invalid(f"{problem}. Disable deletion protection first.")
    catalogue.drop(table, now_s)
    return {"TableDescription": describe(table, "DELETING")}


def list_tables(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """ListTables, in alphabetical order."""
    limit = optional(body, "Limit", int)
    if limit is not None and not 1 <= limit <= 100:
        rule = "greater than or equal to 1" if limit < 1 else "less than or equal to 100"
        raise constraint(str(limit), "limit", f"Member must have value {rule}")
    start = optional(body, "ExclusiveStartTableName", str)
    names = sorted(name for name in catalogue.tables if start is None or name > start)
    page = names[: limit or 100]
    answer: Answer = {"TableNames": page}
    if len(page) < len(names):
        answer["LastEvaluatedTableName"] = page[-1]
    return answer


def update_table(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """UpdateTable, but for replicas."""
    table = catalogue.described_table(body.get("TableName"))
    if not any(body.get(member) is not None for member in UPDATES):
        raise invalid(NOTHING_TO_UPDATE)
    for member in ("ReplicaUpdates", *NOT_EMULATED):
        if body.get(member) is not None:
            raise not_emulated(f"UpdateTable with {member}")
    schema = with_settings(table.schema, body)
    schema, created = with_index_updates(schema, body)
    check_stream_update(table, body)
    settle(catalogue, table, schema, created, body, now_s)
    return {"TableDescription": describe(table)}


def with_settings(schema: TableSchema, body: Body) -> TableSchema:
    """The schema with everything changed but its indexes and stream."""
    billing = one_of(body, "BillingMode", BILLING_MODES, schema.billing_mode)
    throughput = schema.throughput
    if body.get("ProvisionedThroughput") is not None or billing != schema.billing_mode:
        throughput = throughput_of(body, billing, "")
    indexes = schema.indexes
    if billing == "PAY_PER_REQUEST":
        indexes = tuple(replace(index, throughput=Throughput()) for index in indexes)
    protection = body.get("DeletionProtectionEnabled")
    return replace(
        schema,
        billing_mode=billing,
        throughput=throughput,
        indexes=indexes,
        attribute_types=merged_types(schema, body),
        on_demand=body.get("OnDemandThroughput", schema.on_demand),
        warm=body.get("WarmThroughput", schema.warm),
        deletion_protection=schema.deletion_protection if protection is None else bool(protection),
        table_class=one_of(body, "TableClass", TABLE_CLASSES, schema.table_class or "") or None,
        encryption=body.get("SSESpecification", schema.encryption),
    )


def merged_types(schema: TableSchema, body: Body) -> Mapping[str, str]:
    """What is defined, and what the update defines."""
    if body.get("AttributeDefinitions") is None:
        return schema.attribute_types
    return {**schema.attribute_types, **attribute_types(body)}


def with_index_updates(schema: TableSchema, body: Body) -> tuple[TableSchema, list[IndexSchema]]:
    """The schema after GlobalSecondaryIndexUpdates, and the indexes that are new."""
    indexes = {index.name: index for index in schema.indexes}
    created = []
    updates = body.get("GlobalSecondaryIndexUpdates") or ()
    if sum("Create" in update or "Delete" in update for update in updates) > 1:
        problem = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
        raise Refusal("LimitExceededException", problem)
    named: set[str] = set()
    for update in updates:
        verb, given = index_update(update)
        name = required(given, "IndexName", str)
        if name in named:
            problem = "Only one global secondary index update per index is allowed simultaneously. Index:"
            raise invalid_parameter(f"{problem} {name}")
        named.add(name)
        if verb == "Create":
            if name in indexes:
                raise invalid_parameter(f"Duplicate index name: {name}")
            indexes[name] = global_index(given, schema.attribute_types, schema.key, schema.billing_mode)
            created.append(indexes[name])
        elif name not in indexes or not indexes[name].is_global:
            raise Refusal("ResourceNotFoundException", "Requested resource not found")
        elif verb == "Delete":
            del indexes[name]
        else:
            indexes[name] = updated_index(indexes[name], given, schema.billing_mode)
    changed = replace(schema, indexes=tuple(indexes.values()))
    check_indexes(changed.key, changed.indexes)
    used = {*changed.key.names, *(name for index in changed.indexes for name in index.key.names)}
    types = {name: kind for name, kind in changed.attribute_types.items() if name in used}
    if body.get("AttributeDefinitions") is not None or created:
        check_attributes_used(types, changed.key, changed.indexes)
    return replace(changed, attribute_types=types), created


def index_update(update: Body) -> tuple[str, Body]:
    """The one thing that an element of GlobalSecondaryIndexUpdates asks for."""
    given = [(verb, update[verb]) for verb in ("Update", "Create", "Delete") if update.get(verb) is not None]
    if not given:
        members = ", ".join(f"GlobalSecondaryIndexUpdate.{verb}" for verb in ("Update", "Create", "Delete"))
        raise invalid_parameter(f"One of {members} must not be null")
    if len(given) > 1:
        raise invalid_parameter("Only one of GlobalSecondaryIndexUpdate's members may be given")
    return given[0]


def updated_index(index: IndexSchema, given: Body, billing: str) -> IndexSchema:
    """An index with other throughput."""
    throughput = index.throughput
    if given.get("ProvisionedThroughput") is not None:
        throughput = throughput_of(given, billing, index.name)
    return replace(
        index,
        throughput=throughput,
        on_demand=given.get("OnDemandThroughput", index.on_demand),
        warm=given.get("WarmThroughput", index.warm),
    )


def check_stream_update(table: Table, body: Body) -> None:
    """A stream is switched on when it is off, and off when it is on; nothing else."""
    given = body.get("StreamSpecification")
    if given is None:
        return
    if stream_view(given) is not None and table.stream is not None:
        raise invalid(f"Table already has an enabled stream: TableName: {table.schema.name}")
    if stream_view(given) is None and table.stream is None:
        raise invalid(f"Table is already has no stream to disable: TableName: {table.schema.name}")


def settle(
    catalogue: Catalogue, table: Table, schema: TableSchema, created: list[IndexSchema], body: Body, now_s: float
) -> None:
    """Make the table as the schema says."""
    if schema.billing_mode == "PAY_PER_REQUEST" and table.schema.billing_mode != "PAY_PER_REQUEST":
        table.on_demand_since_s = now_s
    kept = {index.name: index for index in schema.indexes}
    for name in list(table.indexes):
        if name in kept:
            table.indexes[name].schema = kept[name]
        else:
            del table.indexes[name]
    table.schema = schema
    for index in created:
        table.add_index(index)
    if body.get("StreamSpecification") is not None:
        view = stream_view(body["StreamSpecification"])
        if view is None:
            catalogue.close_stream(table, now_s)
        else:
            catalogue.open_stream(table, view, now_s)
        table.schema = replace(table.schema, stream_view=view)


def describe_limits(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """DescribeLimits: AWS's quotas of a new account."""
    return {
        "AccountMaxReadCapacityUnits": 80000,
        "AccountMaxWriteCapacityUnits": 80000,
        "TableMaxReadCapacityUnits": 40000,
        "TableMaxWriteCapacityUnits": 40000,
    }


def describe_endpoints(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """DescribeEndpoints."""
    return {
        "Endpoints": [{"Address": f"dynamodb.{catalogue.region}.amazonaws.com", "CachePeriodInMinutes": 1440}],
    }
