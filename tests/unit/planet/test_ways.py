"""Claims about what traceroute shows and where `--via` leads, on the whole simulated planet."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.planet.ways import Ways
from sandbox.sim.loop import run_virtual
from sandbox.sim.world import SimulatedPlanet

REGIONS = ("us-east-1", "eu-west-1")
ADDRESSES = ["192.0.2.1", "198.51.100.1"]
HEALTHY_AFTER_S = 4.0


def accelerator(enabled: bool = True, regions: tuple[str, ...] = REGIONS) -> dict[str, Any]:
    groups = [
        {
            "arn": f"group/{region}",
            "region": region,
            "health_check": {"protocol": "TCP", "port": 80, "interval_s": 10, "threshold": 3},
            "endpoints": [{"endpoint_id": region, "address": f"198.18.{REGIONS.index(region) + 1}.10"}],
        }
        for region in regions
    ]
    listener = {"arn": "listener", "port_ranges": [[80, 80]], "endpoint_groups": groups}
    return {"arn": "a", "name": "shop", "addresses": ADDRESSES, "enabled": enabled, "listeners": [listener]}


Story = Callable[[SimulatedPlanet, Ways], Coroutine[Any, Any, None]]


def play(story: Story, value: dict[str, Any] | None) -> None:
    async def whole() -> None:
        planet = SimulatedPlanet(REGIONS, speed=10)
        try:
            await planet.set_accelerator("a1", value)
            await planet.clock.sleep(HEALTHY_AFTER_S)
            await story(planet, Ways(planet.world, planet.accelerators))
        finally:
            await planet.close()

    run_virtual(whole())


def kinds(found: dict[str, Any]) -> list[str]:
    return [segment["kind"] for segment in found["segments"]]


def test_a_way_through_an_accelerator_has_both_its_parts() -> None:
    async def story(planet: SimulatedPlanet, ways: Ways) -> None:
        direct = await ways.traceroute("198.18.2.10", "paris")
        assert (kinds(direct), direct["owner"]) == (["access", "internet"], "eu-west-1")
        assert direct["rtt_ms"] == direct["rtt_now_ms"] == round(planet.atlas.rtt_ms("paris", "eu-west-1"), 2)
        through = await ways.traceroute("192.0.2.1", "paris")
        assert kinds(through) == ["access", "edge", "backbone"]
        assert (through["owner"], through["region"], through["accelerator"]) == ("edge:CDG", "eu-west-1", "shop")
        parts_ms = planet.atlas.rtt_ms("paris", "edge:CDG") + planet.atlas.rtt_ms("edge:CDG", "eu-west-1")
        assert through["rtt_ms"] == round(parts_ms, 2)
        assert through["why"].startswith("nearest region with a healthy endpoint: eu-west-1")
        assert all(segment["jitter_ms"] >= 0 for segment in through["segments"])

    play(story, accelerator())


def test_what_is_longer_or_blocked_says_why() -> None:
    async def story(planet: SimulatedPlanet, ways: Ways) -> None:
        await planet.inject("backbone-cut", "us-east-1", "eu-west-1")
        found = await ways.traceroute("us-east-1", "eu-west-1")
        assert found["rtt_now_ms"] > found["rtt_ms"]
        assert found["detours"][0].startswith("the backbone between us-east-1 and eu-west-1 is cut: the way round is")
        await planet.inject("network-zone", "2")
        assert (await ways.traceroute("198.51.100.1", "paris"))["blocked"] == "network zone 2 is down"
        await planet.inject("isolate", "eu-west-1")
        found = await ways.traceroute("192.0.2.1", "paris")
        assert (found["blocked"], found["rtt_now_ms"]) == ("eu-west-1 is isolated", None)

    play(story, accelerator())


def test_via_leads_to_the_accelerator_before_an_endpoint_and_past_it() -> None:
    async def story(planet: SimulatedPlanet, ways: Ways) -> None:
        records = [{"Name": "app.example.test.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.18.2.10"}]}]
        await planet.set_zone("example.test.", records)
        url = "http://app.example.test:80/path"
        assert (await ways.by_way(url, "paris", "accelerator"))["connect_to"] == "192.0.2.1"
        assert (await ways.by_way(url, "paris", "internet"))["connect_to"] == "198.18.2.10"
        assert (await ways.by_way("http://198.51.100.1/", "paris", "internet"))["connect_to"] == "198.18.2.10"
        assert (await ways.by_way("http://192.0.2.1/", "paris", "accelerator"))["accelerator"] == "shop"

    play(story, accelerator())


@pytest.mark.parametrize(
    ("value", "target", "via", "code", "said"),
    [
        (accelerator(regions=("us-east-1",)), "198.18.2.10", "accelerator", "NoAccelerator", "There is: shop."),
        (None, "198.18.2.10", "accelerator", "NoAccelerator", "There is no accelerator at all."),
        (accelerator(enabled=False), "192.0.2.1", "internet", "NoEndpoint", "shop is disabled"),
        (accelerator(), "gone.example.test", "internet", "NotFound", "has no address as seen from paris"),
        (accelerator(), "198.18.2.10", "satellite", "BadVia", "--via is internet or accelerator"),
    ],
)
def test_where_via_leads_nowhere_the_reason_is_told(
    value: dict[str, Any] | None, target: str, via: str, code: str, said: str
) -> None:
    async def story(planet: SimulatedPlanet, ways: Ways) -> None:
        with pytest.raises(Refusal) as refusal:
            await ways.by_way(target, "paris", via)
        assert refusal.value.code == code
        assert said in refusal.value.message

    play(story, value)


def test_a_place_that_nobody_owns_and_a_disabled_accelerator_in_traceroute() -> None:
    async def story(planet: SimulatedPlanet, ways: Ways) -> None:
        found = await ways.traceroute("192.0.2.1", "paris")
        assert (kinds(found), found["blocked"]) == (["access", "edge"], "shop is disabled")
        with pytest.raises(Refusal, match="is not an address of this planet"):
            await ways.traceroute("203.0.113.1", "paris")

    play(story, accelerator(enabled=False))


def test_accelerators_are_listed_with_health_and_open_flows() -> None:
    async def story(planet: SimulatedPlanet, ways: Ways) -> None:
        await planet.visit("paris", "192.0.2.1")
        await planet.clock.sleep(1)
        [listed] = ways.accelerators()
        assert (listed["name"], listed["flows"], listed["addresses"]) == ("shop", {}, ADDRESSES)
        assert listed["health"]["group/us-east-1"]["us-east-1"]["state"] == "HEALTHY"

    play(story, accelerator())
