"""Names of versions go to the engine as it knows them and come back as users do."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.aws.s3_version_names import (
    copy_for_engine,
    delete_for_engine,
    for_caller,
    for_engine,
    listing_for_caller,
    without_deleted,
)
from sandbox.protocols.http1 import Headers, Request, Response

RequestOf = Callable[..., Request]


def to_engine(name: str) -> str:
    return {"source/1": "engine+1"}.get(name, name)


def to_caller(name: str) -> str:
    return {"engine+1": "source/1"}.get(name, name)


def test_names_in_queries_and_copies_are_exchanged(request_of: RequestOf) -> None:
    asked = for_engine(request_of("GET", "/b/k?tagging&versionId=source%2F1&x=versionId"), to_engine)
    assert asked.target == "/b/k?tagging&versionId=engine%2B1&x=versionId"
    plain = request_of("GET", "/b/k")
    assert for_engine(plain, to_engine) is plain
    other = request_of("GET", "/b?versions&version-id-marker=own")
    assert for_engine(other, to_engine) is other
    copied = request_of("PUT", "/b/k", x_amz_copy_source="/b/a%20b?versionId=source%2F1")
    assert copy_for_engine(copied, to_engine).headers.get("x-amz-copy-source") == "/b/a%20b?versionId=engine%2B1"
    assert copy_for_engine(plain, to_engine) is plain


def test_a_deletion_of_many_is_exchanged_and_told_in_full(request_of: RequestOf) -> None:
    body = b"<Delete><Quiet>true</Quiet><Object><Key>k</Key><VersionId>source/1</VersionId></Object></Delete>"
    request = request_of("POST", "/b?delete", body=body, Content_MD5="of the caller's body")
    asked, wants_all = delete_for_engine(request, to_engine)
    assert asked.body == body.replace(b"true", b"false").replace(b"source/1", b"engine+1")
    assert "content-md5" not in asked.headers
    assert not wants_all
    told = Response(status=200, headers=Headers(), body=b"<R><Deleted><Key>k</Key></Deleted><Error/></R>")
    assert without_deleted(told).body == b"<R><Error/></R>"
    same = request_of("POST", "/b?delete", body=b"<Delete/>")
    assert delete_for_engine(same, to_engine) == (same, True)


def test_answers_come_back_in_users_names() -> None:
    answer = Response(status=200, headers=Headers([("x-amz-version-id", "engine+1")]))
    assert for_caller(answer, to_caller).headers.get("x-amz-version-id") == "source/1"
    own = Response(status=200, headers=Headers([("x-amz-version-id", "own")]))
    assert for_caller(own, to_caller) is own
    names = ("VersionId", "NextVersionIdMarker", "DeleteMarkerVersionId", "VersionIdMarker")
    body = "".join(f"<{name}>engine+1</{name}>" for name in names) + "<Key>engine+1</Key>"
    listed = listing_for_caller(Response(status=200, headers=Headers(), body=body.encode()), to_caller)
    assert listed.body.decode().count("source/1") == 4
    assert b"<Key>engine+1</Key>" in listed.body
    assert listing_for_caller(own, to_caller) is own
