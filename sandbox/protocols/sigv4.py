"""Who signed a request, for which service and region; and what an AWS host name says. Pure; no signature is verified.

In: a `Request`. Out: its `Scope` (SigV4 in a header or a presigned query, SigV4a, SigV2), the account of an access
key, the `AwsHost` of its Host header. What claims to be signed but cannot be read is refused as AWS refuses it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn
from urllib.parse import parse_qs

from sandbox.kernel.errors import Refusal
from sandbox.protocols.http_messages import Request

CREDENTIAL = re.compile(r"Credential=([^,\s]*)")
ACCOUNT = re.compile(r"\d{12}\Z", re.ASCII)
REGION = re.compile(r"[a-z]{2}(?:-[a-z]+){1,3}-\d{1,2}\Z")
ALGORITHMS = ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")  # SigV4; SigV4a, whose region stands in its own header
PARAMETERS = ("Credential", "Signature", "SignedHeaders")
TERM = "aws4_request"
REMEMBERED_CREDENTIALS = 1024
PLAIN_SIGNATURE = re.compile(rf"AWS4-HMAC-SHA256 Credential=([^/,\s]+)/([^/,\s]+)/([^/,\s]+)/([^/,\s]+)/{TERM}")

# Longest first. The last is LocalStack's name for 127.0.0.1, which its clients use as if it were amazonaws.com.
SUFFIXES = (".amazonaws.com.cn", ".amazonaws.com", ".api.aws", ".on.aws", ".localhost.localstack.cloud")
REGION_BEFORE_SERVICE = {"queue": "sqs", "elb": "elasticloadbalancing", "rds": "rds", "cache": "elasticache"}
STACKS = frozenset(["dualstack", "fips"])  # labels between service and region that name neither
S3_SERVICES = ("s3-control", "s3-accesspoint", "s3-object-lambda", "s3-outposts", "s3-website")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a request's credential says. region and service: None where SigV2 does not name them."""

    access_key: str
    date: str = ""
    region: str | None = None
    service: str | None = None
    presigned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsHost:
    """An AWS host name taken apart. service: as in the name (`email` is SES); prefix: bucket, API id, or None."""

    service: str
    region: str | None = None
    prefix: str | None = None


def scope_of(request: Request) -> Scope | None:
    """Who signed the request and for what; None when it is not signed in AWS's way."""
    authorization = request.headers.get("authorization")
    if authorization is not None:
        scope = scope_of_signature(authorization.partition(",")[0])
        if scope is not None:
            return scope
        if authorization.startswith(ALGORITHMS):
            return _header_scope(request, authorization)
        if authorization.startswith("AWS "):  # SigV2 of S3: "AWS keyid:signature"
            access_key, colon, _ = authorization[4:].strip().partition(":")
            if not access_key or not colon:
                _incomplete("Authorization header is malformed; expected: AWS AWSAccessKeyId:Signature")
            return Scope(access_key=access_key, service="s3")
        return None
    query = request.query
    if "X-Amz-Credential=" in query:
        credential = parse_qs(query, keep_blank_values=True).get("X-Amz-Credential", [""])[0]
        return _credential_scope(credential, request, presigned=True)
    if "AWSAccessKeyId=" in query:
        return _sigv2_scope(query, presigned="Action=" not in query)
    if b"AWSAccessKeyId=" in request.body[:65536] and request.method == "POST":
        return _sigv2_scope(request.body[:65536].decode("latin-1"), presigned=False)
    return None


@lru_cache(maxsize=REMEMBERED_CREDENTIALS)
def scope_of_signature(beginning: str) -> Scope | None:
    """`AWS4-HMAC-SHA256 Credential=keyid/date/region/service/aws4_request`: how nearly every request begins; else None.

    Remembered: a client signs all its requests of one day, region and service with the same words before its signature.
    """
    found = PLAIN_SIGNATURE.fullmatch(beginning)
    return None if found is None else _scope(*found.groups())


def account_of_access_key(access_key: str) -> str | None:
    """A key of twelve digits is an account; other keys name none."""
    return access_key if ACCOUNT.match(access_key) else None


def host_of(request: Request) -> AwsHost | None:
    """The AWS name in the request's Host header (or absolute target); None for any other name."""
    target = request.target
    if not target.startswith("/") and "://" in target:
        return split_host(target.partition("://")[2].partition("/")[0])
    return split_host(request.headers.get("host") or "")


