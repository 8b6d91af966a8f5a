"""Where queries and scans start and end."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal
from sandbox.tables.ranges import end_of_prefix, segment_bounds


@given(st.text(min_size=1, max_size=3), st.text(max_size=4))
def test_what_begins_with_a_prefix_lies_between_it_and_its_end(prefix: str, text: str) -> None:
    end = end_of_prefix({"S": prefix})
    assert text.startswith(prefix) == (prefix <= text and (end is None or text < end))


def test_a_binary_prefix_ends_too() -> None:
    assert end_of_prefix({"B": "AP8="}) == b"\x01"  # 00 ff
    assert end_of_prefix({"B": "//8="}) is None  # ff ff


@given(st.integers(1, 1000))
def test_segments_meet_without_gap_or_overlap(total: int) -> None:
    bounds = [segment_bounds(segment, total) for segment in range(total)]
    assert bounds[0][0] == bytes(4)
    assert bounds[-1][1] is None
    assert all(left[1] == right[0] for left, right in pairwise(bounds))


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ({"id": "a"}, "The provided starting key is invalid"),
        ({"id": "a", "nr": "x"}, "The provided key element does not match the schema"),
        ({"id": "b", "nr": 1}, "outside query boundaries"),
        ({"id": "a", "nr": 1}, "does not match the range key predicate"),
    ],
)
def test_a_start_outside_of_the_query_is_refused(region: Any, item_of: Any, start: Any, words: str) -> None:
    region.create()
    with pytest.raises(Refusal) as refused:
        region.call(
            "Query",
            TableName="orders",
            KeyConditionExpression="id = :a AND nr > :n",
            ExpressionAttributeValues=item_of(**{":a": "a", ":n": 5}),
            ExclusiveStartKey=item_of(**start),
        )
    assert words in refused.value.message


def test_a_value_of_another_type_than_the_key_is_refused(region: Any, item_of: Any) -> None:
    region.create()
    with pytest.raises(Refusal, match="Condition parameter type does not match schema type"):
        region.call(
            "Query",
            TableName="orders",
            KeyConditionExpression="id = :a",
            ExpressionAttributeValues=item_of(**{":a": 1}),
        )
