"""A small suite as people write them for moto's server: an endpoint, a reset between tests, names used again and again.

It knows nothing of the sandbox. test_suites_for_moto.py runs it against moto's own server, a region and the gateway.
"""

import os
import urllib.request

import boto3
import pytest
from botocore.exceptions import ClientError

ENDPOINT = os.environ["TEST_ENDPOINT"]
ACCOUNT = os.environ["TEST_ACCOUNT"]
REGION = "eu-west-1"


@pytest.fixture(autouse=True)
def clean():
    urllib.request.urlopen(urllib.request.Request(f"{ENDPOINT}/moto-api/reset", method="POST")).close()


def make(kind, service):
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return getattr(boto3, kind)(service, region_name=REGION, endpoint_url=ENDPOINT, **keys)


@pytest.fixture
def client():
    return make("client", "dynamodb")


@pytest.fixture
def users(client):
    client.create_table(
        TableName="users",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    client.get_waiter("table_exists").wait(TableName="users")
    return make("resource", "dynamodb").Table("users")


@pytest.mark.parametrize("time", [1, 2])
def test_a_test_starts_with_nothing(client, users, time):
    assert client.list_tables()["TableNames"] == ["users"]
    assert users.scan()["Items"] == []
    users.put_item(Item={"id": "1", "name": "Jane"})


def test_the_arn_has_the_account(users):
    assert users.table_arn == f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/users"


def test_put_get_update_delete(users):
    users.put_item(Item={"id": "1", "name": "Jane", "visits": 1, "tags": {"a", "b"}})
    assert users.get_item(Key={"id": "1"})["Item"]["tags"] == {"a", "b"}
    users.update_item(
        Key={"id": "1"}, UpdateExpression="SET visits = visits + :one", ExpressionAttributeValues={":one": 1}
    )
    assert users.get_item(Key={"id": "1"})["Item"]["visits"] == 2
    users.delete_item(Key={"id": "1"})
    assert "Item" not in users.get_item(Key={"id": "1"})


def test_a_condition_that_fails(users):
    users.put_item(Item={"id": "1"})
    with pytest.raises(ClientError) as error:
        users.put_item(Item={"id": "1"}, ConditionExpression="attribute_not_exists(id)")
    assert error.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert error.value.response["Error"]["Message"] == "The conditional request failed"


def test_a_table_that_is_not_there(client):
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_table(TableName="nothing")


def test_a_batch_and_a_query_of_pages(users):
    with users.batch_writer() as batch:
        for number in range(60):
            batch.put_item(Item={"id": str(number)})
    pages, start = 0, {}
    while True:
        page = users.scan(Limit=25, **start)
        pages += 1
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert pages == 3


def test_other_services_are_there_and_are_emptied_too():
    queues = make("client", "sqs")
    assert "QueueUrls" not in queues.list_queues()
    queues.create_queue(QueueName="orders")
    arn = queues.get_queue_attributes(
        QueueUrl=queues.get_queue_url(QueueName="orders")["QueueUrl"], AttributeNames=["QueueArn"]
    )["Attributes"]["QueueArn"]
    assert arn == f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
    assert make("client", "sts").get_caller_identity()["Account"] == ACCOUNT
