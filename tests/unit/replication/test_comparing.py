"""Claims about comparing replicas by digests."""

from __future__ import annotations

import random
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from sandbox.replication.comparing import BUCKETS, Digests, bucket_of, entry
from sandbox.replication.values import Version

ITEMS = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=30)


def digests_of(items: dict[str, str], seed: int = 0) -> list[str]:
    digests = Digests()
    names = list(items)
    random.Random(seed).shuffle(names)
    for name in names:
        digests.add(key_of(name), {"value": {"S": items[name]}, "id": {"S": name}})
    return digests.texts()


def key_of(name: str) -> bytes:
    return orjson.dumps({"id": {"S": name}})


@given(ITEMS, st.integers())
def test_the_order_of_items_and_attributes_does_not_matter(items: dict[str, str], seed: int) -> None:
    assert digests_of(items) == digests_of(items, seed)


@given(ITEMS, st.text(max_size=5), st.text(min_size=6, max_size=6))
def test_a_changed_item_shows_in_its_bucket_alone(items: dict[str, str], name: str, value: str) -> None:
    before, after = digests_of(items), digests_of({**items, name: value})
    differing = [number for number in range(BUCKETS) if before[number] != after[number]]
    assert differing == [bucket_of(key_of(name))]


def test_an_entry_tells_where_and_when_it_was_written() -> None:
    item: dict[str, Any] = {"id": {"S": "7"}}
    version = Version(stamp_us=5, region="eu-west-1", vector={"eu-west-1": 5})
    assert entry(key_of("7"), item, version) == {"key": item, "item": item, "stamp_us": 5, "region": "eu-west-1"}
    assert entry(key_of("7"), item, None)["stamp_us"] is None
