"""Clients that are not boto3, and calls that no SDK would send."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.live

ACCOUNT = "000000000000"


def test_gzip_bodies_are_unpacked(rig: Any) -> None:
    body = gzip.compress(b'{"QueueName": "zipped"}')
    headers = {
        "X-Amz-Target": "AmazonSQS.CreateQueue",
        "Content-Type": "application/x-amz-json-1.0",
        "Content-Encoding": "gzip",
    }
    urllib.request.urlopen(urllib.request.Request(rig.gateway, data=body, headers=headers)).close()
    assert rig.client("sqs").get_queue_url(QueueName="zipped")


def test_what_is_not_emulated_is_named(rig: Any) -> None:
    with pytest.raises(ClientError, match="does not emulate"):
        rig.client("gamelift").list_builds()


def test_localstack_pages_answer(rig: Any) -> None:
    with urllib.request.urlopen(f"{rig.gateway}/_localstack/health") as answer:
        page = json.load(answer)
    assert page["edition"] == "community"
    assert page["services"]["dynamodb"] == "running"


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
@pytest.mark.parametrize("at", ["gateway", "region"])
def test_localstack_client_works_unmodified(rig: Any, monkeypatch: pytest.MonkeyPatch, at: str, region: str) -> None:
    """As in this room's README: it reads its address from a variable when a session is made."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", rig.gateway if at == "gateway" else rig.door(region))
    import localstack_client.session

    session = localstack_client.session.Session(region_name=region)
    assert session.client("sts").get_caller_identity()["Account"] == ACCOUNT
    bucket = session.resource("s3").Bucket(f"localstack-client-{at}-{region}")
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    bucket.create(**place)
    bucket.put_object(Key="k", Body=b"x")
    assert [entry.key for entry in bucket.objects.all()] == ["k"]
    table = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    attributes = [{"AttributeName": "id", "AttributeType": "S"}]
    session.client("dynamodb").create_table(TableName=f"by-{at}", AttributeDefinitions=attributes, **table)


def test_the_aws_command_line_works_unmodified(rig: Any) -> None:
    program = Path(sys.executable).with_name("aws")
    if not program.exists():
        pytest.skip("the aws CLI is not installed")
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    line = [str(program), "--endpoint-url", rig.gateway, "sqs", "create-queue", "--queue-name", "by-cli"]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["QueueUrl"].endswith("/by-cli")


def test_dynamodb_errors_are_aws_errors(rig: Any) -> None:
    dynamodb = rig.client("dynamodb")
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.get_item(TableName="none", Key={"id": {"S": "7"}})
    status, headers, body = raw_call(rig.door("us-east-1"), target="DynamoDB_20120810.PutItem", body=b"{")
    assert (status, json.loads(body)["__type"].rpartition("#")[2]) == (400, "SerializationException")
    assert "x-amz-crc32" in headers
    status, _, body = raw_call(rig.door("us-east-1"), target="DynamoDB_20120810.Fly", body=b"{}")
    assert (status, json.loads(body)["__type"].rpartition("#")[2]) == (400, "UnknownOperationException")


def raw_call(url: str, *, target: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
    """A DynamoDB call that no SDK would send."""
    request = urllib.request.Request(url, data=body, headers={"X-Amz-Target": target})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, {name.lower(): value for name, value in error.headers.items()}, error.read()
