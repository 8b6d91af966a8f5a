"""Claims about the drills that come with the package."""

import pytest
from benches.failover_stage import LOST, SPEED, accelerator_detect_s

from sandbox.demo.losing import bound_of
from sandbox.demo.outage import OURS_S
from sandbox.drills.core import plan_of
from sandbox.drills.reading import read_drill
from sandbox.drills.shipped import find_drill, shipped_drills
from sandbox.drills.values import OVERALL
from sandbox.kernel.errors import Refusal
from sandbox.sim.loop import run_virtual

MOST_S = 25


@pytest.mark.parametrize("name", shipped_drills())
def test_each_can_be_read_is_named_as_its_file_and_is_short(name, atlas):
    drill = read_drill(find_drill(name), atlas)
    assert drill.name == name
    assert drill.says
    assert drill.length_s <= MOST_S
    assert plan_of(drill, drill.seed).requests


def detection_and_ttl_s(drill, atlas):
    [fault] = drill.faults
    return bound_of(fault.kind, fault.target[0], rtt_ms=atlas.rtt_ms, speed=drill.speed)


@pytest.mark.parametrize("name", ["region-loss-dns", "dns-cache-abuse", "control-plane-loss"])
def test_an_rto_by_dns_is_detection_ttl_and_a_second(name, atlas):
    """Interval 10, threshold 3, TTL 60, as in sandbox/demo. What is written is at most a tenth less."""
    drill = read_drill(find_drill(name), atlas)
    bound_s = detection_and_ttl_s(drill, atlas).total_s
    assert bound_s - 0.1 < drill.objectives.rto_s[OVERALL] <= bound_s


def test_an_rto_behind_a_resolver_that_ignores_ttls_has_its_own_time_in_place_of_the_ttl(atlas):
    drill = read_drill(find_drill("dns-cache-abuse"), atlas)
    kept_s = drill.places["istanbul"]["min_ttl_s"] / drill.speed
    bound_s = detection_and_ttl_s(drill, atlas).detect_s + kept_s + OURS_S
    assert bound_s - 0.1 < drill.objectives.rto_s["istanbul"] <= bound_s


def test_an_rto_by_accelerator_is_its_detection_and_a_second(atlas):
    drill = read_drill(find_drill("region-loss-accelerator"), atlas)
    [fault] = drill.faults
    assert (fault.target, drill.speed) == ((LOST,), SPEED)
    bound_s = accelerator_detect_s(fault.kind) + OURS_S
    assert bound_s - 0.1 < drill.objectives.rto_s[OVERALL] <= bound_s


@pytest.mark.parametrize("name", shipped_drills())
def test_simulated_time_gives_the_same_plan(name, atlas):
    """Nothing of a description asks a socket, a thread or a process: the virtual loop would stop it."""

    async def plan():
        drill = read_drill(find_drill(name), atlas)
        return drill, plan_of(drill, drill.seed)

    there = read_drill(find_drill(name), atlas)
    assert run_virtual(plan()) == (there, plan_of(there, there.seed))


def test_a_file_of_ones_own_is_found_by_its_path(tmp_path):
    (tmp_path / "mine.yaml").write_text("")
    assert find_drill(str(tmp_path / "mine.yaml")) == tmp_path / "mine.yaml"


def test_a_name_that_is_none_gets_near_ones():
    with pytest.raises(Refusal, match="Did you mean region-loss-dns"):
        find_drill("region-loss-dsn")
    with pytest.raises(Refusal, match=r"No file mine\.yaml"):
        find_drill("mine.yaml")
