"""Claims about probes: who probes when, what becomes of changes; in simulated time with scripted answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.accelerator.values import HealthCheck, parse_accelerator
from sandbox.accelerator.watch import Watches
from sandbox.kernel.clock import LoopClock
from sandbox.kernel.journal import Journal
from sandbox.sim.loop import run_virtual

CHECKERS = ("edge:CDG", "edge:NRT", "edge:IAD")
SPEED = 10.0
HOME = ("group/us-east-1", "us-east-1/0")


class Script:
    """Endpoints that refuse when told so; notes who probed what, and when."""

    def __init__(self, clock: LoopClock) -> None:
        self.refusing: set[str] = set()
        self.probes: list[tuple[float, str, str]] = []
        self._clock = clock

    async def __call__(self, place: str, address: str, check: HealthCheck) -> tuple[bool, str]:
        self.probes.append((self._clock.now_s(), place, address))
        return (False, "refused") if address in self.refusing else (True, "200")


class Scene:
    def __init__(self) -> None:
        self.clock = LoopClock()
        self.script = Script(self.clock)
        self.journal = Journal()
        self.told: list[str] = []
        phases: Iterator[float] = iter([0.1, 0.5, 0.9] * 100)
        self.watches = Watches(
            probe=self.script,
            checkers=CHECKERS,
            clock=self.clock,
            journal=self.journal,
            speed=SPEED,
            phase=lambda: next(phases),
            on_change=self.told.append,
        )

    def state(self, group: str = HOME[0], endpoint: str = HOME[1]) -> str:
        return str(self.watches.report("a1")[group][endpoint]["state"])


def play(story: Callable[[Scene], Any]) -> None:
    async def whole() -> None:
        scene = Scene()
        try:
            await story(scene)
        finally:
            await scene.watches.close()

    run_virtual(whole())


def test_every_edge_location_probes_once_an_interval_and_a_new_endpoint_waits_for_its_threshold(
    value: Callable[..., Any],
) -> None:
    async def story(scene: Scene) -> None:
        scene.watches.put("a1", parse_accelerator("a1", value()))
        assert scene.state() == "INITIAL"
        await scene.clock.sleep(2.4)  # interval 10 s at speed 10: third round from 2.1 s on
        assert scene.state() == "INITIAL"
        await scene.clock.sleep(0.2)
        assert scene.state() == "HEALTHY"
        first = [
            round(at_s, 1)
            for at_s, place, address in scene.script.probes
            if (place, address[-5:]) == ("edge:CDG", ".1.10")
        ]
        assert first == [0.1, 1.1, 2.1]
        assert {event["state"] for event in scene.journal.of_kind("endpoint_health_changed")} == {"HEALTHY"}

    play(story)


def test_an_endpoint_that_refuses_is_seen_within_threshold_times_interval(value: Callable[..., Any]) -> None:
    # GA 3.3: fastest 1 x 10 = 10 s; threshold 3: 30 s, here at speed 10.
    async def story(scene: Scene) -> None:
        scene.watches.put("a1", parse_accelerator("a1", value()))
        await scene.clock.sleep(5.05)
        scene.script.refusing.add("198.18.1.10")
        began_s = scene.clock.now_s()
        while scene.state() != "UNHEALTHY":
            assert scene.clock.now_s() - began_s <= 3.0
            await scene.clock.sleep(0.05)
        assert scene.clock.now_s() - began_s > 2.0
        assert scene.state("group/eu-west-1", "eu-west-1/0") == "HEALTHY"
        [fell] = [e for e in scene.journal.of_kind("endpoint_health_changed") if e["state"] == "UNHEALTHY"]
        assert (fell["region"], fell["endpoint"], fell["accelerator"]) == ("us-east-1", "us-east-1/0", "shop")
        assert "refused" in fell["why"]

    play(story)


def test_a_change_of_weights_keeps_states_a_change_of_the_check_begins_anew(value: Callable[..., Any]) -> None:
    async def story(scene: Scene) -> None:
        scene.watches.put("a1", parse_accelerator("a1", value()))
        await scene.clock.sleep(4)
        told = len(scene.told)
        scene.watches.put("a1", parse_accelerator("a1", value(weights=[[1], [2], [0]])))
        assert (scene.state(), len(scene.told)) == ("HEALTHY", told)
        scene.watches.put("a1", parse_accelerator("a1", value(interval_s=30)))
        assert (scene.state(), len(scene.told)) == ("INITIAL", told + 1)

    play(story)


def test_an_accelerator_that_is_gone_is_probed_no_more(value: Callable[..., Any]) -> None:
    async def story(scene: Scene) -> None:
        scene.watches.put("a1", parse_accelerator("a1", value()))
        await scene.clock.sleep(2)
        scene.watches.put("a1", None)
        probes = len(scene.script.probes)
        await scene.clock.sleep(5)
        assert len(scene.script.probes) == probes
        assert scene.watches.report("a1") == {}

    play(story)


@pytest.mark.parametrize("gone", [0, 1])
def test_one_endpoint_may_go_while_another_stays(value: Callable[..., Any], gone: int) -> None:
    async def story(scene: Scene) -> None:
        scene.watches.put("a1", parse_accelerator("a1", value(weights=[[1, 1], [1], [1]])))
        await scene.clock.sleep(4)
        fewer = value(weights=[[1, 1], [1], [1]])
        del fewer["listeners"][0]["endpoint_groups"][0]["endpoints"][gone]
        scene.watches.put("a1", parse_accelerator("a1", fewer))
        assert list(scene.watches.report("a1")[HOME[0]]) == [f"us-east-1/{1 - gone}"]
        assert scene.state(endpoint=f"us-east-1/{1 - gone}") == "HEALTHY"

    play(story)


def test_an_endpoint_whose_resource_is_gone_is_unhealthy_at_once_and_probed_no_more(value: Callable[..., Any]) -> None:
    async def story(scene: Scene) -> None:
        scene.watches.put("a1", parse_accelerator("a1", value()))
        await scene.clock.sleep(4)
        assert scene.state() == "HEALTHY"
        gone = value()
        endpoint = gone["listeners"][0]["endpoint_groups"][0]["endpoints"][0]
        endpoint["missing"] = "the load balancer app/shop/0 was deleted"
        told = len(scene.told)
        scene.watches.put("a1", parse_accelerator("a1", gone))
        assert (scene.state(), len(scene.told)) == ("UNHEALTHY", told + 1)
        [fell] = [e for e in scene.journal.of_kind("endpoint_health_changed") if e["state"] == "UNHEALTHY"]
        assert (fell["endpoint"], fell["why"]) == (HOME[1], endpoint["missing"])
        probes = [probe for probe in scene.script.probes if probe[2] == endpoint["address"]]
        await scene.clock.sleep(4)
        assert [probe for probe in scene.script.probes if probe[2] == endpoint["address"]] == probes
        scene.watches.put("a1", parse_accelerator("a1", value()))
        assert scene.state() == "INITIAL", "an instance that was started again"
        await scene.clock.sleep(4)
        assert scene.state() == "HEALTHY"

    play(story)
