"""CreateTable and UpdateTable's members -> a frozen `TableSchema`, or AWS's refusal. Pure.

The order of the checks is AWS's where it is known: the model's constraints first, then the relations between members.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.kernel.errors import Refusal, not_emulated
from sandbox.tables.constraints import Body, constraint, missing, one_of, required
from sandbox.tables.refusals import invalid, invalid_parameter
from sandbox.tables.values import IndexSchema, KeySchema, TableSchema, Throughput

NAME_PATTERN = re.compile(r"[a-zA-Z0-9_.-]+")
BILLING_MODES = ("PROVISIONED", "PAY_PER_REQUEST")
STREAM_VIEWS = ("NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY")
TABLE_CLASSES = ("STANDARD", "STANDARD_INFREQUENT_ACCESS")
PROJECTIONS = ("ALL", "KEYS_ONLY", "INCLUDE")
KEY_TYPES = ("HASH", "RANGE")
ATTRIBUTE_TYPES = ("B", "N", "S")
MOST_UNITS = 10**12
MOST_GLOBAL_INDEXES = 20
MOST_LOCAL_INDEXES = 5
MOST_NON_KEY_ATTRIBUTES = 100  # over all indexes of a table


def schema_from(body: Body) -> TableSchema:
    """CreateTable's body as a schema."""
    name = checked_name(body.get("TableName"))
    types = attribute_types(body)
    key = key_schema(required(body, "KeySchema"), types, "keySchema")
    billing = one_of(body, "BillingMode", BILLING_MODES, "PROVISIONED")
    throughput = throughput_of(body, billing, "")
    check_empty_lists(body)
    locals_ = [local_index(each, types, key) for each in body.get("LocalSecondaryIndexes") or ()]
    globals_ = [global_index(each, types, key, billing) for each in body.get("GlobalSecondaryIndexes") or ()]
    indexes = (*locals_, *globals_)
    check_attributes_used(types, key, indexes)
    check_indexes(key, indexes)
    return TableSchema(
        name=name,
        key=key,
        attribute_types=types,
        indexes=indexes,
        billing_mode=billing,
        throughput=throughput,
        on_demand=body.get("OnDemandThroughput"),
        warm=body.get("WarmThroughput"),
        stream_view=stream_view(body.get("StreamSpecification")),
        deletion_protection=bool(body.get("DeletionProtectionEnabled")),
        table_class=one_of(body, "TableClass", TABLE_CLASSES, "") or None,
        encryption=body.get("SSESpecification"),
    )


def checked_name(name: Any) -> str:
    """A table's name."""
    if name is None:
        raise invalid("The parameter 'TableName' is required but was not present in the request")
    if not isinstance(name, str):
        raise Refusal("SerializationException", f"{type(name).__name__} can not be converted to a String")
    if not 3 <= len(name) <= 255:
        rule = "greater than or equal to 3" if len(name) < 3 else "less than or equal to 255"
        raise constraint(name, "tableName", f"Member must have length {rule}")
    if not NAME_PATTERN.fullmatch(name):
        rule = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
        raise constraint(name, "tableName", rule)
    return name


def attribute_types(body: Body) -> dict[str, str]:
    """AttributeDefinitions as name -> type."""
    types: dict[str, str] = {}
    for number, definition in enumerate(required(body, "AttributeDefinitions"), 1):
        kind = definition.get("AttributeType")
        if kind not in ATTRIBUTE_TYPES:
            rule = "Member must satisfy enum value set: [B, N, S]"
            raise constraint(str(kind), f"attributeDefinitions.{number}.member.attributeType", rule)
        if definition["AttributeName"] in types:
            raise invalid_parameter("Cannot specify the same attribute definition twice")
        types[definition["AttributeName"]] = kind
    return types


