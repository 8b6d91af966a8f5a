"""What the sandbox says itself as S3, in S3's XML. Pure: values in, Responses out.

[Amazon S3 API Reference: ListBuckets, CreateBucket, GetBucketLocation, HeadBucket; Error responses]
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from sandbox.aws.buckets import US_EAST_1, Bucket
from sandbox.aws.s3_calls import S3Call
from sandbox.aws.values import FORWARDED_HEADER
from sandbox.kernel.dice import fresh_token
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request, Response

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
MOST_BUCKETS = 10_000  # of one page of ListBuckets
CONSTRAINT = re.compile(rb"<(?:\w+:)?LocationConstraint[^>]*>\s*([^<\s]*)\s*</")
EU = "EU"  # the old name of eu-west-1
SIGNED_REGION = re.compile(r"(Credential=[^/,\s]+/[^/,\s]+/)([^/,\s]+)(/)")
REDIRECTED = (
    "The bucket you are attempting to access must be addressed using the specified endpoint. "
    "Please send all future requests to this endpoint."
)
REDIRECTED_FOR_NOW = (
    "Please re-send this request to the specified temporary endpoint. "
    "Continue to use the original request endpoint for future requests."
)


def list_of_buckets(buckets: Sequence[Bucket], account: str, parameters: Mapping[str, str]) -> Response:
    """ListBuckets: a page of `max-buckets`, those whose names begin with `prefix`, those of `bucket-region`."""
    prefix, region = parameters.get("prefix", ""), parameters.get("bucket-region", "")
    after = _token_read(parameters.get("continuation-token", ""))
    most = _most(parameters.get("max-buckets"))
    wanted = [
        bucket
        for bucket in buckets
        if bucket.name.startswith(prefix) and bucket.name > after and region in ("", bucket.region)
    ]
    page = wanted[:most]
    entries = "".join(
        f"<Bucket><Name>{escape(bucket.name)}</Name><CreationDate>{_iso(bucket.created_at_s)}</CreationDate>"
        f"<BucketRegion>{bucket.region}</BucketRegion></Bucket>"
        for bucket in page
    )
    more = f"<ContinuationToken>{_token(page[-1].name)}</ContinuationToken>" if len(wanted) > len(page) else ""
    told = f"<Prefix>{escape(prefix)}</Prefix>" if prefix else ""
    owner = f"<Owner><ID>{account}</ID></Owner>"
    return xml(f"<ListAllMyBucketsResult xmlns={_q(NAMESPACE)}>{owner}<Buckets>{entries}</Buckets>{more}{told}"
               "</ListAllMyBucketsResult>")  # fmt: skip


def region_to_make_in(body: bytes, here: str) -> str:
    """Where CreateBucket at the endpoint of `here` makes a bucket; IllegalLocationConstraintException for elsewhere.

    us-east-1 takes every constraint but its own name, all others only their own. [CreateBucket, LocationConstraint]
    """
    found = CONSTRAINT.search(body)
    constraint = found[1].decode("utf-8", "replace") if found else ""
    region = "eu-west-1" if constraint == EU else constraint
    if here == US_EAST_1:
        if region == US_EAST_1:
            raise Refusal("InvalidLocationConstraint", "The specified location-constraint is not valid")
        return region or here
    if region != here:
        named = f"The {constraint} location constraint" if constraint else "The unspecified location constraint"
        raise Refusal(
            "IllegalLocationConstraintException",
            f"{named} is incompatible for the region specific endpoint this request was sent to.",
        )
    return here


def bad_constraint(region: str, running: Collection[str]) -> Refusal:
    """AWS's code; the sandbox has fewer regions than AWS."""
    names = ", ".join(sorted(running))
    return Refusal(
        "InvalidLocationConstraint",
        f"The specified location-constraint is not valid: {region} does not run in this sandbox. Running: {names}",
    )


