"""Claims about senders: the lag is the link's, one hot key is not starved, an absent peer is asked ever more seldom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sandbox.replication.sender import BACKOFF_S, GATHER_S, MOST_UNDER_WAY
from sandbox.replication.wire import BATCH

World = Any
Tell = Callable[..., Any]
TWO = ("eu-west-1", "us-east-1")


def test_at_500_writes_a_second_the_lag_is_that_of_the_link_and_at_most_20_ms(in_a_world: Tell) -> None:
    """There and back takes 200 ms here; what is left of the lag is ours: two commits and the wait for a batch."""

    async def story(world: World) -> None:
        await world.global_table()
        dublin, virginia = world.regions
        world.ocean.delay_s = (0.1, 0.1)
        await dublin.put("first")
        await world.is_quiet()
        writes = [asyncio.create_task(dublin.put("first"))]
        for number in range(1000):
            await asyncio.sleep(0.002)
            writes.append(asyncio.create_task(dublin.put(f"item {number}")))
        await asyncio.gather(*writes)
        await world.is_quiet()
        [sender] = dublin.replication.changes.all_senders()
        assert 200 < sender.lag.percentile_ms(99) < 220
        assert len(virginia.items()) == 1001

    in_a_world(story, regions=TWO)


def test_4000_writes_a_second_over_100_ms_are_drained_within_a_second(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        dublin, virginia = world.regions
        world.ocean.delay_s = (0.05, 0.05)
        for tick in range(200):
            for number in range(20):
                item = {"id": {"S": f"{tick} {number}"}}
                dublin.tables.execute("PutItem", {"TableName": "orders", "Item": item}, dublin.clock.wall_s())
            await asyncio.sleep(0.005)
        assert await world.is_quiet() < 1.0
        assert len(virginia.items()) == 4000

    in_a_world(story, regions=TWO)


def test_a_key_that_is_written_all_the_time_arrives_all_the_same(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        dublin, virginia = world.regions
        for number in range(500):
            body = {"TableName": "orders", "Item": {"id": {"S": "hot"}, "n": {"N": str(number)}}}
            dublin.tables.execute("PutItem", body, dublin.clock.wall_s())
            await asyncio.sleep(0.001)
        assert int(virginia.items()["hot"]["n"]["N"]) > 400

    in_a_world(story, regions=TWO)


def test_an_absent_peer_is_asked_at_growing_intervals_with_one_batch(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        dublin, virginia = world.regions
        await virginia.crash()
        world.ocean.sent.clear()
        for number in range(1000):
            await dublin.put(f"item {number}")
        waited_s = sum(BACKOFF_S)
        await asyncio.sleep(waited_s)
        batches = [path for _, _, path in world.ocean.sent if path == BATCH]
        assert len(batches) < 2 * len(BACKOFF_S)

    in_a_world(story, regions=TWO)


def test_no_more_batches_are_under_way_than_the_limit(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        dublin, _ = world.regions
        world.ocean.delay_s = (0.9, 0.9)
        for number in range(1000):
            await dublin.put(f"item {number}")
            [sender] = dublin.replication.changes.all_senders()
            assert sender._under_way <= MOST_UNDER_WAY
        assert len(world.ocean.sent) > MOST_UNDER_WAY
        await world.is_quiet()

    in_a_world(story, regions=TWO)


def test_batches_wait_a_moment_to_carry_what_comes_together(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        dublin, _ = world.regions
        world.ocean.sent.clear()
        for number in range(100):
            item = {"id": {"S": str(number)}}
            dublin.tables.execute("PutItem", {"TableName": "orders", "Item": item}, dublin.clock.wall_s())
            await asyncio.sleep(0.001)
        await world.is_quiet()
        assert len(world.ocean.sent) <= 0.1 / GATHER_S + 2

    in_a_world(story, regions=TWO)


def test_nothing_is_sent_when_nothing_is_written(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        await asyncio.sleep(5.0)
        world.ocean.sent.clear()
        await asyncio.sleep(3600.0)
        assert not world.ocean.sent

    in_a_world(story)
