"""Claims about what the journal is told: summaries, not packets; a peer is lost once and back once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

World = Any
Tell = Callable[..., Any]
TWO = ("eu-west-1", "us-east-1")


def test_what_was_shipped_is_told_at_most_once_a_second_and_all_of_it(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        dublin, _ = world.regions
        await asyncio.sleep(5.0)
        for number in range(1000):
            await dublin.put(f"item {number}")
        await asyncio.sleep(5.0)
        events = dublin.journal.of_kind("shipped")
        assert 2 <= len(events) <= 4
        assert sum(event["changes"] for event in events) == 1000
        assert sum(event["measured"] for event in events) == 1000
        assert all(60 < event["lag_ms_min"] <= event["lag_ms_max"] < 90 for event in events)
        assert all(60 < event["lag_ms_sum"] / event["measured"] < 90 for event in events)
        assert {event["account"] for event in events} == {"000000000000"}

    in_a_world(story, regions=TWO)


def test_a_peer_is_lost_once_and_back_once(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        dublin, virginia = world.regions
        await asyncio.sleep(5.0)
        world.ocean.cut_both(dublin.code, virginia.code)
        await dublin.put("7")
        await asyncio.sleep(60.0)
        assert dublin.replication.status()[0]["peers"][0]["away_s"] > 50
        world.ocean.heal()
        await world.is_quiet()
        [lost], [back] = dublin.journal.of_kind("peer_lost"), dublin.journal.of_kind("peer_back")
        assert (lost["peer"], lost["backlog"]) == ("us-east-1", 1)
        assert back["away_s"] > 55
        assert dublin.replication.status()[0]["peers"][0]["away_s"] is None

    in_a_world(story, regions=TWO)
