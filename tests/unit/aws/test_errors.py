"""A refusal in each protocol, as botocore reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.session import Session

from sandbox.aws.errors import protocol_of, render
from sandbox.kernel.errors import Refusal, not_emulated, unavailable
from sandbox.protocols.http1 import Request, Response

FORM = "application/x-www-form-urlencoded"
CALLS = [
    ("sqs", {"X_Amz_Target": "AmazonSQS.SendMessage", "Content_Type": "application/x-amz-json-1.0"}, "json"),
    ("dynamodb", {"X_Amz_Target": "DynamoDB_20120810.GetItem"}, "json"),
    ("iam", {"Content_Type": FORM}, "query"),
    ("sts", {"target": "/?Action=GetCallerIdentity"}, "query"),
    ("ec2", {"Content_Type": FORM}, "ec2"),
    ("s3", {"target": "/bucket/key"}, "s3"),
    ("route53", {"target": "/2013-04-01/hostedzone"}, "rest-xml"),
    ("cloudfront", {}, "rest-xml"),
    ("lambda", {"target": "/2015-03-31/functions"}, "rest-json"),
]


def as_botocore_reads(response: Response, service: str, protocol: str) -> dict[str, Any]:
    """The parsed error, as a ClientError would hold it."""
    names = {"s3": "rest-xml"}
    parser = create_parser(names.get(protocol, protocol))
    operation = Session().get_service_model(service)
    shape = operation.operation_model(operation.operation_names[0]).output_shape
    headers = {name.lower(): value for name, value in response.headers}
    parsed: dict[str, Any] = parser.parse(
        {"body": response.body, "headers": headers, "status_code": response.status}, shape
    )
    return parsed["Error"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(("service", "fields", "protocol"), CALLS)
def test_botocore_reads_code_and_message(
    request_of: Callable[..., Request], service: str, fields: dict[str, str], protocol: str
) -> None:
    request = request_of(**fields)
    assert protocol_of(service, request) == protocol
    refusal = Refusal("SomeCode", "it is <so> & not else", status=400)
    error = as_botocore_reads(render(refusal, service, request), service, protocol)
    assert (error["Code"], error["Message"]) == ("SomeCode", "it is <so> & not else")


@pytest.mark.parametrize(
    ("protocol_call", "code"),
    [(CALLS[0], "UnknownOperationException"), (CALLS[2], "InvalidAction"), (CALLS[5], "NotImplemented")],
)
def test_what_is_not_emulated_has_the_code_that_callers_look_for(
    request_of: Callable[..., Request], protocol_call: tuple[str, dict[str, str], str], code: str
) -> None:
    service, fields, protocol = protocol_call
    response = render(not_emulated("Fly"), service, request_of(**fields))
    assert response.status == 501
    assert as_botocore_reads(response, service, protocol)["Code"] == code


def test_route53s_envelope_is_its_own(request_of: Callable[..., Request]) -> None:
    response = render(unavailable("x", "y"), "route53", request_of(target="/2013-04-01/hostedzone"))
    assert (
        b'<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Receiver' in response.body
    )
    assert response.status == 503


def test_a_refused_head_has_no_body_to_read(request_of: Callable[..., Request]) -> None:
    assert render(Refusal("NoSuchKey", "gone", status=404), "s3", request_of("HEAD", "/b/k")).head_only


@pytest.mark.parametrize(("service", "headers", "protocol"), CALLS)
def test_what_is_away_says_when_to_ask_again(
    request_of: Callable[..., Request], service: str, headers: dict[str, str], protocol: str
) -> None:
    assert render(unavailable("it", "it starts"), service, request_of(**headers)).headers.get("retry-after") == "1"
    assert "retry-after" not in render(not_emulated("it"), service, request_of(**headers)).headers
