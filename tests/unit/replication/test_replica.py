"""Claims about one table of one region: what local writes and arriving changes make of it."""

from __future__ import annotations

from typing import Any

import orjson

from sandbox.replication.replica import WALK, Parts, Replica
from sandbox.replication.rows import PUT_CONFLICT, PUT_ITEM
from sandbox.replication.values import Replicated, Version
from sandbox.replication.wire import decode_batch, encode_batch
from sandbox.tables.core import Tables
from sandbox.tables.values import Change

HERE, THERE = "eu-west-1", "us-east-1"
BASE = Version(stamp_us=100, region=HERE, vector={HERE: 100})


class Place:
    """A region's table and what was told of it."""

    def __init__(self, base: Version | None = BASE) -> None:
        self.changes: list[Change] = []
        self.tables = Tables(HERE, "000000000000", self.changes.append)
        key = [{"AttributeName": "id", "KeyType": "HASH"}]
        types = [{"AttributeName": "id", "AttributeType": "S"}]
        body = {
            "TableName": "orders",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": key,
            "AttributeDefinitions": types,
        }
        self.tables.execute("CreateTable", body, 1.0)
        table = self.tables.catalogue.tables["orders"]
        self.replica = Replica(HERE, group_id="g", account="000000000000", table=table, base=base, parts=Parts())

    def put(self, key: str, clock_us: int, **more: Any) -> Any:
        self.tables.execute("PutItem", {"TableName": "orders", "Item": {"id": {"S": key}, **more}}, 1.0)
        change = self.changes[-1]
        return self.replica.write(self.tables, change, orjson.dumps(change.key), clock_us, 1)

    def arrive(self, key: str, item: dict[str, Any] | None, stamp_us: int) -> Any:
        version = Version(stamp_us=stamp_us, region=THERE, vector={THERE: stamp_us})
        theirs = Replicated(item=item, version=version)
        named = {"id": {"S": key}}
        return self.replica.arrive(self.tables, named, orjson.dumps(named), theirs, 1.0)


def test_a_newer_change_is_stored_with_its_row_and_an_older_one_leaves_no_trace() -> None:
    place = Place()
    rows, conflict = place.arrive("7", {"id": {"S": "7"}, "a": {"S": "1"}}, 200)
    assert len(rows) == 1
    assert conflict is None
    assert place.changes[-1].cause == "replication"
    assert place.arrive("7", {"id": {"S": "7"}}, 150) == ([], None)
    assert place.arrive("7", {"id": {"S": "7"}}, 200) == ([], None)
    assert len(place.changes) == 1


def test_a_tombstone_is_kept_although_nothing_was_there() -> None:
    place = Place()
    rows, _ = place.arrive("7", None, 200)
    assert len(rows) == 1
    assert not place.changes
    place.arrive("7", {"id": {"S": "7"}}, 150)
    assert not place.changes, "an older put does not bring the item back"


def test_the_conflict_and_the_item_go_into_the_ledger_together() -> None:
    place = Place()
    place.put("7", 200)
    rows, conflict = place.arrive("7", {"id": {"S": "7"}, "a": {"S": "1"}}, 300)
    assert [statement for statement, _ in rows] == [PUT_ITEM, PUT_CONFLICT]
    assert conflict is not None
    assert conflict.margin_us == 100


def test_items_that_were_there_before_lose_against_whatever_is_written_later() -> None:
    place = Place()
    place.tables.execute("PutItem", {"TableName": "orders", "Item": {"id": {"S": "7"}}}, 1.0)
    rows, _ = place.arrive("7", {"id": {"S": "7"}, "a": {"S": "1"}}, 101)
    assert rows
    rows, _ = place.arrive("7", {"id": {"S": "7"}}, 99)
    assert not rows


def test_what_is_encoded_is_what_is_stored_now() -> None:
    place = Place()
    place.put("7", 200, a={"S": "1"})
    place.put("7", 300, a={"S": "2"})
    part = place.replica.encode(b'{"id":{"S":"7"}}')
    assert part is not None
    [(key, _, held)] = decode_batch(encode_batch("g", HERE, 1, [part])).entries
    assert (key, held.item) == ({"id": {"S": "7"}}, {"id": {"S": "7"}, "a": {"S": "2"}})
    assert held.version.stamp_us == 300
    assert place.replica.encode(b'{"id":{"S":"never"}}') is None


def test_a_walk_over_all_keys_survives_changes_and_ends_with_tombstones() -> None:
    place = Place()
    count = WALK * 2 + 10
    for number in range(count):
        place.put(str(number), 200 + number)
    place.arrive("deleted", None, 10_000)
    walk = place.replica.keys()
    seen = [next(walk) for _ in range(WALK + 5)]
    for number in range(0, count, 2):
        place.tables.execute("DeleteItem", {"TableName": "orders", "Key": {"id": {"S": str(number)}}}, 1.0)
    place.put("late", 20_000)
    seen += walk
    assert seen[-1] == b'{"id":{"S":"deleted"}}'
    for number in range(1, count, 2):
        assert orjson.dumps({"id": {"S": str(number)}}) in seen
    assert len(seen) == len(set(seen))


def test_a_walk_can_be_limited_to_one_regions_writes() -> None:
    place = Place()
    place.put("mine", 200)
    place.arrive("theirs", {"id": {"S": "theirs"}}, 200)
    place.arrive("gone", None, 200)
    assert sorted(place.replica.keys(lambda version: version.region == THERE)) == [
        b'{"id":{"S":"gone"}}',
        b'{"id":{"S":"theirs"}}',
    ]


def test_after_a_restart_no_stamp_is_given_out_twice() -> None:
    place = Place(base=None)
    version = Version(stamp_us=900, region=HERE, vector={HERE: 900})
    place.replica.restore(b'{"id":{"S":"7"}}', version, deleted=False)
    place.put("8", 5)
    key = b'{"id":{"S":"8"}}'
    made = place.replica.versions.of(key, {})
    assert made is not None
    assert made.stamp_us == 901
    assert place.replica.written_at_s(key) == 901 / 1_000_000
    assert place.replica.written_at_s(b"unknown") is None
