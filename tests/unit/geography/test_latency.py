"""The latency rules, against the measurements they were fitted on and against what physics allows."""

from __future__ import annotations

from math import pi
from statistics import median, quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.geography import places
from sandbox.geography.atlas import Atlas
from sandbox.geography.latency import (
    EARTH_RADIUS_KM,
    INTERNET_FACTOR,
    SAME_PLACE_MS,
    LatencyModel,
    RoundTrips,
    both_ways,
    distance_km,
    light_rtt_ms,
    short_line_ms,
)
from sandbox.geography.values import Place, PlaceKind
from sandbox.kernel.errors import Refusal


def somewhere(code: str, latitude: float, longitude: float, kind: PlaceKind = "edge") -> Place:
    return Place(
        code=code,
        kind=kind,
        name=code,
        country_code="FR",
        continent_code="EU",
        latitude=latitude,
        longitude=longitude,
        access_ms=5.0 if kind == "city" else 0.0,
    )


latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
kinds: st.SearchStrategy[PlaceKind] = st.sampled_from(("city", "region", "edge"))
anywhere = st.builds(somewhere, st.just("a"), latitudes, longitudes, kinds)
elsewhere = st.builds(somewhere, st.just("b"), latitudes, longitudes, kinds)


def leave_one_out(atlas: Atlas, pairs: RoundTrips) -> list[tuple[float, float]]:
    """(estimated, measured) for each region taken out of the table in turn, to each of the others."""
    found = []
    for left_out in atlas.model.hubs:
        rest = tuple(hub for hub in atlas.model.hubs if hub.code != left_out.code)
        model = LatencyModel(rest, pairs, atlas.model.edges)
        found += [(model.backbone_ms(left_out, hub), pairs[left_out.code, hub.code]) for hub in rest]
    return found


def test_rule_1_misses_measured_pairs_by_as_much_as_the_fit_states(atlas: Atlas) -> None:
    # The fit took the smaller direction of each pair; so does this, and it must meet the published figures.
    one_way = places.read_round_trips()
    smaller = {(a, b): min(rtt_ms, one_way[b, a]) for (a, b), rtt_ms in one_way.items() if a != b}
    estimates = leave_one_out(atlas, smaller)
    errors_ms = [abs(estimate - measured) for estimate, measured in estimates]
    errors_percent = [100 * abs(estimate - measured) / measured for estimate, measured in estimates]
    assert len(estimates) == 1056
    assert median(errors_ms) == pytest.approx(8.2, abs=0.05)
    assert quantiles(errors_ms, n=10, method="inclusive")[8] == pytest.approx(33.7, abs=0.05)
    assert median(errors_percent) == pytest.approx(6.1, abs=0.05)
    assert quantiles(errors_percent, n=10, method="inclusive")[8] == pytest.approx(23.5, abs=0.05)


def test_the_mean_of_both_directions_fits_rule_1_about_as_well(atlas: Atlas) -> None:
    # We serve the mean, because one number has to do for both directions; this says what that costs.
    errors_ms = [abs(a - b) for a, b in leave_one_out(atlas, atlas.model.round_trips)]
    assert median(errors_ms) < 8.6
    assert quantiles(errors_ms, n=10, method="inclusive")[8] < 34


def test_without_hubs_the_error_is_more_than_twice_as_large(atlas: Atlas) -> None:
    # The plain regression over distance, so that the hub rule is known to earn its keep.
    pairs = [(distance_km(a, b), (a, b)) for a in atlas.model.hubs for b in atlas.model.hubs if a.code != b.code]
    errors_ms = [abs(24.93 + 0.01546 * km - atlas.model.round_trips[a.code, b.code]) for km, (a, b) in pairs]
    assert median(errors_ms) > 2 * 8.6


@pytest.mark.parametrize(
    ("a", "b", "there_ms", "back_ms"),
    [
        ("me-south-1", "us-west-2", 262.9, 214.9),  # the largest difference between directions of all pairs
        ("ap-east-1", "eu-west-1", 259.8, 225.1),
    ],
)
def test_a_measured_pair_is_the_mean_of_both_directions(
    atlas: Atlas, a: str, b: str, there_ms: float, back_ms: float
) -> None:
    assert atlas.rtt_ms(a, b) == pytest.approx((there_ms + back_ms) / 2, abs=0.1)


