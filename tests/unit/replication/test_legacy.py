"""Claims about version 2017.11.29: refused in AWS's present words."""

from __future__ import annotations

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.replication.legacy import NOT_SUPPORTED, answer

NAME = {"GlobalTableName": "orders"}


@pytest.mark.parametrize(
    ("action", "body", "code", "words"),
    [
        ("CreateGlobalTable", NAME, "ValidationException", NOT_SUPPORTED),
        (
            "UpdateGlobalTable",
            {**NAME, "ReplicaUpdates": [{"Create": {"RegionName": "x"}}]},
            "ValidationException",
            NOT_SUPPORTED,
        ),
        (
            "UpdateGlobalTable",
            {**NAME, "ReplicaUpdates": [{"Delete": {"RegionName": "x"}}]},
            "GlobalTableNotFoundException",
            "Global table with name: 'orders' does not exist.",
        ),
        (
            "DescribeGlobalTable",
            NAME,
            "GlobalTableNotFoundException",
            "Global table not found: Global table with name: 'orders' does not exist.",
        ),
        (
            "DescribeGlobalTableSettings",
            NAME,
            "GlobalTableNotFoundException",
            "Global table with name: 'orders' does not exist.",
        ),
    ],
)
def test_calls_are_refused_as_aws_does(action: str, body: dict[str, object], code: str, words: str) -> None:
    with pytest.raises(Refusal) as refusal:
        answer(action, body)
    assert (refusal.value.code, refusal.value.message) == (code, words)


def test_there_are_none_to_list() -> None:
    assert answer("ListGlobalTables", {}) == {"GlobalTables": []}
