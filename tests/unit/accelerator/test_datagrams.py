"""Claims about UDP through an accelerator [GA 3.1, 3.4], on the whole simulated planet."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sandbox.sim.loop import run_virtual
from sandbox.sim.world import SimulatedPlanet

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
FIRST = "192.0.2.1"
SPEED = 10.0
HEALTHY_AFTER_S = 4.0

Story = Callable[["Talk"], Coroutine[Any, Any, None]]


class Talk:
    """A client socket in Paris that talks to port 7."""

    def __init__(self, planet: SimulatedPlanet) -> None:
        self.planet = planet
        self.replies: list[tuple[float, str]] = []
        self.conversation = planet.world.converse("paris", FIRST, 7, 40000, self._hear)

    def _hear(self, reply: bytes) -> None:
        self.replies.append((self.planet.clock.now_s(), reply.decode()))

    async def ask(self, words: str = "hello", wait_s: float = 1.0) -> str:
        """The reply, or "" when none comes."""
        known = len(self.replies)
        self.conversation.send(words.encode())
        await self.planet.clock.sleep(wait_s)
        return self.replies[-1][1] if len(self.replies) > known else ""


@pytest.fixture
def play(value: Callable[..., Any]) -> Callable[..., None]:
    def run(story: Story, **given: Any) -> None:
        async def whole() -> None:
            planet = SimulatedPlanet(REGIONS, speed=SPEED)
            told = value(**given)
            told["listeners"][0] |= {"protocol": "UDP", "port_ranges": [[7, 7]]}
            try:
                await planet.set_accelerator("a1", told)
                await planet.clock.sleep(HEALTHY_AFTER_S)
                await story(Talk(planet))
            finally:
                await planet.close()

        run_virtual(whole())

    return run


def test_a_datagram_is_forwarded_in_one_round_trip_of_both_parts(play: Any) -> None:
    async def story(talk: Talk) -> None:
        atlas, began_s = talk.planet.atlas, talk.planet.clock.now_s()
        assert await talk.ask() == "eu-west-1 hello"
        both_s = (atlas.rtt_ms("paris", "edge:CDG") + atlas.rtt_ms("edge:CDG", "eu-west-1")) / 1000
        assert talk.replies[0][0] - began_s == pytest.approx(both_s, abs=0.003)
        [event] = talk.planet.journal.of_kind("flow_routed")
        assert (event["protocol"], event["edge"], event["region"]) == ("UDP", "edge:CDG", "eu-west-1")

    play(story)


def test_a_flow_stays_on_its_endpoint_until_it_was_idle_for_30_s(play: Any, value: Callable[..., Any]) -> None:
    away = value(dials=[100, 0, 100])
    away["listeners"][0] |= {"protocol": "UDP", "port_ranges": [[7, 7]]}

    async def story(talk: Talk) -> None:
        assert await talk.ask() == "eu-west-1 hello"
        await talk.planet.set_accelerator("a1", away)
        assert await talk.ask(wait_s=2.9) == "eu-west-1 hello"  # 30 s at speed 10 are 3
        assert await talk.ask(wait_s=3.2) == "eu-west-1 hello"
        assert await talk.ask() == "us-east-1 hello"
        assert len(talk.planet.journal.of_kind("flow_routed")) == 2

    play(story)


def test_a_failed_edge_and_a_dead_zone_are_felt_at_once(play: Any) -> None:
    async def story(talk: Talk) -> None:
        await talk.ask()
        fault = await talk.planet.inject("edge-down", "CDG")
        assert await talk.ask() == "eu-west-1 hello"
        assert talk.planet.journal.of_kind("flow_routed")[-1]["edge"] == "edge:LHR"
        await talk.planet.heal(fault)
        await talk.planet.inject("network-zone", "1")
        assert await talk.ask() == ""

    play(story)


def test_where_nobody_takes_it_nothing_comes_back(play: Any) -> None:
    async def story(talk: Talk) -> None:
        assert await talk.ask() == ""
        assert talk.planet.journal.of_kind("flow_refused")[0]["why"] == "shop is disabled"
        await talk.planet.set_accelerator("a1", None)
        assert await talk.ask() == ""
        talk.conversation.close()

    play(story, enabled=False)
