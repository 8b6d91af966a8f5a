"""Which service and which region a request is for. Pure: a request in, names out.

The order is AWS's own evidence first: the SigV4 scope (header or query), then the host name, then `X-Amz-Target`,
then the form action, then the path; what is left is S3, the only service that people call without any of these.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import parse_qs

from sandbox.protocols.http1 import Request
from sandbox.protocols.sigv4 import host_of, scope_of

SERVICE_NAME = re.compile(r"[a-z][a-z0-9.-]{0,63}")
REMEMBERED_NAMES = 512  # AWS has about 400 services

# Control planes that live in one region, whatever region the caller names (Route 53 Developer Guide).
GLOBAL_HOMES: Mapping[str, str] = MappingProxyType(
    {
        "account": "us-east-1",
        "cloudfront": "us-east-1",
        "iam": "us-east-1",
        "organizations": "us-east-1",
        "route53": "us-east-1",
        "route53domains": "us-east-1",
        "shield": "us-east-1",
        "waf": "us-east-1",
        "globalaccelerator": "us-west-2",
        "networkmanager": "us-west-2",
        "route53-recovery-control-config": "us-west-2",
        "route53-recovery-readiness": "us-west-2",
    }
)

# Of those, the services that answer nobody who asks elsewhere (Global Accelerator fact sheet, section 1).
ONLY_AT_HOME = frozenset({"globalaccelerator"})

# Host labels that are not the signing name.
HOST_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "email": "ses",
        "s3-accelerate": "s3",
        "s3-accesspoint": "s3",
        "s3-control": "s3",
        "s3-website": "s3",
    }
)

# The part of X-Amz-Target before the dot, without its date, for calls that are not signed.
TARGET_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "DynamoDB": "dynamodb",
        "DynamoDBStreams": "dynamodb",
        "AmazonSQS": "sqs",
        "AmazonSSM": "ssm",
        "AWSCognitoIdentityService": "cognito-identity",
        "AWSCognitoIdentityProviderService": "cognito-idp",
        "AWSEvents": "events",
        "AWSStepFunctions": "states",
        "CertificateManager": "acm",
        "GlobalAccelerator_V20180706": "globalaccelerator",
        "Kinesis": "kinesis",
        "Logs": "logs",
        "secretsmanager": "secretsmanager",
        "ToggleCustomerAPI": "route53-recovery-cluster",
        "TrentService": "kms",
    }
)

# Form actions that AWS lets anybody call, and the paths of services without signatures.
OPEN_ACTIONS: Mapping[str, str] = MappingProxyType(
    {"AssumeRoleWithWebIdentity": "sts", "AssumeRoleWithSAML": "sts", "GetCallerIdentity": "sts"}
)
# Pages for programs that LocalStack and moto's server have too; control answers them for the whole sandbox.
OWN_PAGES = frozenset({"/_localstack/health", "/_localstack/info", "/moto-api/reset"})
PAGES = "sandbox-pages"  # the "service" that answers them
PATH_NAMES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"/2013-04-01/"), "route53"),
    (re.compile(r"/20\d\d-\d\d-\d\d/distribution"), "cloudfront"),
    (re.compile(r"/20\d\d-\d\d-\d\d/functions/"), "lambda"),
    (re.compile(r"/\d{12}/[A-Za-z0-9_-]{1,80}(?:\.fifo)?$"), "sqs"),
)


def name_of_service(request: Request) -> tuple[str, str, str]:
    """Service, region and access key of a request; each is "" where the request does not say."""
    scope = scope_of(request)
    if scope is not None and scope.service is not None and scope.region is not None:
        return signing_name(scope.service), scope.region, scope.access_key
    if request.path.rstrip("/") in OWN_PAGES:
        return PAGES, "", ""
    host = host_of(request)
    region = (host.region if host else None) or ""
    if scope is not None and scope.service is not None:  # SigV2 and SigV4a name no region
        return scope.service.lower(), region, scope.access_key
    service = HOST_NAMES.get(host.service, host.service) if host else ""
    service = service or from_target(request) or from_form(request) or from_path(request) or "s3"
    return service, region, scope.access_key if scope is not None else ""


@lru_cache(maxsize=REMEMBERED_NAMES)
def signing_name(service: str) -> str:
    """A service as signatures name it, in lower case; "" when it cannot be one."""
    name = service.lower()
    return name if SERVICE_NAME.fullmatch(name) else ""


def from_target(request: Request) -> str:
    """The service that `X-Amz-Target` names, or ""."""
    target = (request.headers.get("x-amz-target") or "").split(".", 1)[0]
    return TARGET_NAMES.get(target) or TARGET_NAMES.get(target.split("_", 1)[0], "")


def from_form(request: Request) -> str:
    """The service of an unsigned form action, or ""."""
    if not (request.headers.get("content-type") or "").startswith("application/x-www-form-urlencoded"):
        return ""
    return OPEN_ACTIONS.get(form_action(request), "")


def form_action(request: Request) -> str:
    """The `Action` of a query-protocol request, from its body or its query string; "" when there is none."""
    source = request.body.decode("utf-8", "replace") if request.body else request.query
    return parse_qs(source).get("Action", [""])[0]


def from_path(request: Request) -> str:
    """The service whose paths look like this one, or ""."""
    return next((service for pattern, service in PATH_NAMES if pattern.match(request.path)), "")


def home_of(service: str, asked_region: str, running: Collection[str], here: str) -> str:
    """The region that answers: a global service's home if it runs, else the region asked for, else `here`."""
    home = GLOBAL_HOMES.get(service)
    if home is None:
        return here if is_anywhere(service, asked_region, running) else asked_region or here
    return home if home in running else here


def is_asked_elsewhere(service: str, asked_region: str) -> bool:
    """Whether a call names a region in which its service has no API."""
    return service in ONLY_AT_HOME and asked_region not in ("", GLOBAL_HOMES[service])


def is_anywhere(service: str, asked_region: str, running: Collection[str]) -> bool:
    """STS's global endpoint is signed for us-east-1, but every region answers for it where us-east-1 is no part."""
    return service == "sts" and asked_region == "us-east-1" and asked_region not in running
