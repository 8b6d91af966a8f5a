"""Claims about link states, arrival order and retransmission, for any input."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from sandbox.network.core import Lane, Links, next_retransmission_s, retransmission_s
from sandbox.network.rules.isolate import Isolate
from sandbox.network.rules.partition import Partition
from sandbox.network.rules.slow import Slow
from sandbox.network.values import Cut, Shape

PLACES = st.sampled_from(["paris", "tokyo", "us-east-1", "eu-west-1"])
SHAPES = st.builds(
    Shape,
    add_s=st.floats(0, 2),
    jitter_s=st.floats(0, 1),
    loss=st.floats(0, 0.9),
    bytes_per_s=st.none() | st.floats(1_000, 1e9),
)
RULES = st.one_of(
    st.builds(Isolate, place=PLACES, reset=st.booleans()),
    st.builds(Partition, a=PLACES, b=PLACES, one_way=st.booleans(), reset=st.booleans()),
    st.builds(Slow, a=PLACES, b=st.none() | PLACES, shape=SHAPES),
)


def links() -> Links:
    return Links(lambda a, b: 80.0)


@given(st.lists(RULES, max_size=5), st.data())
def test_healing_every_rule_gives_back_the_untouched_link(rules: list[Isolate], data: st.DataObject) -> None:
    """Heal in any order: no rule may leave a trace."""
    planet = links()
    before = planet.state("paris", "us-east-1")
    for number, rule in enumerate(rules):
        planet.install(str(number), rule)
    for number in data.draw(st.permutations(range(len(rules)))):
        planet.heal(str(number))
    assert planet.state("paris", "us-east-1") == before


@given(st.lists(RULES, min_size=1, max_size=5), PLACES, PLACES)
def test_a_cut_wins_over_every_shape_whatever_the_order(rules: list[Isolate], src: str, dst: str) -> None:
    there, back = links(), links()
    for number, rule in enumerate(rules):
        there.install(str(number), rule)
    for number, rule in reversed(list(enumerate(rules))):
        back.install(str(number), rule)
    assert (there.state(src, dst).cut is None) == (back.state(src, dst).cut is None)
    cuts = [rule.verdict(src, dst) for rule in rules if isinstance(rule.verdict(src, dst), Cut)]
    assert (there.state(src, dst).cut is None) == (not cuts)


def test_a_one_way_partition_cuts_one_way() -> None:
    planet = links()
    planet.install("f", Partition(a="paris", b="tokyo", one_way=True))
    assert planet.state("paris", "tokyo").cut is Cut.DROP
    assert planet.state("tokyo", "paris").cut is None


def test_nothing_slows_a_place_within_itself() -> None:
    planet = links()
    before = planet.state("paris", "paris")
    planet.install("f", Slow(a="paris", b=None, shape=Shape(add_s=1)))
    planet.install("g", Isolate(place="paris"))
    assert planet.state("paris", "paris") == before


@given(
    SHAPES,
    st.lists(st.tuples(st.floats(0, 0.2), st.integers(0, 300_000)), min_size=1, max_size=40),
    st.integers(0, 2**32),
)
def test_chunks_arrive_in_the_order_they_were_sent(shape: Shape, sent: list[tuple[float, int]], seed: int) -> None:
    planet, lane, dice = links(), Lane(), random.Random(seed)
    planet.install("f", Slow(a="paris", b=None, shape=shape))
    state = planet.state("paris", "tokyo")
    now_s, arrivals = 0.0, []
    for gap_s, size in sent:
        now_s += gap_s
        arrivals.append(lane.arrival_s(planet, state, size, now_s, dice))
        assert arrivals[-1] >= now_s + state.delay_s, "never faster than the link"
    assert arrivals == sorted(arrivals)


@given(st.floats(0, 100), st.floats(0.001, 0.5), st.floats(0, 1000))
def test_tcp_tries_again_after_now_and_within_the_cap(sent_at_s: float, rtt_s: float, later_s: float) -> None:
    now_s = sent_at_s + later_s
    again_s = next_retransmission_s(sent_at_s, rtt_s, now_s)
    assert now_s < again_s <= now_s + max(4.0, 2 * rtt_s) + 1e-6


def test_retransmissions_double() -> None:
    """RFC 6298 5.5."""
    assert [retransmission_s(0.05, attempt) for attempt in range(5)] == [0.2, 0.4, 0.8, 1.6, 3.2]


def test_listeners_hear_of_each_change_once() -> None:
    planet, heard = links(), []
    planet.on_change(lambda: heard.append(len(planet.rules)))
    planet.install("f", Isolate(place="paris"))
    planet.heal("f")
    planet.heal("f")
    assert heard == [1, 0]


def test_a_link_that_loses_everything_is_cut() -> None:
    planet = links()
    planet.install("f", Slow(a="paris", b="tokyo", shape=Shape(loss=1.0)))
    assert planet.state("paris", "tokyo").cut is Cut.DROP
    assert "paris and tokyo" in planet.state("paris", "tokyo").why


def test_a_queue_for_bandwidth_ends_with_the_limit() -> None:
    """A thousand seconds of bytes wait for 1 kB/s; under another limit nobody waits for them."""
    planet = links()
    planet.install("f", Slow(a="paris", b="tokyo", shape=Shape(bytes_per_s=1_000)))
    assert planet.serialised_s(planet.state("paris", "tokyo"), 1_000_000, now_s=0.0) == 1000
    planet.install("other", Isolate(place="us-east-1"))
    assert planet.serialised_s(planet.state("paris", "tokyo"), 1_000, now_s=1.0) == 1001, (
        "another fault changes nothing"
    )
    planet.heal("f")
    planet.install("f", Slow(a="paris", b="tokyo", shape=Shape(bytes_per_s=1_000_000)))
    assert planet.serialised_s(planet.state("paris", "tokyo"), 1_000_000, now_s=2.0) == 3
