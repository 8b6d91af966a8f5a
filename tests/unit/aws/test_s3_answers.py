"""S3's own words: lists, places, and where a bucket is to be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.etree import ElementTree

import pytest

from sandbox.aws import s3_answers
from sandbox.aws.buckets import Bucket
from sandbox.aws.s3_calls import s3_call
from sandbox.aws.values import Call
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Request, Response

RequestOf = Callable[..., Request]
BUCKETS = [
    Bucket(name=name, account="0", region=region, created_at_s=1767323045.9)
    for name, region in [("a1", "us-east-1"), ("a2", "eu-west-1"), ("b1", "eu-west-1")]
]


def names(answer: Response) -> list[str | None]:
    return [entry.text for entry in ElementTree.fromstring(answer.body).iterfind(".//{*}Bucket/{*}Name")]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["a1", "a2", "b1"]),
        ({"prefix": "a"}, ["a1", "a2"]),
        ({"bucket-region": "eu-west-1"}, ["a2", "b1"]),
        ({"max-buckets": "2"}, ["a1", "a2"]),
    ],
)
def test_list_buckets_takes_its_filters(parameters: Mapping[str, str], expected: list[str]) -> None:
    assert names(s3_answers.list_of_buckets(BUCKETS, "0", parameters)) == expected


def test_list_buckets_goes_on_where_it_stopped() -> None:
    first = s3_answers.list_of_buckets(BUCKETS, "0", {"max-buckets": "2"})
    token = ElementTree.fromstring(first.body).findtext("{*}ContinuationToken") or ""
    rest = s3_answers.list_of_buckets(BUCKETS, "0", {"max-buckets": "2", "continuation-token": token})
    assert names(rest) == ["b1"]
    assert ElementTree.fromstring(rest.body).find("{*}ContinuationToken") is None


def test_list_buckets_says_regions_and_dates() -> None:
    body = s3_answers.list_of_buckets(BUCKETS[1:2], "0", {}).body
    assert b"<CreationDate>2026-01-02T03:04:05.000Z</CreationDate><BucketRegion>eu-west-1</BucketRegion>" in body


@pytest.mark.parametrize("parameters", [{"max-buckets": "0"}, {"max-buckets": "x"}, {"continuation-token": "ä"}])
def test_what_list_buckets_cannot_read_is_an_invalid_argument(parameters: Mapping[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        s3_answers.list_of_buckets(BUCKETS, "0", parameters)
    assert refused.value.code == "InvalidArgument"


def constraint(region: str) -> bytes:
    return f"<C xmlns='n'><LocationConstraint>{region}</LocationConstraint></C>".encode() if region else b""


@pytest.mark.parametrize(
    ("here", "asked", "made"),
    [
        ("us-east-1", "", "us-east-1"),
        ("us-east-1", "eu-west-1", "eu-west-1"),
        ("us-east-1", "EU", "eu-west-1"),
        ("us-east-1", "us-east-1", "InvalidLocationConstraint"),
        ("eu-west-1", "eu-west-1", "eu-west-1"),
        ("eu-west-1", "EU", "eu-west-1"),
        ("eu-west-1", "", "IllegalLocationConstraintException"),
        ("eu-west-1", "us-west-2", "IllegalLocationConstraintException"),
    ],
)
def test_a_bucket_is_made_where_its_constraint_says(here: str, asked: str, made: str) -> None:
    try:
        found = s3_answers.region_to_make_in(constraint(asked), here)
    except Refusal as refusal:
        found = refusal.code
    assert found == made


def test_a_redirect_names_the_region_in_header_and_body(request_of: RequestOf) -> None:
    by_path = s3_call(Call(request_of("GET", "/b/k", Host="s3.us-east-1.amazonaws.com")))
    answer = s3_answers.permanent_redirect(by_path, "eu-west-1")
    assert (answer.status, answer.headers.get("x-amz-bucket-region")) == (301, "eu-west-1")
    assert b"<Endpoint>s3.eu-west-1.amazonaws.com</Endpoint><Bucket>b</Bucket>" in answer.body
    head = s3_answers.permanent_redirect(s3_call(Call(request_of("HEAD", "/b/k"))), "eu-west-1")
    assert head.head_only


def test_a_wrong_signature_at_a_global_name_names_the_right_region(request_of: RequestOf) -> None:
    call = s3_call(Call(request_of("GET", "/k", Host="b.s3.amazonaws.com"), asked_region="us-east-1"))
    answer = s3_answers.wrong_signing_region(call, "eu-west-1")
    assert answer.status == 400
    assert b"the region 'us-east-1' is wrong; expecting 'eu-west-1'" in answer.body
    assert b"<Region>eu-west-1</Region>" in answer.body


def test_locations_of_us_east_1_are_empty() -> None:
    assert ElementTree.fromstring(s3_answers.location("us-east-1").body).text is None
    assert ElementTree.fromstring(s3_answers.location("eu-west-1").body).text == "eu-west-1"


def test_a_call_for_another_region_is_signed_for_it(request_of: RequestOf) -> None:
    sent = s3_answers.for_region(request_of("PUT", "/b", service="s3"), "eu-west-1", "us-east-1")
    assert "/eu-west-1/s3/aws4_request" in (sent.headers.get("authorization") or "")
