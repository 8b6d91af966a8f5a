"""What an engine's error means for a copy, as a table (facts S3 A5)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.replication.objects.reasons import at_destination, at_source


@pytest.mark.parametrize(
    ("code", "status", "kind", "result", "reason"),
    [
        ("NoSuchBucket", 404, "object", "failed", "DstBucketNotFound"),
        ("AccessDenied", 403, "object", "failed", "DstPutObjectNotPermitted"),
        ("AccessDenied", 403, "marker", "failed", "DstDelObjNotPermitted"),
        ("AccessDenied", 403, "settings", "failed", "DstPutTaggingNotPermitted"),
        ("NoSuchVersion", 404, "settings", "failed", "DstVersionNotFound"),
        ("KMS.NotFoundException", 400, "object", "failed", "DstKmsKeyNotFound"),
        ("InvalidRequest", 400, "object", "failed", "DstBucketObjectLockConfigMissing"),
        ("InternalError", 500, "object", "later", ""),
        ("ServiceUnavailable", 503, "object", "away", ""),
    ],
)
def test_at_the_destination(code: str, status: int, kind: Any, result: str, reason: str) -> None:
    message = "Bucket is missing Object Lock Configuration" if "Lock" in reason else "no"
    answer = at_destination(Refusal(code, message, status=status), kind)
    assert (answer.result, answer.reason) == (result, reason)


@pytest.mark.parametrize(
    ("code", "status", "result", "reason"),
    [
        ("NoSuchVersion", 404, "gone", ""),
        ("NoSuchKey", 404, "gone", ""),
        ("NoSuchBucket", 404, "gone", ""),
        ("AccessDenied", 403, "failed", "SrcGetObjectNotPermitted"),
        ("InvalidObjectState", 403, "failed", "SrcObjectNotEligible"),
        ("InternalError", 500, "later", ""),
        ("ServiceUnavailable", 503, "away", ""),
    ],
)
def test_at_the_source(code: str, status: int, result: str, reason: str) -> None:
    answer = at_source(Refusal(code, "no", status=status))
    assert (answer.result, answer.reason) == (result, reason)
