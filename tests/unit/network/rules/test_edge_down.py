"""Claims about a failed edge location: everybody at it is reset, nobody else notices."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.network.rules.edge_down import EdgeDown
from sandbox.network.values import Cut

PLACES = st.sampled_from(["paris", "us-east-1", "edge:CDG", "edge:NRT"])


@given(PLACES, PLACES)
def test_exactly_the_links_of_the_edge_location_reset(src: str, dst: str) -> None:
    rule = EdgeDown(edge="edge:CDG")
    assert rule.verdict(src, dst) is (Cut.RESET if "edge:CDG" in (src, dst) else None)


def test_it_says_which_is_down() -> None:
    assert str(EdgeDown(edge="edge:CDG")) == "edge:CDG is down"
