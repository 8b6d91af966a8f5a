"""Claims about slowness: which links it touches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.network.rules.slow import Slow
from sandbox.network.values import Shape

PLACES = st.sampled_from(["paris", "tokyo", "us-east-1"])
SHAPE = Shape(add_s=0.1, loss=0.25)


@given(PLACES, PLACES)
def test_a_slow_place_is_slow_towards_everybody_but_itself(src: str, dst: str) -> None:
    touched = src != dst and "paris" in (src, dst)
    assert Slow(a="paris", b=None, shape=SHAPE).verdict(src, dst) == (SHAPE if touched else None)


@given(PLACES, PLACES)
def test_a_slow_link_is_slow_both_ways_and_no_other_is(src: str, dst: str) -> None:
    touched = {src, dst} == {"paris", "tokyo"}
    assert Slow(a="paris", b="tokyo", shape=SHAPE).verdict(src, dst) == (SHAPE if touched else None)


def test_it_says_how_slow() -> None:
    assert str(Slow(a="paris", b="tokyo", shape=SHAPE)) == (
        "the network of paris and tokyo is slow (+100 ms one way, 25% loss)"
    )
