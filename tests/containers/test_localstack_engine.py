"""LocalStack, as its container, as the engine of a region. LOCALSTACK_IMAGE names the image; see localstack/."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.client.sandbox import Sandbox

pytestmark = pytest.mark.live

US, EU = "us-east-1", "eu-west-1"
WITHIN_S = 90.0
SIGNED = f"AWS4-HMAC-SHA256 Credential=test/20260101/{EU}/s3/aws4_request, SignedHeaders=host, Signature=0"


def free_port() -> int:
    """A published port that Docker chose would be another one after a restart."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def paused(container: str) -> bool:
    """Docker gives up on freezing what is very busy, and may be asked again."""
    return subprocess.run(["docker", "pause", container], capture_output=True, check=False).returncode == 0


class Rig:
    def __init__(self, planet: Sandbox, container: str) -> None:
        self.planet, self.container = planet, container

    def client(self, service: str, region: str = EU, **options: Any) -> Any:
        return self.planet.client(service, region=region, **options)

    def becomes(self, state: str) -> dict[str, Any]:
        """eu-west-1's engine, once it is up or down."""
        engine: dict[str, Any] = {}

        def look() -> bool:
            engine.update(self.planet.status()["engines"][EU])
            return engine["state"] == state

        self.planet.wait_until(look, within_s=WITHIN_S)
        return engine


@pytest.fixture(scope="module")
def rig(containers: Any) -> Iterator[Rig]:
    containers.require_image(containers.LOCALSTACK)
    name = f"sandbox-test-localstack-{uuid4().hex[:8]}"
    port = free_port()
    docker("run", "--detach", "--name", name, "--publish", f"127.0.0.1:{port}:4566", containers.LOCALSTACK)
    try:
        with Sandbox(regions=[US, EU], engine=f"{EU}=http://127.0.0.1:{port}", app=False) as planet:
            made = Rig(planet, name)
            made.becomes("up")
            made.client("s3").create_bucket(Bucket="first", CreateBucketConfiguration={"LocationConstraint": EU})
            yield made
    finally:
        docker("rm", "--force", "--volumes", name)


def test_status_names_the_version(rig: Rig) -> None:
    assert rig.becomes("up")["version"] == "4.14.0"


def test_services_of_the_region_are_localstacks_and_control_planes_are_not(rig: Rig) -> None:
    sqs = rig.client("sqs")
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"
    assert rig.client("sns", aws_access_key_id="111122223333").create_topic(Name="news")["TopicArn"].split(":")[4] == (
        "111122223333"
    )
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    rig.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=trust)
    assert rig.client("iam", US).get_role(RoleName="role")


@pytest.mark.parametrize("host", ["first.s3.eu-west-1.amazonaws.com", "first.s3.localhost.localstack.cloud:4566"])
def test_objects_by_path_by_host_by_url_and_in_parts(rig: Rig, host: str) -> None:
    s3 = rig.client("s3")
    s3.put_object(Bucket="first", Key="a key/ü", Body=b"x" * 100, Metadata={"m": "1"}, ChecksumAlgorithm="SHA256")
    assert s3.head_object(Bucket="first", Key="a key/ü")["Metadata"] == {"m": "1"}
    endpoint = rig.planet.endpoint_url().removeprefix("http://")
    connection = http.client.HTTPConnection(endpoint, timeout=WITHIN_S)
    connection.request("GET", "/a%20key/%C3%BC", headers={"Host": host, "Authorization": SIGNED})
    assert connection.getresponse().read() == b"x" * 100
    connection.close()

    url = s3.generate_presigned_url("put_object", Params={"Bucket": "first", "Key": "by url"})
    connection = http.client.HTTPConnection(endpoint, timeout=WITHIN_S)
    connection.request("PUT", "/" + url.split("/", 3)[3], body=b"direct")
    assert connection.getresponse().status == 200
    connection.close()
    assert s3.get_object(Bucket="first", Key="by url")["Body"].read() == b"direct"

    upload = s3.create_multipart_upload(Bucket="first", Key="parts")["UploadId"]
    whole = {"Bucket": "first", "Key": "parts", "UploadId": upload}
    pieces = [os.urandom(6 * 1024 * 1024), b"end"]
    parts = [
        {"PartNumber": number, "ETag": s3.upload_part(**whole, PartNumber=number, Body=piece)["ETag"]}
        for number, piece in enumerate(pieces, 1)
    ]
    s3.complete_multipart_upload(**whole, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket="first", Key="parts")["Body"].read() == b"".join(pieces)


def test_aws_chunked_bodies_are_the_engines_to_read(rig: Rig) -> None:
    content = b"y" * 2_000_000
    signature = "0" * 64
    body = b"".join(
        b"%x;chunk-signature=%s\r\n%s\r\n" % (len(piece), signature.encode(), piece) for piece in (content, b"")
    )
    headers = {
        "Authorization": SIGNED,
        "Content-Encoding": "aws-chunked",
        "Expect": "100-continue",
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "x-amz-decoded-content-length": str(len(content)),
    }
    connection = http.client.HTTPConnection(rig.planet.endpoint_url().removeprefix("http://"), timeout=WITHIN_S)
    connection.request("PUT", "/first/chunked", body=body, headers=headers)
    assert connection.getresponse().status == 200
    connection.close()
    assert rig.client("s3").get_object(Bucket="first", Key="chunked")["Body"].read() == content


def test_a_stack_stands_in_localstack(rig: Rig) -> None:
    stacks = rig.client("cloudformation")
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "stack", "VisibilityTimeout": 60}}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "Enabled"}}}
    stacks.create_stack(StackName="shop", TemplateBody=json.dumps({"Resources": {"Queue": queue, "Bucket": bucket}}))
    assert stacks.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    named = stacks.describe_stack_resource(StackName="shop", LogicalResourceId="Bucket")["StackResourceDetail"]
    assert rig.client("s3").get_bucket_versioning(Bucket=named["PhysicalResourceId"])["Status"] == "Enabled"
    stacks.delete_stack(StackName="shop")
    with pytest.raises(ClientError, match="NonExistentQueue"):
        rig.client("sqs").get_queue_url(QueueName="stack")


def test_a_killed_container_is_503_and_comes_back_empty(rig: Rig) -> None:
    """LocalStack keeps nothing over its end; the register follows, and says so."""
    once = Config(retries={"max_attempts": 0})
    since = rig.planet.bookmark()
    docker("kill", rig.container)
    with pytest.raises(ClientError, match="the region's engine"):
        rig.client("s3", config=once).get_object(Bucket="first", Key="k")
    rig.becomes("down")
    rig.client("dynamodb").list_tables()  # the region itself goes on
    docker("start", rig.container)
    rig.becomes("up")
    lost = rig.planet.wait_for_event("buckets_lost", region=EU, since=since, within_s=WITHIN_S)
    assert "first" in lost["buckets"]
    rig.client("s3").create_bucket(Bucket="first", CreateBucketConfiguration={"LocationConstraint": EU})


def test_a_paused_container_is_down_after_a_while_and_up_at_once(rig: Rig) -> None:
    rig.planet.wait_until(lambda: paused(rig.container), within_s=WITHIN_S)
    try:
        assert rig.becomes("down")
    finally:
        docker("unpause", rig.container)
    rig.becomes("up")
