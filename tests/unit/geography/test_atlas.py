"""Places are found as people write them, and any two of them are joined."""

from __future__ import annotations

from itertools import combinations_with_replacement
from math import isfinite

import pytest

from sandbox.geography.atlas import Atlas
from sandbox.kernel.errors import Refusal


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("paris", "paris"),
        ("Paris", "paris"),
        ("New York", "new-york"),
        ("new_york", "new-york"),
        ("US-EAST-1", "us-east-1"),
        ("edge:CDG", "edge:CDG"),
        ("edge:cdg", "edge:CDG"),
    ],
)
def test_a_place_is_found_as_people_write_it(atlas: Atlas, written: str, code: str) -> None:
    assert atlas.place(written).code == code


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("pariss", "paris"),
        ("Tokio", "tokyo"),
        ("us-east-3", "us-east-1"),
        ("CDG", "edge:cdg"),
        ("São Paulo", "sao-paulo"),
    ],
)
def test_an_unknown_place_is_refused_with_near_matches(atlas: Atlas, written: str, near: str) -> None:
    with pytest.raises(Refusal, match=f"Did you mean .*{near}.*See: sandbox places") as caught:
        atlas.place(written)
    assert (caught.value.code, caught.value.status) == ("UnknownPlace", 404)
    assert atlas.place(near).code.lower() == near  # what is proposed works


def test_every_pair_of_places_is_joined_by_a_finite_way_equally_long_in_both_directions() -> None:
    # A fresh atlas for each direction, so that the second answer is not the first one remembered.
    there, back = Atlas.load(), Atlas.load()
    codes = [*there.cities, *there.regions, *there.edges]
    for a, b in combinations_with_replacement(codes, 2):
        rtt_ms = there.rtt_ms(a, b)
        assert 0 < rtt_ms < 600, (a, b)
        assert isfinite(rtt_ms)
    for a, b in list(combinations_with_replacement(codes, 2))[::17]:
        assert there.rtt_ms(a, b) == back.rtt_ms(b, a), (a, b)


def test_segments_lead_from_one_place_to_the_other_without_a_gap(atlas: Atlas) -> None:
    codes = ["paris", "tokyo", "us-east-1", "ap-southeast-6", "edge:CDG", "edge:NRT"]
    for a, b in ((a, b) for a in codes for b in codes):
        path = atlas.path(a, b)
        assert (path.segments[0].src, path.segments[-1].dst) == (a, b)
        assert all(s.dst == after.src for s, after in zip(path.segments, path.segments[1:], strict=False))
        assert path.rtt_ms == atlas.rtt_ms(a, b)


def test_a_known_pair_is_looked_up_and_not_computed_again(atlas: Atlas) -> None:
    # The very same float object comes back, in either direction and however the codes are written.
    first = atlas.rtt_ms("lagos", "sa-east-1")
    assert atlas.rtt_ms("lagos", "sa-east-1") is first
    assert atlas.rtt_ms("sa-east-1", "lagos") is first
    assert atlas.rtt_ms("Lagos", "SA-EAST-1") is first


@pytest.mark.parametrize(
    ("place", "edge"),
    [("paris", "edge:CDG"), ("Tokyo", "edge:NRT"), ("us-west-2", "edge:HIO"), ("edge:FRA", "edge:FRA")],
)
def test_users_get_to_the_nearest_edge_location(atlas: Atlas, place: str, edge: str) -> None:
    assert atlas.nearest_edge(place) == edge
    assert atlas.nearest_edge(place) == edge


def test_distances_are_those_of_a_globe(atlas: Atlas) -> None:
    assert atlas.distance_km("paris", "tokyo") == pytest.approx(9713, abs=5)
    assert atlas.distance_km("suva", "honolulu") < atlas.distance_km("suva", "tokyo")  # across the date line
    tokyo = atlas.place("tokyo")
    assert atlas.distance_to_point_km("paris", tokyo.latitude, tokyo.longitude) == atlas.distance_km("paris", "tokyo")


def test_other_tables_of_round_trips_can_be_handed_in(atlas: Atlas) -> None:
    own = Atlas(
        cities=atlas.cities,
        regions=atlas.regions,
        edges=atlas.edges,
        round_trips={("eu-west-1", "us-east-1"): 70.0},
        countries=atlas.countries,
        subdivisions=atlas.subdivisions,
    )
    assert own.rtt_ms("us-east-1", "eu-west-1") == 70.0
    assert [hub.code for hub in own.model.hubs] == ["eu-west-1", "us-east-1"]


def test_the_tables_of_an_atlas_cannot_be_changed(atlas: Atlas) -> None:
    with pytest.raises(TypeError):
        atlas.cities["paris"] = atlas.place("tokyo")  # type: ignore[index]
