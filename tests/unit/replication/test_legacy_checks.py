"""Claims about what tables must have in common for version 2017.11.29 (GT 2.02, 2.09)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.replication.legacy_checks import check_region, check_table, facts_of
from sandbox.tables.core import Tables

BODY: dict[str, Any] = {
    "TableName": "orders",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}
INDEX = {
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "day")],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-day",
            "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
PROVISIONED = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}}


def facts(item: bool = False, **more: Any) -> dict[str, Any]:
    tables = Tables("eu-west-1", "000000000000", lambda change: None)
    tables.execute("CreateTable", {**BODY, **more}, 1.0)
    if item:
        tables.execute("PutItem", {"TableName": "orders", "Item": {"id": {"S": "7"}}}, 1.0)
    return facts_of(tables.catalogue.tables["orders"])


def test_equal_tables_fit() -> None:
    check_table("orders", "eu-west-1", facts(), facts())
    check_table("orders", "eu-west-1", facts(**INDEX), facts(**INDEX))


@pytest.mark.parametrize(
    ("theirs", "problem"),
    [
        (facts_of(None), "Table not found: orders in region eu-west-1"),
        (facts(item=True), "is not empty"),
        (facts(StreamSpecification=None), "needs a stream with view type NEW_AND_OLD_IMAGES"),
        (
            facts(StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}),
            "needs a stream with view type NEW_AND_OLD_IMAGES",
        ),
        (facts(AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}]), "has other key schema"),
        (facts(**INDEX), "has other secondary indexes"),
        (facts(**PROVISIONED), "has other write capacity settings"),
    ],
)
def test_one_that_differs_is_named_with_its_region(theirs: dict[str, Any], problem: str) -> None:
    with pytest.raises(Refusal, match=problem):
        check_table("orders", "eu-west-1", theirs, facts())


def test_only_eleven_regions_ever_had_it() -> None:
    check_region("eu-west-1")
    with pytest.raises(Refusal, match="not supported in this region 'sa-east-1', supported regions are : "):
        check_region("sa-east-1")
