"""DescribeTable's image."""

from __future__ import annotations

from typing import Any

INDEX = {
    "IndexName": "by-nr",
    "KeySchema": [{"AttributeName": "nr", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}


def test_what_a_table_has_not_is_absent(region: Any) -> None:
    region.create()
    image = region.call("DescribeTable", TableName="orders")["Table"]
    absent = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes", "StreamSpecification", "SSEDescription", "Replicas")
    assert not set(absent) & set(image)
    assert image["TableStatus"] == "ACTIVE"
    assert image["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_items_and_bytes_are_counted(region: Any) -> None:
    region.create(GlobalSecondaryIndexes=[INDEX])
    region.put(id="a", nr=1, v="hello")
    image = region.call("DescribeTable", TableName="orders")["Table"]
    assert (image["ItemCount"], image["TableSizeBytes"]) == (1, 2 + 1 + 2 + 2 + 1 + 5)
    assert image["GlobalSecondaryIndexes"][0]["ItemCount"] == 1
    assert image["GlobalSecondaryIndexes"][0]["IndexArn"].endswith("table/orders/index/by-nr")


def test_a_stream_and_a_key_are_shown(region: Any) -> None:
    region.create(
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}, SSESpecification={"Enabled": True}
    )
    image = region.call("DescribeTable", TableName="orders")["Table"]
    assert image["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert image["LatestStreamArn"] == f"{image['TableArn']}/stream/2026-01-01T00:00:00.000"
    assert image["SSEDescription"]["KMSMasterKeyArn"] == "arn:aws:kms:eu-west-1:000000000000:alias/aws/dynamodb"
