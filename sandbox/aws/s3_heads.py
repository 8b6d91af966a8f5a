"""What engines say of objects, as values, and what they are asked with. Pure: headers and XML in and out.

[Amazon S3 API Reference: HeadObject, ListObjectVersions, GetObjectTagging, CompleteMultipartUpload, Error responses]
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Response
from sandbox.replication.objects.values import Found, Head, Tags

# What a copy takes along as it is (facts A3).
COPIED = frozenset(
    [
        "cache-control",
        "content-disposition",
        "content-language",
        "content-type",
        "expires",
        "x-amz-object-lock-legal-hold",
        "x-amz-object-lock-mode",
        "x-amz-object-lock-retain-until-date",
        "x-amz-website-redirect-location",
    ]
)
CHECKSUMS = frozenset(f"x-amz-checksum-{name}" for name in ("crc32", "crc32c", "crc64nvme", "sha1", "sha256"))
ENCRYPTION = "x-amz-server-side-encryption"
FAMILIES = {404: "NoSuchKey", 403: "AccessDenied", 405: "MethodNotAllowed"}  # errors without a body: answers to HEAD


def copied_head(headers: Headers, size: int | None = None) -> Head:
    """Of HeadObject or GetObject. size: of the body, where there is one."""
    kept = []
    for name, value in headers:
        name = name.lower()
        if name in COPIED or name in CHECKSUMS or name.startswith("x-amz-meta-"):
            kept.append((name, value))
        elif name == "content-encoding" and (encodings := without_chunked(value)):
            kept.append((name, encodings))
        elif name == ENCRYPTION and value == "AES256":
            kept.append((name, value))
    etag = (headers.get("etag") or "").strip('"')
    if "-" in etag:
        kept = [(name, value) for name, value in kept if name not in CHECKSUMS]
    return Head(
        size=int(headers.get("content-length") or 0) if size is None else size,
        etag=etag,
        modified_s=http_date_s(headers.get("last-modified") or ""),
        storage_class=headers.get("x-amz-storage-class") or "STANDARD",
        headers=tuple(kept),
        is_kms=(headers.get(ENCRYPTION) or "").startswith("aws:kms"),
        tags=int(headers.get("x-amz-tagging-count") or 0),
    )


def locks_in(headers: Headers) -> tuple[bytes | None, bytes | None]:
    """Retention and legal hold of HeadObject, as PutObjectRetention and PutObjectLegalHold take them."""
    mode, until = headers.get("x-amz-object-lock-mode"), headers.get("x-amz-object-lock-retain-until-date")
    hold = headers.get("x-amz-object-lock-legal-hold")
    retention = f"<Retention><Mode>{mode}</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>"
    return (
        retention.encode() if mode and until else None,
        f"<LegalHold><Status>{hold}</Status></LegalHold>".encode() if hold else None,
    )


def grants_in(acl: bytes) -> list[tuple[str, str]]:
    """An AccessControlPolicy as headers, in which every engine takes it (moto does not read the body)."""
    by_permission: dict[str, list[str]] = {}
    for grant in parsed(acl).iterfind(".//{*}Grant"):
        uri, identity = grant.findtext("{*}Grantee/{*}URI"), grant.findtext("{*}Grantee/{*}ID")
        who = f'uri="{uri}"' if uri else f'id="{identity}"'
        by_permission.setdefault(grant.findtext("{*}Permission", ""), []).append(who)
    return [
        (f"x-amz-grant-{permission.lower().replace('_', '-')}", ", ".join(grantees))
        for permission, grantees in by_permission.items()
    ]


def without_chunked(encodings: str) -> str:
    """aws-chunked is how an SDK sent the body, not what the body is; some engines keep it."""
    return ",".join(each.strip() for each in encodings.split(",") if each.strip() not in ("", "aws-chunked"))


def http_date_s(text: str) -> float:
    """Unix seconds; 0.0 for what is no date."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError):
        return 0.0


def http_date(at_s: float) -> str:
    """As in Last-Modified."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def refusal_in(answer: Response) -> Refusal:
    """An engine's error."""
    code, message = FAMILIES.get(answer.status, "InternalError"), f"the engine answered {answer.status}"
    if answer.body:
        try:
            error = ElementTree.fromstring(answer.body)
            code, message = error.findtext("{*}Code") or code, error.findtext("{*}Message") or message
        except ElementTree.ParseError:
            message = f"{message}, and not in XML"
    return Refusal(code, message, status=answer.status, definite=answer.status < 500)


def listed_versions(body: bytes) -> tuple[list[Found], tuple[str, str] | None]:
    """Versions and markers of a ListObjectVersions, and where the next page begins."""
    root = parsed(body)
    found = []
    for entry in root:
        kind = entry.tag.rpartition("}")[2]
        if kind not in ("Version", "DeleteMarker"):
            continue
        modified = datetime.fromisoformat(entry.findtext("{*}LastModified", "1970-01-01T00:00:00Z"))
        found.append(
            Found(
                key=entry.findtext("{*}Key", ""),
                version_id=entry.findtext("{*}VersionId", "null"),
                is_marker=kind == "DeleteMarker",
                etag=entry.findtext("{*}ETag", "").strip('"'),
                size=int(entry.findtext("{*}Size", "0")),
                modified_s=modified.timestamp(),
                is_latest=entry.findtext("{*}IsLatest", "") == "true",
            )
        )
    if root.findtext("{*}IsTruncated") != "true":
        return found, None
    return found, (root.findtext("{*}NextKeyMarker", ""), root.findtext("{*}NextVersionIdMarker", ""))


def tags_in(body: bytes) -> Tags:
    """Of a Tagging; none for an empty body."""
    if not body:
        return ()
    found = parsed(body).iterfind(".//{*}Tag")
    return tuple((tag.findtext("{*}Key", ""), tag.findtext("{*}Value", "")) for tag in found)


def tags_xml(tags: Tags) -> bytes:
    """A Tagging."""
    inner = "".join(f"<Tag><Key>{escape(key)}</Key><Value>{escape(value)}</Value></Tag>" for key, value in tags)
    return f"<Tagging><TagSet>{inner}</TagSet></Tagging>".encode()


def upload_id_in(body: bytes) -> str:
    """Of an InitiateMultipartUploadResult."""
    return parsed(body).findtext("{*}UploadId", "")


def part_numbers(etags: list[str]) -> bytes:
    """A CompleteMultipartUpload."""
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(etag)}</ETag></Part>"
        for number, etag in enumerate(etags, 1)
    )
    return f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()


def parsed(body: bytes) -> ElementTree.Element:
    """An engine's answer; a Refusal when it is not XML."""
    try:
        return ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise Refusal(
            "InternalError", f"the engine's answer is not XML: {error}", status=500, definite=False
        ) from error
