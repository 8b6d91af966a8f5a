"""Checkers on their beats, in virtual time: detection, recovery, changes, calculated checks (R53 2)."""

import asyncio
import random
from itertools import pairwise

import pytest

from sandbox.health.service import HealthCheckers
from sandbox.health.values import HealthSettings
from sandbox.kernel.clock import LoopClock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def up(request):
    return [OK]


def message(version=1, **config):
    defaults = {"Type": "HTTP", "IPAddress": "198.18.1.10", "Port": 80, "RequestInterval": 10}
    return {"id": "abc", "version": version, "config": {**defaults, **config}}


class Hospital:
    """HealthCheckers with a record of what they said and when."""

    def __init__(self, world, seed=1, **settings) -> None:
        self.world = world
        self.journal = Journal()
        self.said = []
        self.checkers = HealthCheckers(
            world=world, clock=LoopClock(), journal=self.journal, chance=random.Random(seed),
            on_change=self._heard, settings=HealthSettings(**settings),
        )  # fmt: skip

    def _heard(self, check_id, healthy, why):
        self.said.append((round(asyncio.get_running_loop().time(), 3), check_id, healthy, why))

    @property
    def verdicts(self):
        return [(check_id, healthy) for _, check_id, healthy, _ in self.said]


@pytest.fixture
def play(virtually, world):
    """Run `scene(hospital)` in virtual time against a server that is up."""
    world.servers["198.18.1.10"] = up

    def run(scene, **settings):
        async def whole():
            hospital = Hospital(world, **settings)
            await scene(hospital)
            await hospital.checkers.close()
            return hospital

        return virtually(whole())

    return run


def test_a_dead_target_is_detected_after_threshold_beats_and_found_again_sooner(play, world):
    # R53 5: detect = 0.82 I + (T-1)(I+f) + f with f = 0 when refused: 28.2 s at most 30 s for I=10, T=3; recovery
    # needs just over 18 % to flip back, so it is quicker.
    async def scene(hospital):
        hospital.checkers.put_check("abc", message())
        await asyncio.sleep(60)
        world.servers["198.18.1.10"] = ConnectionRefusedError()
        await asyncio.sleep(60)
        world.servers["198.18.1.10"] = up
        await asyncio.sleep(60)

    hospital = play(scene)
    assert hospital.verdicts == [("abc", True), ("abc", False), ("abc", True)]
    (_, _, _, first), (down_s, _, _, down_why), (up_s, _, _, up_why) = hospital.said
    assert "a new check counts as healthy" in first
    assert 20 < down_s - 60 <= 30
    assert 20 < up_s - 120 < down_s - 60
    assert down_why == "2 of 16 checkers say healthy, 3 needed (more than 18 %)"
    assert up_why.startswith("3 of 16 checkers say healthy")
    assert [record["healthy"] for record in hospital.journal.of_kind("health_changed")] == [False, True]
    assert len(hospital.journal.of_kind("probe_failed")) == 16  # one for each checker, not for each probe


def test_the_same_seed_gives_the_same_journal(virtually, world):
    async def scene():
        world.servers["198.18.1.10"] = ConnectionRefusedError()
        hospital = Hospital(world, seed=7)
        hospital.checkers.put_check("abc", message())
        await asyncio.sleep(45)
        await hospital.checkers.close()
        return list(hospital.journal.records)

    assert virtually(scene()) == virtually(scene()) != []


def test_each_checker_probes_once_in_an_interval_from_its_own_place_at_its_own_phase(play, world):
    async def scene(hospital):
        hospital.checkers.put_check("abc", message())
        await asyncio.sleep(9.9999)

    play(scene)
    places = [place for _, place, _, _ in world.opened]
    assert len(places) == 16
    assert {places.count(place) for place in places} == {2}
    assert len({at_s for at_s, *_ in world.opened}) == 16


def test_the_interval_runs_from_the_response_to_the_next_request(play, world):
    # R53 2.1, RequestInterval.
    world.after_s = 1.5

    async def scene(hospital):
        regions = ["us-east-1", "eu-west-1", "sa-east-1"]
        hospital.checkers.put_check("abc", message(Regions=regions))
        await asyncio.sleep(40)

    play(scene, checkers_per_region=1)
    beats = [at_s for at_s, place, _, _ in world.opened if place == "eu-west-1"]
    gaps = {round(later - earlier, 6) for earlier, later in pairwise(beats)}
    assert gaps == {11.5}


def test_speed_makes_the_beat_faster(play, world):
    async def scene(hospital):
        hospital.checkers.put_check("abc", message())
        await asyncio.sleep(10)

    play(scene, speed=10.0)
    assert 9 * 16 <= len(world.opened) <= 10 * 16


def test_two_silent_regions_do_not_change_the_verdict(play, world):
    # The 18 % rule: 4 of 16 checkers that fail leave 12, far more than 3.
    async def open_from(place, address, port, factory):
        if place in ("us-east-1", "us-west-1"):
            raise TimeoutError
        return await straight(place, address, port, factory)

    straight, world.open = world.open, open_from

    async def scene(hospital):
        hospital.checkers.put_check("abc", message(FailureThreshold=1))
        await asyncio.sleep(60)
        assert hospital.checkers.why("abc").startswith("12 of 16 checkers say healthy")

    assert play(scene).verdicts == [("abc", True)]


