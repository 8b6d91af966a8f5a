"""Tags of tables."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal

ARN = "arn:aws:dynamodb:eu-west-1:000000000000:table/orders"


def tag(key: str, value: str = "v") -> dict[str, str]:
    return {"Key": key, "Value": value}


def test_tags_are_set_replaced_listed_and_taken_away(region: Any) -> None:
    region.create(Tags=[tag("team", "a")])
    region.call("TagResource", ResourceArn=ARN, Tags=[tag("team", "b"), tag("stage")])
    region.call("UntagResource", ResourceArn=ARN, TagKeys=["stage", "none"])
    assert region.call("ListTagsOfResource", ResourceArn=ARN) == {"Tags": [tag("team", "b")]}


def test_many_tags_come_in_pages(region: Any) -> None:
    region.create(Tags=[tag(f"k{number:02}") for number in range(12)])
    first = region.call("ListTagsOfResource", ResourceArn=ARN)
    rest = region.call("ListTagsOfResource", ResourceArn=ARN, NextToken=first["NextToken"])
    assert len(first["Tags"]) + len(rest["Tags"]) == 12
    assert "NextToken" not in rest


def test_a_table_has_fifty_tags_at_most(region: Any) -> None:
    region.create(Tags=[tag(f"k{number}") for number in range(50)])
    with pytest.raises(Refusal, match="Too many tags"):
        region.call("TagResource", ResourceArn=ARN, Tags=[tag("more")])


def test_tags_need_the_arn_of_a_table_that_is_there(region: Any) -> None:
    for arn, code in (("orders", "ValidationException"), (ARN, "ResourceNotFoundException")):
        with pytest.raises(Refusal) as refused:
            region.call("ListTagsOfResource", ResourceArn=arn)
        assert refused.value.code == code
