"""Claims about flows through an accelerator on the whole simulated planet: round trips, faults, idle time-outs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sandbox.accelerator.service import IDLE_TCP_S, TIDY_AT_LEAST
from sandbox.kernel.errors import Refusal
from sandbox.sim.loop import run_virtual
from sandbox.sim.world import SimulatedPlanet

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
FIRST, SECOND = "192.0.2.1", "198.51.100.1"
SPEED = 10.0
HEALTHY_AFTER_S = 4.0  # threshold 3 x interval 10 s at speed 10, and the round trips

Story = Callable[[SimulatedPlanet], Coroutine[Any, Any, None]]


@pytest.fixture
def play(value: Callable[..., Any]) -> Callable[..., None]:
    """play(story, **value's arguments): on a planet whose accelerator is healthy."""

    def run(story: Story, **given: Any) -> None:
        async def whole() -> None:
            planet = SimulatedPlanet(REGIONS, speed=SPEED)
            try:
                await planet.set_accelerator("a1", value(**given))
                await planet.clock.sleep(HEALTHY_AFTER_S)
                await story(planet)
            finally:
                await planet.close()

        run_virtual(whole())

    return run


class Client(asyncio.Protocol):
    """Asks and listens."""

    def __init__(self) -> None:
        self.got = b""
        self.lost: list[Exception | None] = []
        self.news = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.got += data
        self.news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)
        self.news.set()

    async def ask(self) -> bytes:
        """One request on this connection."""
        self.got = b""
        self.news.clear()
        self.transport.write(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
        await self.news.wait()
        return self.got


async def connect(planet: SimulatedPlanet, place: str, address: str = FIRST, port: int = 80) -> Client:
    _, client = await planet.world.open(place, address, port, Client)
    assert isinstance(client, Client)
    return client


def test_a_connection_costs_a_round_trip_to_the_edge_and_a_first_byte_both_parts(play: Any) -> None:
    # GA section 8, check 8. Cold, the edge's own connection is under way meanwhile; warm, the answer takes one of each.
    async def story(planet: SimulatedPlanet) -> None:
        to_edge_s = planet.atlas.rtt_ms("sao-paulo", "edge:GRU") / 1000
        onward_s = planet.atlas.rtt_ms("edge:GRU", "us-east-1") / 1000
        began_s = planet.clock.now_s()
        client = await connect(planet, "sao-paulo")
        assert planet.clock.now_s() - began_s == pytest.approx(to_edge_s, abs=0.002)
        assert b"us-east-1" in await client.ask()
        assert planet.clock.now_s() - began_s == pytest.approx(to_edge_s + 2 * onward_s, abs=0.004)
        began_s = planet.clock.now_s()
        await client.ask()
        assert planet.clock.now_s() - began_s == pytest.approx(to_edge_s + onward_s, abs=0.003)
        [event] = planet.journal.of_kind("flow_routed")
        assert (event["edge"], event["region"], event["place"]) == ("edge:GRU", "us-east-1", "sao-paulo")
        assert event["why"].startswith("nearest region with a healthy endpoint: us-east-1 115 ms, eu-west-1")

    play(story)


@pytest.mark.parametrize(
    ("given", "port", "why"),
    [
        ({"enabled": False}, 80, "shop is disabled"),
        ({}, 8080, "shop has no listener for TCP port 8080"),
        ({"dials": [0, 0, 0]}, 80, "every endpoint group is dialled to 0 %"),
        ({"weights": [[0], [0], [0]]}, 80, "no endpoint has a weight over 0"),
    ],
)
def test_what_nobody_takes_is_refused_after_a_round_trip_to_the_edge(
    play: Any, given: dict[str, Any], port: int, why: str
) -> None:
    async def story(planet: SimulatedPlanet) -> None:
        began_s = planet.clock.now_s()
        with pytest.raises(ConnectionRefusedError):
            await connect(planet, "paris", port=port)
        to_edge_s = planet.atlas.rtt_ms("paris", "edge:CDG") / 1000
        assert planet.clock.now_s() - began_s == pytest.approx(to_edge_s, abs=0.002)
        [event] = planet.journal.of_kind("flow_refused")
        assert (event["why"], event["edge"]) == (why, "edge:CDG")
        assert planet.accelerators.flows() == []

    play(story, **given)


def test_a_deleted_accelerators_addresses_are_nobodys(play: Any) -> None:
    async def story(planet: SimulatedPlanet) -> None:
        await planet.set_accelerator("a1", None)
        with pytest.raises(Refusal) as refusal:
            await connect(planet, "paris")
        assert refusal.value.code == "NotOnThePlanet"

    play(story)


def test_open_flows_end_with_the_load_balancer_at_their_end(play: Any, value: Callable[..., Any]) -> None:
    async def story(planet: SimulatedPlanet) -> None:
        here, elsewhere = await connect(planet, "paris"), await connect(planet, "new-york")
        assert b"eu-west-1" in await here.ask()
        gone = value()
        gone["listeners"][0]["endpoint_groups"][1]["endpoints"][0]["missing"] = "the load balancer was deleted"
        await planet.set_accelerator("a1", gone)
        await planet.clock.sleep(1)
        assert (len(here.lost), len(elsewhere.lost)) == (1, 0)
        [broken] = planet.journal.of_kind("flows_broken")
        assert (broken["why"], broken["flows"]) == ("the load balancer was deleted", 1)
        assert b"us-east-1" in await (await connect(planet, "paris")).ask()

    play(story)


def test_a_port_override_leads_to_another_port_of_the_endpoint(play: Any) -> None:
    async def story(planet: SimulatedPlanet) -> None:
        client = await connect(planet, "paris", port=81)
        assert b"200" in await client.ask()

    play(story, overrides=[{"listener_port": 81, "endpoint_port": 80}])


def test_new_connections_move_within_detection_and_open_ones_stay(play: Any, value: Callable[..., Any]) -> None:
    """GA section 8, check 6, and 3.4: an endpoint that only fails its checks keeps the flows that it has."""
    sick = value()
    sick["listeners"][0]["endpoint_groups"][1]["health_check"]["port"] = 81

    async def story(planet: SimulatedPlanet) -> None:
        client = await connect(planet, "paris")
        assert b"eu-west-1" in await client.ask()
        await planet.set_accelerator("a1", sick)
        await planet.clock.sleep(HEALTHY_AFTER_S)
        assert planet.accelerators.report("a1")["group/eu-west-1"]["eu-west-1/0"]["state"] == "UNHEALTHY"
        assert (await planet.visit("paris", FIRST)).served_by == "us-east-1"
        assert b"eu-west-1" in await client.ask()
        assert [one.region for one in planet.accelerators.flows()] == ["eu-west-1"]

    play(story)


def test_a_region_that_is_killed_is_left_within_its_own_detection_and_a_second(play: Any) -> None:
    async def story(planet: SimulatedPlanet) -> None:
        await planet.inject("stop", "eu-west-1")
        began_s = planet.clock.now_s()
        visit = await planet.visit("paris", FIRST)
        assert visit.error == "reset", "the edge location accepts, and finds nobody behind it"
        while not (await planet.visit("paris", FIRST)).ok:
            await planet.clock.sleep(0.05)
        assert planet.clock.now_s() - began_s <= 3.0 + 1.0

    play(story)


def test_a_failed_edge_location_resets_its_flows_and_its_cities_enter_at_the_next(play: Any) -> None:
    async def story(planet: SimulatedPlanet) -> None:
        client = await connect(planet, "tokyo")
        await client.ask()
        fault = await planet.inject("edge-down", "NRT")
        assert isinstance(client.lost[0], ConnectionResetError)
        assert (await planet.visit("tokyo", FIRST)).served_by == "ap-northeast-1"
        assert planet.journal.of_kind("flow_routed")[-1]["edge"] == "edge:KIX"
        await planet.set_zone(
            "example.test.",
            [{"Name": "a.example.test.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.18.3.10"}]}],
        )
        assert (await planet.visit("tokyo", "a.example.test")).took_s < 1, "resolvers ask the next name server too"
        await planet.heal(fault)
        await planet.visit("tokyo", FIRST)
        assert planet.journal.of_kind("flow_routed")[-1]["edge"] == "edge:NRT"

    play(story)


