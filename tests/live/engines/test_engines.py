"""Regions with engines of their own: what they serve, where buckets are, and what happens while one is away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.client.sandbox import Sandbox

pytestmark = pytest.mark.live

US, EU, WEST = "us-east-1", "eu-west-1", "us-west-2"
WITHIN_S = 30.0
Ask = Callable[..., tuple[int, dict[str, str], bytes]]


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_service_is_its_regions_engines_and_a_control_plane_is_controls(rig: Any) -> None:
    queue = rig.client("sqs", EU).create_queue(QueueName="orders")["QueueUrl"]
    rig.client("sqs", EU).send_message(QueueUrl=queue, MessageBody="hello")
    assert rig.at_engine("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    rig.client("iam", EU).create_role(RoleName="everywhere", AssumeRolePolicyDocument=trust)
    assert rig.client("iam", US).get_role(RoleName="everywhere")
    assert rig.at_engine("iam").list_roles()["Roles"] == []


def test_the_account_of_a_caller_is_his_account_at_the_engine(rig: Any) -> None:
    mine = rig.client("sns", EU).create_topic(Name="news")["TopicArn"]
    yours = rig.client("sns", EU, aws_access_key_id="111122223333").create_topic(Name="news")["TopicArn"]
    assert (mine.split(":")[3:5], yours.split(":")[3:5]) == ([EU, "000000000000"], [EU, "111122223333"])


def test_names_of_buckets_are_one_namespace_over_regions_and_engines(rig: Any) -> None:
    rig.bucket("one-us", US)
    rig.bucket("one-eu", EU)
    listed = {bucket["Name"]: bucket["BucketRegion"] for bucket in rig.client("s3", EU).list_buckets()["Buckets"]}
    assert (listed["one-us"], listed["one-eu"]) == (US, EU)
    assert rig.client("s3", US).get_bucket_location(Bucket="one-eu")["LocationConstraint"] == EU
    with pytest.raises(ClientError) as mine:
        rig.bucket("one-us", EU)
    with pytest.raises(ClientError) as yours:
        rig.client("s3", US, aws_access_key_id="111122223333").create_bucket(Bucket="one-eu")
    assert (code_of(mine), code_of(yours)) == ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")
    rig.bucket("one-us", US)  # us-east-1 gives its own again
    rig.client("s3", EU).delete_bucket(Bucket="one-eu")
    rig.bucket("one-eu", US)


def test_sdks_follow_to_the_bucket_from_any_region(rig: Any) -> None:
    rig.bucket("far-eu", EU)
    rig.bucket("far-us", US)
    for region, bucket in ((US, "far-eu"), (EU, "far-us"), (WEST, "far-eu")):
        client = rig.client("s3", region)
        assert (
            client.head_bucket(Bucket=bucket)["BucketRegion"]
            == bucket.replace("far-", "") + ("-west-1", "-east-1")[bucket == "far-us"]
        )
        client.put_object(Bucket=bucket, Key="k", Body=b"from " + region.encode())
        assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == b"from " + region.encode()


def test_the_aws_command_line_follows_too(rig: Any, tmp_path: Path) -> None:
    rig.bucket("cli-eu", EU)
    (tmp_path / "file").write_bytes(b"x" * 20_000_000)  # in parts
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": US}
    aws = [str(Path(sys.executable).with_name("aws")), "--endpoint-url", rig.planet.endpoint_url()]
    for source, target in ((str(tmp_path / "file"), "s3://cli-eu/k"), ("s3://cli-eu/k", str(tmp_path / "back"))):
        line = [*aws, "s3", "cp", "--only-show-errors", source, target]
        done = subprocess.run(line, env={**os.environ, **keys}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "back").read_bytes() == (tmp_path / "file").read_bytes()


def test_a_wrong_region_is_301_with_the_right_one(rig: Any, ask: Ask) -> None:
    rig.bucket("moved-eu", EU)
    for method in ("GET", "HEAD"):
        status, headers, body = ask(rig.planet.endpoint_url(US), method, "/moved-eu/k", signed_for=US)
        assert (status, headers["x-amz-bucket-region"]) == (301, EU)
        assert (b"<Code>PermanentRedirect</Code>" in body) is (method == "GET")


@pytest.mark.parametrize(
    "host", ["{}.s3.eu-west-1.amazonaws.com", "{}.s3.localhost.localstack.cloud:4566", "{}.localhost:4566"]
)
def test_a_bucket_may_stand_in_the_host(rig: Any, ask: Ask, host: str) -> None:
    name = f"host-{abs(hash(host))}"[:20]
    rig.bucket(name, EU)
    put = ask(rig.planet.endpoint_url(EU), "PUT", "/a%20key", body=b"x", signed_for=EU, Host=host.format(name))
    assert put[0] == 200
    assert rig.client("s3", EU).get_object(Bucket=name, Key="a key")["Body"].read() == b"x"
    rig.client("s3", EU).put_object_acl(Bucket=name, Key="a key", ACL="public-read")
    unsigned = ask(rig.planet.endpoint_url(), "GET", "/a%20key", Host=host.format(name))
    assert unsigned[::2] == (200, b"x"), "without a signature the call is led to the region of the bucket"


@pytest.mark.parametrize("style", ["path", "virtual"])
def test_presigned_urls_work_at_a_foreign_engine(rig: Any, ask: Ask, style: str) -> None:
    name = rig.bucket(f"signed-{style}", EU)
    config = Config(s3={"addressing_style": style}, signature_version="s3v4")
    local = rig.planet.endpoint_url(EU).replace("127.0.0.1", "localhost")  # a bucket cannot stand before an address
    client = rig.client("s3", EU, config=config, endpoint_url=local)
    for method, body in (("put_object", b"by url"), ("get_object", None)):
        url = client.generate_presigned_url(method, Params={"Bucket": name, "Key": "k"})
        host = url.split("/")[2]
        target = "/" + url.split("/", 3)[3]
        status, _, found = ask(rig.planet.endpoint_url(), "PUT" if body else "GET", target, body=body, Host=host)
        assert status == 200
    assert found == b"by url"


def test_a_lost_engine_is_503_until_it_is_back_and_what_it_lost_is_said(rig: Any) -> None:
    planet = rig.planet
    rig.bucket("lost-eu", EU)
    once = Config(retries={"max_attempts": 0})
    s3, sqs = rig.client("s3", EU, config=once), rig.client("sqs", EU, config=once)
    s3.put_object(Bucket="lost-eu", Key="k", Body=b"x")
    since = planet.bookmark()
    rig.eu.kill()
    with pytest.raises(ClientError) as in_xml:
        s3.get_object(Bucket="lost-eu", Key="k")
    with pytest.raises(ClientError) as in_json:
        sqs.list_queues()
    assert (code_of(in_xml), code_of(in_json)) == ("ServiceUnavailable", "ServiceUnavailableException")
    for error in (in_xml, in_json):
        assert f"the region's engine http://127.0.0.1:{rig.eu.port} does not answer" in str(error.value)
        assert error.value.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "1"
    planet.wait_for_event("engine_lost", region=EU, since=since, within_s=WITHIN_S)
    assert rig.engine(EU)["state"] == "down"
    assert "lost-eu" in [bucket["Name"] for bucket in rig.client("s3", US).list_buckets()["Buckets"]]
    rig.client("sqs", US).list_queues()  # another region's engine is another matter
    rig.eu.start()
    planet.wait_until(lambda: answers(sqs), within_s=WITHIN_S)
    lost = planet.wait_for_event("buckets_lost", region=EU, since=since, within_s=WITHIN_S)
    assert "lost-eu" in lost["buckets"]
    planet.wait_for_event("engine_back", region=EU, since=since, within_s=WITHIN_S)
    rig.bucket("lost-eu", US)


def answers(sqs: Any) -> bool:
    try:
        sqs.list_queues()
    except ClientError:
        return False
    return True


def test_the_register_survives_its_regions_and_controls_ends(rig: Any, ask: Ask) -> None:
    """Who is told where a bucket is does not need control; who makes or deletes one does, as in AWS."""
    planet = rig.planet
    rig.bucket("kept-eu", EU)
    rig.client("s3", EU).put_object(Bucket="kept-eu", Key="k", Body=b"x")
    planet.fault.stop(EU).heal()
    planet.wait_until(lambda: rig.engine(EU)["state"] == "up", within_s=WITHIN_S)
    assert rig.client("s3", EU).get_object(Bucket="kept-eu", Key="k")["Body"].read() == b"x"
    door = planet.endpoint_url(EU)
    with planet.fault.stop("control"):
        at_door = rig.client("s3", EU, endpoint_url=door, config=Config(retries={"max_attempts": 0}))
        assert at_door.get_object(Bucket="kept-eu", Key="k")["Body"].read() == b"x"
        assert "kept-eu" in [bucket["Name"] for bucket in at_door.list_buckets()["Buckets"]]
        assert ask(planet.endpoint_url(US), "HEAD", "/kept-eu", signed_for=US)[1]["x-amz-bucket-region"] == EU
        with pytest.raises(ClientError) as refused:
            at_door.create_bucket(Bucket="new-eu", CreateBucketConfiguration={"LocationConstraint": EU})
        assert code_of(refused) == "ServiceUnavailable"
    assert "kept-eu" in [bucket["Name"] for bucket in rig.client("s3", US).list_buckets()["Buckets"]]
    with pytest.raises(ClientError) as taken:
        rig.bucket("kept-eu", US)
    assert code_of(taken) == "BucketAlreadyOwnedByYou"


def test_ministack_is_an_engine_like_any_other(
    tmp_path: Path, ministack: str, program: Any, port: Callable[[], int]
) -> None:
    number = port()
    engine = program([ministack], number, tmp_path, GATEWAY_PORT=str(number), BIND_HOST="127.0.0.1")
    engine.start()
    try:
        with Sandbox(regions=[EU], engine=f"http://127.0.0.1:{number}", app=False) as planet:
            planet.wait_until(lambda: planet.status()["engines"][EU]["state"] == "up", within_s=WITHIN_S)
            s3, sqs = planet.client("s3", region=EU), planet.client("sqs", region=EU)
            s3.create_bucket(Bucket="mini", CreateBucketConfiguration={"LocationConstraint": EU})
            s3.put_object(Bucket="mini", Key="k", Body=b"x")
            assert s3.get_object(Bucket="mini", Key="k")["Body"].read() == b"x"
            queue = sqs.create_queue(QueueName="q")["QueueUrl"]
            sqs.send_message(QueueUrl=queue, MessageBody="hello")
            assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"
    finally:
        engine.kill()