def test_every_measured_pair_is_served_as_measured(atlas: Atlas) -> None:
    one_way = places.read_round_trips()
    pairs = [(a, b) for a, b in one_way if a != b]
    assert len(pairs) == 1056
    assert all(atlas.rtt_ms(a, b) == (one_way[a, b] + one_way[b, a]) / 2 for a, b in pairs)


def test_one_measured_direction_serves_for_both() -> None:
    assert both_ways({("a", "b"): 10.0, ("a", "a"): 3.0}) == {("a", "b"): 10.0, ("b", "a"): 10.0}


def test_a_region_without_measurement_is_reached_through_the_nearest_measured_one(atlas: Atlas) -> None:
    auckland, sydney, tokyo = (atlas.place(c) for c in ("ap-southeast-6", "ap-southeast-2", "ap-northeast-1"))
    assert atlas.model.hub(auckland) == sydney
    assert atlas.rtt_ms("ap-southeast-6", "ap-southeast-2") == 1.93 + 0.02383 * distance_km(auckland, sydney)
    further_km = distance_km(auckland, tokyo) - distance_km(sydney, tokyo)
    expected_ms = atlas.rtt_ms("ap-southeast-2", "ap-northeast-1") + 0.01546 * further_km
    assert atlas.rtt_ms("ap-southeast-6", "ap-northeast-1") == pytest.approx(expected_ms)


def test_a_city_reaches_a_region_over_the_public_internet(atlas: Atlas) -> None:
    # Hubs of Warsaw and Montreal's region: eu-central-1 is nearest to Warsaw, ca-central-1 is its own hub.
    warsaw, montreal = atlas.place("warsaw"), atlas.place("ca-central-1")
    hub = atlas.model.hub(warsaw)
    backbone_ms = atlas.rtt_ms(hub.code, "ca-central-1") + 0.01546 * (
        distance_km(warsaw, montreal) - distance_km(hub, montreal)
    )
    access, internet = atlas.path("warsaw", "ca-central-1").segments
    assert (access.kind, access.src, access.dst, access.rtt_ms) == ("access", "warsaw", "warsaw", 5.0)
    assert (internet.kind, internet.src, internet.dst) == ("internet", "warsaw", "ca-central-1")
    assert internet.rtt_ms == pytest.approx(1.17 * backbone_ms)


def test_every_city_reaches_its_own_edge_location_over_a_short_line(atlas: Atlas) -> None:
    for code, city in atlas.cities.items():
        edge = atlas.place(atlas.nearest_edge(code))
        access, short = atlas.path(code, edge.code).segments
        assert (access.kind, short.kind) == ("access", "edge")
        assert short.rtt_ms == 1.93 + 0.02383 * distance_km(city, edge)


def test_another_edge_location_is_reached_over_the_public_internet(atlas: Atlas) -> None:
    internet = atlas.path("tokyo", "edge:CDG").segments[1]
    assert internet.kind == "internet"
    assert internet.rtt_ms == INTERNET_FACTOR * atlas.model.backbone_ms(atlas.place("tokyo"), atlas.place("edge:CDG"))


def test_users_of_two_cities_are_joined_by_both_access_lines_and_the_internet(atlas: Atlas) -> None:
    segments = atlas.path("paris", "tokyo").segments
    assert [(s.kind, s.src, s.dst) for s in segments] == [
        ("access", "paris", "paris"),
        ("internet", "paris", "tokyo"),
        ("access", "tokyo", "tokyo"),
    ]


def test_a_slower_access_line_adds_its_own_time_only(atlas: Atlas) -> None:
    city, region = somewhere("paris", 48.8534, 2.3488, "city"), atlas.place("us-east-1")
    lte = Place(**{**vars(city), "access_ms": 70.0})
    extra_ms = atlas.model.path(lte, region).rtt_ms - atlas.model.path(city, region).rtt_ms
    assert extra_ms == pytest.approx(65.0)


