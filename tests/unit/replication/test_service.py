"""Claims about one region's replication as a whole: what reaches the others, when, and what survives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sandbox.replication.values import Pause

World = Any
Tell = Callable[..., Any]


def test_a_write_is_read_in_the_other_regions_and_in_their_streams(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        await dublin.put("7", fruit="apple")
        await world.is_quiet()
        assert tokyo.items() == dublin.items() == virginia.items()
        assert tokyo.items()["7"]["fruit"] == {"S": "apple"}
        for region in world.regions:
            [stream] = (await region.call("ListStreams", TableName="orders"))["Streams"]
            shard = (await region.call("DescribeStream", StreamArn=stream["StreamArn"]))["StreamDescription"]
            shard_id = shard["Shards"][0]["ShardId"]
            iterator = await region.call(
                "GetShardIterator",
                StreamArn=stream["StreamArn"],
                ShardId=shard_id,
                ShardIteratorType="TRIM_HORIZON",
            )
            records = (await region.call("GetRecords", ShardIterator=iterator["ShardIterator"]))["Records"]
            assert [(record["eventName"], record["awsRegion"]) for record in records] == [("INSERT", region.code)]

    in_a_world(story)


def test_the_later_of_two_writes_stays_and_the_other_is_recorded_where_it_was_made(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        for other in (tokyo, dublin):
            world.ocean.cut_both(virginia.code, other.code)
        await virginia.put("7", fruit="apple")
        await dublin.put("7", fruit="pear")
        world.ocean.heal()
        await world.is_quiet()
        assert [region.items()["7"]["fruit"]["S"] for region in world.regions] == ["pear"] * 3
        logs = [region.replication.conflicts("000000000000", "orders") for region in world.regions]
        assert [len(log) for log in logs] == [0, 0, 1]
        assert logs[2][0]["loser"]["item"]["fruit"] == {"S": "apple"}
        assert logs[2][0]["winner"]["region"] == "eu-west-1"
        [event] = virginia.journal.of_kind("conflicted")
        assert event["winner"] == "eu-west-1"
        assert event["margin_us"] == 2000

    in_a_world(story)


def test_a_counter_that_two_regions_raise_loses_one(in_a_world: Tell) -> None:
    """Images travel, not operations (GT 3.12): 10, +1 in two regions, is 11 everywhere."""

    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, _ = world.regions

        def add(number: str) -> dict[str, Any]:
            values = {":n": {"N": number}}
            key = {"id": {"S": "counter"}}
            return {
                "TableName": "orders",
                "Key": key,
                "UpdateExpression": "ADD n :n",
                "ExpressionAttributeValues": values,
            }

        await tokyo.call("UpdateItem", **add("10"))
        await world.is_quiet()
        await tokyo.call("UpdateItem", **add("1"))
        await dublin.call("UpdateItem", **add("1"))
        await world.is_quiet()
        assert [region.items()["counter"]["n"]["N"] for region in world.regions] == ["11"] * 3

    in_a_world(story)


def test_a_clock_that_is_behind_does_not_lose_what_its_region_writes_over(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, _ = world.regions
        tokyo.replication.set_skew_ms(-5000)
        await dublin.put("7", fruit="pear")
        await world.is_quiet()
        await tokyo.put("7", fruit="plum")
        await world.is_quiet()
        assert [region.items()["7"]["fruit"]["S"] for region in world.regions] == ["plum"] * 3

    in_a_world(story)


def test_a_peer_that_was_away_for_hours_gets_what_it_missed(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        await tokyo.crash()
        for number in range(300):
            await dublin.put(f"item {number % 100}", number=str(number))
        await world.until(lambda: virginia.items() == dublin.items())
        [status] = dublin.replication.status()
        away = next(peer for peer in status["peers"] if peer["region"] == tokyo.code)
        assert away["backlog"] == 100, "changes of one item are sent as one"
        await world.until(lambda: bool(dublin.journal.of_kind("peer_lost")))
        before_s = len(world.ocean.sent)
        await asyncio.sleep(3 * 3600)
        assert len(world.ocean.sent) - before_s < 2 * 3 * 3600, "the peer is asked at most every other second"
        tokyo.start()
        assert await world.is_quiet() < 3
        assert tokyo.items() == dublin.items()
        [back] = dublin.journal.of_kind("peer_back")
        assert back["away_s"] > 3 * 3600

    in_a_world(story)


def test_what_was_acknowledged_before_a_crash_is_sent_after_it(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        for other in (tokyo, virginia):
            world.ocean.cut_both(dublin.code, other.code)
        await dublin.put("7", fruit="pear")
        await dublin.put("8", fruit="fig")
        await dublin.delete("8")
        await dublin.crash()
        world.ocean.heal()
        dublin.start()
        await world.is_quiet()
        assert list(tokyo.items()) == list(virginia.items()) == ["7"]

    in_a_world(story)


def test_after_a_restart_only_what_lacks_an_acknowledgement_is_sent(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        _, dublin, _ = world.regions
        for number in range(50):
            await dublin.put(f"item {number}")
        await world.is_quiet()
        await dublin.ledger.committed()
        await dublin.crash()
        dublin.start()
        assert dublin.backlog() == 0

    in_a_world(story)


def test_what_is_not_on_disk_is_not_known_elsewhere(in_a_world: Tell) -> None:
    """A write that a crash takes back must not live on in another region, or the regions would disagree."""

    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        item = {"id": {"S": "7"}}
        dublin.tables.execute("PutItem", {"TableName": "orders", "Item": item}, dublin.clock.wall_s())
        await asyncio.sleep(0.001)  # its commit takes 2 ms
        await dublin.crash()
        dublin.start()
        await world.is_quiet()
        assert not tokyo.items()
        assert not dublin.items()
        assert not virginia.items()

    in_a_world(story)


def test_a_pause_stops_one_table_into_and_out_of_a_region_and_nothing_else(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table("orders")
        await world.global_table("carts")
        tokyo, dublin, virginia = world.regions
        for region in world.regions:
            region.replication.set_paused([Pause("orders", tokyo.code)])
        for name in ("orders", "carts"):
            await dublin.put("from dublin", name)
            await tokyo.put("from tokyo", name)
        await asyncio.sleep(10.0)
        assert list(tokyo.items()) == ["from tokyo"]
        assert list(dublin.items()) == list(virginia.items()) == ["from dublin"]
        assert len(tokyo.items("carts")) == len(dublin.items("carts")) == 2
        for region in world.regions:
            region.replication.set_paused([])
        await world.is_quiet()
        assert len(tokyo.items()) == len(dublin.items()) == len(virginia.items()) == 2

    in_a_world(story)


def test_an_item_that_expires_in_two_regions_is_no_news(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, _ = world.regions
        specification = {"Enabled": True, "AttributeName": "until"}
        await dublin.call("UpdateTimeToLive", TableName="orders", TimeToLiveSpecification=specification)
        item = {"id": {"S": "7"}, "until": {"N": str(int(dublin.clock.wall_s()) + 5)}}
        await dublin.call("PutItem", TableName="orders", Item=item)
        await world.is_quiet()
        await asyncio.sleep(10.0)
        assert [region.tables.expire(region.clock.wall_s()) for region in world.regions] == [1, 1, 1]
        await world.is_quiet()
        assert not tokyo.items()
        assert not dublin.items()
        assert not [event for region in world.regions for event in region.journal.of_kind("conflicted")]

    in_a_world(story)


def test_a_plain_table_is_kept_as_before_and_sent_nowhere(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        dublin = world.regions[1]
        await dublin.create_table()
        await dublin.put("7")
        await dublin.put("8")
        await dublin.delete("7")
        [table] = dublin.ledger.tables()
        rows = list(dublin.ledger.items(table[0]))
        assert [(row[0], *row[2:]) for row in rows] == [(b'{"id":{"S":"8"}}', None, None, None)]
        assert not world.ocean.sent

    in_a_world(story)


def test_a_message_that_nobody_of_ours_sent_is_refused(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        replication = world.regions[0].replication
        for path in ("batch", "group", "probe"):
            for body in (b"", b"[]", b"nonsense"):
                status, _ = await replication.receive(f"/_sandbox/replication/{path}", body)
                assert status == 400, (path, body)
        assert (await replication.receive("/_sandbox/replication/other", b"{}"))[0] == 404

    in_a_world(story)


def test_a_reset_ends_what_was_global_for_good(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        for region in world.regions:
            region.tables.catalogue.tables.clear()
            region.replication.reset()
            region._keep_tables("000000000000")
        await asyncio.sleep(10.0)
        for region in world.regions:
            assert region.replication.status() == []
            assert region.items() is None
            assert not list(region.ledger.marks())

    in_a_world(story)
