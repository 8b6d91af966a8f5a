"""What engines say of objects, as values."""

from __future__ import annotations

from sandbox.aws.s3_heads import (
    copied_head,
    grants_in,
    http_date,
    http_date_s,
    listed_versions,
    locks_in,
    part_numbers,
    refusal_in,
    tags_in,
    tags_xml,
    upload_id_in,
)
from sandbox.protocols.http1 import Headers, Response

LISTING = b"""<?xml version="1.0"?><ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<IsTruncated>true</IsTruncated><NextKeyMarker>a/b</NextKeyMarker><NextVersionIdMarker>v0</NextVersionIdMarker>
<Version><Key>a/b+c</Key><VersionId>v1</VersionId><IsLatest>true</IsLatest><LastModified>2026-01-01T00:00:01.000Z
</LastModified><ETag>&quot;e1&quot;</ETag><Size>3</Size></Version>
<DeleteMarker><Key>d</Key><VersionId>v2</VersionId><IsLatest>false</IsLatest>
<LastModified>2026-01-01T00:00:02Z</LastModified></DeleteMarker></ListVersionsResult>""".replace(b"\n", b"")
ACL = b"""<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList>
<Grant><Grantee><ID>me</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>
<Grant><Grantee><URI>http://all</URI></Grantee><Permission>READ</Permission></Grant>
<Grant><Grantee><ID>you</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"""


def test_a_copy_takes_along_what_is_the_object_s_and_nothing_of_the_answer() -> None:
    headers = Headers(
        [
            ("Content-Type", "text/plain"), ("Content-Encoding", "aws-chunked,gzip"), ("X-Amz-Meta-A", "1"),
            ("ETag", '"abc"'), ("Content-Length", "7"), ("Last-Modified", "Thu, 01 Jan 2026 00:00:01 GMT"),
            ("x-amz-storage-class", "STANDARD_IA"), ("x-amz-tagging-count", "2"), ("x-amz-checksum-sha256", "s"),
            ("x-amz-server-side-encryption", "AES256"), ("x-amz-version-id", "v"), ("Accept-Ranges", "bytes"),
        ]
    )  # fmt: skip
    head = copied_head(headers)
    assert dict(head.headers) == {
        "content-type": "text/plain", "content-encoding": "gzip", "x-amz-meta-a": "1", "x-amz-checksum-sha256": "s",
        "x-amz-server-side-encryption": "AES256",
    }  # fmt: skip
    assert (head.size, head.etag, head.modified_s, head.tags) == (7, "abc", 1_767_225_601.0, 2)
    assert head.storage_class == "STANDARD_IA"
    assert copied_head(headers, 9).size == 9


def test_an_upload_in_parts_has_no_checksum_of_the_whole() -> None:
    headers = Headers([("ETag", '"abc-2"'), ("x-amz-checksum-crc32", "c"), ("Content-Encoding", "aws-chunked")])
    head = copied_head(headers)
    assert head.headers == ()
    assert (head.storage_class, head.modified_s) == ("STANDARD", 0.0)


def test_a_key_of_kms_shows() -> None:
    assert copied_head(Headers([("x-amz-server-side-encryption", "aws:kms")])).is_kms


def test_equal_parts_are_known_by_their_first() -> None:
    head = copied_head(Headers([("ETag", '"abc-3"'), ("Content-Length", "25")]))
    assert head.with_parts(10).part_bytes == 10
    assert head.with_parts(5).part_bytes == head.with_parts(0).part_bytes == 0


def test_a_listing_is_read_and_goes_on() -> None:
    [version, marker], following = listed_versions(LISTING)
    assert (version.key, version.version_id, version.etag, version.size) == ("a/b+c", "v1", "e1", 3)
    assert (version.is_latest, version.is_marker, version.modified_s) == (True, False, 1_767_225_601.0)
    assert (marker.key, marker.is_marker, marker.modified_s) == ("d", True, 1_767_225_602.0)
    assert following == ("a/b", "v0")
    assert listed_versions(b"<ListVersionsResult/>") == ([], None)


def test_tags_acls_and_locks_are_read_and_written() -> None:
    assert tags_in(tags_xml((("a&", "<"), ("b", "")))) == (("a&", "<"), ("b", ""))
    assert tags_in(b"") == ()
    assert grants_in(ACL) == [
        ("x-amz-grant-full-control", 'id="me"'),
        ("x-amz-grant-read", 'uri="http://all", id="you"'),
    ]
    locked = Headers(
        [
            ("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-object-lock-retain-until-date", "2027-01-01T00:00:00Z"),
            ("x-amz-object-lock-legal-hold", "ON"),
        ]
    )  # fmt: skip
    retention, hold = locks_in(locked)
    assert b"<Mode>GOVERNANCE</Mode>" in (retention or b"")
    assert hold == b"<LegalHold><Status>ON</Status></LegalHold>"
    assert locks_in(Headers()) == (None, None)


def test_errors_are_told_in_the_engine_s_words_with_a_body_or_without() -> None:
    body = b"<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>"
    refusal = refusal_in(Response(status=404, headers=Headers(), body=body))
    assert (refusal.code, refusal.message, refusal.status, refusal.definite) == ("NoSuchBucket", "gone", 404, True)
    assert refusal_in(Response(status=404, headers=Headers())).code == "NoSuchKey"
    assert not refusal_in(Response(status=500, headers=Headers(), body=b"oops")).definite


def test_uploads_and_dates() -> None:
    assert upload_id_in(b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>") == "u"
    assert b'<Part><PartNumber>2</PartNumber><ETag>"b"</ETag></Part>' in part_numbers(['"a"', '"b"'])
    assert http_date_s(http_date(1_767_225_601.0)) == 1_767_225_601.0
    assert http_date_s("never") == 0.0
