"""The global names of buckets are made anew at most once in a while, and none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sandbox.kernel.clock import LoopClock
from sandbox.kernel.tasks import Tasks
from sandbox.planet.bucket_names import WAIT_S, BucketNames
from sandbox.sim.loop import run_virtual


def told(*waves: list[tuple[str, str | None]]) -> list[dict[str, str]]:
    """The zones that are made when buckets come and go in waves, each after the zone of the one before."""
    zones: list[dict[str, str]] = []

    def keep(places: Mapping[str, str]) -> None:
        zones.append(dict(places))

    async def story() -> None:
        tasks = Tasks("test")
        names = BucketNames(keep, LoopClock(), tasks)
        for wave in waves:
            for name, region in wave:
                names.put(name, None if region is None else {"name": name, "region": region})
            await asyncio.sleep(2 * WAIT_S)
        await tasks.close()

    run_virtual(story())
    return zones


class SlowClock(LoopClock):
    """Each zone takes `took_s` to make, by this clock."""

    took_s = 0.0

    def now_s(self) -> float:
        return super().now_s() + self.took_s


def test_a_zone_that_takes_long_to_make_is_made_less_often() -> None:
    """After one that took 0.5 s the next comes 10 s later, with all that was told meanwhile."""
    clock, made_at_s = SlowClock(), list[float]()

    def make(places: Mapping[str, str]) -> None:
        made_at_s.append(asyncio.get_running_loop().time())
        clock.took_s += 0.5

    async def story() -> None:
        tasks = Tasks("test")
        names = BucketNames(make, clock, tasks)
        for number in range(150):
            names.put(f"b{number}", {"region": "eu-west-1"})
            await asyncio.sleep(0.1)
        await tasks.close()

    run_virtual(story())
    assert [round(at_s, 2) for at_s in made_at_s] == [0.0, 0.05, 10.1]


def test_there_is_a_zone_before_any_bucket() -> None:
    assert told() == [{}]


def test_a_thousand_buckets_at_once_are_one_zone() -> None:
    buckets: list[tuple[str, str | None]] = [(f"b{number}", "eu-west-1") for number in range(1000)]
    assert [len(zone) for zone in told(buckets)] == [0, 1000]


def test_a_bucket_that_is_made_anew_elsewhere_moves() -> None:
    assert told([("b", "eu-west-1")], [("b", None)], [("b", "us-east-1"), ("other", None)]) == [
        {},
        {"b": "eu-west-1"},
        {},
        {"b": "us-east-1"},
    ]
