"""Claims about partitions: one link, one way or both, and no other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.network.rules.partition import Partition
from sandbox.network.values import Cut

PLACES = st.sampled_from(["paris", "tokyo", "us-east-1"])


@given(PLACES, PLACES, st.booleans())
def test_only_the_named_directions_are_cut(src: str, dst: str, one_way: bool) -> None:
    rule = Partition(a="paris", b="tokyo", one_way=one_way)
    named = {("paris", "tokyo")} if one_way else {("paris", "tokyo"), ("tokyo", "paris")}
    assert rule.verdict(src, dst) is (Cut.DROP if (src, dst) in named else None)


def test_it_swallows_unless_told_to_reset() -> None:
    assert Partition(a="paris", b="tokyo", reset=True).verdict("tokyo", "paris") is Cut.RESET


def test_it_says_which_ways() -> None:
    assert str(Partition(a="paris", b="tokyo", one_way=True)) == "paris and tokyo are partitioned (one way)"
    assert str(Partition(a="paris", b="tokyo")) == "paris and tokyo are partitioned (both ways)"