def test_a_network_zone_that_is_down_answers_nothing_and_resets_what_was_open(play: Any) -> None:
    async def story(planet: SimulatedPlanet) -> None:
        clients = [await connect(planet, "paris", FIRST), await connect(planet, "paris", SECOND)]
        fault = await planet.inject("network-zone", "1")
        assert [bool(client.lost) for client in clients] == [True, False]
        assert (await planet.visit("paris", FIRST, timeout_s=3)).error == "timeout"
        assert (await planet.visit("paris", SECOND)).ok
        waiting = asyncio.gather(planet.visit("paris", FIRST))
        await planet.clock.sleep(1)
        await planet.heal(fault)
        [visit] = await waiting
        assert visit.ok
        [broken] = planet.journal.of_kind("flows_broken")
        assert (broken["flows"], broken["why"]) == (1, "network zone 1 is down")

    play(story)


def test_a_severed_backbone_takes_the_long_way_and_a_severed_region_is_passed_over(play: Any) -> None:
    async def story(planet: SimulatedPlanet) -> None:
        usual_s = (await planet.visit("sao-paulo", FIRST)).took_s
        cut = await planet.inject("backbone-cut", "SA", "NA")
        longer = await planet.visit("sao-paulo", FIRST)
        assert longer.ok
        assert longer.took_s > usual_s
        await planet.heal(cut)
        await planet.inject("backbone-cut", "us-east-1")
        assert (await planet.visit("sao-paulo", FIRST)).served_by == "eu-west-1"
        assert (await planet.visit("new-york", FIRST)).served_by == "us-east-1", "New York's edge is in its area"
        assert b"us-east-1" in await (await connect(planet, "sao-paulo", "198.18.1.10")).ask(), "over the Internet"

    play(story)


