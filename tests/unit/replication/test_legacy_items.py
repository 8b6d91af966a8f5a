"""Claims about the attributes that version 2017.11.29 writes into items (GT 2.11)."""

from __future__ import annotations

import pytest

from sandbox.replication.legacy_items import dying, marked
from sandbox.replication.values import Version


@pytest.mark.parametrize(
    ("stamp_us", "time"),
    [(1_627_476_226_835_001, "1627476226.835001"), (1_627_476_226_000_010, "1627476226.00001"), (5_000_000, "5")],
)
def test_an_item_says_when_and_where_it_was_written(stamp_us: int, time: str) -> None:
    version = Version(stamp_us=stamp_us, region="eu-west-1", vector={})
    assert marked({"id": {"S": "7"}, "aws:rep:updateregion": {"S": "us-east-1"}}, version) == {
        "id": {"S": "7"},
        "aws:rep:deleting": {"BOOL": False},
        "aws:rep:updatetime": {"N": time},
        "aws:rep:updateregion": {"S": "eu-west-1"},
    }


def test_an_item_that_is_about_to_go_says_so() -> None:
    assert dying({"id": {"S": "7"}, "aws:rep:deleting": {"BOOL": False}})["aws:rep:deleting"] == {"BOOL": True}
