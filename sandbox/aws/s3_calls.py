"""Which operation of S3 a request is, on which bucket and key. Pure: S3 names none of them.

In: a `Call` to the service s3. Out: an `S3Call`. The bucket stands in the host (`bucket.s3.eu-west-1.amazonaws.com`,
`bucket.s3.localhost.localstack.cloud:4566`, `bucket.localhost:4566`) or first in the path. [Amazon S3 API Reference]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote

from sandbox.aws.values import Call
from sandbox.protocols.http1 import Request
from sandbox.protocols.sigv4 import host_of

COPY_SOURCE = "x-amz-copy-source"
S3_CONTROL = re.compile(r"/v20180820/")  # s3control signs as s3, and puts the account where a bucket would be
LOCAL = re.compile(
    r"(?P<bucket>.+?)\.(?:s3\.(?:(?P<region>[a-z]{2}(?:-[a-z]+){1,3}-\d{1,2})\.)?)?localhost(?::\d+)?", re.IGNORECASE
)
GLOBAL_NAME = re.compile(r".+\.s3\.amazonaws\.com\.?(?::\d+)?", re.IGNORECASE)  # of a bucket: DNS knows its region
LOCAL_ITSELF = re.compile(r"s3(?:\.[a-z0-9-]+)?\.localhost(?::\d+)?", re.IGNORECASE)

# Endpoints of S3 that serve other than buckets by S3's API, by the service that stands in their host names.
OTHER_ENDPOINTS: Mapping[str, str] = MappingProxyType(
    {
        "s3-website": "website endpoints of S3; objects are read at BUCKET.s3.REGION.amazonaws.com",
        "s3-accesspoint": "access points of S3; the bucket answers at BUCKET.s3.REGION.amazonaws.com",
        "s3-object-lambda": "S3 Object Lambda",
        "s3-outposts": "S3 on Outposts",
    }
)

# Query parameter -> what Get, Put and Delete are followed by.
OF_BUCKETS: Mapping[str, str] = MappingProxyType(
    {
        "accelerate": "BucketAccelerateConfiguration",
        "abac": "BucketAbac",
        "acl": "BucketAcl",
        "analytics": "BucketAnalyticsConfiguration",
        "cors": "BucketCors",
        "encryption": "BucketEncryption",
        "intelligent-tiering": "BucketIntelligentTieringConfiguration",
        "inventory": "BucketInventoryConfiguration",
        "lifecycle": "BucketLifecycleConfiguration",
        "location": "BucketLocation",
        "logging": "BucketLogging",
        "metadataConfiguration": "BucketMetadataConfiguration",
        "metadataTable": "BucketMetadataTableConfiguration",
        "metrics": "BucketMetricsConfiguration",
        "notification": "BucketNotificationConfiguration",
        "object-lock": "ObjectLockConfiguration",
        "ownershipControls": "BucketOwnershipControls",
        "policy": "BucketPolicy",
        "policyStatus": "BucketPolicyStatus",
        "publicAccessBlock": "PublicAccessBlock",
        "replication": "BucketReplication",
        "requestPayment": "BucketRequestPayment",
        "tagging": "BucketTagging",
        "versioning": "BucketVersioning",
        "website": "BucketWebsite",
    }
)
OF_OBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "acl": "ObjectAcl",
        "attributes": "ObjectAttributes",
        "legal-hold": "ObjectLegalHold",
        "retention": "ObjectRetention",
        "tagging": "ObjectTagging",
        "torrent": "ObjectTorrent",
    }
)
VERBS: Mapping[str, str] = MappingProxyType({"GET": "Get", "PUT": "Put", "DELETE": "Delete"})
IRREGULAR: Mapping[str, str] = MappingProxyType({"DeleteBucketLifecycleConfiguration": "DeleteBucketLifecycle"})
MANY = frozenset(["analytics", "intelligent-tiering", "inventory", "metrics"])  # without an id, GET lists them
LISTS: Mapping[str, str] = MappingProxyType({"uploads": "ListMultipartUploads", "versions": "ListObjectVersions"})
PLAIN_OF_BUCKETS: Mapping[str, str] = MappingProxyType(
    {"PUT": "CreateBucket", "HEAD": "HeadBucket", "DELETE": "DeleteBucket", "POST": "PostObject"}
)
PLAIN_OF_OBJECTS: Mapping[str, str] = MappingProxyType(
    {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject"}
)
OF_UPLOADS: Mapping[str, str] = MappingProxyType(
    {
        "GET": "ListParts",
        "PUT": "UploadPart",
        "POST": "CompleteMultipartUpload",
        "DELETE": "AbortMultipartUpload",
    }
)
POSTED: Mapping[str, str] = MappingProxyType(
    {"uploads": "CreateMultipartUpload", "restore": "RestoreObject", "select": "SelectObjectContent"}
)
# What AWS added late and no engine has: it must not pass for the plain call without this parameter.
WITHOUT_NAME = frozenset(["annotation", "metadataAnnotationTable", "metadataInventoryTable", "metadataJournalTable"])
# Their bodies are contents: of any size, passed on as they come. All other bodies of S3 are small and read whole.
CARRY_CONTENT = frozenset(["PutObject", "UploadPart", "PostObject"])


@dataclass(frozen=True, kw_only=True, slots=True)
class S3Call:
    """One call to S3, understood.

    call: the request as it came, with account and region. operation: AWS's name, "" for what has none. bucket, key: ""
    where there is none; the key is decoded. parameters: of the query, decoded. host_region: the region in a host name
    that names the bucket, None without one. is_by_host: the host names the bucket.
    """

    call: Call
    operation: str
    bucket: str = ""
    key: str = ""
    parameters: Mapping[str, str]
    is_by_host: bool = False
    host_region: str | None = None

    @property
    def request(self) -> Request:
        """As it came."""
        return self.call.request

    @property
    def version_id(self) -> str | None:
        """The version asked for, None for the current one."""
        return self.parameters.get("versionId")

    def with_path(self) -> Request:
        """The request with the bucket in its path, where every engine understands it."""
        request = self.request
        if not self.is_by_host:
            return request
        path = request.path if request.path.startswith("/") else f"/{request.path}"
        target = f"/{self.bucket}{path}" + (f"?{request.query}" if request.query else "")
        return replace(request, target=target, headers=request.headers.with_("Host", "localhost"))


def s3_call(call: Call) -> S3Call:
    """The call, understood."""
    request = call.request
    parameters = dict(parse_qsl(request.query, keep_blank_values=True))
    path = request.path
    if S3_CONTROL.match(path):
        return S3Call(call=call, operation="", parameters=parameters)
    bucket, region = bucket_of_host(request)
    if bucket:
        key, is_by_host = path[1:], True
    else:
        bucket, _, key = path[1:].partition("/")
        bucket, is_by_host = unquote(bucket), False
    return S3Call(
        call=call,
        operation=operation_of(request, bucket, key, parameters),
        bucket=bucket,
        key=unquote(key),
        parameters=parameters,
        is_by_host=is_by_host,
        host_region=region,
    )


def bucket_of_host(request: Request) -> tuple[str, str | None]:
    """Bucket and region that the host names; ("", None) when it names no bucket."""
    known = host_of(request)
    if known is not None:
        named = known.service == "s3" and known.prefix is not None
        return (known.prefix or "", known.region) if named else ("", None)
    host = request.headers.get("host") or ""
    if LOCAL_ITSELF.fullmatch(host):
        return "", None
    found = LOCAL.fullmatch(host)
    return ("", None) if found is None else (found["bucket"], found["region"])


def is_global_name(request: Request) -> bool:
    """Whether the host is BUCKET.s3.amazonaws.com, behind which DNS has the bucket's region."""
    return GLOBAL_NAME.fullmatch(request.headers.get("host") or "") is not None


