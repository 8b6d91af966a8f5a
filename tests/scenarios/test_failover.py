"""Stories of users who lose a region, told in both worlds. Figures: R53 section 5, divided by speed 10."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
HOME = {"new-york": "us-east-1", "paris": "eu-west-1", "tokyo": "ap-northeast-1"}
NAME = "app.example.test"
INTERVAL_S, THRESHOLD, TTL_S, SPEED = 10, 3, 60, 10

Story = Callable[[Any], Awaitable[None]]
Run = Callable[[Story], None]


def address(region: str) -> str:
    return f"198.18.{REGIONS.index(region) + 1}.10"


async def with_latency_records(planet: Any) -> None:
    """app.example.test: the nearest healthy region."""
    records = []
    for region in REGIONS:
        config = {
            "Type": "HTTP",
            "IPAddress": address(region),
            "Port": 80,
            "ResourcePath": "/",
            "RequestInterval": INTERVAL_S,
            "FailureThreshold": THRESHOLD,
        }
        check = await planet.set_check(f"check-{region}", config)
        records.append(
            {
                "Name": f"{NAME}.",
                "Type": "A",
                "SetIdentifier": region,
                "Region": region,
                "TTL": TTL_S,
                "HealthCheckId": check,
                "ResourceRecords": [{"Value": address(region)}],
            }
        )
    await planet.set_zone("example.test.", records)
    await planet.wait_until(served_at_home(planet), within_s=60)


def served_at_home(planet: Any) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        visits = [await planet.visit(place, NAME) for place in HOME]
        return [visit.served_by for visit in visits] == list(HOME.values())

    return holds


def is_served(planet: Any, place: str) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return bool((await planet.visit(place, NAME, timeout_s=1)).ok)

    return holds


def test_each_city_is_served_by_its_nearest_region(in_both_worlds: Run) -> None:
    in_both_worlds(with_latency_records)


def test_users_of_a_killed_region_are_served_elsewhere_after_detection_and_ttl(in_both_worlds: Run) -> None:
    """Refused at once, so detection is threshold x interval; then caches expire; at most 1 s is our own."""

    async def story(planet: Any) -> None:
        await with_latency_records(planet)
        await planet.inject("stop", "eu-west-1")
        assert (await planet.visit("paris", NAME)).error == "refused"
        took_s = await planet.wait_until(is_served(planet, "paris"), within_s=30)
        assert took_s <= (THRESHOLD * INTERVAL_S + TTL_S) / SPEED + 1
        assert (await planet.visit("paris", NAME)).served_by == "us-east-1"
        assert (await planet.visit("tokyo", NAME)).served_by == "ap-northeast-1", "others notice nothing"

    in_both_worlds(story)


def test_a_cut_off_region_takes_longer_to_detect_and_healing_brings_its_users_back(in_both_worlds: Run) -> None:
    """Packets are swallowed, so each probe lasts until its time-out of 4 s."""

    async def story(planet: Any) -> None:
        await with_latency_records(planet)
        fault = await planet.inject("isolate", "eu-west-1")
        assert (await planet.visit("paris", NAME, timeout_s=1)).error == "timeout"
        took_s = await planet.wait_until(is_served(planet, "paris"), within_s=40)
        assert took_s <= (THRESHOLD * (INTERVAL_S + 4) + TTL_S) / SPEED + 1 + 1, "the last try may start a second late"
        await planet.heal(fault)
        await planet.wait_until(served_at_home(planet), within_s=30)

    in_both_worlds(story)


def test_when_nothing_is_healthy_the_answer_is_as_if_everything_were(in_both_worlds: Run) -> None:
    """R53 1.1 rule 4: never an empty answer because of health alone."""

    async def story(planet: Any) -> None:
        await with_latency_records(planet)
        for region in REGIONS:
            await planet.inject("stop", region)
        await planet.wait_until(has_lost_all(planet), within_s=60)
        await planet.wait_until(is_refused(planet, "sydney"), within_s=60)
        assert (await planet.visit("mumbai", NAME)).error == "refused", "a city that had nothing cached gets an address"

    in_both_worlds(story)


def has_lost_all(planet: Any) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return len(await planet.unhealthy()) == len(REGIONS)

    return holds


def is_refused(planet: Any, place: str) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return bool((await planet.visit(place, NAME, timeout_s=1)).error == "refused")

    return holds


def test_a_one_way_partition_is_felt_by_one_city_alone(in_both_worlds: Run) -> None:
    async def story(planet: Any) -> None:
        await with_latency_records(planet)
        fault = await planet.inject("partition", "eu-west-1", "paris", one_way=True)
        assert (await planet.visit("paris", NAME, timeout_s=1)).error == "timeout"
        assert (await planet.visit("london", NAME)).served_by == "eu-west-1"
        await planet.heal(fault)
        assert (await planet.visit("paris", NAME)).served_by == "eu-west-1"

    in_both_worlds(story)