def key_schema(elements: Sequence[Body], types: Mapping[str, str], where: str) -> KeySchema:
    """A KeySchema list; attributes without a definition get the type "" and are found by `check_attributes_used`."""
    for number, element in enumerate(elements, 1):
        if element.get("KeyType") not in KEY_TYPES:
            rule = "Member must satisfy enum value set: [HASH, RANGE]"
            raise constraint(str(element.get("KeyType")), f"{where}.{number}.member.keyType", rule)
    if not elements:
        raise constraint("[]", where, "Member must have length greater than or equal to 1")
    if len(elements) > 2:
        if where.startswith("globalSecondaryIndexes"):
            raise not_emulated("a global secondary index with keys of several attributes")
        shown = ", ".join(
            f"KeySchemaElement(attributeName={each['AttributeName']}, keyType={each['KeyType']})" for each in elements
        )
        raise constraint(f"[{shown}]", where, "Member must have length less than or equal to 2")
    if elements[0]["KeyType"] != "HASH":
        raise invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    hash_name = elements[0]["AttributeName"]
    if len(elements) == 1:
        return KeySchema(hash_name=hash_name, hash_type=types.get(hash_name, ""))
    range_name = elements[1]["AttributeName"]
    if hash_name == range_name:
        if len(types) < 2:
            raise invalid("Invalid KeySchema: Some index key attribute have no definition")
        raise invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    if elements[1]["KeyType"] != "RANGE":
        raise invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    return KeySchema(
        hash_name=hash_name,
        hash_type=types.get(hash_name, ""),
        range_name=range_name,
        range_type=types.get(range_name, ""),
    )


def throughput_of(body: Body, billing: str, index: str) -> Throughput:
    """ProvisionedThroughput of a table, or of an index by name."""
    given = body.get("ProvisionedThroughput")
    suffix = f" for index: {index}" if index else ""
    if billing == "PAY_PER_REQUEST":
        if given and (given.get("ReadCapacityUnits") or given.get("WriteCapacityUnits")):
            problem = "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is"
            raise invalid_parameter(f"{problem} PAY_PER_REQUEST{suffix}")
        return Throughput()
    if not given:
        if index:
            raise invalid_parameter(f"ProvisionedThroughput must be specified for index: {index}")
        problem = "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        raise invalid_parameter(problem)
    for member in ("ReadCapacityUnits", "WriteCapacityUnits"):
        units = given.get(member)
        where = f"provisionedThroughput.{member[0].lower()}{member[1:]}"
        if units is None:
            raise missing(where)
        if units < 1:
            raise constraint(str(units), where, "Member must have value greater than or equal to 1")
        if units > MOST_UNITS:
            raise invalid(f"Given value {units} for {member} is out of bounds")
    return Throughput(read_units=given["ReadCapacityUnits"], write_units=given["WriteCapacityUnits"])


def check_empty_lists(body: Body) -> None:
    """A list of indexes is absent rather than empty."""
    for member in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if body.get(member) == []:
            raise invalid_parameter(f"List of {member} is empty")


def local_index(given: Body, types: Mapping[str, str], table_key: KeySchema) -> IndexSchema:
    """One element of LocalSecondaryIndexes."""
    key = key_schema(required(given, "KeySchema"), types, "localSecondaryIndexes.1.member.keySchema")
    projection = projection_of(given)
    return IndexSchema(
        name=index_name(given),
        is_global=False,
        key=key,
        projection=projection,
        attributes=held_attributes(projection, key, table_key),
    )


def global_index(given: Body, types: Mapping[str, str], table_key: KeySchema, billing: str) -> IndexSchema:
    """One element of GlobalSecondaryIndexes, or the Create of an update."""
    key = key_schema(required(given, "KeySchema"), types, "globalSecondaryIndexes.1.member.keySchema")
    projection = projection_of(given)
    name = index_name(given)
    return IndexSchema(
        name=name,
        is_global=True,
        key=key,
        projection=projection,
        attributes=held_attributes(projection, key, table_key),
        throughput=throughput_of(given, billing, name),
        on_demand=given.get("OnDemandThroughput"),
        warm=given.get("WarmThroughput"),
    )


