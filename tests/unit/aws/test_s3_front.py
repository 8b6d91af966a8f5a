"""The steps of S3 at a front door: names of buckets, wrong regions, and where the extension stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from sandbox.aws.buckets import Bucket, BucketBook
from sandbox.aws.s3_calls import S3Call
from sandbox.aws.s3_front import S3_AFTERWARDS, S3_STEPS, AskEngine, S3Front
from sandbox.aws.values import FORWARDED_HEADER, Call
from sandbox.kernel.errors import Refusal, unavailable
from sandbox.protocols.http1 import Headers, Request, Response

RequestOf = Callable[..., Request]
ME = "000000000000"


class Buckets:
    """A BucketPort over a book, without control."""

    def __init__(self, *names: tuple[str, str]) -> None:
        self.book = BucketBook(self.bucket(name, region) for name, region in names)
        self.told: list[str] = []

    @staticmethod
    def bucket(name: str, region: str) -> Bucket:
        return Bucket(name=name, account=ME, region=region, created_at_s=1.0)

    async def find(self, name: str) -> Bucket | None:
        return self.book.find(name)

    def of_account(self, account: str) -> list[Bucket]:
        return self.book.of_account(account)

    async def claim(self, name: str, account: str, region: str) -> bool:
        self.told.append(f"claim {name}")
        return self.book.check_free(name, account, region)

    async def made(self, name: str, account: str, region: str) -> None:
        self.told.append(f"made {name} in {region}")
        self.book.put(self.bucket(name, region))

    async def gone(self, name: str) -> None:
        self.told.append(f"gone {name}")
        self.book.drop(name)


class Extension:
    """Answers PutBucketReplication, has the engine asked for a version of its own, adds a header to what is shown."""

    def __init__(self) -> None:
        self.made: list[str] = []

    async def serve(self, call: S3Call, ask: AskEngine) -> Response:
        if call.operation == "PutBucketReplication":
            return Response(status=200, headers=Headers())
        answer = await ask(replace(call.with_path(), target=f"{call.with_path().target}?versionId=7"))
        return replace(answer, headers=answer.headers.with_("x-amz-replication-status", "PENDING"))

    async def bucket_made(self, bucket: str) -> None:
        self.made.append(bucket)


class Region:
    """us-east-1, with an engine that says what it was asked."""

    def __init__(
        self,
        *buckets: tuple[str, str],
        here: str = "us-east-1",
        status: int = 200,
        extension: Extension | None = None,
    ) -> None:
        self.buckets = Buckets(*buckets)
        self.status = status
        self.body = b""
        self.is_down = False
        self.asked: list[str] = []
        self.front = S3Front(
            region=here, engine=self.engine, forward=self.forward, buckets=self.buckets,
            running=lambda: ("us-east-1", "eu-west-1"), extension=extension,
        )  # fmt: skip

    async def engine(self, request: Request, account: str, region: str, service: str) -> Response:
        if self.is_down:
            raise unavailable("s3", "down")
        self.asked.append(f"{request.method} {request.target}")
        return Response(status=self.status, headers=Headers(), body=self.body)

    async def forward(self, region: str, request: Request) -> Response:
        self.asked.append(f"to {region}: {request.method} {request.target}")
        return Response(status=200, headers=Headers())

    def ask(self, request: Request, asked_region: str = "us-east-1") -> Response:
        return asyncio.run(self.front.handle(Call(request, "s3", self.front.region, asked_region, ME)))


def test_the_steps_stand_in_two_lists_in_their_order() -> None:
    assert [step.__name__ for step in S3_STEPS] == [
        "refuse_other_endpoints", "list_buckets", "check_signing_region", "make_bucket", "lead_to_its_region",
        "tell_location", "ask_engine",
    ]  # fmt: skip
    assert [step.__name__ for step in S3_AFTERWARDS] == [
        "note_bucket_that_is_gone", "name_the_bucket_region",
    ]  # fmt: skip


def test_a_bucket_is_claimed_made_and_told_in_this_order(request_of: RequestOf) -> None:
    region = Region()
    assert region.ask(request_of("PUT", "/new")).headers.get("location") == "/new"
    assert (region.asked, region.buckets.told) == (["PUT /new"], ["claim new", "made new in us-east-1"])


def test_a_name_that_another_region_has_never_reaches_the_engine(request_of: RequestOf) -> None:
    region = Region(("there", "eu-west-1"))
    with pytest.raises(Refusal, match="you already own it"):
        region.ask(request_of("PUT", "/there"))
    assert region.asked == []


def test_us_east_1_gives_its_own_bucket_again_without_touching_it(request_of: RequestOf) -> None:
    region = Region(("here", "us-east-1"))
    assert region.ask(request_of("PUT", "/here")).status == 200
    assert region.asked == []


@pytest.mark.parametrize("is_down", [True, False])
def test_a_name_is_free_again_when_the_engine_does_not_make_it(request_of: RequestOf, is_down: bool) -> None:
    region = Region(status=400)
    region.is_down = is_down
    if is_down:
        with pytest.raises(Refusal):
            region.ask(request_of("PUT", "/new"))
    else:
        assert region.ask(request_of("PUT", "/new")).status == 400
    assert region.buckets.told == ["claim new", "gone new"]


def test_us_east_1_makes_buckets_of_other_regions_there(request_of: RequestOf) -> None:
    region = Region()
    body = b"<C><LocationConstraint>eu-west-1</LocationConstraint></C>"
    assert region.ask(request_of("PUT", "/new", body=body)).status == 200
    assert region.asked == ["to eu-west-1: PUT /new"]


@pytest.mark.parametrize("target", ["/there", "/there/key", "/there?versioning"])
def test_a_bucket_of_another_region_is_a_301(request_of: RequestOf, target: str) -> None:
    region = Region(("there", "eu-west-1"))
    answer = region.ask(request_of("GET", target, Host="localhost:4566"))
    assert (answer.status, answer.headers.get("x-amz-bucket-region"), region.asked) == (301, "eu-west-1", [])


def test_a_global_name_that_dns_still_has_elsewhere_is_a_307_with_or_without_a_signature(request_of: RequestOf) -> None:
    """A moment after a bucket is made anew, resolvers lead to where it was: only for now, so the name stays right."""
    region = Region(("there", "eu-west-1"))
    by_name = request_of("GET", "/key?x=1", Host="there.s3.amazonaws.com")
    for signed_for in ("", "us-east-1", "eu-west-1"):
        answer = region.ask(by_name, asked_region=signed_for)
        assert (answer.status, answer.headers.get("x-amz-bucket-region")) == (307, "eu-west-1")
        assert answer.headers.get("location") == "http://there.s3.eu-west-1.amazonaws.com/key?x=1"
    assert region.asked == []
    by_region = request_of("GET", "/key", Host="there.s3.us-east-1.amazonaws.com")
    assert region.ask(by_region).status == 301


def test_a_global_name_leads_to_the_region_and_a_wrong_signature_is_refused_there(request_of: RequestOf) -> None:
    """AWS's DNS has the bucket's own region behind bucket.s3.amazonaws.com: who signs for another is told so."""
    region = Region(("here", "eu-west-1"), here="eu-west-1")
    by_name = request_of("GET", "/key", Host="here.s3.amazonaws.com")
    assert region.ask(by_name, asked_region="").status == 200
    refused = region.ask(by_name, asked_region="us-east-1")
    assert (refused.status, refused.headers.get("x-amz-bucket-region")) == (400, "eu-west-1")
    made_again = region.ask(request_of("PUT", "/", Host="here.s3.amazonaws.com"), asked_region="us-east-1")
    assert (made_again.status, region.buckets.told) == (400, [])
    assert region.asked == ["GET /here/key"]


def test_names_that_no_dns_of_aws_leads_are_led_here(request_of: RequestOf) -> None:
    """LocalStack's names for one port of all regions."""
    region = Region(("there", "eu-west-1"))
    by_name = request_of("GET", "/key", Host="there.s3.localhost.localstack.cloud:4566")
    assert region.ask(by_name, asked_region="").status == 200
    assert region.asked == ["to eu-west-1: GET /key"]
    assert region.ask(by_name).status == 400