def for_region(request: Request, region: str, by: str) -> Request:
    """A call that one region's front door makes at another's, signed for that one."""
    headers = request.headers.with_(FORWARDED_HEADER, by)
    authorization = headers.get("authorization")
    if authorization is not None:
        headers = headers.with_("Authorization", SIGNED_REGION.sub(rf"\g<1>{region}\g<3>", authorization, count=1))
    return replace(request, headers=headers)


def bucket_made(name: str, region: str) -> Response:
    """CreateBucket's answer."""
    place = f"/{name}" if region == US_EAST_1 else f"http://{name}.s3.amazonaws.com/"
    headers = Headers([("Location", place), ("x-amz-request-id", fresh_token())])
    return Response(status=200, headers=headers)


def location(region: str) -> Response:
    """GetBucketLocation's answer: empty for us-east-1."""
    if region == US_EAST_1:
        return xml(f"<LocationConstraint xmlns={_q(NAMESPACE)}/>")
    return xml(f"<LocationConstraint xmlns={_q(NAMESPACE)}>{region}</LocationConstraint>")


def permanent_redirect(s3: S3Call, region: str) -> Response:
    """301, as a wrong endpoint answers; of HEAD the header is all that SDKs see."""
    endpoint = f"{s3.bucket}.s3.{region}.amazonaws.com" if s3.is_by_host else f"s3.{region}.amazonaws.com"
    more = f"<Endpoint>{endpoint}</Endpoint><Bucket>{escape(s3.bucket)}</Bucket>"
    return _elsewhere(301, "PermanentRedirect", REDIRECTED, more, s3, region)


def temporary_redirect(s3: S3Call, region: str) -> Response:
    """307, as an endpoint answers to which a global name has led while DNS did not know the bucket's region yet, or
    knew an older one. SDKs follow the header, browsers and `curl -L` the Location."""
    endpoint = f"{s3.bucket}.s3.{region}.amazonaws.com"
    more = f"<Endpoint>{endpoint}</Endpoint><Bucket>{escape(s3.bucket)}</Bucket>"
    answer = _elsewhere(307, "TemporaryRedirect", REDIRECTED_FOR_NOW, more, s3, region)
    location = f"{s3.request.scheme}://{endpoint}{s3.request.path}"
    if s3.request.query:
        location += f"?{s3.request.query}"
    return replace(answer, headers=answer.headers.with_("Location", location))


def wrong_signing_region(s3: S3Call, region: str) -> Response:
    """400: a global name has led to the bucket's region, and the signature is for another."""
    message = (
        f"The authorization header is malformed; the region '{s3.call.asked_region}' is wrong; expecting '{region}'"
    )
    return _elsewhere(400, "AuthorizationHeaderMalformed", message, f"<Region>{region}</Region>", s3, region)


def _elsewhere(status: int, code: str, message: str, more: str, s3: S3Call, region: str) -> Response:
    body = (
        f"<Error><Code>{code}</Code><Message>{escape(message)}</Message>{more}"
        f"<RequestId>{fresh_token()}</RequestId></Error>"
    )
    answer = xml(body, status=status, is_head=s3.request.method == "HEAD")
    return replace(answer, headers=answer.headers.with_("x-amz-bucket-region", region))


def xml(body: str, *, status: int = 200, is_head: bool = False) -> Response:
    """An answer of S3."""
    headers = Headers([("Content-Type", "application/xml"), ("x-amz-request-id", fresh_token())])
    return Response(status=status, headers=headers, body=f"{DECLARATION}{body}".encode(), head_only=is_head)


def _most(given: str | None) -> int:
    if given is None:
        return MOST_BUCKETS
    if not given.isdecimal() or not 1 <= int(given) <= MOST_BUCKETS:
        raise Refusal("InvalidArgument", f"Argument max-buckets must be an integer between 1 and {MOST_BUCKETS}")
    return int(given)


def _token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _token_read(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise Refusal("InvalidArgument", "The continuation token provided is incorrect") from error


def _iso(at_s: float) -> str:
    return datetime.fromtimestamp(int(at_s), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _q(text: str) -> str:
    return f'"{text}"'
