"""What all replicas of a table have in common (GT 1.28 to 1.30), taken from a table and put into another.

Never in common: deletion protection, tags, recovery, policies, the key in KMS. Read capacity, table class and the most
on-demand reads can be other in one replica, until somebody changes the table's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from sandbox.tables.administration import settle
from sandbox.tables.catalogue import Catalogue
from sandbox.tables.indexes import Expiries
from sandbox.tables.snapshots import description_of, schema_of
from sandbox.tables.table import Table
from sandbox.tables.values import TableSchema, Throughput

AWS_KEY = "alias/aws/dynamodb"
# Members of a schema that change together:
DEFINITION = ("name", "key", "attribute_types", "indexes")
SCHEMA = ("stream_view", "table_class", "encryption")
BILLING = ("billing_mode", "throughput", "on_demand", "warm")


def settings_of(table: Table) -> dict[str, Any]:
    """A table's settings as JSON has them, in parts that change apart, without what belongs to one region."""
    description = description_of(table)
    schema = description["schema"]
    encryption = schema["encryption"]
    content = {
        "definition": {name: schema[name] for name in DEFINITION},
        "billing": {name: schema[name] for name in BILLING},
        "stream_view": schema["stream_view"],
        "table_class": schema["table_class"],
        "encryption": encryption and {name: encryption[name] for name in encryption if name != "KMSMasterKeyId"},
        "ttl_attribute": description["ttl_attribute"],
    }
    return dict(orjson.loads(orjson.dumps(content)))  # no tuples: it is compared with what came as JSON


def schema_in(content: Mapping[str, Any]) -> TableSchema:
    """The schema that settings describe; unprotected."""
    own = {name: content[name] for name in SCHEMA}
    return schema_of({**content["definition"], **content["billing"], **own})


def new_table(catalogue: Catalogue, content: Mapping[str, Any], overrides: Mapping[str, Any], now_s: float) -> Table:
    """An empty table of these settings."""
    table = catalogue.create(overridden(schema_in(content), overrides), now_s)
    if content["ttl_attribute"] is not None:
        table.expiries = Expiries(content["ttl_attribute"], ())
    return table


def overridden(schema: TableSchema, overrides: Mapping[str, Any]) -> TableSchema:
    """A schema with what was asked for one replica."""
    units = (overrides.get("ProvisionedThroughputOverride") or {}).get("ReadCapacityUnits")
    if units:
        schema = replace(schema, throughput=replace(schema.throughput, read_units=units))
    indexes = {each["IndexName"]: each for each in overrides.get("GlobalSecondaryIndexes") or ()}
    if indexes:
        schema = replace(schema, indexes=tuple(with_reads(index, indexes.get(index.name)) for index in schema.indexes))
    if overrides.get("OnDemandThroughputOverride"):
        schema = replace(schema, on_demand={**(schema.on_demand or {}), **overrides["OnDemandThroughputOverride"]})
    if overrides.get("TableClassOverride"):
        schema = replace(schema, table_class=overrides["TableClassOverride"])
    if overrides.get("KMSMasterKeyId"):
        key = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": overrides["KMSMasterKeyId"]}
        schema = replace(schema, encryption=key)
    return schema


def with_reads(index: Any, override: Mapping[str, Any] | None) -> Any:
    """An index with other read capacity."""
    units = ((override or {}).get("ProvisionedThroughputOverride") or {}).get("ReadCapacityUnits")
    if not units:
        return index
    throughput = Throughput(read_units=units, write_units=index.throughput.write_units)
    return replace(index, throughput=throughput)


def override(catalogue: Catalogue, table: Table, overrides: Mapping[str, Any], now_s: float) -> None:
    """Give this replica settings of its own."""
    settle(catalogue, table, overridden(table.schema, overrides), [], {}, now_s)


def take_over(catalogue: Catalogue, table: Table, content: Mapping[str, Any], now_s: float) -> None:
    """Make the table as another region has it."""
    given = schema_in(content)
    own_key = (table.schema.encryption or {}).get("KMSMasterKeyId")
    encryption = given.encryption
    if encryption and own_key:
        encryption = {**encryption, "KMSMasterKeyId": own_key}
    wanted = replace(given, deletion_protection=table.schema.deletion_protection, encryption=encryption)
    view = table.schema.stream_view
    created = [index for index in wanted.indexes if index.name not in table.indexes]
    settle(catalogue, table, replace(wanted, stream_view=view), created, {}, now_s)
    if wanted.stream_view != view:
        catalogue.close_stream(table, now_s)
        if wanted.stream_view is not None:
            catalogue.open_stream(table, wanted.stream_view, now_s)
        table.schema = replace(table.schema, stream_view=wanted.stream_view)
    current = None if table.expiries is None else table.expiries.attribute
    if content["ttl_attribute"] != current:
        name = content["ttl_attribute"]
        table.expiries = None if name is None else Expiries(name, table.store.items.items())


def with_billing(table: Table, billing: Mapping[str, Any]) -> dict[str, Any]:
    """A table's own settings, with the billing mode and write capacity of all; it keeps its read capacity."""
    content = settings_of(table)
    own_units = content["billing"]["throughput"]["read_units"]
    throughput = dict(billing["throughput"])
    if throughput["write_units"]:
        throughput["read_units"] = own_units or throughput["read_units"]
    content["billing"] = {**billing, "throughput": throughput}
    return content


def switch_stream_on(catalogue: Catalogue, table: Table, now_s: float) -> None:
    """Replication comes with a stream of both images; one that is on is kept as it is (GT 1.14)."""
    if table.stream is None:
        catalogue.open_stream(table, "NEW_AND_OLD_IMAGES", now_s)
        table.schema = replace(table.schema, stream_view="NEW_AND_OLD_IMAGES")


def has_own_key(schema: TableSchema) -> bool:
    """Whether the table is encrypted with a key of the customer's."""
    encryption = schema.encryption or {}
    return bool(encryption.get("Enabled")) and encryption.get("KMSMasterKeyId") not in (None, "", AWS_KEY)
