"""Unmodified clients (boto3, the aws CLI, localstack-client) against the gateway and a front door, on real sockets.

One hub, one real control process and one front door with its tables, as the region program builds them; what the hub
keeps is what planet and regions would be told.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.aws.accounts import Accounts
from sandbox.aws.engine_client import RemoteEngine
from sandbox.aws.front_door import FrontDoor
from sandbox.aws.moto_tables import MotoTables
from sandbox.kernel.journal import Journal
from sandbox.management.hub import Hub
from sandbox.protocols.http1 import Request, Response
from sandbox.serving.client import HttpPool
from sandbox.serving.server import HttpServer, serve_http

pytestmark = pytest.mark.live

ACCOUNT = "000000000000"
REGIONS = ("us-east-1", "eu-west-1")
START_LIMIT_S = 30.0


class Rig:
    """A sandbox without planet: hub and front doors in a thread of the test, control as a process."""

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "state").mkdir(parents=True, exist_ok=True)
        self.loop = asyncio.new_event_loop()
        self.hub = Hub(Journal(), "token")
        self.doors: dict[str, HttpServer] = {}
        self.cut_off: set[str] = set()
        self.ready = threading.Event()
        self.control: subprocess.Popen[bytes] | None = None
        self.hub_port = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def do(self, work: Any) -> Any:
        """Run a coroutine in the rig's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(START_LIMIT_S)

    def start(self) -> None:
        self._thread.start()
        self.do(self._start_hub())
        self.start_control()
        self.do(self._open_doors())

    async def _start_hub(self) -> None:
        self.hub_port = await self.hub.start()
        self.hub.publish(
            "settings",
            {"speed": 1, "seed": 1, "account": ACCOUNT, "regions": list(REGIONS), "ports": {"aws": 0}},
        )

        async def ready(program: str) -> None:
            self.ready.set()

        self.hub.handle("ready", ready)

    def start_control(self) -> None:
        self.ready.clear()
        self.control = subprocess.Popen(
            [sys.executable, "-m", "sandbox.control", "--hub", f"127.0.0.1:{self.hub_port}", "--home", str(self.home)],
            env={**os.environ, "SANDBOX_TOKEN": "token"},
        )
        assert self.ready.wait(START_LIMIT_S), "control did not become ready"

    def stop_control(self) -> int:
        assert self.control is not None
        self.control.terminate()
        return self.control.wait(START_LIMIT_S)

    async def _open_doors(self) -> None:
        pool = HttpPool()

        async def forward(region: str, request: Request) -> Response:
            return await pool.send(request, host="127.0.0.1", port=self.doors[region].port, timeout_s=30)

        async def find_account(access_key: str) -> str | None:
            found: str | None = await self.hub.ask("control", "account_of", access_key=access_key)
            return found

        for region in REGIONS:
            door = FrontDoor(
                region=region,
                tables=MotoTables(),
                engine=RemoteEngine(pool, lambda: (self.hub.retained.get("engine") or {}).get("port")),
                forward=forward,
                accounts=Accounts(ACCOUNT, find_account),
                running=lambda: REGIONS,
                is_cut_off=lambda region=region: region in self.cut_off,  # type: ignore[misc]
            )
            self.doors[region] = await serve_http(door.handle, name=region)
            self.hub.publish(f"region/{region}", {"code": region, "front_door": self.doors[region].port})

    @property
    def gateway(self) -> str:
        return f"http://localhost:{self.hub.retained['gateway']['port']}"

    def door(self, region: str) -> str:
        return f"http://127.0.0.1:{self.doors[region].port}"

    def client(self, service: str, *, region: str = "us-east-1", endpoint: str | None = None, **options: Any) -> Any:
        """A boto3 client as a user makes one."""
        keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "test"} | options
        return boto3.client(service, region_name=region, endpoint_url=endpoint or self.gateway, **keys)

    def topic(self, prefix: str, accept: Callable[[Any], bool] = lambda value: True) -> Any:
        """The retained value under a prefix that is accepted."""
        return next(v for t, v in list(self.hub.retained.items()) if t.startswith(prefix) and accept(v))

    def close(self) -> None:
        if self.control is not None and self.control.poll() is None:
            self.stop_control()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    made = Rig(tmp_path_factory.mktemp("home"))
    made.start()
    yield made
    made.close()


@pytest.mark.parametrize("at", ["gateway", "front door"])
def test_dynamodb_takes_plain_boto3_calls(rig: Rig, at: str) -> None:
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


