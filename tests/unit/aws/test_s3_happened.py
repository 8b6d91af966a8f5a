"""What calls have done to objects (facts S3 A4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.aws.s3_calls import S3Call, s3_call
from sandbox.aws.s3_happened import KINDS, Deleted, has_acl, what_happened
from sandbox.aws.values import Call
from sandbox.protocols.http1 import Headers, Request, Response

RequestOf = Callable[..., Request]


@pytest.fixture
def call(request_of: RequestOf) -> Callable[..., S3Call]:
    def made(method: str, target: str, **more: Any) -> S3Call:
        return s3_call(Call(request_of(method, target, **more), "s3", "us-east-1", "us-east-1", "1"))

    return made


def answer(body: bytes = b"", **headers: str) -> Response:
    return Response(status=200, headers=Headers([(k.replace("_", "-"), v) for k, v in headers.items()]), body=body)


def test_a_put_says_all_there_is_to_know(call: Any) -> None:
    made = call("PUT", "/b/a%2Fk", body=b"12345", x_amz_storage_class="GLACIER", x_amz_acl="public-read")
    done = what_happened(made, answer(x_amz_version_id="v", x_amz_server_side_encryption="aws:kms"))
    [event] = done.events
    assert done.is_complete
    assert (event.key, event.version_id, event.kind, event.size) == ("a/k", "v", "object", 5)
    assert (event.storage_class, event.is_kms, event.has_acl, event.is_sse_c) == ("GLACIER", True, True, False)
    chunked = call("PUT", "/b/k", body=b"5;sig\r\n12345", x_amz_decoded_content_length="5", Content_Length="12")
    assert what_happened(chunked, answer(x_amz_version_id="v")).events[0].size == 5
    own_key = call("PUT", "/b/k", x_amz_server_side_encryption_customer_algorithm="AES256")
    assert what_happened(own_key, answer(x_amz_version_id="v")).events[0].is_sse_c


@pytest.mark.parametrize(
    ("method", "target", "headers", "kind"),
    [
        ("POST", "/b/k?uploadId=u", {}, "object"),
        ("PUT", "/b/k", {"x_amz_copy_source": "/b/x"}, "object"),
        ("PUT", "/b/k?tagging&versionId=v", {}, "settings"),
        ("DELETE", "/b/k?tagging", {}, "settings"),
        ("PUT", "/b/k?acl", {}, "settings"),
    ],
)
def test_other_changes_leave_sizes_to_the_engine(call: Any, method: str, target: str, headers: Any, kind: str) -> None:
    made = call(method, target, **headers)
    assert KINDS[made.operation] == kind
    done = what_happened(made, answer(x_amz_version_id="v"))
    [event] = done.events
    assert (event.version_id, event.kind) == ("v", kind)
    assert done.is_complete == (kind == "settings")
    assert event.has_acl == ("acl" in target)


def test_a_form_tells_its_key_in_the_address(call: Any) -> None:
    made = call("POST", "/b", body=b'name="acl"\r\n\r\npublic-read')
    done = what_happened(made, answer(x_amz_version_id="v", Location="http://localhost/b/a%20k"))
    assert [event.key for event in done.events] == ["a k"]
    assert has_acl(made)


def test_without_a_version_only_the_engine_knows(call: Any) -> None:
    for made in (call("PUT", "/b/k?tagging"), call("PUT", "/b/k"), call("DELETE", "/b/k")):
        done = what_happened(made, answer())
        assert (done.events, done.is_complete) == ((), False)


def test_a_deletion_makes_a_marker_or_takes_a_version_away(call: Any) -> None:
    [marker] = what_happened(call("DELETE", "/b/k"), answer(x_amz_version_id="m")).events
    assert (marker.kind, marker.version_id) == ("marker", "m")
    done = what_happened(call("DELETE", "/b/k?versionId=v"), answer(x_amz_version_id="v"))
    assert (done.events, done.deleted) == ((), (Deleted(key="k", version_id="v"),))


def test_many_deletions_are_told_one_by_one(call: Any) -> None:
    body = (
        b'<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        b"<Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>m</DeleteMarkerVersionId></Deleted>"
        b"<Deleted><Key>b</Key><VersionId>v</VersionId></Deleted><Error><Key>c</Key></Error></DeleteResult>"
    )
    done = what_happened(call("POST", "/b?delete"), answer(body))
    assert [(event.key, event.version_id) for event in done.events] == [("a", "m")]
    assert done.deleted == (Deleted(key="b", version_id="v"),)
