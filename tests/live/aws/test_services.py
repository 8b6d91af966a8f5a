"""DynamoDB, SQS, SNS, SSM, IAM and STS through boto3, at the gateway and at a front door."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

pytestmark = pytest.mark.live

ACCOUNT = "000000000000"
LONG_POLL_S = 5


@pytest.mark.parametrize("at", ["gateway", "front door"])
def test_dynamodb_takes_plain_boto3_calls(rig: Any, at: str) -> None:
    endpoint = rig.gateway if at == "gateway" else rig.door("eu-west-1")
    dynamodb = rig.client("dynamodb", region="eu-west-1", endpoint=endpoint)
    name = f"orders-{at.replace(' ', '-')}"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"id": {"S": "7"}, "blob": {"B": b"\x00\xff"}, "tags": {"SS": ["a", "b"]}, "none": {"NULL": True}}
    dynamodb.put_item(TableName=name, Item=item)
    assert dynamodb.get_item(TableName=name, Key={"id": {"S": "7"}})["Item"] == item
    assert name in dynamodb.list_tables()["TableNames"]
    assert name not in rig.client("dynamodb", region="us-east-1").list_tables()["TableNames"]


def test_a_call_for_another_region_is_answered_there(rig: Any) -> None:
    """The client stands at us-east-1's door and names eu-west-1: the queue is in eu-west-1, whoever asks."""
    there = rig.client("sqs", region="eu-west-1", endpoint=rig.door("us-east-1"))
    there.create_queue(QueueName="far")
    assert rig.client("sqs", region="eu-west-1").list_queues(QueueNamePrefix="far")["QueueUrls"]
    assert "QueueUrls" not in rig.client("sqs", region="us-east-1").list_queues(QueueNamePrefix="far")


def test_a_region_that_does_not_run_is_named(rig: Any) -> None:
    for endpoint in (rig.gateway, rig.door("us-east-1")):
        with pytest.raises(
            ClientError, match=r"ap-southeast-2 does not run in this sandbox. Running: eu-west-1, us-east-1"
        ):
            rig.client("sqs", region="ap-southeast-2", endpoint=endpoint).list_queues()


def test_a_long_poll_holds_nobody_up_and_ends_with_the_message(rig: Any) -> None:
    sqs = rig.client("sqs", config=Config(read_timeout=30))
    queue = sqs.create_queue(QueueName="polled")["QueueUrl"]
    assert queue.startswith(rig.gateway)
    received: list[Any] = []
    pollers = [threading.Thread(target=lambda: received.extend(poll(sqs, queue)), daemon=True) for _ in range(40)]
    for poller in pollers:
        poller.start()
    began_s = time.monotonic()
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    while not received:
        assert time.monotonic() - began_s < LONG_POLL_S, "the message did not come through"
        time.sleep(0.01)
    assert received[0]["Body"] == "hello"
    assert time.monotonic() - began_s < LONG_POLL_S
    for poller in pollers:
        poller.join()


def poll(sqs: Any, queue: str) -> list[Any]:
    """One long poll."""
    return sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=LONG_POLL_S).get("Messages", [])  # type: ignore[no-any-return]


def test_sns_delivers_to_sqs(rig: Any) -> None:
    sns, sqs = rig.client("sns"), rig.client("sqs")
    queue = sqs.create_queue(QueueName="subscribed")["QueueUrl"]
    topic = sns.create_topic(Name="news")["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    assert f":{ACCOUNT}:" in arn
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="extra")
    body = json.loads(sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert body["Message"] == "extra"


def test_ssm_keeps_a_parameter_per_region(rig: Any) -> None:
    rig.client("ssm", region="eu-west-1").put_parameter(Name="/a", Value="there", Type="String")
    assert rig.client("ssm", region="eu-west-1").get_parameter(Name="/a")["Parameter"]["Value"] == "there"
    with pytest.raises(ClientError, match="ParameterNotFound"):
        rig.client("ssm", region="us-east-1").get_parameter(Name="/a")


def test_keys_from_assume_role_keep_their_account(rig: Any) -> None:
    """Tables, queues and IAM of the role's account, at the gateway and at a front door."""
    other = "111122223333"
    keys = rig.client("sts").assume_role(RoleArn=f"arn:aws:iam::{other}:role/any", RoleSessionName="test")[
        "Credentials"
    ]
    assumed = {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }
    for endpoint in (rig.gateway, rig.door("eu-west-1")):
        assert rig.client("sts", endpoint=endpoint, **assumed).get_caller_identity()["Account"] == other
    rig.client("iam", **assumed).create_role(RoleName="theirs", AssumeRolePolicyDocument="{}")
    assert rig.client("iam", aws_access_key_id=other).get_role(RoleName="theirs")["Role"]["Arn"].split(":")[4] == other
    with pytest.raises(ClientError, match="NoSuchEntity"):
        rig.client("iam").get_role(RoleName="theirs")
    rig.client("dynamodb", **assumed).create_table(
        TableName="theirs",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert rig.client("dynamodb", aws_access_key_id=other).list_tables()["TableNames"] == ["theirs"]


def test_iam_access_keys_and_unknown_keys(rig: Any) -> None:
    iam = rig.client("iam", aws_access_key_id="222233334444")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    identity = rig.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert identity.get_caller_identity()["Account"] == "222233334444"
    assert rig.client("sts", aws_access_key_id="test").get_caller_identity()["Account"] == ACCOUNT


def test_policies_that_aws_manages_can_be_attached(rig: Any) -> None:
    iam = rig.client("iam")
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument="{}")
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    iam.attach_role_policy(RoleName="reader", PolicyArn=arn)
    assert iam.list_attached_role_policies(RoleName="reader")["AttachedPolicies"][0]["PolicyArn"] == arn
