"""What a call to S3 that succeeded has done to objects, for replication (facts A4). Pure.

In: a call and the engine's answer. Out: `Happened` values and deletions; what is missing in them only the engine knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from sandbox.aws.s3_calls import S3Call
from sandbox.aws.s3_heads import ENCRYPTION, parsed
from sandbox.protocols.http1 import Response
from sandbox.replication.objects.values import Happened, Kind

# Operations that change what may be replicated, and what they make.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "CompleteMultipartUpload": "object",
        "CopyObject": "object",
        "PostObject": "object",
        "PutObject": "object",
        "DeleteObject": "marker",
        "DeleteObjects": "marker",
        "DeleteObjectTagging": "settings",
        "PutObjectAcl": "settings",
        "PutObjectLegalHold": "settings",
        "PutObjectRetention": "settings",
        "PutObjectTagging": "settings",
    }
)
SSE_C = "x-amz-server-side-encryption-customer-algorithm"
KEYLESS = frozenset({"DeleteObjects", "PostObject"})  # several keys, or one that stands in a form


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """A version that was deleted by its id, as users name it."""

    key: str
    version_id: str


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a call has done. is_complete: False when only the engine can tell what, or how large it is."""

    events: tuple[Happened, ...] = ()
    deleted: tuple[Deleted, ...] = ()
    is_complete: bool = True


def what_happened(call: S3Call, answer: Response) -> Done:
    """Of an operation of KINDS that was answered with success, with users' names of versions."""
    if call.operation == "DeleteObjects":
        return _deleted_many(call, answer)
    if call.operation == "DeleteObject":
        return _deleted_one(call, answer)
    version_id = call.version_id or answer.headers.get("x-amz-version-id")
    key = call.key or _key_in_location(call, answer)
    if version_id is None or not key:
        return Done(is_complete=False)
    kind = KINDS[call.operation]
    if kind == "settings":
        event = Happened(
            bucket=call.bucket,
            key=key,
            version_id=version_id,
            kind=kind,
            has_acl=call.operation == "PutObjectAcl",
        )
        return Done(events=(event,))
    return Done(events=(_made(call, answer, key, version_id),), is_complete=call.operation == "PutObject")


def _made(call: S3Call, answer: Response, key: str, version_id: str) -> Happened:
    headers = call.request.headers
    size = headers.get("x-amz-decoded-content-length") or headers.get("content-length") or str(len(call.request.body))
    return Happened(
        bucket=call.bucket,
        key=key,
        version_id=version_id,
        kind="object",
        size=int(size) if size.isdecimal() else 0,
        storage_class=headers.get("x-amz-storage-class") or "STANDARD",
        is_kms=(answer.headers.get(ENCRYPTION) or "").startswith("aws:kms"),
        is_sse_c=SSE_C in headers or SSE_C in answer.headers,
        has_acl=has_acl(call),
    )


def has_acl(call: S3Call) -> bool:
    """Whether it gives rights: by headers, or in a form. Of an upload in parts its beginning does."""
    names = [name.lower() for name, _ in call.request.headers]
    in_form = call.operation == "PostObject" and b'name="acl"' in call.request.body
    return in_form or any(name == "x-amz-acl" or name.startswith("x-amz-grant-") for name in names)


def _deleted_one(call: S3Call, answer: Response) -> Done:
    if call.version_id is not None:
        return Done(deleted=(Deleted(key=call.key, version_id=call.version_id),))
    version_id = answer.headers.get("x-amz-version-id")
    if version_id is None:
        return Done(is_complete=False)
    return Done(events=(Happened(bucket=call.bucket, key=call.key, version_id=version_id, kind="marker"),))


def _deleted_many(call: S3Call, answer: Response) -> Done:
    """Of a DeleteResult that tells of each."""
    events, deleted = [], []
    for entry in parsed(answer.body).iterfind("{*}Deleted"):
        key, version_id = entry.findtext("{*}Key", ""), entry.findtext("{*}VersionId")
        made = entry.findtext("{*}DeleteMarkerVersionId")
        if version_id:
            deleted.append(Deleted(key=key, version_id=version_id))
        elif made:
            events.append(Happened(bucket=call.bucket, key=key, version_id=made, kind="marker"))
    return Done(events=tuple(events), deleted=tuple(deleted))


def _key_in_location(call: S3Call, answer: Response) -> str:
    """PostObject: the key stands in a form, and in the address of what was made."""
    path = unquote(urlsplit(answer.headers.get("location") or "").path).lstrip("/")
    return path.removeprefix(f"{call.bucket}/")
