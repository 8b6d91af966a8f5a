"""Which service and region a request is for: evidence as a table."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.aws.naming import GLOBAL_HOMES, home_of, is_asked_elsewhere, name_of_service
from sandbox.protocols.http1 import Request

RequestOf = Callable[..., Request]
RUNNING = ("us-east-1", "eu-west-1")


def test_the_signature_is_believed_before_anything_else(request_of: RequestOf) -> None:
    request = request_of(service="sqs", region="eu-west-1", key="AKIAX", Host="s3.us-east-1.amazonaws.com")
    assert name_of_service(request) == ("sqs", "eu-west-1", "AKIAX")


@pytest.mark.parametrize(
    ("host", "service", "region"),
    [
        ("sqs.eu-west-1.amazonaws.com", "sqs", "eu-west-1"),
        ("eu-west-1.queue.amazonaws.com", "sqs", "eu-west-1"),
        ("bucket.s3.amazonaws.com", "s3", ""),
        ("bucket.with.dots.s3.eu-west-1.amazonaws.com:443", "s3", "eu-west-1"),
        ("s3.localhost.localstack.cloud:4566", "s3", ""),
        ("dynamodb.us-west-2.amazonaws.com", "dynamodb", "us-west-2"),
        ("streams.dynamodb.us-west-2.amazonaws.com", "dynamodb", "us-west-2"),
        ("email.us-east-1.amazonaws.com", "ses", "us-east-1"),
        ("route53.amazonaws.com", "route53", ""),
        ("localhost:4566", "s3", ""),
        ("127.0.0.1", "s3", ""),
        ("", "s3", ""),
    ],
)
def test_without_a_signature_the_host_is_read(request_of: RequestOf, host: str, service: str, region: str) -> None:
    assert name_of_service(request_of("GET", Host=host)) == (service, region, "")


@pytest.mark.parametrize(
    ("fields", "service"),
    [
        ({"X_Amz_Target": "DynamoDB_20120810.ListTables"}, "dynamodb"),
        ({"X_Amz_Target": "DynamoDBStreams_20120810.ListStreams"}, "dynamodb"),
        ({"X_Amz_Target": "AWSCognitoIdentityProviderService.SignUp"}, "cognito-idp"),
        ({"X_Amz_Target": "Unheard.Of"}, "s3"),
        ({"Content_Type": "application/x-www-form-urlencoded", "body": b"Action=AssumeRoleWithWebIdentity"}, "sts"),
        ({"target": "/2013-04-01/hostedzone"}, "route53"),
        ({"target": "/000000000000/queue"}, "sqs"),
        ({"target": "/bucket/key"}, "s3"),
    ],
)
def test_without_signature_and_host_the_call_itself_is_read(
    request_of: RequestOf, fields: dict[str, str], service: str
) -> None:
    assert name_of_service(request_of(Host="localhost", **fields))[0] == service


def test_a_service_name_that_is_none_stays_empty(request_of: RequestOf) -> None:
    assert name_of_service(request_of(service="<x>"))[0] == ""


@pytest.mark.parametrize(
    ("service", "asked", "running", "answers"),
    [
        ("sqs", "eu-west-1", RUNNING, "eu-west-1"),
        ("sqs", "", RUNNING, "eu-west-1"),
        ("sqs", "ap-south-1", RUNNING, "ap-south-1"),  # refused later, by name
        ("iam", "eu-west-1", RUNNING, "us-east-1"),
        ("globalaccelerator", "eu-west-1", RUNNING, "eu-west-1"),  # its home does not run: control directly
        ("sts", "us-east-1", RUNNING, "us-east-1"),
        ("sts", "us-east-1", ("eu-west-1",), "eu-west-1"),
    ],
)
def test_each_call_is_answered_in_one_region(service: str, asked: str, running: tuple[str, ...], answers: str) -> None:
    assert home_of(service, asked, running, here="eu-west-1") == answers


def test_homes_of_control_planes_are_two_regions() -> None:
    assert set(GLOBAL_HOMES.values()) == {"us-east-1", "us-west-2"}


@pytest.mark.parametrize(
    ("service", "asked", "answer"),
    [
        ("globalaccelerator", "us-west-2", False),
        ("globalaccelerator", "", False),
        ("globalaccelerator", "us-east-1", True),
        ("route53", "eu-west-1", False),
        ("sqs", "eu-west-1", False),
    ],
)
def test_some_services_have_an_api_at_home_only(service: str, asked: str, answer: bool) -> None:
    assert is_asked_elsewhere(service, asked) is answer
