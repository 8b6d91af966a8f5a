"""S3 at a region's front door: what the sandbox does itself around the region's engine, as two visible lists.

In: calls to S3 that are answered in this region. Out: answers, of this file or of the engine. `S3_STEPS` are taken in
order until one has an answer; the last asks the engine, through the extension (replication) if there is one, which may
change what goes in and out. Then `S3_AFTERWARDS` may change what goes out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Protocol

from sandbox.aws import s3_answers
from sandbox.aws.buckets import US_EAST_1, Bucket
from sandbox.aws.s3_calls import CARRY_CONTENT, OTHER_ENDPOINTS, S3Call, is_global_name, s3_call
from sandbox.aws.values import FORWARDED_HEADER, Call, Engine, Forward
from sandbox.kernel.errors import Refusal, not_emulated
from sandbox.protocols.http1 import Request, Response
from sandbox.protocols.sigv4 import host_of
from sandbox.serving.streams import whole_request

OK_STATUSES = range(200, 300)
NO_SUCH_BUCKET = b"<Code>NoSuchBucket</Code>"
REGION_OF_BUCKET = "x-amz-bucket-region"


class BucketPort(Protocol):
    """The register of buckets, as a front door asks it."""

    async def find(self, name: str) -> Bucket | None:
        """The bucket of this name, in whatever region; None when there is none."""
        ...

    def of_account(self, account: str) -> list[Bucket]:
        """Those of all regions, by name."""
        ...

    async def claim(self, name: str, account: str, region: str) -> bool:
        """Keep the name for a bucket that is about to be made; False when the caller has it already and may ask again.
        A Refusal when the name is taken, or nobody can tell."""
        ...

    async def made(self, name: str, account: str, region: str) -> None:
        """The engine has made it."""
        ...

    async def gone(self, name: str) -> None:
        """The engine has deleted it, or has not made what was claimed."""
        ...


AskEngine = Callable[[Request], Awaitable[Response]]


class S3Extension(Protocol):
    """What stands between this door and the engine: replication."""

    async def serve(self, call: S3Call, ask: AskEngine) -> Response:
        """The answer to a call on a bucket of this region, its own or what `ask` has of the engine. A Refusal is S3's
        error. The caller hears of it when this returns, so what must not be lost is durable by then."""
        ...

    async def bucket_made(self, bucket: str) -> None:
        """A new one; whatever was known of one of this name, which an engine may have lost, is over."""
        ...


@dataclass(frozen=True, kw_only=True)
class S3Front:
    """What a region hands over. engine: the region's. forward: to another region's front door, over the network."""

    region: str
    engine: Engine
    forward: Forward
    buckets: BucketPort
    running: Callable[[], Collection[str]]
    extension: S3Extension | None = None

    async def handle(self, call: Call) -> Response:
        """The answer to one call to S3."""
        s3 = s3_call(call)
        if call.request.stream is not None and s3.operation not in CARRY_CONTENT:
            s3 = replace(s3, call=call._replace(request=await whole_request(call.request)))
        for step in S3_STEPS:
            answer = await step(self, s3)
            if answer is not None:
                break
        else:
            raise AssertionError("the last step asks the engine")
        for afterwards in S3_AFTERWARDS:
            answer = await afterwards(self, s3, answer)
        return answer

    async def ask_engine(self, s3: S3Call) -> Response:
        """The engine's answer."""
        return await self.engine(s3.with_path(), s3.call.account, self.region, "s3")


Step = Callable[[S3Front, S3Call], Awaitable[Response | None]]
Afterwards = Callable[[S3Front, S3Call, Response], Awaitable[Response]]


async def refuse_other_endpoints(front: S3Front, s3: S3Call) -> Response | None:
    """Websites, acceleration, access points: their host names lead to a region's endpoints too."""
    host = host_of(s3.request)
    other = OTHER_ENDPOINTS.get(host.service) if host is not None else None
    if other is None:
        return None
    raise not_emulated(other)


async def list_buckets(front: S3Front, s3: S3Call) -> Response | None:
    """ListBuckets: those of all regions and engines."""
    if s3.operation != "ListBuckets":
        return None
    return s3_answers.list_of_buckets(front.buckets.of_account(s3.call.account), s3.call.account, s3.parameters)


