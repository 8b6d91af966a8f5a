"""BatchGetItem and BatchWriteItem."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal


def put(item: Any) -> dict[str, Any]:
    return {"PutRequest": {"Item": item}}


def test_a_batch_writes_and_reads_several_tables(region: Any, item_of: Any) -> None:
    region.create("one")
    region.create("two", ranged=False)
    region.put("one", id="old", nr=1)
    delete = {"DeleteRequest": {"Key": item_of(id="old", nr=1)}}
    asked = {"one": [put(item_of(id="a", nr=1)), delete], "two": [put(item_of(id="b"))]}
    assert region.call("BatchWriteItem", RequestItems=asked) == {"UnprocessedItems": {}}
    keys = {"one": {"Keys": [item_of(id="a", nr=1), item_of(id="old", nr=1)]}, "two": {"Keys": [item_of(id="b")]}}
    answer = region.call("BatchGetItem", RequestItems=keys)
    assert answer["Responses"] == {"one": [item_of(id="a", nr=1)], "two": [item_of(id="b")]}
    assert answer["UnprocessedKeys"] == {}


def test_one_bad_request_keeps_the_whole_batch_from_being_written(region: Any, item_of: Any) -> None:
    region.create()
    with pytest.raises(Refusal, match="The provided key element does not match the schema"):
        region.call("BatchWriteItem", RequestItems={"orders": [put(item_of(id="a", nr=1)), put(item_of(id="b"))]})
    assert region.all() == []


def test_the_25_writes_of_a_batch_are_counted_over_all_tables(region: Any, item_of: Any) -> None:
    for table in ("orders", "others"):
        region.create(table)
    puts = [put(item_of(id="a", nr=number)) for number in range(13)]
    with pytest.raises(Refusal, match="Too many items requested for the BatchWriteItem call"):
        region.call("BatchWriteItem", RequestItems={"orders": puts, "others": puts})


@pytest.mark.parametrize(
    ("requests", "words"),
    [
        ([1, 1], "Provided list of item keys contains duplicates"),
        (list(range(26)), "Map value must satisfy constraint: [Member must have length less than or equal to 25, "),
        ([], "Member must have length greater than or equal to 1"),
    ],
)
def test_a_batch_that_cannot_be_is_refused(region: Any, item_of: Any, requests: list[int], words: str) -> None:
    region.create()
    with pytest.raises(Refusal) as refused:
        region.call("BatchWriteItem", RequestItems={"orders": [put(item_of(id="a", nr=n)) for n in requests]})
    assert words in refused.value.message


def test_a_batch_reads_a_hundred_keys_at_most(region: Any, item_of: Any) -> None:
    region.create()
    keys = [item_of(id="a", nr=number) for number in range(101)]
    with pytest.raises(Refusal, match="less than or equal to 100"):
        region.call("BatchGetItem", RequestItems={"orders": {"Keys": keys}})


def test_what_is_beyond_16_megabytes_is_left_for_the_next_call(region: Any, item_of: Any) -> None:
    region.create()
    for number in range(50):
        region.put(id="a", nr=number, v="x" * 390_000)
    keys = {"orders": {"Keys": [item_of(id="a", nr=number) for number in range(50)], "ProjectionExpression": "nr"}}
    first = region.call("BatchGetItem", RequestItems=keys)
    rest = first["UnprocessedKeys"]
    assert 0 < len(rest["orders"]["Keys"]) < 50
    second = region.call("BatchGetItem", RequestItems=rest)
    assert len(first["Responses"]["orders"]) + len(second["Responses"]["orders"]) == 50
    assert second["Responses"]["orders"][0].keys() == {"nr"}


@pytest.mark.parametrize("call", ["BatchGetItem", "BatchWriteItem"])
def test_a_batch_of_nothing_is_refused(region: Any, call: str) -> None:
    with pytest.raises(Refusal, match=f"The requestItems parameter is required for {call}"):
        region.call(call, RequestItems={})
