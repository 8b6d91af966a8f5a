"""CreateTable's members, in AWS's words when they do not fit."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.schema import schema_from

GOOD: dict[str, Any] = {
    "TableName": "orders",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "nr", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "nr", "AttributeType": "N"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
LOCAL = {
    "IndexName": "own",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "nr", "KeyType": "RANGE"}],
    "Projection": {"ProjectionType": "ALL"},
}
COLOR = [*GOOD["AttributeDefinitions"], {"AttributeName": "color", "AttributeType": "S"}]
BAD: tuple[tuple[dict[str, Any], str], ...] = (
    ({"TableName": "ab"}, "Member must have length greater than or equal to 3"),
    ({"TableName": "a b c"}, "Member must satisfy regular expression pattern"),
    ({"KeySchema": GOOD["KeySchema"][1:]}, "The first KeySchemaElement is not a HASH key type"),
    ({"KeySchema": [GOOD["KeySchema"][0]] * 2}, "have the same name"),
    ({"AttributeDefinitions": COLOR}, "Number of attributes in KeySchema does not exactly match"),
    ({"AttributeDefinitions": COLOR, "LocalSecondaryIndexes": [LOCAL]}, "Some AttributeDefinitions are not used"),
    ({"AttributeDefinitions": COLOR[:1]}, "Some index key attribute have no definition"),
    ({"BillingMode": "PROVISIONED"}, "ReadCapacityUnits and WriteCapacityUnits must both be specified"),
    ({"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}, "Neither ReadCapacityUnits nor"),
    ({"BillingMode": "FREE"}, "Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]"),
    ({"LocalSecondaryIndexes": []}, "List of LocalSecondaryIndexes is empty"),
    ({"LocalSecondaryIndexes": [LOCAL, LOCAL]}, "Duplicate index name: own"),
    (
        {"LocalSecondaryIndexes": [{**LOCAL, "KeySchema": LOCAL["KeySchema"][:1]}]},
        "does not have a range key for index",
    ),
    ({"LocalSecondaryIndexes": [{**LOCAL, "Projection": {}}]}, "Unknown ProjectionType: null"),
    ({"LocalSecondaryIndexes": [{**LOCAL, "Projection": {"ProjectionType": "INCLUDE"}}]}, "NonKeyAttributes is not"),
    ({"StreamSpecification": {"StreamEnabled": True}}, "StreamViewType must be specified"),
    ({"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "ALL"}}, "streamSpecification.streamViewType"),
)


@pytest.mark.parametrize(("change", "words"), BAD)
def test_what_does_not_fit_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as refused:
        schema_from({**GOOD, **change})
    assert refused.value.code == "ValidationException"
    assert words in refused.value.message


def test_a_good_table_becomes_a_schema() -> None:
    schema = schema_from({**GOOD, "LocalSecondaryIndexes": [LOCAL]})
    assert schema.key.names == ("id", "nr")
    assert schema.key.types == (("id", "S"), ("nr", "N"))
    assert schema.indexes[0].attributes is None
    assert schema.stream_view is None


def test_an_index_holds_its_keys_the_tables_keys_and_what_it_includes() -> None:
    include = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["total"]}
    schema = schema_from({**GOOD, "LocalSecondaryIndexes": [{**LOCAL, "Projection": include}]})
    assert schema.indexes[0].attributes == frozenset({"id", "nr", "total"})


def test_an_index_with_keys_of_several_attributes_says_that_it_is_not_emulated() -> None:
    keys = [{"AttributeName": name, "KeyType": "HASH"} for name in ("id", "nr", "color")]
    index = {**LOCAL, "KeySchema": keys}
    with pytest.raises(Refusal, match="does not emulate"):
        schema_from({**GOOD, "AttributeDefinitions": COLOR, "GlobalSecondaryIndexes": [index]})
