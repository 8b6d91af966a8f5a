"""What an engine's error means for a copy (facts A5). Pure.

In: a Refusal of the engine at the source or at the destination. Out: one of AWS's failure reasons, with which the
version is FAILED and stays so; or that it is tried again, PENDING, as when a bucket's region does not answer.
"""

from __future__ import annotations

from sandbox.kernel.errors import Refusal
from sandbox.replication.objects.values import Kind
from sandbox.replication.objects.wire import Answer

AWAY = frozenset({502, 503, 504})
GONE_CODES = frozenset({"NoSuchKey", "NoSuchVersion", "MethodNotAllowed", "404", "NotFound"})
NOT_PERMITTED = {
    "object": "DstPutObjectNotPermitted",
    "marker": "DstDelObjNotPermitted",
    "settings": "DstPutTaggingNotPermitted",
}
NO_CONFIGURATION = Answer(
    result="failed",
    reason="SrcBucketReplicationConfigMissing",
    why="the source bucket has no replication configuration for this destination any more",
)
NO_BUCKET = Answer(result="failed", reason="DstBucketNotFound", why="the destination bucket does not exist")
NOT_VERSIONED = Answer(
    result="failed", reason="DstBucketUnversioned", why="versioning of the destination bucket is not enabled"
)
NO_VERSION = Answer(result="failed", reason="DstVersionNotFound", why="the destination does not have this version")
GONE = Answer(result="gone", why="the version was deleted before it was copied")


def not_now(refusal: Refusal) -> Answer:
    """An engine that is away may be so for long; one that fails at a call does so again."""
    return Answer(result="away" if refusal.status in AWAY else "later", why=refusal.message)


def at_source(refusal: Refusal) -> Answer:
    """Reading failed."""
    if refusal.status >= 500:
        return not_now(refusal)
    if refusal.code in GONE_CODES or refusal.code == "NoSuchBucket":
        return GONE
    if refusal.code == "InvalidObjectState":
        return Answer(result="failed", reason="SrcObjectNotEligible", why=refusal.message)
    return Answer(result="failed", reason="SrcGetObjectNotPermitted", why=refusal.message)


def at_destination(refusal: Refusal, kind: Kind) -> Answer:
    """Writing failed."""
    if refusal.status >= 500:
        return not_now(refusal)
    if refusal.code == "NoSuchBucket":
        return NO_BUCKET
    if kind == "settings" and refusal.code in GONE_CODES:
        return NO_VERSION
    if refusal.code.startswith("KMS"):
        return Answer(result="failed", reason="DstKmsKeyNotFound", why=refusal.message)
    if "ObjectLock" in refusal.message.replace(" ", "") or refusal.code == "ObjectLockConfigurationNotFoundError":
        return Answer(result="failed", reason="DstBucketObjectLockConfigMissing", why=refusal.message)
    return Answer(result="failed", reason=NOT_PERMITTED[kind], why=f"{refusal.code}: {refusal.message}")
