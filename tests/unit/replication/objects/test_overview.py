"""S3 replication of all regions, put together."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.replication.objects.overview import Buckets

VIEW = {"bucket": "b", "pending": 3}
SILENT = {"eu-west-1": "no answer in time"}


def buckets(silent: dict[str, str], **answers: Any) -> Buckets:
    def call(method: str, *, question: str, arguments: dict[str, Any], within_s: float) -> Any:
        assert method == "ask_regions"
        return {"answers": answers[question], "silent": silent}

    return Buckets(call)


def test_the_bucket_asked_for_is_shown_and_who_is_silent() -> None:
    asked = buckets(SILENT, bucket_status={"us-east-1": [VIEW, {"bucket": "c", "pending": 1}]}).status("b")
    assert asked.answers == {"us-east-1": [VIEW]}
    assert asked.silent == SILENT
    assert buckets({}, bucket_status={"us-east-1": [VIEW], "eu-west-1": [VIEW]}).backlog("b") == 6


def test_an_unknown_bucket_is_refused_with_near_ones() -> None:
    with pytest.raises(Refusal, match="Did you mean shop-us"):
        buckets({}, bucket_status={"us-east-1": [{"bucket": "shop-us"}]}).status("shop-u")
    assert buckets(SILENT, bucket_status={"us-east-1": []}).status("b").answers == {"us-east-1": []}


def test_what_failed_comes_from_whoever_has_the_bucket() -> None:
    failed = [{"key": "k"}, {"key": "l"}]
    assert buckets({}, bucket_failed={"us-east-1": failed, "eu-west-1": []}).failed("b", most=1) == failed[:1]
