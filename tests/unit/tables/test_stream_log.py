"""One stream's records: order, views, age."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.tables.stream_log import KEPT_S, Stream, position_of, sequence_number_of
from sandbox.tables.values import Change, KeySchema

KEY = {"id": {"S": "a"}}
OLD, NEW = {**KEY, "n": {"N": "1"}}, {**KEY, "n": {"N": "2"}}


def stream(view: str = "NEW_AND_OLD_IMAGES") -> Stream:
    key = KeySchema(hash_name="id", hash_type="S")
    return Stream(table="orders", table_arn="arn", key=key, view=view, created_at_s=0.0)


def change(old: Any, new: Any, at_s: float = 1.9, cause: Any = "user") -> Change:
    return Change("id", "orders", KEY, old, new, cause, at_s)


@pytest.mark.parametrize(
    ("view", "images"),
    [
        ("KEYS_ONLY", set()),
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
    ],
)
def test_a_view_shows_its_images(view: str, images: set[str]) -> None:
    made = stream(view)
    made.note(change(OLD, NEW))
    record = made.render(0, "eu-west-1")["dynamodb"]
    assert {name for name in record if name.endswith("Image")} == images
    assert record["Keys"] == KEY


def test_events_are_named_by_what_was_there_before() -> None:
    made = stream()
    for old, new in ((None, NEW), (NEW, OLD), (OLD, None)):
        made.note(change(old, new))
    records = [made.render(number, "eu-west-1") for number in range(made.end)]
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert len({record["eventID"] for record in records}) == 3
    assert records[0]["eventVersion"] == "1.1"


def test_a_put_that_changes_nothing_writes_no_record() -> None:  # fact sheet 6.09
    made = stream()
    made.note(change(NEW, dict(NEW)))
    assert made.end == 0


def test_moments_are_whole_seconds() -> None:  # 6.07
    made = stream()
    made.note(change(None, NEW, at_s=1.9))
    assert made.render(0, "eu-west-1")["dynamodb"]["ApproximateCreationDateTime"] == 1


def test_sizes_are_those_of_keys_and_images() -> None:  # 6.06: {"id": "NewKey"} with both images is 8 + 8
    made = stream()
    key = {"id": {"S": "NewKey"}}
    made.note(Change("id", "orders", key, None, key, "user", 0.0))
    assert made.render(0, "eu-west-1")["dynamodb"]["SizeBytes"] == 16


def test_only_what_time_to_live_deleted_is_marked() -> None:  # 6.12
    made = stream()
    made.note(change(OLD, None, cause="ttl"))
    made.note(change(NEW, None, cause="replication"))
    assert made.render(0, "eu-west-1")["userIdentity"] == {
        "Type": "Service",
        "PrincipalId": "dynamodb.amazonaws.com",
    }
    assert "userIdentity" not in made.render(1, "eu-west-1")


def test_records_are_kept_for_24_hours_and_keep_their_numbers() -> None:
    made = stream()
    made.note(change(None, OLD, at_s=0.0))
    made.note(change(OLD, NEW, at_s=100.0))
    made.trim(KEPT_S + 50.0)
    assert made.dropped == 1
    assert made.at(1).new == NEW


def test_sequence_numbers_have_21_digits_and_turn_back_into_positions() -> None:
    assert len(sequence_number_of(0)) == len(sequence_number_of(10**9)) == 21
    assert position_of(sequence_number_of(7)) == 7