@pytest.mark.parametrize(
    "host",
    [
        "b.s3-website-eu-west-1.amazonaws.com",
        "b.s3-website.eu-west-1.amazonaws.com",
        "p-000000000000.s3-accesspoint.eu-west-1.amazonaws.com",
    ],
)
def test_other_endpoints_of_s3_are_refused_by_name_and_never_taken_for_a_bucket(
    request_of: RequestOf, host: str
) -> None:
    region = Region(("b", "us-east-1"))
    with pytest.raises(Refusal, match=r"does not emulate .*BUCKET\.s3\.REGION\.amazonaws\.com"):
        region.ask(request_of("GET", "/b/key", Host=host), asked_region="")
    assert region.asked == []


def test_a_call_is_led_once(request_of: RequestOf) -> None:
    region = Region(("there", "eu-west-1"))
    forwarded = request_of("GET", "/there/key", **{FORWARDED_HEADER: "eu-west-1"})
    assert region.ask(forwarded, asked_region="").status == 301


def test_us_east_1_knows_the_location_of_every_bucket(request_of: RequestOf) -> None:
    region = Region(("there", "eu-west-1"))
    assert b"eu-west-1" in region.ask(request_of("GET", "/there?location")).body
    assert region.asked == []
    elsewhere = Region(("there", "us-east-1"), here="eu-west-1")
    assert elsewhere.ask(request_of("GET", "/there?location"), "eu-west-1").status == 301


