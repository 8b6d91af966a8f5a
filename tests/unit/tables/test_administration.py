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


@pytest.mark.parametrize(
    ("updates", "words"),
    [
        ([{}], "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create"),
        ([{"Nope": {}}], "must not be null"),
        ([{"Create": BY_COLOR}, {"Delete": {"IndexName": "by-color"}}], "Only 1 online index"),
        ([{"Update": {"IndexName": "by-color"}}] * 2, "Only one global secondary index update per index"),
    ],
)
def test_updates_of_indexes_that_cannot_be_are_refused(region: Any, updates: Any, words: str) -> None:
    region.create(GlobalSecondaryIndexes=[BY_COLOR], attributes=[COLOR])
    with pytest.raises(Refusal, match=words):
        region.call("UpdateTable", TableName="orders", GlobalSecondaryIndexUpdates=updates)


@pytest.mark.parametrize("member", ["VectorIndexes", "GlobalTableSourceArn"])
def test_what_a_table_cannot_have_here_is_refused_by_name(region: Any, member: str) -> None:
    """An empty success would give the caller another table than the one asked for."""
    given = {"VectorIndexes": [], "GlobalTableSourceArn": "arn:aws:dynamodb:us-east-1:000000000000:table/orders"}
    with pytest.raises(Refusal, match=f"does not emulate CreateTable with {member}"):
        region.create(**{member: given[member]})


def test_more_units_than_aws_has_are_refused(region: Any) -> None:
    units = {"ReadCapacityUnits": 10**12 + 1, "WriteCapacityUnits": 1}
    region.create()
    with pytest.raises(Refusal, match="Given value 1000000000001 for ReadCapacityUnits is out of bounds"):
        region.call("UpdateTable", TableName="orders", BillingMode="PROVISIONED", ProvisionedThroughput=units)


def test_a_table_is_made_with_its_policy(region: Any) -> None:
    region.create(ResourcePolicy='{"Statement": []}')
    arn = region.tables.catalogue.tables["orders"].arn
    assert region.call("GetResourcePolicy", ResourceArn=arn)["Policy"] == '{"Statement": []}'
