"""Tables by name, and the one way in for writes."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.stream_log import KEPT_S


def test_a_table_is_found_by_name_and_by_arn(region: Any) -> None:
    region.create()
    catalogue = region.tables.catalogue
    assert catalogue.table("orders") is catalogue.table("arn:aws:dynamodb:eu-west-1:000000000000:table/orders")
    assert catalogue.find("arn:aws:dynamodb:eu-west-2:000000000000:table/orders") is None


def test_calls_on_tables_repeat_the_name_that_is_not_there(region: Any) -> None:
    with pytest.raises(Refusal, match=r"^Requested resource not found$"):
        region.call("GetItem", TableName="orders", Key={"id": {"S": "a"}})
    with pytest.raises(Refusal, match="Requested resource not found: Table: orders not found"):
        region.call("DescribeTable", TableName="orders")


def test_every_stored_write_is_told_with_both_images(region: Any, item_of: Any) -> None:
    region.create()
    region.put(id="a", nr=1, v="x")
    region.put(id="a", nr=1, v="y")
    region.call("DeleteItem", TableName="orders", Key=item_of(id="a", nr=1))
    region.call("DeleteItem", TableName="orders", Key=item_of(id="a", nr=1))  # nothing there: nothing told
    x, y = item_of(id="a", nr=1, v="x"), item_of(id="a", nr=1, v="y")
    assert [(change.old, change.new) for change in region.changes] == [(None, x), (x, y), (y, None)]
    assert all(change.key == item_of(id="a", nr=1) for change in region.changes)


def test_ids_differ_and_look_like_uuids(region: Any) -> None:
    catalogue = region.tables.catalogue
    first, second = catalogue.fresh_id(1.0), catalogue.fresh_id(1.0)
    assert first != second
    assert [len(part) for part in first.split("-")] == [8, 4, 4, 4, 12]


def test_a_closed_stream_is_forgotten_after_24_hours(region: Any) -> None:
    region.create(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    region.call("DeleteTable", TableName="orders")
    assert len(region.call("ListStreams")["Streams"]) == 1
    region.now_s += KEPT_S + 1
    assert region.call("ListStreams")["Streams"] == []