def test_dynamodb_errors_are_aws_errors(rig: Rig) -> None:
    dynamodb = rig.client("dynamodb")
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.get_item(TableName="none", Key={"id": {"S": "7"}})
    status, headers, body = raw_call(rig.door("us-east-1"), target="DynamoDB_20120810.PutItem", body=b"{")
    assert (status, json.loads(body)["__type"]) == (400, "SerializationException")
    assert "x-amz-crc32" in headers
    status, _, body = raw_call(rig.door("us-east-1"), target="DynamoDB_20120810.Fly", body=b"{}")
    assert (status, json.loads(body)["__type"]) == (400, "UnknownOperationException")


def raw_call(url: str, *, target: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
    """A DynamoDB call that no SDK would send."""
    request = urllib.request.Request(url, data=body, headers={"X-Amz-Target": target})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, {name.lower(): value for name, value in error.headers.items()}, error.read()


def test_a_call_for_another_region_is_answered_there(rig: Rig) -> None:
    """The client stands at us-east-1's door and names eu-west-1: the queue is in eu-west-1, whoever asks."""
    there = rig.client("sqs", region="eu-west-1", endpoint=rig.door("us-east-1"))
    there.create_queue(QueueName="far")
    assert rig.client("sqs", region="eu-west-1").list_queues(QueueNamePrefix="far")["QueueUrls"]
    assert "QueueUrls" not in rig.client("sqs", region="us-east-1").list_queues(QueueNamePrefix="far")


def test_a_region_that_does_not_run_is_named(rig: Rig) -> None:
    for endpoint in (rig.gateway, rig.door("us-east-1")):
        with pytest.raises(
            ClientError, match=r"ap-southeast-2 does not run in this sandbox. Running: eu-west-1, us-east-1"
        ):
            rig.client("sqs", region="ap-southeast-2", endpoint=endpoint).list_queues()


KEYS = ["plain", "with space", "a+b", "a%2Fb", "ünï/çødé", "deep/er//than", "q?x=1&y=2", "trailing/", "~tilde'quote(1)"]


def test_s3_keeps_odd_keys_as_they_were_given(rig: Rig) -> None:
    s3 = rig.client("s3")
    s3.create_bucket(Bucket="odd-keys")
    for key in KEYS:
        s3.put_object(Bucket="odd-keys", Key=key, Body=key.encode())
    assert sorted(entry["Key"] for entry in s3.list_objects_v2(Bucket="odd-keys")["Contents"]) == sorted(KEYS)
    for key in KEYS:
        assert s3.get_object(Bucket="odd-keys", Key=key)["Body"].read() == key.encode()
        assert s3.head_object(Bucket="odd-keys", Key=key)["ContentLength"] == len(key.encode())


def test_s3_keeps_metadata_checksums_and_large_bodies(rig: Rig) -> None:
    s3 = rig.client("s3", region="eu-west-1")
    s3.create_bucket(Bucket="large", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    body = os.urandom(17 * 1024 * 1024)
    metadata = {"under_score": "1", "da-sh": "2"}
    s3.put_object(Bucket="large", Key="k", Body=body, Metadata=metadata, ChecksumAlgorithm="SHA256")
    found = s3.get_object(Bucket="large", Key="k", ChecksumMode="ENABLED")
    assert found["Body"].read() == body
    assert found["Metadata"] == metadata
    assert s3.get_object(Bucket="large", Key="k", Range="bytes=2-5")["Body"].read() == body[2:6]


def test_s3_takes_parts_presigned_urls_and_buckets_in_host_names(rig: Rig) -> None:
    s3 = rig.client("s3")
    s3.create_bucket(Bucket="parts")
    upload = s3.create_multipart_upload(Bucket="parts", Key="whole")["UploadId"]
    pieces = [b"a" * 5 * 1024 * 1024, b"end"]
    tags = [
        {
            "PartNumber": n,
            "ETag": s3.upload_part(Bucket="parts", Key="whole", UploadId=upload, PartNumber=n, Body=p)["ETag"],
        }
        for n, p in enumerate(pieces, 1)
    ]
    s3.complete_multipart_upload(Bucket="parts", Key="whole", UploadId=upload, MultipartUpload={"Parts": tags})
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "parts", "Key": "whole"})
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"".join(pieces)
    put_url = s3.generate_presigned_url("put_object", Params={"Bucket": "parts", "Key": "by url"})
    urllib.request.urlopen(urllib.request.Request(put_url, data=b"direct", method="PUT")).close()
    s3.put_object_acl(Bucket="parts", Key="by url", ACL="public-read")
    for host in (
        "parts.s3.amazonaws.com",
        "parts.s3.us-east-1.amazonaws.com",
        "parts.s3.localhost.localstack.cloud:4566",
    ):
        with urllib.request.urlopen(
            urllib.request.Request(f"{rig.gateway}/by%20url", headers={"Host": host})
        ) as answer:
            assert answer.read() == b"direct"


