"""Claims about telling a malformed request from a mistake of ours."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.shapes import misshapen


@pytest.mark.parametrize(
    ("action", "body", "names"),
    [
        ("CreateTable", {"TableName": "orders", "KeySchema": [7], "AttributeDefinitions": []}, "KeySchema[0]"),
        ("PutItem", {"TableName": "orders", "Item": {"id": "1"}}, "Item.id"),
        ("GetRecords", {"ShardIterator": 7}, "ShardIterator"),
    ],
)
def test_the_member_that_is_wrong_is_named(action: str, body: dict[str, Any], names: str) -> None:
    assert names in misshapen(action, body)


def test_a_right_shape_has_nothing_wrong() -> None:
    assert misshapen("PutItem", {"TableName": "orders", "Item": {"id": {"S": "1"}}}) == ""
