"""Scopes as AWS's clients write them, and AWS's words when they cannot be read."""

from contextlib import suppress

import pytest
from botocore.auth import S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal
from sandbox.protocols.http_messages import Headers, Request
from sandbox.protocols.sigv4 import (
    AwsHost,
    Scope,
    account_of_access_key,
    host_of,
    scope_of,
    scope_of_signature,
    split_host,
)

SIGNED = "AWS4-HMAC-SHA256 Credential={}, SignedHeaders=host;x-amz-date, Signature=abc"
KEY = "AKIAIOSFODNN7EXAMPLE"


def get(target="/", body=b"", method="GET", **headers):
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Request(method=method, target=target, headers=Headers(pairs), body=body)


def refused(request):
    with pytest.raises(Refusal) as refusal:
        scope_of(request)
    assert (refusal.value.code, refusal.value.status) == ("IncompleteSignature", 400)
    return refusal.value.message


def test_what_botocore_signs_is_read():
    signed = AWSRequest("POST", "https://dynamodb.eu-west-1.amazonaws.com/", data=b"{}")
    SigV4Auth(Credentials("000000000000", "x"), "dynamodb", "eu-west-1").add_auth(signed)
    request = Request(method="POST", target="/", headers=Headers(signed.headers.items()), body=b"{}")
    scope = scope_of(request)
    assert scope is not None
    assert (scope.access_key, scope.region, scope.service) == ("000000000000", "eu-west-1", "dynamodb")
    assert len(scope.date) == 8
    assert not scope.presigned


def test_what_botocore_presigns_is_read():
    signed = AWSRequest("GET", "https://bucket.s3.us-west-2.amazonaws.com/key")
    S3SigV4QueryAuth(Credentials(KEY, "x"), "s3", "us-west-2").add_auth(signed)
    target = signed.prepare().url.partition("amazonaws.com")[2]
    scope = scope_of(get(target))
    assert scope is not None
    assert (scope.access_key, scope.region, scope.service, scope.presigned) == (KEY, "us-west-2", "s3", True)


@pytest.mark.parametrize("separator", [", ", ",", " "])
def test_parts_may_be_separated_in_any_usual_way(separator):
    header = SIGNED.format(f"{KEY}/20260101/eu-west-1/sqs/aws4_request").replace(", ", separator)
    assert scope_of(get(Authorization=header)) == Scope(
        access_key=KEY, date="20260101", region="eu-west-1", service="sqs", presigned=False
    )


def test_sigv4a_names_its_regions_in_a_header():
    header = f"AWS4-ECDSA-P256-SHA256 Credential={KEY}/20260101/s3/aws4_request, SignedHeaders=host, Signature=00"
    scope = scope_of(get(Authorization=header, X_Amz_Region_Set="us-west-2,us-east-1"))
    assert scope is not None
    assert (scope.region, scope.service) == ("us-west-2", "s3")
    anywhere = scope_of(get(Authorization=header, X_Amz_Region_Set="*"))
    assert anywhere is not None
    assert anywhere.region is None


def test_sigv2_names_no_region():
    assert scope_of(get(Authorization=f"AWS {KEY}:c2ln")) == Scope(access_key=KEY, service="s3")
    assert scope_of(get(f"/b/k?AWSAccessKeyId={KEY}&Expires=1&Signature=c2ln")) == Scope(
        access_key=KEY, service="s3", presigned=True
    )
    assert scope_of(get(f"/?Action=ListDomains&AWSAccessKeyId={KEY}")) == Scope(access_key=KEY)
    assert scope_of(get(method="POST", body=f"Action=X&AWSAccessKeyId={KEY}".encode())) == Scope(access_key=KEY)


@pytest.mark.parametrize(
    "request_",
    [
        get(),
        get(Authorization="Bearer abc"),
        get(Authorization="Basic cGFyaXM6eA=="),
        get("/?q=1"),
        get(method="POST", body=b'{"text": "AWSAccessKeyId=quoted"}'.replace(b"=", b"")),
    ],
)
def test_what_is_not_signed_has_no_scope(request_):
    assert scope_of(request_) is None


@pytest.mark.parametrize(
    "credential", ["AKIDEXAMPLE", f"{KEY}/20260101/eu-west-1/sqs", "a/b/c/d/e/aws4_request", "////"]
)
def test_a_credential_in_pieces_is_refused_in_aws_words(credential):
    assert refused(get(Authorization=SIGNED.format(credential))) == (
        "Credential must have exactly 5 slash-delimited elements, "
        f"e.g. keyid/date/region/service/term, got '{credential}'"
    )
    assert "slash-delimited" in refused(get(f"/?X-Amz-Credential={credential}"))


def test_a_header_without_credential_says_all_that_is_missing():
    assert refused(get(Authorization="AWS4-HMAC-SHA256 Signature=abc")) == (
        "Authorization header requires 'Credential' parameter. "
        "Authorization header requires 'SignedHeaders' parameter. "
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        "Authorization=AWS4-HMAC-SHA256"
    )


