"""S3 replication as the whole planet sees it: every region is asked for its own buckets.

    sb.buckets.status("shop-us")     # what waits, how late it is, what has failed
    sb.buckets.failed("shop-us")     # versions that will not be copied, and why
    sb.buckets.backlog("shop-us")    # how many wait

In: names of source buckets. Out: plain values. A region that does not answer is named in `silent`, not waited for.
"""

from __future__ import annotations

from typing import Any

from sandbox.kernel.errors import unknown
from sandbox.replication.overview import Asked, Call

MOST_FAILED = 100
WITHIN_S = 2.0


class Buckets:
    """The replicated buckets of one sandbox. call: a call to the hub."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def status(self, bucket: str | None = None) -> Asked:
        """Region -> each rule of its buckets (of one bucket): pending, pending_bytes, lag, failed, and so on.

        Refusal when no region that answers has a bucket of this name with replication.
        """
        asked = self._ask("bucket_status")
        answers = {
            region: [view for view in views if bucket in (None, view["bucket"])]
            for region, views in asked.answers.items()
        }
        if bucket is not None and not any(answers.values()) and not asked.silent:
            names = sorted({view["bucket"] for views in asked.answers.values() for view in views})
            raise unknown("replicated bucket", bucket, names, see="sandbox bucket status")
        return Asked(answers=answers, silent=asked.silent)

    def backlog(self, bucket: str) -> int:
        """Versions that are PENDING, over all rules."""
        return sum(view["pending"] for views in self.status(bucket).answers.values() for view in views)

    def failed(self, bucket: str, *, most: int = MOST_FAILED) -> list[dict[str, Any]]:
        """The latest first: key, version_id, destination, reason."""
        answers = self._ask("bucket_failed", bucket=bucket, most=most).answers
        return [version for versions in answers.values() for version in versions][:most]

    def _ask(self, question: str, **arguments: Any) -> Asked:
        """All regions at once."""
        found = self._call("ask_regions", question=question, arguments=arguments, within_s=WITHIN_S)
        return Asked(answers=found["answers"], silent=found["silent"])