def test_a_flow_on_which_nothing_moves_is_forgotten_after_its_idle_timeout(play: Any) -> None:
    # GA 3.4: 340 s TCP; at speed 10 34 s.
    async def story(planet: SimulatedPlanet) -> None:
        idle, busy = await connect(planet, "paris"), await connect(planet, "paris")
        for _ in range(4):
            await planet.clock.sleep(IDLE_TCP_S / SPEED / 4 * 0.99)
            await busy.ask()
        assert not idle.lost
        await planet.clock.sleep(IDLE_TCP_S / SPEED / 10)
        assert isinstance(idle.lost[0], ConnectionResetError)
        assert not busy.lost

    play(story)


def test_flows_that_have_ended_are_forgotten_though_nobody_asks(play: Any) -> None:
    async def story(planet: SimulatedPlanet) -> None:
        for _ in range(TIDY_AT_LEAST + 100):
            (await connect(planet, "paris")).transport.abort()
        assert len(planet.accelerators._flows) < TIDY_AT_LEAST

    play(story)


def test_a_preview_opens_and_notes_nothing(play: Any) -> None:
    async def story(planet: SimulatedPlanet) -> None:
        edge, choice = planet.accelerators.preview("paris", FIRST, 80)
        assert (edge, getattr(choice.group, "region", "")) == ("edge:CDG", "eu-west-1")
        assert planet.journal.of_kind("flow_routed") == []
        assert planet.accelerators.at(FIRST) is planet.accelerators.in_front_of("198.18.2.10")
        assert planet.accelerators.in_front_of("198.18.9.10") is None
        both_ms = planet.atlas.rtt_ms("paris", "edge:CDG") + planet.atlas.rtt_ms("edge:CDG", "eu-west-1")
        assert planet.world.rtt_ms("paris", FIRST) == pytest.approx(both_ms), (
            "what time-outs of health checks allow for"
        )

    play(story)