def test_another_terminator_and_an_empty_sigv2_are_refused():
    assert "aws4_request" in refused(get(Authorization=SIGNED.format(f"{KEY}/20260101/eu-west-1/sqs/aws5")))
    assert "malformed" in refused(get(Authorization="AWS nothing"))


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_gives_a_scope_none_or_a_refusal(authorization, query):
    for request in (
        get(Authorization=f"AWS4-HMAC-SHA256 {authorization}"),
        get(Authorization=authorization),
        get(f"/?X-Amz-Credential={query}"),
        get(f"/?{query}AWSAccessKeyId={query}"),
    ):
        with suppress(Refusal):
            scope = scope_of(request)
            assert scope is None or scope.access_key


def test_a_key_of_twelve_digits_is_an_account():
    assert account_of_access_key("123456789012") == "123456789012"
    for key in (KEY, "12345678901", "1234567890123", "123456789012\n", "١٢٣٤٥٦٧٨٩٠١٢", ""):
        assert account_of_access_key(key) is None


@pytest.mark.parametrize(
    ("name", "service", "region", "prefix"),
    [
        ("sqs.eu-west-1.amazonaws.com", "sqs", "eu-west-1", None),
        ("bucket.s3.eu-west-1.amazonaws.com", "s3", "eu-west-1", "bucket"),
        ("my.dotted.bucket.s3.eu-west-1.amazonaws.com", "s3", "eu-west-1", "my.dotted.bucket"),
        ("s3.amazonaws.com", "s3", None, None),
        ("eu-west-1.s3.amazonaws.com", "s3", None, "eu-west-1"),
        ("s3-eu-west-1.amazonaws.com", "s3", "eu-west-1", None),
        ("bucket.s3.dualstack.eu-west-1.amazonaws.com", "s3", "eu-west-1", "bucket"),
        ("bucket.s3-accelerate.amazonaws.com", "s3", None, "bucket"),
        ("s3-external-1.amazonaws.com", "s3", "us-east-1", None),
        ("123456789012.s3-control.eu-west-1.amazonaws.com", "s3-control", "eu-west-1", "123456789012"),
        ("b.s3-website-eu-west-1.amazonaws.com", "s3-website", "eu-west-1", "b"),
        ("b.s3-website.eu-central-1.amazonaws.com", "s3-website", "eu-central-1", "b"),
        ("eu-west-1.queue.amazonaws.com", "sqs", "eu-west-1", None),
        ("queue.amazonaws.com", "sqs", None, None),
        ("xyz.execute-api.eu-west-1.amazonaws.com", "execute-api", "eu-west-1", "xyz"),
        ("streams.dynamodb.us-gov-west-1.amazonaws.com", "dynamodb", "us-gov-west-1", "streams"),
        ("my-alb-1.eu-west-1.elb.amazonaws.com", "elasticloadbalancing", "eu-west-1", "my-alb-1"),
        ("abc.lambda-url.eu-west-1.on.aws", "lambda-url", "eu-west-1", "abc"),
        ("kms-fips.us-east-1.amazonaws.com", "kms", "us-east-1", None),
        ("sts.us-east-1.api.aws", "sts", "us-east-1", None),
        ("iam.amazonaws.com", "iam", None, None),
        ("SQS.EU-WEST-1.amazonaws.com.:443", "sqs", "eu-west-1", None),
        ("ec2.cn-north-1.amazonaws.com.cn", "ec2", "cn-north-1", None),
        ("sqs.eu-west-1.localhost.localstack.cloud:4566", "sqs", "eu-west-1", None),
    ],
)
def test_aws_names_are_taken_apart(name, service, region, prefix):
    assert split_host(name) == AwsHost(service=service, region=region, prefix=prefix)


@pytest.mark.parametrize(
    "name", ["", "app.example.test", "amazonaws.com", ".amazonaws.com", "localhost:4566", "eu-west-1.amazonaws.com"]
)
def test_other_names_are_none_of_aws(name):
    assert split_host(name) is None


@given(st.text(max_size=60))
def test_any_text_is_a_host_or_none(text):
    assert split_host(f"{text}.amazonaws.com") is None or split_host(f"{text}.amazonaws.com").service


def test_the_host_is_taken_from_the_header_or_an_absolute_target():
    assert host_of(get(Host="iam.amazonaws.com")) == AwsHost(service="iam")
    assert host_of(get("http://sts.amazonaws.com/", Host="iam.amazonaws.com")) == AwsHost(service="sts")
    assert host_of(get()) is None


@pytest.mark.parametrize(
    "credential",
    ["AKIDEXAMPLE/20260101/eu-west-1/s3/aws4_request", "000000000000/20260101/*/s3/aws4_request"],
)
def test_a_signature_read_from_its_first_words_says_what_the_whole_header_says(credential):
    # Clients that sort the parameters otherwise are read the long way; both ways must agree.
    usual = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
    other = f"AWS4-HMAC-SHA256 SignedHeaders=host, Credential={credential}, Signature=0"
    assert scope_of_signature(usual.partition(",")[0]) is not None
    assert scope_of_signature(other.partition(",")[0]) is None
    assert scope_of(get(Authorization=usual)) == scope_of(get(Authorization=other)) is not None
