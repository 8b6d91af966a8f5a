"""Claims about global tables as the whole planet sees them: what all regions say, put together."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.management.client import ManagementClient
from sandbox.replication.overview import Tables, compared

FIRST, SECOND = "us-east-1", "eu-west-1"
ACCOUNT = "000000000000"


@pytest.fixture
def tables(fake_sandbox):
    with ManagementClient.of(fake_sandbox.home) as client:
        yield Tables(lambda method, **arguments: client.call("hub", method, **arguments), ACCOUNT)


def view(region: str, peer: str, table: str = "orders", backlog: int = 0, syncing: bool = False) -> dict[str, Any]:
    return {
        "account": ACCOUNT,
        "table": table,
        "region": region,
        "members": {FIRST: "ACTIVE", SECOND: "ACTIVE"},
        "peers": [{"region": peer, "backlog": backlog, "syncing": syncing}],
    }


def item(key: str, value: str | None, stamp_us: int | None = 1) -> dict[str, Any]:
    return {
        "key": {"id": {"S": key}},
        "item": {"id": {"S": key}, "v": {"S": value}},
        "stamp_us": stamp_us,
        "region": FIRST if stamp_us else None,
    }


def test_a_silent_region_is_named_and_does_not_hide_the_others(tables, fake_sandbox):
    fake_sandbox.regions["table_status"] = {FIRST: [view(FIRST, SECOND), view(FIRST, SECOND, table="carts")]}
    asked = tables.status("orders")
    assert [found["table"] for found in asked.answers[FIRST]] == ["orders"]
    assert asked.silent == {SECOND: "no answer in time"}


def test_a_table_that_nobody_has_is_named_with_near_matches(tables, fake_sandbox):
    fake_sandbox.regions["table_status"] = {FIRST: [view(FIRST, SECOND)], SECOND: [view(SECOND, FIRST)]}
    with pytest.raises(Refusal, match=r"Unknown global table 'ordres'. Did you mean orders\?"):
        tables.status("ordres")


def test_the_backlog_counts_every_direction_and_whole_tables_under_way(tables, fake_sandbox):
    fake_sandbox.regions["table_status"] = {
        FIRST: [view(FIRST, SECOND, backlog=3)],
        SECOND: [view(SECOND, FIRST, backlog=2, syncing=True)],
    }
    assert tables.backlog("orders") == 6


def test_conflicts_of_all_regions_stand_in_one_order(tables, fake_sandbox):
    def lost(at_s: float) -> dict[str, Any]:
        return {"at_s": at_s, "loser": {"stamp_us": 1}}

    fake_sandbox.regions["table_conflicts"] = {FIRST: [lost(1), lost(3)], SECOND: [lost(2)]}
    assert [found["at_s"] for found in tables.conflicts("orders")] == [1, 2, 3]
    assert [found["at_s"] for found in tables.conflicts("orders", most=2)] == [2, 3]
    assert fake_sandbox.calls[-1][1]["account"] == ACCOUNT


def test_only_buckets_that_differ_are_asked_for(tables, fake_sandbox):
    fake_sandbox.regions["table_digests"] = {FIRST: ["a", "b", "c"], SECOND: ["a", "x", "c"]}
    fake_sandbox.regions["table_items"] = {FIRST: [item("7", "apple")], SECOND: [item("7", "pear")]}
    found = tables.diff("orders")
    assert fake_sandbox.calls[-1][1]["buckets"] == [1]
    assert [difference.items[SECOND]["v"] for difference in found.differences] == [{"S": "pear"}]
    assert found.regions == (FIRST, SECOND)
    assert not found.more


def test_equal_replicas_are_not_walked_twice(tables, fake_sandbox):
    fake_sandbox.regions["table_digests"] = {FIRST: ["a"], SECOND: ["a"]}
    assert not tables.diff("orders").differences
    assert [method for method, _ in fake_sandbox.calls] == ["table_digests"]


def test_more_differences_than_asked_for_are_said_to_be_there(tables, fake_sandbox):
    fake_sandbox.regions["table_digests"] = {FIRST: ["a"] * 20, SECOND: ["b"] * 20}
    fake_sandbox.regions["table_items"] = {FIRST: [item("7", "apple")], SECOND: []}
    found = tables.diff("orders", most=1)
    assert len(found.differences) == 1
    assert found.more


def test_a_table_in_no_region_is_refused(tables, fake_sandbox):
    fake_sandbox.regions["table_digests"] = {FIRST: None, SECOND: None}
    with pytest.raises(Refusal, match="Unknown table 'orders'"):
        tables.diff("orders")


def test_an_item_that_one_replica_has_not_differs_and_an_equal_one_does_not():
    found = compared({FIRST: [item("7", "apple"), item("8", "pear")], SECOND: [item("8", "pear", stamp_us=None)]})
    [difference] = found
    assert difference.key == {"id": {"S": "7"}}
    assert difference.items[SECOND] is None
    assert difference.written == {FIRST: (1, FIRST), SECOND: None}
