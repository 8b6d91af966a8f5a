"""Tables are made, changed, listed and dropped."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal

STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
COLOR = {"AttributeName": "color", "AttributeType": "S"}
BY_COLOR = {
    "IndexName": "by-color",
    "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


def test_a_name_is_taken_once(region: Any) -> None:
    region.create()
    with pytest.raises(Refusal, match="Table already exists: orders") as refused:
        region.create()
    assert refused.value.code == "ResourceInUseException"


def test_tables_are_listed_in_pages_by_name(region: Any) -> None:
    for name in ("ccc", "aaa", "bbb"):
        region.create(name)
    page = region.call("ListTables", Limit=2)
    assert page == {"TableNames": ["aaa", "bbb"], "LastEvaluatedTableName": "bbb"}
    assert region.call("ListTables", ExclusiveStartTableName="bbb") == {"TableNames": ["ccc"]}
    with pytest.raises(Refusal, match="less than or equal to 100"):
        region.call("ListTables", Limit=101)


def test_a_protected_table_is_not_deleted(region: Any) -> None:
    region.create(DeletionProtectionEnabled=True)
    with pytest.raises(Refusal, match="protected against deletion"):
        region.call("DeleteTable", TableName="orders")
    region.call("UpdateTable", TableName="orders", DeletionProtectionEnabled=False)
    assert region.call("DeleteTable", TableName="orders")["TableDescription"]["TableStatus"] == "DELETING"
    assert region.call("ListTables") == {"TableNames": []}


def test_a_new_index_holds_what_was_there_before(region: Any) -> None:
    region.create()
    region.put(id="a", nr=1, color="red")
    region.put(id="b", nr=1, color=7)  # of another type: stays out
    region.call(
        "UpdateTable",
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}, COLOR],
        GlobalSecondaryIndexUpdates=[{"Create": BY_COLOR}],
    )
    assert [item["id"] for item in region.call("Scan", TableName="orders", IndexName="by-color")["Items"]] == [
        {"S": "a"}
    ]
    region.call(
        "UpdateItem", TableName="orders", Key={"id": {"S": "b"}, "nr": {"N": "1"}}, UpdateExpression="REMOVE color"
    )
    region.call("UpdateTable", TableName="orders", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-color"}}])
    image = region.call("DescribeTable", TableName="orders")["Table"]
    assert "GlobalSecondaryIndexes" not in image
    assert {each["AttributeName"] for each in image["AttributeDefinitions"]} == {"id", "nr"}


def test_a_stream_is_switched_on_once_and_gets_a_new_label_each_time(region: Any) -> None:
    region.create(StreamSpecification=STREAM)
    first = region.call("DescribeTable", TableName="orders")["Table"]["LatestStreamArn"]
    with pytest.raises(Refusal, match="Table already has an enabled stream: TableName: orders"):
        region.call("UpdateTable", TableName="orders", StreamSpecification=STREAM)
    region.call("UpdateTable", TableName="orders", StreamSpecification={"StreamEnabled": False})
    region.call("UpdateTable", TableName="orders", StreamSpecification=STREAM)
    assert region.call("DescribeTable", TableName="orders")["Table"]["LatestStreamArn"] != first
    assert len(region.call("ListStreams", TableName="orders")["Streams"]) == 2


@pytest.mark.parametrize(
    ("update", "code"),
    [
        ({}, "ValidationException"),
        ({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "none"}}]}, "ResourceNotFoundException"),
        ({"BillingMode": "PROVISIONED"}, "ValidationException"),
        ({"ReplicaUpdates": [{"Create": {"RegionName": "us-east-1"}}]}, "NotImplemented"),
    ],
)
def test_an_update_that_cannot_be_is_refused(region: Any, update: Any, code: str) -> None:
    region.create()
    with pytest.raises(Refusal) as refused:
        region.call("UpdateTable", TableName="orders", **update)
    assert refused.value.code == code


def test_a_table_goes_from_on_demand_to_provisioned(region: Any) -> None:
    region.create()
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
    region.call("UpdateTable", TableName="orders", BillingMode="PROVISIONED", ProvisionedThroughput=units)
    image = region.call("DescribeTable", TableName="orders")["Table"]
    assert image["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert image["ProvisionedThroughput"]["WriteCapacityUnits"] == 6


def test_the_account_is_described(region: Any) -> None:
    assert region.call("DescribeEndpoints")["Endpoints"][0]["Address"] == "dynamodb.eu-west-1.amazonaws.com"
    assert region.call("DescribeLimits")["TableMaxReadCapacityUnits"] == 40000
