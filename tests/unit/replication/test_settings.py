"""Claims about what replicas have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.replication.settings import has_own_key, new_table, override, settings_of, switch_stream_on, take_over
from sandbox.tables.core import Tables
from sandbox.tables.table import Table

CREATE: dict[str, Any] = {
    "TableName": "orders",
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "color", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-color",
            "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["size"]},
            "ProvisionedThroughput": {"ReadCapacityUnits": 2, "WriteCapacityUnits": 2},
        }
    ],
    "DeletionProtectionEnabled": True,
    "SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "key-of-dublin"},
    "Tags": [{"Key": "a", "Value": "b"}],
}


def made(region: str = "eu-west-1") -> tuple[Tables, Table]:
    tables = Tables(region, "000000000000", lambda change: None)
    tables.execute("CreateTable", CREATE, 1.0)
    return tables, tables.catalogue.tables["orders"]


def test_a_new_replica_is_made_like_the_table_but_unprotected_untagged_and_with_its_own_key() -> None:
    tables, table = made()
    until = {"Enabled": True, "AttributeName": "until"}
    tables.execute("UpdateTimeToLive", {"TableName": "orders", "TimeToLiveSpecification": until}, 2.0)
    overrides = {
        "KMSMasterKeyId": "key-of-virginia",
        "ProvisionedThroughputOverride": {"ReadCapacityUnits": 50},
        "GlobalSecondaryIndexes": [
            {"IndexName": "by-color", "ProvisionedThroughputOverride": {"ReadCapacityUnits": 20}}
        ],
    }
    other = Tables("us-east-1", "000000000000", lambda change: None)
    replica = new_table(other.catalogue, settings_of(table), overrides, 3.0)
    assert not replica.schema.deletion_protection
    assert not replica.tags
    assert replica.schema.encryption == {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "key-of-virginia"}
    assert (replica.schema.throughput.read_units, replica.schema.throughput.write_units) == (50, 6)
    [index] = replica.schema.indexes
    assert (index.throughput.read_units, index.throughput.write_units) == (20, 2)
    assert index.attributes == frozenset({"id", "color", "size"})
    assert replica.expiries is not None
    assert replica.expiries.attribute == "until"


def test_taking_over_settings_twice_changes_nothing_and_keeps_what_is_the_regions_own() -> None:
    _, table = made()
    tables, replica = made("us-east-1")
    replica.schema = replace(replica.schema, encryption={"Enabled": True, "KMSMasterKeyId": "key-of-virginia"})
    take_over(tables.catalogue, replica, settings_of(table), 2.0)
    once = replica.schema
    assert replica.schema.deletion_protection
    assert (replica.schema.encryption or {})["KMSMasterKeyId"] == "key-of-virginia"
    take_over(tables.catalogue, replica, settings_of(table), 3.0)
    assert replica.schema == once
    assert settings_of(replica) == settings_of(table)


def test_a_stream_and_an_index_are_taken_over_both_ways() -> None:
    tables, replica = made("us-east-1")
    _, table = made()
    content = settings_of(table)
    bare = {**content, "stream_view": "KEYS_ONLY", "definition": {**content["definition"], "indexes": []}}
    take_over(tables.catalogue, replica, bare, 2.0)
    assert replica.stream is not None
    assert replica.stream.view == "KEYS_ONLY"
    assert not replica.indexes
    take_over(tables.catalogue, replica, content, 3.0)
    assert replica.stream is None
    assert list(replica.indexes) == ["by-color"]


def test_replication_switches_a_stream_on_and_keeps_one_that_is() -> None:
    tables, table = made()
    switch_stream_on(tables.catalogue, table, 2.0)
    assert table.schema.stream_view == "NEW_AND_OLD_IMAGES"
    label = table.stream and table.stream.label
    switch_stream_on(tables.catalogue, table, 3.0)
    assert (table.stream and table.stream.label) == label


def test_an_override_changes_this_replica_alone() -> None:
    tables, table = made()
    override(tables.catalogue, table, {"TableClassOverride": "STANDARD_INFREQUENT_ACCESS"}, 2.0)
    assert table.schema.table_class == "STANDARD_INFREQUENT_ACCESS"
    override(tables.catalogue, table, {"OnDemandThroughputOverride": {"MaxReadRequestUnits": 3}}, 2.0)
    assert table.schema.on_demand == {"MaxReadRequestUnits": 3}


def test_only_a_key_of_the_customers_is_an_own_key() -> None:
    _, table = made()
    assert has_own_key(table.schema)
    assert not has_own_key(replace(table.schema, encryption={"Enabled": True, "SSEType": "KMS"}))
    assert not has_own_key(replace(table.schema, encryption=None))
