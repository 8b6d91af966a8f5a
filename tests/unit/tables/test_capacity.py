"""Consumed capacity and item collections."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.tables.capacity import read_units, write_units

BY_COLOR = {
    "IndexName": "by-color",
    "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}
COLOR = [{"AttributeName": "color", "AttributeType": "S"}]


@pytest.mark.parametrize(
    ("size", "consistent", "units"), [(0, False, 0.5), (4096, True, 1.0), (4097, True, 2.0), (4097, False, 1.0)]
)
def test_a_read_unit_is_four_kilobytes(size: int, consistent: bool, units: float) -> None:
    assert read_units(size, consistent=consistent) == units
    assert read_units(size, consistent=True, transactional=True) == 2 * read_units(size, consistent=True)


def test_a_write_unit_is_one_kilobyte_and_a_transaction_doubles_it() -> None:
    assert [write_units(size) for size in (0, 1024, 1025)] == [1.0, 1.0, 2.0]
    assert write_units(1025, transactional=True) == 4.0


def test_an_index_costs_only_when_its_entry_changes(region: Any, item_of: Any) -> None:
    region.create(attributes=COLOR, GlobalSecondaryIndexes=[BY_COLOR])

    def units(**item: Any) -> dict[str, Any]:
        answer = region.call("PutItem", TableName="orders", Item=item_of(**item), ReturnConsumedCapacity="INDEXES")
        capacity = answer["ConsumedCapacity"]
        of_index = capacity.get("GlobalSecondaryIndexes", {}).get("by-color", {}).get("CapacityUnits", 0.0)
        return {"total": capacity["CapacityUnits"], "table": capacity["Table"]["CapacityUnits"], "index": of_index}

    assert units(id="a", nr=1) == {"total": 1.0, "table": 1.0, "index": 0.0}  # sparse
    assert units(id="a", nr=1, color="red") == {"total": 2.0, "table": 1.0, "index": 1.0}
    assert units(id="a", nr=1, color="red", v="x") == {"total": 1.0, "table": 1.0, "index": 0.0}  # not projected
    assert units(id="a", nr=1, color="blue") == {"total": 3.0, "table": 1.0, "index": 2.0}  # moved


def test_capacity_is_absent_unless_asked_for(region: Any, item_of: Any) -> None:
    region.create()
    assert region.call("PutItem", TableName="orders", Item=item_of(id="a", nr=1)) == {}
    answer = region.call("GetItem", TableName="orders", Key=item_of(id="a", nr=1), ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": "orders", "CapacityUnits": 0.5}


def test_only_a_table_with_local_indexes_has_item_collections(region: Any, item_of: Any) -> None:
    keys = [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "color", "KeyType": "RANGE"}]
    local = {**BY_COLOR, "KeySchema": keys}
    region.create("without")
    region.create("with", attributes=COLOR, LocalSecondaryIndexes=[local])
    put = {"Item": item_of(id="a", nr=1), "ReturnItemCollectionMetrics": "SIZE"}
    assert region.call("PutItem", TableName="without", **put) == {}
    metrics = region.call("PutItem", TableName="with", **put)["ItemCollectionMetrics"]
    assert metrics == {"ItemCollectionKey": item_of(id="a"), "SizeEstimateRangeGB": [0.0, 1.0]}