def test_observations_have_one_entry_for_each_checker(play):
    async def scene(hospital):
        hospital.checkers.put_check("abc", message())
        assert hospital.checkers.observations("abc") == []
        await asyncio.sleep(20)
        seen = hospital.checkers.observations("abc")
        assert len(seen) == 16
        assert {entry["Region"] for entry in seen} >= {"us-east-1", "sa-east-1"}
        assert {entry["StatusReport"]["Status"] for entry in seen} == {"Success: HTTP Status Code 200, OK"}
        assert hospital.checkers.observations("unknown") == []

    play(scene)


def test_each_checker_keeps_its_last_failure_when_it_passes_again(play, world):
    """GetHealthCheckLastFailureReason tells of the past, GetHealthCheckStatus of the present (R53 2.4)."""

    async def scene(hospital):
        hospital.checkers.put_check("abc", message())
        await asyncio.sleep(20)
        assert hospital.checkers.last_failures("abc") == hospital.checkers.last_failures("unknown") == []
        world.servers["198.18.1.10"] = ConnectionRefusedError()
        await asyncio.sleep(20)
        world.servers["198.18.1.10"] = up
        await asyncio.sleep(20)
        failed = hospital.checkers.last_failures("abc")
        assert len(failed) == 16
        assert {entry["StatusReport"]["Status"].partition(":")[0] for entry in failed} == {"Failure"}
        seen = {entry["StatusReport"]["Status"].partition(":")[0] for entry in hospital.checkers.observations("abc")}
        assert seen == {"Success"}

    play(scene)


def test_a_disabled_check_is_healthy_and_does_not_probe(play, world):
    async def scene(hospital):
        world.servers["198.18.1.10"] = ConnectionRefusedError()
        hospital.checkers.put_check("abc", message())
        await asyncio.sleep(60)
        hospital.checkers.put_check("abc", message(version=2, Disabled=True))
        probes = len(world.opened)
        await asyncio.sleep(60)
        assert len(world.opened) == probes
        hospital.checkers.put_check("abc", message(version=3, Disabled=True, Inverted=True))

    assert play(scene).verdicts == [("abc", True), ("abc", False), ("abc", True), ("abc", False)]


def test_a_repeated_value_changes_nothing_and_a_removed_check_stops(play, world):
    async def scene(hospital):
        hospital.checkers.put_check("abc", message())
        hospital.checkers.put_check("abc", message())
        await asyncio.sleep(10)
        assert len(world.opened) == 16
        hospital.checkers.put_check("abc", None)
        hospital.checkers.put_check("abc", None)
        await asyncio.sleep(60)
        assert len(world.opened) == 16
        assert hospital.checkers.is_healthy("abc")
        assert "not known" in hospital.checkers.why("abc")
        assert len(hospital.checkers) == 0

    assert play(scene).verdicts == [("abc", True)]


def test_opinions_outlive_a_change_of_settings(play, world):
    async def scene(hospital):
        world.servers["198.18.1.10"] = ConnectionRefusedError()
        hospital.checkers.put_check("abc", message())
        await asyncio.sleep(60)
        hospital.checkers.put_check("abc", message(version=2, ResourcePath="/health"))
        await asyncio.sleep(60)

    assert play(scene).verdicts == [("abc", True), ("abc", False)]


def test_a_calculated_check_follows_its_children(play, world):
    # R53 2.3. Here the parent comes first, as retained values may: children not known yet count as healthy.
    world.servers["198.18.2.10"] = up

    async def scene(hospital):
        parent = {"Type": "CALCULATED", "ChildHealthChecks": ["a", "b"], "HealthThreshold": 2}
        hospital.checkers.put_check("p", {"id": "p", "version": 1, "config": parent})
        hospital.checkers.put_check("a", message())
        hospital.checkers.put_check("b", message(IPAddress="198.18.2.10"))
        await asyncio.sleep(30)
        world.servers["198.18.2.10"] = ConnectionRefusedError()
        await asyncio.sleep(60)
        assert hospital.checkers.why("p") == "1 of 2 children are healthy, 2 needed"
        assert hospital.checkers.observations("p") == []

    assert play(scene).verdicts == [("p", True), ("a", True), ("b", True), ("b", False), ("p", False)]


def test_one_check_too_many_is_refused(play):
    async def scene(hospital):
        hospital.checkers.put_check("abc", message())
        with pytest.raises(Refusal, match="most_checks"):
            hospital.checkers.put_check("def", message())

    play(scene, most_checks=1)


def test_what_control_tells_is_the_verdict_of_a_check_that_nobody_probes(play, world):
    """R53 2.1, 2.3: alarms and routing controls; inverted and disabled hold as for all; parents hear of it."""

    async def scene(hospital):
        told = hospital.checkers.put_told
        told("arc", {"healthy": False, "why": "the routing control is Off"})
        hospital.checkers.put_check("arc", {"config": {"Type": "RECOVERY_CONTROL", "RoutingControlArn": "arn"}})
        metric = {"Type": "CLOUDWATCH_METRIC", "Inverted": True}
        hospital.checkers.put_check("alarm", {"config": metric})
        hospital.checkers.put_check("sum", message(Type="CALCULATED", ChildHealthChecks=["arc"], HealthThreshold=1))
        told("alarm", {"healthy": False, "why": "3 of 3 data points"})
        told("arc", {"healthy": True, "why": "the routing control is On"})
        hospital.checkers.put_check("alarm", {"config": {**metric, "Disabled": True}})
        told("alarm", None)
        await asyncio.sleep(60)

    hospital = play(scene)
    assert world.opened == []
    assert hospital.verdicts == [
        ("arc", False), ("alarm", False), ("sum", False), ("alarm", True), ("arc", True), ("sum", True),
        ("alarm", False),
    ]  # fmt: skip
    assert hospital.said[0][3] == "the routing control is Off"
