"""Claims about changes on their way: answers wait for the disk, peers get only what they lack."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sandbox.replication.changes import told
from sandbox.replication.values import Conflict, Durations, Replicated, Version
from sandbox.replication.wire import BATCH, encode_batch, encode_entry

World = Any
Tell = Callable[..., Any]


def batch_for(region: Any, key: str, stamp_us: int) -> bytes:
    [group] = region.replication.membership.live()
    version = Version(stamp_us=stamp_us, region="us-east-1", vector={"us-east-1": stamp_us})
    held = Replicated(item={"id": {"S": key}}, version=version)
    return encode_batch(group.group_id, "us-east-1", 1, [encode_entry(b'{"id":{"S":"%b"}}' % key.encode(), held)])


def test_a_batch_is_answered_when_it_is_on_disk_also_the_second_time(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        dublin = world.regions[1]
        body = batch_for(dublin, "7", 1)
        answers = [asyncio.create_task(dublin.replication.receive(BATCH, body)) for _ in range(2)]
        await asyncio.sleep(0.001)
        assert not any(answer.done() for answer in answers), (
            "the second brings nothing new, but the disk has not the first"
        )
        await asyncio.sleep(0.005)
        assert [answer.result()[0] for answer in answers] == [200, 200]

    in_a_world(story)


def test_a_batch_for_a_table_that_is_not_here_is_refused(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        body = encode_batch("nothing", "us-east-1", 1, [])
        assert (await world.regions[0].replication.receive(BATCH, body))[0] == 404

    in_a_world(story)


def test_a_batch_for_a_replica_that_was_deleted_and_made_again_is_refused(in_a_world: Tell) -> None:
    """What it brings may have been deleted since, and forgotten."""

    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, _ = world.regions
        late = batch_for(dublin, "7", 1)
        await tokyo.remove_replica(dublin.code)
        await world.until(lambda: dublin.items() is None)
        await asyncio.sleep(1.0)
        await tokyo.add_replica(dublin.code)
        await world.are_active()
        assert (await dublin.replication.receive(BATCH, late))[0] == 404
        await tokyo.put("8")
        await world.is_quiet()
        assert set(dublin.items()) == {"8"}

    in_a_world(story, durations=Durations(source_rule_s=0.0))


def test_a_replicated_change_is_not_sent_on(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        await asyncio.sleep(5.0)
        world.ocean.sent.clear()
        await dublin.put("7")
        await asyncio.sleep(5.0)
        assert sorted(world.ocean.sent) == [
            (dublin.code, tokyo.code, BATCH),
            (dublin.code, virginia.code, BATCH),
        ]

    in_a_world(story)


def test_a_conflict_is_told_for_the_learner() -> None:
    def held(region: str, stamp_us: int) -> Replicated:
        return Replicated(item={}, version=Version(stamp_us=stamp_us, region=region, vector={region: stamp_us}))

    later = told("a", "orders", {}, Conflict(loser=held("a", 5), winner=held("b", 8)), 1.0)
    assert later.why == "b wrote 3 µs later, without having seen what a wrote: the last writer wins"
    tied = told("a", "orders", {}, Conflict(loser=held("a", 5), winner=held("b", 5)), 1.0)
    assert "at the same microsecond, and its name is greater" in tied.why
