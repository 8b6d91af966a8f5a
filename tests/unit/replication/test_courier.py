"""Claims about telling peers of groups: the last state reaches each, whatever was lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sandbox.replication.wire import GROUP

World = Any
Tell = Callable[..., Any]


def test_members_are_told_until_they_have_it_and_then_no_more(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, _ = world.regions
        world.ocean.cut_both(tokyo.code, dublin.code)
        until = {"Enabled": True, "AttributeName": "until"}
        await tokyo.call("UpdateTimeToLive", TableName="orders", TimeToLiveSpecification=until)
        await asyncio.sleep(30.0)
        world.ocean.heal()
        await asyncio.sleep(10.0)
        described = await dublin.call("DescribeTimeToLive", TableName="orders")
        assert described["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
        world.ocean.sent.clear()
        await asyncio.sleep(600.0)
        assert not world.ocean.sent

    in_a_world(story)


def test_a_group_that_changes_while_it_is_under_way_is_told_once_more(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, _ = world.regions
        await asyncio.sleep(5.0)
        world.ocean.sent.clear()
        world.ocean.delay_s = (0.5, 0.5)
        for name, enabled in (("a", True), ("a", False), ("b", True), ("b", False), ("c", True)):
            specification = {"Enabled": enabled, "AttributeName": name}
            await tokyo.call("UpdateTimeToLive", TableName="orders", TimeToLiveSpecification=specification)
        await asyncio.sleep(10.0)
        told = [path for source, peer, path in world.ocean.sent if (source, peer) == (tokyo.code, dublin.code)]
        assert told == [GROUP, GROUP]
        described = await dublin.call("DescribeTimeToLive", TableName="orders")
        assert described["TimeToLiveDescription"]["AttributeName"] == "c"

    in_a_world(story)