def test_the_same_place_is_half_a_millisecond_away(atlas: Atlas) -> None:
    for code in ("paris", "us-east-1", "edge:CDG"):
        assert [s.kind for s in atlas.path(code, code).segments] == ["local"]
        assert atlas.rtt_ms(code, code) == SAME_PLACE_MS


@given(anywhere, elsewhere)
def test_both_directions_take_equally_long_between_any_two_points(atlas: Atlas, a: Place, b: Place) -> None:
    assert atlas.model.path(a, b).rtt_ms == atlas.model.path(b, a).rtt_ms


@given(anywhere, elsewhere)
def test_nothing_is_faster_than_light_and_all_is_finite(atlas: Atlas, a: Place, b: Place) -> None:
    light_ms = light_rtt_ms(distance_km(a, b))
    assert light_ms <= atlas.model.path(a, b).rtt_ms < 1000


@given(anywhere, elsewhere)
def test_an_estimated_backbone_never_beats_the_best_measured_stretch(atlas: Atlas, a: Place, b: Place) -> None:
    # 1.15 times light; also where subtracting a hub distance larger than the pair's own would go below it.
    assert atlas.model.backbone_ms(a, b) >= 1.15 * light_rtt_ms(distance_km(a, b)) * (1 - 1e-12)


def test_the_floor_holds_where_the_hub_rule_alone_would_go_below_it() -> None:
    # Two points close together with far hubs: measured 20 ms - 0.01546 ms/km x 1900 km would be negative.
    hubs = (somewhere("west", 0, 0, "region"), somewhere("east", 0, 18, "region"))
    model = LatencyModel(hubs, {("west", "east"): 20.0, ("east", "west"): 20.0}, (somewhere("edge:XXX", 0, 0),))
    a, b = somewhere("a", 0, 8.9), somewhere("b", 0, 9.1)
    assert model.backbone_ms(a, b) == 1.15 * light_rtt_ms(distance_km(a, b))


@given(anywhere, elsewhere)
def test_the_way_back_is_the_way_there_reversed(atlas: Atlas, a: Place, b: Place) -> None:
    there, back = atlas.model.path(a, b), atlas.model.path(b, a)
    assert {(s.kind, s.src, s.dst) for s in back.segments} == {
        (s.kind, s.src, s.dst) for s in there.reversed().segments
    }


def test_distances_on_known_points() -> None:
    pole, equator, antipode = somewhere("p", 90, 0), somewhere("e", 0, 0), somewhere("x", 0, 180)
    assert distance_km(equator, pole) == pytest.approx(EARTH_RADIUS_KM * pi / 2)
    assert distance_km(equator, antipode) == pytest.approx(EARTH_RADIUS_KM * pi)
    assert distance_km(pole, pole) == 0


@given(anywhere, elsewhere, st.builds(somewhere, st.just("c"), latitudes, longitudes))
def test_distance_is_symmetric_and_no_detour_is_shorter(a: Place, b: Place, c: Place) -> None:
    assert distance_km(a, b) == distance_km(b, a)
    assert distance_km(a, b) <= distance_km(a, c) + distance_km(c, b) + 1e-3


def test_a_short_line_is_the_fit_over_the_pairs_under_1500_km() -> None:
    assert short_line_ms(0) == 1.93
    assert short_line_ms(1000) == pytest.approx(25.76)


def test_a_table_with_a_hole_is_refused_by_name(atlas: Atlas) -> None:
    holed = {pair: ms for pair, ms in atlas.model.round_trips.items() if pair != ("eu-west-1", "us-east-1")}
    with pytest.raises(Refusal, match="no value for eu-west-1 to us-east-1"):
        LatencyModel(atlas.model.hubs, holed, atlas.model.edges)


def test_a_table_without_any_region_is_refused(atlas: Atlas) -> None:
    with pytest.raises(Refusal, match="at least one measured region"):
        LatencyModel((), {}, atlas.model.edges)
