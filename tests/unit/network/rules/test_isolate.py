"""Claims about isolation: the place is an island, and nobody else notices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.network.rules.isolate import Isolate
from sandbox.network.values import Cut

PLACES = st.sampled_from(["paris", "tokyo", "us-east-1", "edge:CDG"])


@given(PLACES, PLACES, PLACES)
def test_exactly_the_links_to_the_rest_are_cut_both_ways(place: str, src: str, dst: str) -> None:
    rule = Isolate(place=place)
    cut = (src == place) != (dst == place)
    assert rule.verdict(src, dst) is rule.verdict(dst, src)
    assert rule.verdict(src, dst) is (Cut.DROP if cut else None)


def test_it_swallows_unless_told_to_reset() -> None:
    assert Isolate(place="paris", reset=True).verdict("paris", "tokyo") is Cut.RESET


@pytest.mark.parametrize("place", ["paris", "us-east-1"])
def test_it_says_who_is_isolated(place: str) -> None:
    assert str(Isolate(place=place)) == f"{place} is isolated"