def index_name(given: Body) -> str:
    """An index's name."""
    name = str(required(given, "IndexName"))
    if not 3 <= len(name) <= 255:
        raise invalid("IndexName must be at least 3 characters long and at most 255 characters long")
    if not NAME_PATTERN.fullmatch(name):
        raise constraint(name, "indexName", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
    return name


def projection_of(given: Body) -> Mapping[str, Any]:
    """An index's Projection."""
    projection: Body = required(given, "Projection")
    kind, names = projection.get("ProjectionType"), projection.get("NonKeyAttributes")
    if kind is None:
        raise invalid_parameter("Unknown ProjectionType: null")
    if kind not in PROJECTIONS:
        rule = "Member must satisfy enum value set: [ALL, INCLUDE, KEYS_ONLY]"
        raise constraint(str(kind), "projection.projectionType", rule)
    if kind == "INCLUDE" and not names:
        raise invalid_parameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    if kind != "INCLUDE" and names is not None:
        raise invalid_parameter(f"ProjectionType is {kind}, but NonKeyAttributes is specified")
    return projection


def held_attributes(projection: Body, key: KeySchema, table_key: KeySchema) -> frozenset[str] | None:
    """What an index holds of an item; None: everything."""
    if projection["ProjectionType"] == "ALL":
        return None
    return frozenset((*key.names, *table_key.names, *(projection.get("NonKeyAttributes") or ())))


def check_attributes_used(types: Mapping[str, str], key: KeySchema, indexes: Sequence[IndexSchema]) -> None:
    """Every defined attribute is part of a key, and the other way round."""
    used = sorted({*key.names, *(name for index in indexes for name in index.key.names)})
    defined = sorted(types)
    if used == defined:
        return
    undefined = [name for name in used if name not in types]
    if len(defined) > len(used):
        if not indexes:
            problem = "Number of attributes in KeySchema does not exactly match number of attributes defined in"
            raise invalid_parameter(f"{problem} AttributeDefinitions")
        problem = f"Some AttributeDefinitions are not used. AttributeDefinitions: [{', '.join(defined)}]"
        raise invalid_parameter(f"{problem}, keys used: [{', '.join(used)}]")
    if len(defined) < len(used) and not indexes:
        raise invalid("Invalid KeySchema: Some index key attribute have no definition")
    keys = undefined if indexes else used
    problem = f"Some index key attributes are not defined in AttributeDefinitions. Keys: [{', '.join(keys)}]"
    raise invalid_parameter(f"{problem}, AttributeDefinitions: [{', '.join(defined)}]")


def check_indexes(key: KeySchema, indexes: Sequence[IndexSchema]) -> None:
    """Limits, names, and what a local index needs."""
    seen = set()
    for index in indexes:
        if index.name in seen:
            raise invalid_parameter(f"Duplicate index name: {index.name}")
        seen.add(index.name)
        if not index.is_global:
            check_local(index, key)
    local_count = sum(not index.is_global for index in indexes)
    if local_count > MOST_LOCAL_INDEXES:
        raise invalid_parameter(f"Number of LocalSecondaryIndexes exceeds per-table limit of {MOST_LOCAL_INDEXES}")
    if len(indexes) - local_count > MOST_GLOBAL_INDEXES:
        raise invalid_parameter(f"GlobalSecondaryIndex count exceeds the per-table limit of {MOST_GLOBAL_INDEXES}")
    included = sum(len(index.projection.get("NonKeyAttributes") or ()) for index in indexes)
    if included > MOST_NON_KEY_ATTRIBUTES:
        raise invalid_parameter("Number of NonKeyAttributes exceeds per-table limit of 100")


def check_local(index: IndexSchema, key: KeySchema) -> None:
    """A local index re-sorts the table's own ranges."""
    if key.range_name is None:
        problem = "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        raise invalid_parameter(problem)
    if index.key.range_name is None:
        raise invalid_parameter(f"Index KeySchema does not have a range key for index: {index.name}")
    if index.key.hash_name != key.hash_name:
        problem = "Index KeySchema does not have the same leading hash key as table KeySchema for index: "
        names = f"index hash key: {index.key.hash_name}, table hash key: {key.hash_name}"
        raise invalid_parameter(f"{problem}{index.name}. {names}")


def stream_view(given: Body | None) -> str | None:
    """A StreamSpecification's view type; None when it is absent or switches the stream off."""
    if given is None:
        return None
    enabled, view = given.get("StreamEnabled"), given.get("StreamViewType")
    if not enabled:
        if view is not None:
            raise invalid_parameter("UpdateStreamEnabled: false, StreamViewType must not be specified")
        return None
    if view is None:
        raise invalid_parameter("StreamViewType must be specified when StreamEnabled is true")
    if view not in STREAM_VIEWS:
        rule = f"Member must satisfy enum value set: [{', '.join(STREAM_VIEWS)}]"
        raise constraint(str(view), "streamSpecification.streamViewType", rule)
    return str(view)
