"""Claims about a severed backbone: which direct lines it takes away, and what a link does then."""

from __future__ import annotations

import pytest

from sandbox.geography.atlas import Atlas
from sandbox.network.core import Links
from sandbox.network.rules.backbone_cut import BackboneCut
from sandbox.network.values import Backbone, Cut


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return Atlas.load()


@pytest.fixture
def links(atlas: Atlas) -> Links:
    return Links(atlas.rtt_ms, way_round=atlas.way_round)


@pytest.mark.parametrize(
    ("a", "b", "src", "dst", "severed"),
    [
        ("EU", "NA", "eu-west-1", "us-east-1", True),
        ("EU", "NA", "us-east-1", "edge:CDG", True),
        ("EU", "NA", "eu-west-1", "eu-central-1", False),
        ("EU", "NA", "paris", "us-east-1", False),  # users on the public Internet do not notice
        ("us-east-1", "eu-west-1", "us-east-1", "edge:DUB", True),  # an edge location is in its region's area
        ("us-east-1", "eu-west-1", "us-east-1", "eu-central-1", False),
        ("eu-west-1", None, "eu-west-1", "eu-central-1", True),
        ("eu-west-1", None, "edge:DUB", "eu-west-1", False),
        ("edge:CDG", "us-east-1", "edge:CDG", "us-east-1", True),
    ],
)
def test_a_line_is_severed_when_it_has_one_end_in_each_area(
    atlas: Atlas, a: str, b: str | None, src: str, dst: str, severed: bool
) -> None:
    rule = BackboneCut(a=a, b=b, areas=atlas.areas)
    for ends in ((src, dst), (dst, src)):
        assert rule.verdict(*ends) is (Backbone.SEVERED if severed else None)


def test_a_severed_line_is_as_long_as_the_way_round(atlas: Atlas, links: Links) -> None:
    direct = links.state("us-east-1", "eu-west-1")
    links.install("cut", BackboneCut(a="us-east-1", b="eu-west-1", areas=atlas.areas))
    state = links.state("us-east-1", "eu-west-1")
    shortest_ms = min(
        atlas.rtt_ms("us-east-1", hub.code) + atlas.rtt_ms(hub.code, "eu-west-1")
        for hub in atlas.model.hubs
        if hub.code not in ("us-east-1", "eu-west-1")
    )
    assert state.cut is None
    assert state.delay_s == pytest.approx(shortest_ms / 2000)
    assert state.delay_s > direct.delay_s
    assert state.why.startswith("the backbone between us-east-1 and eu-west-1 is cut: the way round is by ")
    links.heal("cut")
    assert links.state("us-east-1", "eu-west-1") == direct


def test_several_cuts_are_gone_round_together_until_there_is_no_way(atlas: Atlas, links: Links) -> None:
    for number, continent in enumerate(("NA", "AS", "OC", "AF")):
        links.install(f"cut-{number}", BackboneCut(a="EU", b=continent, areas=atlas.areas))
    by_south_america = links.state("eu-west-1", "us-east-1")
    assert by_south_america.cut is None
    assert "sa-east-1" in by_south_america.why
    links.install("last", BackboneCut(a="EU", b="SA", areas=atlas.areas))
    state = links.state("eu-west-1", "us-east-1")
    assert (state.cut, state.why) == (Cut.DROP, "the backbone between EU and NA is cut, and there is no way round")
    assert links.backbone_ms("eu-west-1", "us-east-1") is None
    assert links.backbone_ms("eu-west-1", "eu-central-1") == atlas.rtt_ms("eu-west-1", "eu-central-1")
