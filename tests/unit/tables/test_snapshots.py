"""A table as JSON, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

INDEX = {
    "IndexName": "by-nr",
    "KeySchema": [{"AttributeName": "nr", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["v"]},
}


def test_a_dumped_table_comes_back_as_it_was(new_region: Callable[[], Any]) -> None:
    region, again = new_region(), new_region()
    region.create(
        GlobalSecondaryIndexes=[INDEX],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        Tags=[{"Key": "k", "Value": "v"}],
        DeletionProtectionEnabled=True,
    )
    region.call(
        "UpdateTimeToLive", TableName="orders", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    for number in range(5):
        region.put(id="a", nr=number, v="x", until=int(region.now_s))
    for description, items in region.tables.dump():
        kept = orjson.loads(orjson.dumps([description, list(items)]))
        again.tables.restore(kept[0], iter(kept[1]))
    for action in ("DescribeTable", "DescribeTimeToLive"):
        assert again.call(action, TableName="orders") == region.call(action, TableName="orders")
    assert again.all() == region.all()
    assert again.changes == []
    scan = {"TableName": "orders", "IndexName": "by-nr"}
    assert again.call("Scan", **scan) == region.call("Scan", **scan)
    arn = region.call("DescribeTable", TableName="orders")["Table"]["LatestStreamArn"]
    assert again.call("DescribeStream", StreamArn=arn)["StreamDescription"]["StreamStatus"] == "ENABLED"
    assert again.tables.expire(again.now_s) == 5