def test_a_missing_object_is_s3s_own_error(rig: Rig) -> None:
    s3 = rig.client("s3")
    s3.create_bucket(Bucket="empty")
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="empty", Key="none")
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket="empty", Key="none")


def test_a_long_poll_holds_nobody_up_and_ends_with_the_message(rig: Rig) -> None:
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
        assert time.monotonic() - began_s < 5, "the message did not come through"
        time.sleep(0.01)
    assert received[0]["Body"] == "hello"
    assert time.monotonic() - began_s < 5


def poll(sqs: Any, queue: str) -> list[Any]:
    """One long poll."""
    return sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=8).get("Messages", [])  # type: ignore[no-any-return]


def test_sns_delivers_to_sqs(rig: Rig) -> None:
    sns, sqs = rig.client("sns"), rig.client("sqs")
    queue = sqs.create_queue(QueueName="subscribed")["QueueUrl"]
    topic = sns.create_topic(Name="news")["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    assert f":{ACCOUNT}:" in arn
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="extra")
    body = json.loads(sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert body["Message"] == "extra"


def test_ssm_keeps_a_parameter_per_region(rig: Rig) -> None:
    rig.client("ssm", region="eu-west-1").put_parameter(Name="/a", Value="there", Type="String")
    assert rig.client("ssm", region="eu-west-1").get_parameter(Name="/a")["Parameter"]["Value"] == "there"
    with pytest.raises(ClientError, match="ParameterNotFound"):
        rig.client("ssm", region="us-east-1").get_parameter(Name="/a")


def test_keys_from_assume_role_keep_their_account(rig: Rig) -> None:
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


def test_iam_access_keys_and_unknown_keys(rig: Rig) -> None:
    iam = rig.client("iam", aws_access_key_id="222233334444")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    identity = rig.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert identity.get_caller_identity()["Account"] == "222233334444"
    assert rig.client("sts", aws_access_key_id="test").get_caller_identity()["Account"] == ACCOUNT


def test_zones_and_records_are_published_as_boto3_has_them(rig: Rig) -> None:
    route53 = rig.client("route53", region="eu-west-1")
    made = route53.create_hosted_zone(Name="example.test", CallerReference="1")
    zone_id = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
    servers = made["DelegationSet"]["NameServers"]
    assert [server.rpartition("awsdns-")[2].partition(".")[2] for server in servers] == ["com", "net", "org", "co.uk"]
    check = route53.create_health_check(
        CallerReference="c",
        HealthCheckConfig={"Type": "HTTPS", "FullyQualifiedDomainName": "app.example.test", "ResourcePath": "/health"},
    )["HealthCheck"]["Id"]
    for region, address in (("us-east-1", "198.18.1.10"), ("eu-west-1", "198.18.2.10")):
        change(route53, zone_id, "UPSERT", latency_record(region, address, check))
    published = rig.hub.retained[f"zone/{zone_id}"]
    assert published["name"] == "example.test."
    assert published["name_servers"] == servers
    assert published["private"] is False
    assert [record for record in published["records"] if record["Type"] == "A"] == [
        latency_record("us-east-1", "198.18.1.10", check),
        latency_record("eu-west-1", "198.18.2.10", check),
    ]
    config = rig.hub.retained[f"health-check/{check}"]["config"]
    assert (config["Type"], config["Port"], config["RequestInterval"]) == ("HTTPS", 443, 30)
    change(route53, zone_id, "DELETE", latency_record("us-east-1", "198.18.1.10", check))
    assert len(rig.hub.retained[f"zone/{zone_id}"]["records"]) == 3
    assert len(route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]) == 3


def latency_record(region: str, address: str, check: str) -> dict[str, Any]:
    """One of a latency group."""
    return {
        "Name": "app.example.test.",
        "Type": "A",
        "SetIdentifier": region,
        "Region": region,
        "HealthCheckId": check,
        "TTL": 60,
        "ResourceRecords": [{"Value": address}],
    }


def change(route53: Any, zone_id: str, action: str, record: dict[str, Any]) -> None:
    """One change."""
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)