def test_a_bucket_in_the_host_is_asked_of_the_engine_in_the_path(request_of: RequestOf) -> None:
    region = Region(("here", "us-east-1"))
    region.ask(request_of("GET", "/k%2F?x=1", Host="here.s3.localhost.localstack.cloud:4566"))
    assert region.asked == ["GET /here/k%2F?x=1"]


def test_head_bucket_says_the_region(request_of: RequestOf) -> None:
    region = Region(("here", "us-east-1"))
    assert region.ask(request_of("HEAD", "/here")).headers.get("x-amz-bucket-region") == "us-east-1"


def test_a_deleted_bucket_gives_its_name_back_and_so_does_one_that_the_engine_has_lost(request_of: RequestOf) -> None:
    region = Region(("here", "us-east-1"), status=204)
    region.ask(request_of("DELETE", "/here"))
    assert region.buckets.told == ["gone here"]
    lost = Region(("here", "us-east-1"), status=404)
    lost.body = b"<Error><Code>NoSuchKey</Code></Error>"
    lost.ask(request_of("GET", "/here/k"))
    assert lost.buckets.told == []
    lost.body = b"<Error><Code>NoSuchBucket</Code></Error>"
    lost.ask(request_of("GET", "/here/k"))
    assert lost.buckets.told == ["gone here"]


def test_the_extension_hears_of_a_new_bucket_alone(request_of: RequestOf) -> None:
    extension = Extension()
    region = Region(("here", "us-east-1"), extension=extension)
    region.ask(request_of("PUT", "/new"))
    region.ask(request_of("PUT", "/here"))
    assert extension.made == ["new"]


def test_the_extension_answers_itself_or_stands_before_the_engine(request_of: RequestOf) -> None:
    region = Region(("here", "us-east-1"), extension=Extension())
    region.ask(request_of("PUT", "/here?replication"))
    assert region.asked == []
    shown = region.ask(request_of("HEAD", "/here/a"))
    assert region.asked == ["HEAD /here/a?versionId=7"]
    assert shown.headers.get("x-amz-replication-status") == "PENDING"