async def check_signing_region(front: S3Front, s3: S3Call) -> Response | None:
    """A global name leads to the bucket's region whatever region the caller signs for: 400, which SDKs follow too."""
    if not is_global_name(s3.request) or s3.call.asked_region in ("", front.region):
        return None
    bucket = await front.buckets.find(s3.bucket)
    if bucket is not None and bucket.region != front.region:
        return None
    return s3_answers.wrong_signing_region(s3, front.region)


async def make_bucket(front: S3Front, s3: S3Call) -> Response | None:
    """CreateBucket: the name is claimed over all regions before the engine hears of it."""
    if s3.operation != "CreateBucket":
        return None
    region = s3_answers.region_to_make_in(s3.request.body, front.region)
    if region not in front.running():
        raise s3_answers.bad_constraint(region, front.running())
    if region != front.region:  # asked of us-east-1, which makes buckets anywhere
        return await front.forward(region, s3_answers.for_region(s3.with_path(), region, front.region))
    account = s3.call.account
    if not await front.buckets.claim(s3.bucket, account, region):
        return s3_answers.bucket_made(s3.bucket, region)
    try:
        answer = await front.ask_engine(s3)
    except Refusal:
        await front.buckets.gone(s3.bucket)
        raise
    if answer.status not in OK_STATUSES:
        await front.buckets.gone(s3.bucket)
        return answer
    if front.extension is not None:
        await front.extension.bucket_made(s3.bucket)
    await front.buckets.made(s3.bucket, account, region)
    return s3_answers.bucket_made(s3.bucket, region)


async def lead_to_its_region(front: S3Front, s3: S3Call) -> Response | None:
    """The bucket stands elsewhere: 301, which SDKs follow by the region it names. A global name has led here before DNS
    knew better: 307."""
    if not s3.bucket or not s3.operation:
        return None
    bucket = await front.buckets.find(s3.bucket)
    if bucket is None or bucket.region == front.region:
        return None
    if s3.operation == "GetBucketLocation" and front.region == US_EAST_1:
        return None  # us-east-1 tells it of every bucket
    if is_global_name(s3.request):
        return s3_answers.temporary_redirect(s3, bucket.region)
    if s3.call.asked_region == "" and FORWARDED_HEADER not in s3.request.headers:
        headers = s3.request.headers.with_(FORWARDED_HEADER, front.region)
        return await front.forward(bucket.region, replace(s3.request, headers=headers))
    host = host_of(s3.request)
    if host is not None and host.region is None and s3.is_by_host:
        return s3_answers.wrong_signing_region(s3, bucket.region)
    return s3_answers.permanent_redirect(s3, bucket.region)


async def tell_location(front: S3Front, s3: S3Call) -> Response | None:
    """GetBucketLocation: from the register, as the engine knows one region only."""
    if s3.operation != "GetBucketLocation":
        return None
    bucket = await front.buckets.find(s3.bucket)
    return None if bucket is None else s3_answers.location(bucket.region)


async def ask_engine(front: S3Front, s3: S3Call) -> Response | None:
    """Everything else: what has a bucket, through the extension."""
    if front.extension is None or not s3.bucket:
        return await front.ask_engine(s3)
    return await front.extension.serve(s3, lambda request: front.engine(request, s3.call.account, front.region, "s3"))


S3_STEPS: list[Step] = [
    refuse_other_endpoints,
    list_buckets,
    check_signing_region,
    make_bucket,
    lead_to_its_region,
    tell_location,
    ask_engine,
]


async def note_bucket_that_is_gone(front: S3Front, s3: S3Call, answer: Response) -> Response:
    """DeleteBucket, or an engine that does not know a bucket of its region: the name is free again."""
    deleted = s3.operation == "DeleteBucket" and answer.status in OK_STATUSES
    lost = answer.status == 404 and (s3.operation == "HeadBucket" or NO_SUCH_BUCKET in answer.body)
    if deleted or (lost and await front.buckets.find(s3.bucket) is not None):
        await front.buckets.gone(s3.bucket)
    return answer


async def name_the_bucket_region(front: S3Front, s3: S3Call, answer: Response) -> Response:
    """HeadBucket says where the bucket is."""
    if s3.operation == "HeadBucket" and answer.status in OK_STATUSES:
        return replace(answer, headers=answer.headers.with_(REGION_OF_BUCKET, front.region))
    return answer


S3_AFTERWARDS: list[Afterwards] = [
    note_bucket_that_is_gone,
    name_the_bucket_region,
]