def test_route53_refuses_in_its_own_words(rig: Rig) -> None:
    route53 = rig.client("route53")
    zone_id = route53.create_hosted_zone(Name="strict.test", CallerReference="s")["HostedZone"]["Id"]
    record = {"Name": "a.strict.test", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.18.1.10"}]}
    change(route53, zone_id, "CREATE", record)
    with pytest.raises(
        route53.exceptions.InvalidChangeBatch, match=r"name='a.strict.test.', type='A'\] but it already"
    ):
        change(route53, zone_id, "CREATE", record)
    near = {**record, "SetIdentifier": "x", "GeoProximityLocation": {"AWSRegion": "eu-west-1"}}
    with pytest.raises(route53.exceptions.InvalidInput, match="does not emulate geoproximity"):
        change(route53, zone_id, "CREATE", {**near, "Name": "b.strict.test"})
    with pytest.raises(ClientError, match=r"NotImplemented.*traffic policies"):
        route53.list_traffic_policies()
    with pytest.raises(route53.exceptions.InvalidInput, match="CLOUDWATCH_METRIC"):
        route53.create_health_check(CallerReference="m", HealthCheckConfig={"Type": "CLOUDWATCH_METRIC"})


def test_the_state_of_a_check_is_what_the_planet_published(rig: Rig) -> None:
    route53 = rig.client("route53")
    check = route53.create_health_check(
        CallerReference="h", HealthCheckConfig={"Type": "TCP", "IPAddress": "198.18.1.10", "Port": 80}
    )["HealthCheck"]["Id"]
    assert route53.get_health_check_status(HealthCheckId=check)["HealthCheckObservations"] == []
    seen = {
        "Region": "us-east-1",
        "IPAddress": "198.18.1.30",
        "StatusReport": {"Status": "Failure: Connection refused", "CheckedTime": "2026-01-01T00:00:00Z"},
    }
    rig.loop.call_soon_threadsafe(rig.hub.publish, f"health/{check}", {"healthy": False, "observations": [seen]})
    time.sleep(0.2)
    for answer in (
        route53.get_health_check_status(HealthCheckId=check),
        route53.get_health_check_last_failure_reason(HealthCheckId=check),
    ):
        assert answer["HealthCheckObservations"][0]["StatusReport"]["Status"] == "Failure: Connection refused"
    with pytest.raises(route53.exceptions.NoSuchHealthCheck):
        route53.get_health_check_status(HealthCheckId="none")


TEMPLATE = {
    "Resources": {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "made", "AssumeRolePolicyDocument": {}}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "made"}},
        "Zone": {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": "stack.test"}},
        "Record": {
            "Type": "AWS::Route53::RecordSet",
            "Properties": {
                "HostedZoneId": {"Ref": "Zone"},
                "Name": "app.stack.test",
                "Type": "A",
                "TTL": "60",
                "ResourceRecords": ["198.18.2.10"],
            },
        },
    }
}


def test_a_stack_makes_a_role_a_queue_and_a_zone_that_is_published(rig: Rig) -> None:
    stacks = rig.client("cloudformation", region="eu-west-1")
    stacks.create_stack(StackName="demo", TemplateBody=json.dumps(TEMPLATE))
    assert stacks.describe_stacks(StackName="demo")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    assert rig.client("iam").get_role(RoleName="made")["Role"]["RoleName"] == "made"
    assert rig.client("sqs", region="eu-west-1").get_queue_url(QueueName="made")["QueueUrl"]
    zone = rig.topic("zone/", lambda value: value["name"] == "stack.test.")
    record = next(record for record in zone["records"] if record["Type"] == "A")
    assert record == {
        "Name": "app.stack.test.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.18.2.10"}]
    }  # fmt: skip
    stacks.delete_stack(StackName="demo")
    assert not [v for t, v in rig.hub.retained.items() if t.startswith("zone/") and v["name"] == "stack.test."]


def test_a_stack_that_would_be_incomplete_is_refused_whole(rig: Rig) -> None:
    stacks = rig.client("cloudformation")
    for kind, words in (("AWS::DynamoDB::Table", "is not emulated yet"), ("AWS::Unheard::Of", "is not emulated")):
        resources = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "left"}}, "Odd": {"Type": kind}}
        with pytest.raises(ClientError, match=f"ValidationError.*{kind} {words}"):
            stacks.create_stack(StackName="odd", TemplateBody=json.dumps({"Resources": resources}))
    assert "QueueUrls" not in rig.client("sqs").list_queues(QueueNamePrefix="left")


