"""A region's view of buckets: topics first, control for what they do not have yet."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal, unavailable
from sandbox.region.buckets import RegionBuckets

B = {"name": "b", "account": "0", "region": "eu-west-1", "created_at_s": 1.0}


class Control:
    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.is_away = False

    async def __call__(self, method: str, **arguments: Any) -> Any:
        self.asked.append(method)
        if self.is_away:
            raise unavailable("control", "it is not running")
        return self.answers.get(method)


def view(**answers: Any) -> tuple[RegionBuckets, Control]:
    control = Control(answers)
    return RegionBuckets("eu-west-1", control), control


def test_a_known_bucket_costs_no_question_and_is_known_without_control() -> None:
    buckets, control = view()
    control.is_away = True
    buckets.on_topic("bucket/b", B)
    found = asyncio.run(buckets.find("b"))
    assert found is not None
    assert (found.region, control.asked) == ("eu-west-1", [])
    buckets.on_topic("bucket/b", None)
    assert asyncio.run(buckets.find("b")) is None


def test_a_bucket_made_a_moment_ago_elsewhere_is_asked_for_once() -> None:
    buckets, control = view(bucket_where=B)
    asyncio.run(buckets.find("b"))
    assert asyncio.run(buckets.find("b")) is not None
    assert control.asked == ["bucket_where"]


def test_without_control_names_are_neither_given_nor_taken() -> None:
    buckets, control = view()
    control.is_away = True
    buckets.on_topic("bucket/b", B)
    with pytest.raises(Refusal, match="not available"):
        asyncio.run(buckets.claim("c", "0", "eu-west-1"))
    with pytest.raises(Refusal, match="not available"):
        asyncio.run(buckets.gone("b"))
    assert asyncio.run(buckets.find("b")) is not None


def test_what_this_region_made_or_deleted_it_knows_at_once() -> None:
    buckets, _ = view(bucket_made=B)
    asyncio.run(buckets.made("b", "0", "eu-west-1"))
    assert [bucket.name for bucket in buckets.of_account("0")] == ["b"]
    asyncio.run(buckets.gone("b"))
    assert buckets.of_account("0") == []
