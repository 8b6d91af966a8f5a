"""How a call is put to moto, and how its failures are told. moto itself answers in tests/live/aws/."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from sandbox.aws.moto_host import (
    action_of,
    as_refusal,
    bucket_as_path,
    is_long_poll,
    kind_of_wait,
    moto_environ,
    uses_ec2,
)
from sandbox.protocols.http1 import Request

RequestOf = Callable[..., Request]


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("bucket.s3.amazonaws.com", "/bucket/key%2F+x"),
        ("bucket.s3.eu-west-1.amazonaws.com", "/bucket/key%2F+x"),
        ("bucket.s3.localhost.localstack.cloud:4566", "/bucket/key%2F+x"),
        ("s3.localhost.localstack.cloud:4566", "/key%2F+x"),
        ("s3.eu-west-1.amazonaws.com", "/key%2F+x"),
        ("localhost:4566", None),
        ("sqs.eu-west-1.amazonaws.com", None),
    ],
)
def test_a_bucket_in_the_host_becomes_the_first_part_of_the_path(
    request_of: RequestOf, host: str, path: str | None
) -> None:
    assert bucket_as_path(request_of("GET", "/key%2F+x", Host=host)) == path


def test_the_account_is_the_one_given_whatever_the_caller_wrote(request_of: RequestOf) -> None:
    request = request_of(service="sqs", x_moto_account_id="999999999999")
    environ = moto_environ(request, account="111122223333", service="sqs", region="eu-west-1")
    assert environ["HTTP_X_MOTO_ACCOUNT_ID"] == "111122223333"


def test_a_call_without_a_signature_gets_one_that_names_its_service(request_of: RequestOf) -> None:
    environ = moto_environ(request_of(), account="111122223333", service="sqs", region="eu-west-1")
    assert "/eu-west-1/sqs/aws4_request" in environ["HTTP_AUTHORIZATION"]
    signed = request_of(service="sqs")
    kept = moto_environ(signed, account="0", service="sqs", region="eu-west-1")["HTTP_AUTHORIZATION"]
    assert kept == signed.headers.get("authorization")
    assert "HTTP_AUTHORIZATION" not in moto_environ(request_of(), account="0", service="s3", region="")


def test_the_body_of_an_object_is_not_read_as_a_form(request_of: RequestOf) -> None:
    upload = request_of("PUT", "/b/k", Content_Type="application/x-www-form-urlencoded", body=b"a=b")
    assert moto_environ(upload, account="0", service="s3", region="")["CONTENT_TYPE"] == "binary/octet-stream"


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"X_Amz_Target": "AmazonSQS.ReceiveMessage"}, True),
        ({"X_Amz_Target": "AmazonSQS.SendMessage"}, False),
        ({"body": b"Action=ReceiveMessage&Version=2012-11-05"}, True),
        ({"method": "GET", "target": "/q?Action=ReceiveMessage"}, True),
        ({"method": "PUT", "target": "/bucket/key"}, False),
    ],
)
def test_long_polls_are_known_before_they_wait(request_of: RequestOf, fields: dict[str, str], answer: bool) -> None:
    assert is_long_poll(request_of(**fields)) is answer


def test_a_stack_never_takes_the_thread_that_a_region_needs_to_serve_it(request_of: RequestOf) -> None:
    """A stack asks a region, the region asks moto: those calls have threads of their own."""
    assert kind_of_wait(request_of(body=b"Action=CreateStack"), "cloudformation") == "stack"
    assert kind_of_wait(request_of(body=b"Action=DescribeStacks"), "cloudformation") == "call"
    assert kind_of_wait(request_of(X_Amz_Target="AnyScaleFrontendService.X"), "application-autoscaling") == "call"
    assert kind_of_wait(request_of(X_Amz_Target="AmazonSQS.ReceiveMessage"), "sqs") == "poll"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"X_Amz_Target": "AmazonSQS.ReceiveMessage"}, "ReceiveMessage"),
        ({"body": b"Action=CreateUser"}, "CreateUser"),
        ({"method": "GET", "target": "/2015-03-31/functions?x=1"}, "GET /2015-03-31/functions"),
    ],
)
def test_a_call_has_a_name_for_messages(request_of: RequestOf, fields: dict[str, str], name: str) -> None:
    assert action_of(request_of(**fields)) == name


def test_a_service_that_makes_things_of_ec2_brings_ours_along() -> None:
    """Load balancers look at VPCs: moto's own EC2 must not be made before ours is in place."""
    assert uses_ec2("elbv2")


def test_what_moto_has_not_is_named_and_what_it_breaks_is_an_internal_failure(
    request_of: RequestOf, capsys: pytest.CaptureFixture[str]
) -> None:
    request = request_of(X_Amz_Target="AmazonSQS.Fly")
    missing = as_refusal(NotImplementedError(), "sqs", request)
    assert (missing.status, missing.message) == (501, "The sandbox does not emulate Fly of sqs.")
    broken = as_refusal(KeyError("x"), "sqs", request)
    assert (broken.code, broken.status, broken.definite) == ("InternalFailure", 500, False)
    assert "moto failed at Fly of sqs" in capsys.readouterr().err


def test_the_first_accelerator_does_not_wait_for_cloudformation() -> None:
    """moto's CloudFormation takes 3 s and 130 MB, in a process of its own: others may have loaded it here."""
    script = """
import asyncio, sys
from sandbox.aws.moto_host import MotoHost
from sandbox.aws.services.globalaccelerator.values import Surroundings
from sandbox.protocols.http1 import Headers, Request

async def main():
    host = MotoHost(None, None, Surroundings())
    target = ("X-Amz-Target", "GlobalAccelerator_V20180706.ListAccelerators")
    request = Request(method="POST", target="/", headers=Headers([target]), body=b"{}")
    answer = await host.handle(request, "000000000000", service="globalaccelerator", region="us-west-2")
    print(answer.status, "moto.cloudformation" in sys.modules)
    host.close()

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["200", "False"]
