"""Claims about the life of replicas when calls in two regions meet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sandbox.replication.values import Durations

World = Any
Tell = Callable[..., Any]


def test_a_creation_is_seen_through_although_who_began_it_was_deleted_meanwhile(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        tokyo, dublin, virginia = world.regions
        await dublin.create_table()
        await dublin.add_replica(tokyo.code)
        await world.are_active(regions=(tokyo, dublin))
        await dublin.put("7")
        await world.is_quiet()
        world.ocean.delay_s = (0.2, 0.2)
        await asyncio.gather(dublin.add_replica(virginia.code), tokyo.remove_replica(dublin.code))
        await world.until(lambda: dublin.items() is None)
        await world.are_active(regions=(tokyo, virginia))
        assert set(virginia.items()) == {"7"}

    in_a_world(story, durations=Durations(source_rule_s=0.0, creating_s=1.0))
