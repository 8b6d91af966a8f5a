"""What DescribeTable, CreateTable, UpdateTable and DeleteTable answer about a table. Pure."""

from __future__ import annotations

from typing import Any

from sandbox.tables.indexes import Index
from sandbox.tables.table import Table
from sandbox.tables.values import IndexSchema, KeySchema, Throughput

ON_DEMAND_WARM_READS = 12000
ON_DEMAND_WARM_WRITES = 4000


def describe(table: Table, status: str = "ACTIVE") -> dict[str, Any]:
    """A TableDescription."""
    schema = table.schema
    image: dict[str, Any] = {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in schema.attribute_types.items()
        ],
        "TableName": schema.name,
        "KeySchema": key_elements(schema.key),
        "TableStatus": status,
        "CreationDateTime": table.created_at_s,
        "ProvisionedThroughput": throughput_image(schema.throughput),
        "TableSizeBytes": table.store.size_bytes,
        "ItemCount": len(table.store),
        "TableArn": table.arn,
        "TableId": table.table_id,
        "DeletionProtectionEnabled": schema.deletion_protection,
        "WarmThroughput": warm_image(schema.warm, schema.throughput),
    }
    if table.on_demand_since_s is not None:
        image["BillingModeSummary"] = {
            "BillingMode": schema.billing_mode,
            "LastUpdateToPayPerRequestDateTime": table.on_demand_since_s,
        }
    if schema.on_demand:
        image["OnDemandThroughput"] = dict(schema.on_demand)
    if schema.table_class:
        image["TableClassSummary"] = {"TableClass": schema.table_class}
    if table.restored:
        image["RestoreSummary"] = table.restored
    add_stream(table, image)
    add_encryption(table, image)
    add_indexes(table, image)
    return image


def key_elements(key: KeySchema) -> list[dict[str, str]]:
    """A KeySchema list."""
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(key.names, kinds, strict=False)]


def throughput_image(throughput: Throughput) -> dict[str, int]:
    """Provisioned units."""
    return {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": throughput.read_units,
        "WriteCapacityUnits": throughput.write_units,
    }


def warm_image(warm: Any, throughput: Throughput) -> dict[str, Any]:
    """What the table can take at once: as asked for, else as provisioned."""
    asked = warm or {}
    return {
        "ReadUnitsPerSecond": asked.get("ReadUnitsPerSecond") or throughput.read_units or ON_DEMAND_WARM_READS,
        "WriteUnitsPerSecond": asked.get("WriteUnitsPerSecond") or throughput.write_units or ON_DEMAND_WARM_WRITES,
        "Status": "ACTIVE",
    }


def add_stream(table: Table, image: dict[str, Any]) -> None:
    """The stream that is on."""
    if table.stream is not None:
        image["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": table.stream.view}
        image["LatestStreamLabel"] = table.stream.label
        image["LatestStreamArn"] = table.stream.arn


def add_encryption(table: Table, image: dict[str, Any]) -> None:
    """A key of the customer's or AWS's in KMS; DynamoDB's own key is not mentioned."""
    encryption = table.schema.encryption
    if encryption and encryption.get("Enabled"):
        prefix = table.arn.replace(":dynamodb:", ":kms:").partition(":table/")[0]
        key = encryption.get("KMSMasterKeyId") or "alias/aws/dynamodb"
        arn = key if key.startswith("arn:") else f"{prefix}:{key if key.startswith('alias/') else f'key/{key}'}"
        image["SSEDescription"] = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": arn}


def add_indexes(table: Table, image: dict[str, Any]) -> None:
    """Both kinds, each under its own member."""
    for index in table.indexes.values():
        member = "GlobalSecondaryIndexes" if index.schema.is_global else "LocalSecondaryIndexes"
        image.setdefault(member, []).append(index_image(table, index))


def index_image(table: Table, index: Index) -> dict[str, Any]:
    """One index."""
    schema: IndexSchema = index.schema
    image: dict[str, Any] = {
        "IndexName": schema.name,
        "KeySchema": key_elements(schema.key),
        "Projection": dict(schema.projection),
        "IndexSizeBytes": index_size_bytes(table, index),
        "ItemCount": index.count,
        "IndexArn": f"{table.arn}/index/{schema.name}",
    }
    if schema.is_global:
        image["IndexStatus"] = "ACTIVE"
        image["ProvisionedThroughput"] = throughput_image(schema.throughput)
        image["WarmThroughput"] = warm_image(schema.warm, schema.throughput)
        if schema.on_demand:
            image["OnDemandThroughput"] = dict(schema.on_demand)
    return image


def index_size_bytes(table: Table, index: Index) -> int:
    """By the share of items that it holds: measuring each would take as long as a scan."""
    return table.store.size_bytes * index.count // len(table.store) if index.count else 0