def operation_of(request: Request, bucket: str, key: str, parameters: Mapping[str, str]) -> str:
    """AWS's name for it."""
    method = request.method
    if not bucket:
        return "ListBuckets" if method == "GET" else ""
    if WITHOUT_NAME & parameters.keys() or (key and "encryption" in parameters):
        return ""
    if key:
        return _of_object(method, parameters, is_copy=COPY_SOURCE in request.headers)
    return _of_bucket(method, parameters)


def _of_bucket(method: str, parameters: Mapping[str, str]) -> str:
    if method == "POST" and "delete" in parameters:
        return "DeleteObjects"
    if method == "POST" and "metadataConfiguration" in parameters:
        return "CreateBucketMetadataConfiguration"
    if method == "POST" and "metadataTable" in parameters:
        return "CreateBucketMetadataTableConfiguration"
    if method in VERBS:
        noun = next((name for parameter, name in OF_BUCKETS.items() if parameter in parameters), None)
        if noun is not None:
            if method == "GET" and "id" not in parameters and MANY & parameters.keys():
                return f"List{noun}s"
            name = f"{VERBS[method]}{noun}"
            return IRREGULAR.get(name, name)
    if method == "GET":
        listed = next((name for parameter, name in LISTS.items() if parameter in parameters), None)
        if listed is None and "session" in parameters:
            return "CreateSession"
        return listed or ("ListObjectsV2" if parameters.get("list-type") == "2" else "ListObjects")
    return PLAIN_OF_BUCKETS.get(method, "")


def _of_object(method: str, parameters: Mapping[str, str], *, is_copy: bool) -> str:
    if "uploadId" in parameters and method in OF_UPLOADS:
        name = OF_UPLOADS[method]
        return "UploadPartCopy" if is_copy and name == "UploadPart" else name
    if method == "POST":
        return next((name for parameter, name in POSTED.items() if parameter in parameters), "")
    if method == "PUT" and "renameObject" in parameters:
        return "RenameObject"
    noun = next((name for parameter, name in OF_OBJECTS.items() if parameter in parameters), None)
    if noun is not None and method in VERBS:
        return f"{VERBS[method]}{noun}"
    name = PLAIN_OF_OBJECTS.get(method, "")
    return "CopyObject" if is_copy and name == "PutObject" else name
