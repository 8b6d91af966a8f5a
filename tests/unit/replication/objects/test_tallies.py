"""What the journal hears of S3 replication, and CloudWatch through it (facts S3 A6)."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.replication.objects.looking import directions, since

DUBLIN, VIRGINIA = "eu-west-1", "us-east-1"


async def begun(world: Any, rule: Any) -> tuple[Any, Any]:
    dublin, virginia = world.regions[DUBLIN], world.regions[VIRGINIA]
    dublin.engine.make("b")
    virginia.engine.make("d")
    measured = {"Bucket": "arn:aws:s3:::d", "Metrics": {"Status": "Enabled"}}
    await dublin.configure("b", rule("d", Destination=measured))
    return dublin, virginia


def told(region: Any) -> list[dict[str, Any]]:
    return list(region.journal.of_kind("objects_replicated"))


def test_numbers_come_at_most_once_a_second_and_add_up(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, _ = await begun(world, rule)
        for number in range(50):
            await dublin.put("b", f"k{number}", b"12345")
        await world.is_quiet()
        await asyncio.sleep(2)
        events = told(dublin)
        assert sum(event["copied"] for event in events) == 50
        assert len(events) <= 4
        last = events[-1]
        assert (last["pending"], last["pending_bytes"], last["failed"]) == (0, 0, 0)
        assert (last["bucket"], last["destination"], last["peer"], last["rule_id"]) == ("b", "d", VIRGINIA, "all")
        assert last["is_measured"]
        assert 0.04 < max(event["latency_s"] for event in events) < 1

    in_a_world(story)


def test_while_all_waits_its_age_is_told_now_and_then_also_after_a_kill(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, _ = await begun(world, rule)
        world.cut_both(DUBLIN, VIRGINIA)
        await dublin.put("b", "k", b"12345")
        await asyncio.sleep(100)
        await dublin.crash()
        dublin.start()
        await asyncio.sleep(100)
        events = told(dublin)
        assert 6 <= len(events) <= 10
        assert (events[-1]["pending"], events[-1]["pending_bytes"]) == (1, 5)
        assert 150 < events[-1]["latency_s"] < 201
        world.heal()
        await world.is_quiet()
        await asyncio.sleep(2)
        assert (told(dublin)[-1]["pending"], told(dublin)[-1]["copied"]) == (0, 1)

    in_a_world(story)


def test_what_failed_is_counted_and_named(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, virginia = await begun(world, rule)
        del virginia.engine.buckets["d"]
        await dublin.put("b", "k", b"1")
        await world.is_quiet()
        await asyncio.sleep(2)
        assert sum(event["failed"] for event in told(dublin)) == 1
        [failed] = dublin.journal.of_kind("object_not_replicated")
        assert (failed["key"], failed["reason"]) == ("k", "DstBucketNotFound")
        assert failed["why"] == "the destination bucket does not exist"

    in_a_world(story)


def test_operators_see_each_rule(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, virginia = await begun(world, rule)
        await dublin.put("b", "there", b"1")
        await world.is_quiet()
        await virginia.crash()
        await dublin.put("b", "waits", b"123")
        await asyncio.sleep(10)
        [view] = directions(dublin.replication, dublin.replication._rows, dublin.replication._clock.wall_s())
        assert (view["bucket"], view["destination"], view["destination_region"]) == ("b", "d", VIRGINIA)
        assert (view["pending"], view["pending_bytes"], view["completed"], view["failed"]) == (1, 3, 1, 0)
        assert 9 < view["oldest_pending_s"] < 11
        assert 0 < view["away_s"] < 11
        assert view["lag_p50_ms"] > 40

    in_a_world(story)


def test_since_is_never_before_now() -> None:
    assert since(None, 5.0) is None
    assert since(2.0, 5.0) == 3.0
    assert since(6.0, 5.0) == 0.0
