"""Keys and items as requests bring them, and the writes that follow."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.attributes import item_size

COLOR = {
    "IndexName": "by-color",
    "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


@pytest.fixture
def table(region: Any) -> Any:
    region.create(attributes=[{"AttributeName": "color", "AttributeType": "S"}], GlobalSecondaryIndexes=[COLOR])
    return region.tables.catalogue.tables["orders"]


@pytest.mark.parametrize(
    "key",
    [{"id": {"S": "a"}}, {"id": {"S": "a"}, "nr": {"S": "1"}}, {"id": {"S": "a"}, "nr": {"N": "1"}, "x": {"N": "1"}}],
)
def test_a_key_has_exactly_the_key_attributes(table: Any, key: Any) -> None:
    with pytest.raises(Refusal, match="The provided key element does not match the schema"):
        table.checked_key(key)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"id": "a"}, "Missing the key nr in the item"),
        ({"id": 1, "nr": 1}, "Type mismatch for key id expected: S actual: N"),
        ({"id": "", "nr": 1}, "cannot contain an empty string value. Key: id"),
        (
            {"id": "a", "nr": 1, "color": 3},
            "Type mismatch for Index Key color Expected: S Actual: N IndexName: by-color",
        ),
        ({"id": "a", "nr": 1, "color": ""}, "IndexName: by-color, IndexKey: color"),
        ({"id": "a" * 2049, "nr": 1}, "maximum size limit of2048 bytes"),
        ({"id": "a", "nr": 1, "more": "x" * 400 * 1024}, "Item size has exceeded the maximum allowed size"),
    ],
)
def test_an_item_that_cannot_be_stored_says_why(table: Any, item_of: Any, item: Any, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        table.checked_item(item_of(**item))
    assert words in refused.value.message


def test_two_spellings_of_a_number_are_one_key(table: Any, item_of: Any) -> None:
    first = table.checked_key(item_of(id="a", nr={"N": "1.0"}))
    assert table.address_of(first) == table.address_of(item_of(id="a", nr=1))


def test_size_and_count_follow_every_write(table: Any, item_of: Any) -> None:
    old, new = item_of(id="a", nr=1, color="red"), item_of(id="a", nr=1, more="x" * 100)
    address = table.address_of(old)
    table.apply(address, None, old)
    assert (len(table.store), table.store.size_bytes) == (1, item_size(old))
    table.apply(address, old, new)
    assert table.store.size_bytes == item_size(new)
    assert table.indexes["by-color"].count == 0
    table.apply(address, new, None)
    assert (len(table.store), table.store.size_bytes) == (0, 0)
