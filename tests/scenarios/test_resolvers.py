"""Stories of users whose resolver, or whose programs, do not do what the TTL says. R53 section 5, at speed 10."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
NAME = "app.example.test"
TTL_S, INTERVAL_S, THRESHOLD, SPEED = 60, 10, 3, 10

Story = Callable[[Any], Awaitable[None]]
Run = Callable[[Story], None]


def address(region: str) -> str:
    return f"198.18.{REGIONS.index(region) + 1}.10"


async def with_latency_records(planet: Any, checked: str = "") -> None:
    """app.example.test: the nearest region; `checked` has a health check."""
    records = []
    for region in REGIONS:
        record = {
            "Name": f"{NAME}.",
            "Type": "A",
            "SetIdentifier": region,
            "Region": region,
            "TTL": TTL_S,
            "ResourceRecords": [{"Value": address(region)}],
        }
        if region == checked:
            config = {"Type": "TCP", "IPAddress": address(region), "Port": 80, "RequestInterval": INTERVAL_S}
            record["HealthCheckId"] = await planet.set_check(
                f"check-{region}", config | {"FailureThreshold": THRESHOLD}
            )
        records.append(record)
    await planet.set_zone("example.test.", records)
    await planet.wait_until(serves(planet, "berlin", "eu-west-1"), within_s=60)


def serves(planet: Any, place: str, region: str) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return bool((await planet.visit(place, NAME, timeout_s=1)).served_by == region)

    return holds


def test_users_of_a_far_resolver_are_sent_to_where_it_stands_unless_it_tells_of_them(in_both_worlds: Run) -> None:
    """R53 1.2 Latency: the client subnet if the resolver sends one, otherwise the resolver's own place."""

    async def story(planet: Any) -> None:
        await with_latency_records(planet)
        usual = await planet.visit("sao-paulo", NAME)
        usual_s = min([(await planet.visit("sao-paulo", NAME)).took_s for _ in range(4)])
        await planet.set_place("sao-paulo", resolver_in="tokyo", client_subnet=False)
        misled = await planet.visit("sao-paulo", NAME)
        await planet.set_place("sao-paulo", client_subnet=True)
        told = await planet.visit("sao-paulo", NAME)
        assert (usual.served_by, misled.served_by, told.served_by) == ("us-east-1", "ap-northeast-1", "us-east-1")
        assert told.took_s > usual_s + 0.2, "the way to the resolver and back is 0.3 s"
        await planet.inject("partition", "sao-paulo", "tokyo")
        assert not (await planet.visit("sao-paulo", NAME, timeout_s=2)).ok, "even what is cached over there is lost"

    in_both_worlds(story)


def test_bad_habits_outlive_a_failover(in_both_worlds: Run) -> None:
    """Berlin's resolver obeys TTLs; Paris's keeps answers at least 180 s; London's for ever; Madrid's obeys, but the
    programs there keep an address until they are restarted."""

    async def story(planet: Any) -> None:
        habits: dict[str, dict[str, Any]] = {
            "paris": {"min_ttl_s": 180},
            "london": {"hold_s": "forever"},
            "madrid": {"app_cache_s": "forever"},
        }
        for place, changes in habits.items():
            await planet.set_place(place, **changes)
            await planet.forget_place(place)  # another story may have been told in the same live sandbox
        await with_latency_records(planet, checked="eu-west-1")
        for place in habits:
            assert (await planet.visit(place, NAME)).served_by == "eu-west-1"
        await planet.inject("stop", "eu-west-1")
        took_s = await planet.wait_until(serves(planet, "berlin", "us-east-1"), within_s=30)
        assert took_s <= (THRESHOLD * INTERVAL_S + TTL_S) / SPEED + 1
        for place in habits:
            assert (await planet.visit(place, NAME)).error == "refused", place
        await planet.wait_until(serves(planet, "paris", "us-east-1"), within_s=180 / SPEED + 1)
        for place in ("london", "madrid"):
            assert (await planet.visit(place, NAME)).error == "refused", place
            await planet.forget_place(place)
            assert (await planet.visit(place, NAME)).served_by == "us-east-1", place

    in_both_worlds(story)


def test_a_resolver_that_serves_stale_helps_when_it_cannot_reach_the_authority(in_both_worlds: Run) -> None:
    """RFC 8767: resolvers in Lagos and Nairobi are cut off from their edge locations; Nairobi's has no such habit."""

    async def story(planet: Any) -> None:
        await with_latency_records(planet)
        await planet.set_place("lagos", serve_stale_s=86_400)
        for place, edge in (("lagos", "edge:LOS"), ("nairobi", "edge:NBO")):
            assert (await planet.visit(place, NAME)).ok, place
            await planet.inject("partition", place, edge)
        await planet.wait_until(fails(planet, "nairobi"), within_s=TTL_S / SPEED + 2)
        stale = await planet.visit("lagos", NAME)
        assert stale.served_by == "eu-west-1"

    in_both_worlds(story)


def fails(planet: Any, place: str) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return not (await planet.visit(place, NAME, timeout_s=2)).ok

    return holds