def split_host(host: str) -> AwsHost | None:
    """`bucket.s3.eu-west-1.amazonaws.com:443` -> s3, eu-west-1, bucket."""
    name = host.partition(":")[0].rstrip(".").lower()
    for suffix in SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            labels = name[: -len(suffix)].split(".")
            return None if not all(labels) or (len(labels) == 1 and REGION.match(labels[0])) else _split_labels(labels)
    return None


def _header_scope(request: Request, authorization: str) -> Scope:
    found = CREDENTIAL.search(authorization)
    if found is None:
        missing = [name for name in PARAMETERS if f"{name}=" not in authorization]
        sentences = [f"Authorization header requires '{name}' parameter." for name in missing]
        if "x-amz-date" not in request.headers and "date" not in request.headers:
            sentences.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
        _incomplete(f"{' '.join(sentences)} Authorization={authorization.partition(' ')[0]}")
    return _credential_scope(found[1], request, presigned=False)


def _credential_scope(credential: str, request: Request, *, presigned: bool) -> Scope:
    """`keyid/date/region/service/aws4_request`, or without the region for SigV4a."""
    parts = credential.split("/")
    if len(parts) == 4 and (regions := _region_set(request)) is not None:
        parts.insert(2, regions)
    if len(parts) != 5 or not all(parts):
        _incomplete(
            "Credential must have exactly 5 slash-delimited elements, "
            f"e.g. keyid/date/region/service/term, got '{credential}'"
        )
    access_key, date, region, service, term = parts
    if term != TERM:
        _incomplete(f"Credential should be scoped with a valid terminator: '{TERM}', not '{term}'.")
    return _scope(access_key, date, region, service, presigned=presigned)


def _scope(access_key: str, date: str, region: str, service: str, *, presigned: bool = False) -> Scope:
    return Scope(
        access_key=access_key,
        date=date,
        region=None if region == "*" else region,
        service=service,
        presigned=presigned,
    )


def _region_set(request: Request) -> str | None:
    """The first region a SigV4a signature is for."""
    regions = request.headers.get("x-amz-region-set")
    if regions is None:
        regions = parse_qs(request.query).get("X-Amz-Region-Set", [None])[0]
    return regions and regions.partition(",")[0].strip()


def _sigv2_scope(form: str, *, presigned: bool) -> Scope | None:
    """SigV2: a presigned S3 URL, or a signed query of an older API; None when the words stand there by chance."""
    access_keys = parse_qs(form).get("AWSAccessKeyId")
    if not access_keys:
        return None
    return Scope(access_key=access_keys[0], service="s3" if presigned else None, presigned=presigned)


def _split_labels(labels: list[str]) -> AwsHost:
    last = labels[-1]
    if REGION.match(last):
        return _with_service(labels[:-1], last)
    if last in REGION_BEFORE_SERVICE:
        region = labels[-2] if len(labels) > 1 and REGION.match(labels[-2]) else None
        rest = labels[: -2 if region else -1]
        return AwsHost(service=REGION_BEFORE_SERVICE[last], region=region, prefix=".".join(rest) or None)
    return _with_service(labels, None)


def _with_service(labels: list[str], region: str | None) -> AwsHost:
    """The last label names the service, but for `dualstack`; S3's older names hold more in that label."""
    rest = [*labels]
    while len(rest) > 1 and rest[-1] in STACKS:
        rest.pop()
    service = rest.pop()
    service = service.removesuffix("-fips") or service
    if service.startswith("s3-"):
        service, region = _old_s3_name(service, region)
    return AwsHost(service=service, region=region, prefix=".".join(rest) or None)


def _old_s3_name(label: str, region: str | None) -> tuple[str, str | None]:
    """`s3-eu-west-1`, `s3-website-eu-west-1`, `s3-accelerate`, `s3-external-1`, `s3-fips` -> service and region."""
    service = next((name for name in S3_SERVICES if label.startswith(name)), "s3")
    rest = label[len(service) + 1 :]
    if rest == "external-1":
        return service, "us-east-1"
    return service, rest if REGION.match(rest) else region


def _incomplete(message: str) -> NoReturn:
    raise Refusal("IncompleteSignature", message, status=400)
