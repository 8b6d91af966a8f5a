"""Names of S3's operations, against AWS's own model; and where the bucket stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.session
import pytest

from sandbox.aws.s3_calls import S3Call, s3_call
from sandbox.aws.values import Call
from sandbox.protocols.http1 import Headers, Request

RequestOf = Callable[..., Request]
# Two names for one request, other hosts (directory buckets, Object Lambda), and what no engine has.
SAME_OR_NAMELESS = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
    "ListDirectoryBuckets": "ListBuckets",
    "WriteGetObjectResponse": "PostObject",
}


def by_the_model(name: str, operation: Any) -> Request:
    """A request with everything in its query and headers that the operation must have."""
    members = operation.input_shape.members if operation.input_shape else {}
    needed = [members[member].serialization for member in operation.input_shape.required_members] if members else []
    query = "&".join(f"{each['name']}=1" for each in needed if each.get("location") == "querystring")
    headers = Headers([(each["name"], "v") for each in needed if each.get("location") == "header"])
    uri = operation.http["requestUri"].replace("{Bucket}", "b").replace("{Key+}", "k")
    if query:
        uri += ("&" if "?" in uri else "?") + query
    return Request(method=operation.http["method"], target=uri, headers=headers)


def test_every_operation_of_awss_model_has_its_name() -> None:
    model = botocore.session.get_session().get_service_model("s3")
    wrong = {}
    for name in model.operation_names:
        found = s3_call(Call(by_the_model(name, model.operation_model(name)))).operation
        if found not in (name, SAME_OR_NAMELESS.get(name), ""):
            wrong[name] = found
    assert wrong == {}
    assert len(model.operation_names) > 100, "the model is not empty"


@pytest.mark.parametrize("target", ["/b?metadataJournalTable", "/b/k?annotation", "/b/k?encryption"])
def test_what_has_no_name_passes_for_nothing_else(request_of: RequestOf, target: str) -> None:
    """Else a bucket's setting would be taken for CreateBucket, or an object's for PutObject."""
    assert s3_call(Call(request_of("PUT", target))).operation == ""


@pytest.mark.parametrize(
    ("host", "target", "bucket", "key", "region"),
    [
        ("localhost:4566", "/b/a/k?versionId=1", "b", "a/k", None),
        ("b.s3.eu-west-1.amazonaws.com", "/a/k", "b", "a/k", "eu-west-1"),
        ("my.dotted.b.s3.amazonaws.com:80", "/", "my.dotted.b", "", None),
        ("b.s3.dualstack.eu-west-1.amazonaws.com", "/k", "b", "k", "eu-west-1"),
        ("b.s3.localhost.localstack.cloud:4566", "/k", "b", "k", None),
        ("b.s3.eu-west-1.localhost.localstack.cloud:4566", "/k", "b", "k", "eu-west-1"),
        ("s3.localhost.localstack.cloud:4566", "/b/k", "b", "k", None),
        ("b.localhost:4566", "/k", "b", "k", None),
        ("my.b.localhost", "/k", "my.b", "k", None),
        ("b.s3.localhost:4566", "/k", "b", "k", None),
        ("b.s3.eu-west-1.localhost:4566", "/k", "b", "k", "eu-west-1"),
        ("s3.localhost:4566", "/b/k", "b", "k", None),
        ("s3.eu-west-1.localhost:4566", "/b/k", "b", "k", None),
        ("127.0.0.1:4601", "/b/k%20%2B+", "b", "k ++", None),
    ],
)
def test_the_bucket_stands_in_the_host_or_in_the_path(
    request_of: RequestOf, host: str, target: str, bucket: str, key: str, region: str | None
) -> None:
    call = s3_call(Call(request_of("GET", target, Host=host)))
    assert (call.bucket, call.key, call.host_region) == (bucket, key, region)


def test_a_bucket_in_the_host_becomes_one_in_the_path_and_keys_keep_their_spelling(request_of: RequestOf) -> None:
    by_host = s3_call(Call(request_of("GET", "/a%2Fb//c+d?x=%20", Host="b.s3.eu-west-1.amazonaws.com"))).with_path()
    assert (by_host.target, by_host.headers.get("host")) == ("/b/a%2Fb//c+d?x=%20", "localhost")
    as_it_is = request_of("GET", "/b/k", Host="127.0.0.1:4601")
    assert s3_call(Call(as_it_is)).with_path() is as_it_is


def call_of(request: Request) -> S3Call:
    return s3_call(Call(request))


def test_copies_are_told_by_their_header(request_of: RequestOf) -> None:
    assert call_of(request_of("PUT", "/b/k", x_amz_copy_source="/a/k")).operation == "CopyObject"
    part = request_of("PUT", "/b/k?partNumber=1&uploadId=u", x_amz_copy_source="/a/k")
    assert call_of(part).operation == "UploadPartCopy"


def test_s3control_names_no_bucket(request_of: RequestOf) -> None:
    call = call_of(request_of("GET", "/v20180820/configuration/publicAccessBlock", x_amz_account_id="000000000000"))
    assert (call.bucket, call.operation) == ("", "")


def test_the_version_asked_for(request_of: RequestOf) -> None:
    assert call_of(request_of("GET", "/b/k?versionId=v1")).version_id == "v1"
    assert call_of(request_of("GET", "/b/k")).version_id is None