def test_a_home_that_is_cut_off_refuses_changes_but_regional_calls_go_on(rig: Rig) -> None:
    rig.cut_off.add("us-east-1")
    try:
        options = {"config": Config(retries={"max_attempts": 1})}
        with pytest.raises(ClientError, match=r"ServiceUnavailable.*us-east-1 is cut off"):
            rig.client("route53", region="eu-west-1", **options).list_hosted_zones()
        with pytest.raises(ClientError, match=r"ServiceUnavailable.*us-east-1 is cut off"):
            rig.client("iam", **options).list_roles()
        rig.client("sqs").list_queues()
    finally:
        rig.cut_off.clear()


def test_gzip_bodies_are_unpacked(rig: Rig) -> None:
    body = gzip.compress(b'{"QueueName": "zipped"}')
    headers = {
        "X-Amz-Target": "AmazonSQS.CreateQueue",
        "Content-Type": "application/x-amz-json-1.0",
        "Content-Encoding": "gzip",
    }
    urllib.request.urlopen(urllib.request.Request(rig.gateway, data=body, headers=headers)).close()
    assert rig.client("sqs").get_queue_url(QueueName="zipped")


def test_what_is_not_emulated_is_named(rig: Rig) -> None:
    with pytest.raises(ClientError, match="does not emulate"):
        rig.client("gamelift").list_builds()


def test_localstack_pages_answer(rig: Rig) -> None:
    with urllib.request.urlopen(f"{rig.gateway}/_localstack/health") as answer:
        page = json.load(answer)
    assert page["edition"] == "community"
    assert page["services"]["dynamodb"] == "running"


def test_localstack_client_works_unmodified(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", rig.gateway)
    import localstack_client.session

    session = localstack_client.session.Session(localstack_host=rig.gateway.removeprefix("http://"))
    assert session.client("sts").get_caller_identity()["Account"] == ACCOUNT


def test_the_aws_command_line_works_unmodified(rig: Rig) -> None:
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


def test_state_survives_a_restart_of_control(rig: Rig) -> None:
    """SIGTERM saves; the next control publishes the same zones, and stacks still own what they made."""
    rig.client("sqs", region="eu-west-1").create_queue(QueueName="kept")
    rig.client("s3").create_bucket(Bucket="kept")
    rig.client("s3").put_object(Bucket="kept", Key="k", Body=b"x" * 100_000)
    rig.client("cloudformation").create_stack(StackName="kept", TemplateBody=json.dumps(TEMPLATE))
    zones = {topic: value for topic, value in rig.hub.retained.items() if topic.startswith("zone/")}
    assert rig.stop_control() == 0
    with pytest.raises(ClientError, match=r"ServiceUnavailable|control does not answer"):
        rig.client("sqs", endpoint=rig.door("us-east-1"), config=Config(retries={"max_attempts": 1})).list_queues()
    rig.start_control()
    assert {topic: value for topic, value in rig.hub.retained.items() if topic.startswith("zone/")} == zones
    assert rig.client("sqs", region="eu-west-1").get_queue_url(QueueName="kept")
    assert len(rig.client("s3").get_object(Bucket="kept", Key="k")["Body"].read()) == 100_000
    rig.client("cloudformation").delete_stack(StackName="kept")
    assert "QueueUrls" not in rig.client("sqs").list_queues(QueueNamePrefix="made")
    status = rig.do(rig.hub.ask("control", "status"))
    assert {"s3", "sqs", "route53", "cloudformation"} <= set(status["services_saved"])


def test_reset_empties_everything(rig: Rig) -> None:
    rig.client("sqs").create_queue(QueueName="gone")
    urllib.request.urlopen(urllib.request.Request(f"{rig.gateway}/moto-api/reset", method="POST")).close()
    assert "QueueUrls" not in rig.client("sqs").list_queues()
    assert not [topic for topic in rig.hub.retained if topic.startswith(("zone/", "health-check/"))]


def test_a_taken_port_is_one_clear_line(rig: Rig) -> None:
    taken = int(rig.gateway.rpartition(":")[2])
    settings = rig.hub.retained["settings"]
    rig.loop.call_soon_threadsafe(rig.hub.publish, "settings", {**settings, "ports": {"aws": taken}})
    line = [sys.executable, "-m", "sandbox.control", "--hub", f"127.0.0.1:{rig.hub_port}", "--home", str(rig.home)]
    done = subprocess.run(
        line, env={**os.environ, "SANDBOX_TOKEN": "token"}, capture_output=True, text=True, check=False
    )
    rig.loop.call_soon_threadsafe(rig.hub.publish, "settings", settings)
    assert done.returncode == 1
    assert f"Port {taken} (AWS endpoint) cannot be used" in done.stderr
    assert "SANDBOX_AWS_PORT" in done.stderr
    assert "Traceback" not in done.stderr
