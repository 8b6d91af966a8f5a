"""The whole API of the tables of one account."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.core import ACTIONS, ITEM_WRITES, READS, TABLE_WRITES


def test_every_action_stands_in_one_table() -> None:
    assert len(ACTIONS) == len(READS) + len(ITEM_WRITES) + len(TABLE_WRITES)


def test_what_is_not_emulated_says_so_by_name(region: Any) -> None:
    with pytest.raises(Refusal, match="ExportTableToPointInTime is not emulated by the sandbox") as refused:
        region.call("ExportTableToPointInTime")
    assert refused.value.code == "UnknownOperationException"


def test_what_another_region_decided_is_stored_indexed_and_streamed(region: Any, item_of: Any) -> None:
    region.create(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    key, item = item_of(id="a", nr=1), item_of(id="a", nr=1, v="x")
    region.tables.apply_replicated("orders", key, item, region.now_s)
    assert region.tables.item("orders", key) == item
    region.tables.apply_replicated("orders", key, None, region.now_s)
    region.tables.apply_replicated("orders", key, None, region.now_s)  # a delete of nothing is nothing
    assert [change.cause for change in region.changes] == ["replication"] * 2
    assert region.tables.catalogue.tables["orders"].stream.end == 2


def test_reading_changes_nothing(region: Any) -> None:
    region.create()
    region.put(id="a", nr=1)
    before = region.call("DescribeTable", TableName="orders")
    region.call("Scan", TableName="orders")
    region.call("ListTables")
    assert region.call("DescribeTable", TableName="orders") == before
    assert len(region.changes) == 1


def test_a_request_is_read_whole_before_any_of_it_is_judged(region: Any) -> None:
    """The value that cannot be read is told, not the table that is not there."""
    with pytest.raises(Refusal) as refused:
        region.call("PutItem", TableName="nothing", Item={"id": {"S": 7}})
    assert refused.value.code == "SerializationException"
    with pytest.raises(Refusal) as refused:
        region.call("PutItem", TableName="orders", Item={"id": {"S": 7}}, ReturnValues="BAD")
    assert refused.value.code == "SerializationException"
