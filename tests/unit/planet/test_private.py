"""Connections to private addresses, in simulated time: they open with a way, wait without one, and lose bytes after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.sim.loop import run_virtual
from sandbox.sim.world import SimulatedPlanet

REGIONS = ("us-east-1", "eu-west-1")
DUBLIN = "10.2.0.10"
OPEN = [{"protocol": "-1", "from_port": None, "to_port": None, "block": "0.0.0.0/0", "group": None}]
GET = b"GET / HTTP/1.1\r\nHost: 10.2.0.10\r\n\r\n"


def told(letter: str, number: int, other: int, state: str) -> dict[str, Any]:
    """A region with one interface, and a route to the other region's block."""
    return {
        "interfaces": [
            {"id": f"eni-{letter}", "address": f"10.{number}.0.10", "vpc": letter, "table": "rtb", "groups": ["sg"]}
        ],
        "tables": {"rtb": [[f"10.{number}.0.0/16", "local"], [f"10.{other}.0.0/16", "pcx"]]},
        "groups": {"sg": {"inbound": OPEN, "outbound": OPEN}},
        "vpcs": {letter: [f"10.{number}.0.0/16"]},
        "peerings": [{"id": "pcx", "state": state, "sides": ["a", "b"]}],
    }


def tell(planet: SimulatedPlanet, state: str) -> None:
    planet.private.put_region("us-east-1", told("a", 1, 2, state))
    planet.private.put_region("eu-west-1", told("b", 2, 1, state))


class Client(asyncio.Protocol):
    """Notes what arrives."""

    def __init__(self) -> None:
        self.received = b""
        self.news = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.news.set()


def events(planet: SimulatedPlanet) -> list[dict[str, Any]]:
    heard: list[dict[str, Any]] = []
    planet.journal.listen(heard.append)
    return heard


def told_as(story: Callable[[SimulatedPlanet], Awaitable[None]]) -> None:
    async def run() -> None:
        await story(SimulatedPlanet(REGIONS, seed=1))

    run_virtual(run())


def test_a_connection_takes_the_round_trip_between_the_regions() -> None:
    async def story(planet: SimulatedPlanet) -> None:
        heard = events(planet)
        tell(planet, "active")
        began_s = planet.clock.now_s()
        client = Client()
        transport, _ = await planet.world.open("us-east-1", DUBLIN, 80, lambda: client)
        took_ms = (planet.clock.now_s() - began_s) * 1000
        assert took_ms == pytest.approx(planet.atlas.rtt_ms("us-east-1", "eu-west-1"), abs=0.01)
        transport.write(GET)
        await client.news.wait()
        assert b"eu-west-1" in client.received
        [event] = [each for each in heard if each["event"] == "private_connection"]
        assert (event["place"], event["to"], event["port"]) == ("us-east-1", "eu-west-1", 80)
        assert event["why"].endswith("through pcx")

    told_as(story)


def test_without_a_way_it_waits_and_gets_through_once_there_is_one() -> None:
    async def story(planet: SimulatedPlanet) -> None:
        heard = events(planet)
        tell(planet, "pending-acceptance")
        opening = asyncio.ensure_future(planet.world.open("us-east-1", DUBLIN, 80, Client))
        await asyncio.sleep(30)
        assert not opening.done()
        tell(planet, "active")
        await opening
        reasons = [each["why"] for each in heard if each["event"] == "private_connection"]
        assert "pcx is pending-acceptance" in reasons[0]
        assert reasons[-1].endswith("through pcx")

    told_as(story)


def test_without_a_way_it_is_given_up_as_linux_does() -> None:
    async def story(planet: SimulatedPlanet) -> None:
        began_s = planet.clock.now_s()
        with pytest.raises(TimeoutError):
            await planet.world.open("us-east-1", DUBLIN, 80, Client)
        assert planet.clock.now_s() - began_s == pytest.approx(127)

    told_as(story)


def test_an_open_connection_loses_what_is_sent_after_its_way_is_gone() -> None:
    """The same request is answered before, and never after; the client hears of no reset."""

    async def story(planet: SimulatedPlanet) -> None:
        tell(planet, "active")
        client = Client()
        transport, _ = await planet.world.open("us-east-1", DUBLIN, 80, lambda: client)
        transport.write(GET)
        await client.news.wait()
        answered, client.received = client.received, b""
        tell(planet, "deleted")
        transport.write(GET)
        await asyncio.sleep(60)
        assert answered
        assert not client.received
        assert not transport.is_closing()

    told_as(story)


def test_cities_do_not_reach_private_addresses() -> None:
    async def story(planet: SimulatedPlanet) -> None:
        tell(planet, "active")
        with pytest.raises(Refusal, match="private address: only applications in a region"):
            await planet.world.open("paris", DUBLIN, 80, Client)

    told_as(story)


def test_faults_of_the_ocean_hold_for_private_ways_too() -> None:
    """A connection stays active while its regions are cut apart [VPC B1]; packets are lost all the same."""

    async def story(planet: SimulatedPlanet) -> None:
        tell(planet, "active")
        await planet.inject("partition", "us-east-1", "eu-west-1")
        with pytest.raises(TimeoutError):
            await planet.world.open("us-east-1", DUBLIN, 80, Client)

    told_as(story)
