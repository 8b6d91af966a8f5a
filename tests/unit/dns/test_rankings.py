"""What each policy prefers, by the numbered facts of Route 53 (R53 1.2), through `decide`: places and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.dns.policy import decide
from sandbox.dns.values import CidrRouting, Circumstances, Decision, GeoLocation, Proximity, RecordSet, Viewpoint


def first(weights: Sequence[int]) -> int:
    """A draw that is no chance: the first that may be drawn."""
    return next(index for index, weight in enumerate(weights) if weight)


def values(decision: Decision) -> list[str]:
    return [value for record in decision.chosen for value in record.values]


LATENCY = """
    app 60 A 198.18.1.10 | region=us-east-1 check=us
    app 60 A 198.18.2.10 | region=eu-west-1 check=eu
    app 60 A 198.18.3.10 | region=ap-northeast-1 check=jp
"""


@pytest.mark.parametrize(
    ("place", "sick", "answer"),
    [
        ("paris", [], "198.18.2.10"),
        ("tokyo", [], "198.18.3.10"),
        ("seattle", [], "198.18.1.10"),
        ("sydney", [], "198.18.3.10"),
        ("paris", ["eu"], "198.18.1.10"),
        ("tokyo", ["jp"], "198.18.1.10"),
        ("tokyo", ["jp", "us"], "198.18.2.10"),
        ("tokyo", ["jp", "us", "eu"], "198.18.3.10"),  # all count as healthy: lowest latency
    ],
)
def test_latency_takes_the_nearest_healthy_region(
    place: str, sick: list[str], answer: str, group: Any, choose: Any
) -> None:
    """R53 1.2 Latency: lowest latency among the regions that have a record, then next best."""
    assert values(choose(group(LATENCY), place, sick)) == [answer]


def test_latency_says_why_for_a_learner(group: Any, choose: Any) -> None:
    decision = choose(group(LATENCY), "tokyo", ["us"])
    assert decision.why == (
        "lowest latency from Tokyo: ap-northeast-1 3 ms, eu-west-1 220 ms; us-east-1 left out: us is ill"
    )
    assert decision.by_place
    assert [(c.label, c.state, c.note) for c in decision.candidates] == [
        ("ap-northeast-1", "chosen", "3 ms"),
        ("us-east-1", "left out", "160 ms, us is ill"),
        ("eu-west-1", "in play", "220 ms"),
    ]


def test_a_beijing_record_is_always_used_inside_china(group: Any, choose: Any) -> None:
    """R53 1.2 Latency: a record for cn-north-1 wins from inside China, though Tokyo's region is nearer here."""
    records = group(LATENCY + "app 60 A 198.18.9.10 | region=cn-north-1")
    assert values(choose(records, "shanghai")) == ["198.18.9.10"]
    assert values(choose(records, "tokyo")) == ["198.18.3.10"]


GEO = """
    app 60 A 192.0.2.1 | country=US subdivision=WA check=state
    app 60 A 192.0.2.2 | country=US check=country
    app 60 A 192.0.2.3 | continent=NA check=continent
    app 60 A 192.0.2.4 | country=FR
    app 60 A 192.0.2.5 | country=* check=default
"""


@pytest.mark.parametrize(
    ("place", "sick", "answer"),
    [
        ("seattle", [], "192.0.2.1"),
        ("denver", [], "192.0.2.2"),
        ("paris", [], "192.0.2.4"),
        ("tokyo", [], "192.0.2.5"),
        ("seattle", ["state"], "192.0.2.2"),
        ("seattle", ["state", "country"], "192.0.2.3"),
        ("seattle", ["state", "country", "continent"], "192.0.2.5"),
        ("seattle", ["state", "country", "continent", "default"], "192.0.2.1"),  # all count as healthy: most specific
    ],
)
def test_geolocation_prefers_state_to_country_to_continent_to_default(
    place: str, sick: list[str], answer: str, group: Any, choose: Any
) -> None:
    """R53 1.2 Geolocation: precedence, and the next larger enclosing place when a record is unhealthy."""
    assert values(choose(group(GEO), place, sick)) == [answer]


def test_geolocation_without_a_match_and_without_default_answers_nothing(group: Any, choose: Any) -> None:
    """R53 1.2 Geolocation: no matching record and no default -> no answer."""
    decision = choose(group("app 60 A 192.0.2.4 | country=FR\n app 60 A 192.0.2.3 | continent=NA"), "tokyo")
    assert decision.chosen == ()
    assert not decision.last_resort
    assert "no record applies and there is no default" in decision.why


def test_geolocation_says_where_the_client_is(group: Any, choose: Any) -> None:
    assert choose(group(GEO), "seattle", ["state"]).why == (
        "most specific location for Seattle (WA, US, NA): country US, continent NA, default; "
        "US-WA left out: state is ill"
    )


def test_locations_read_like_places() -> None:
    assert str(GeoLocation(country="*")) == "default"
    assert str(GeoLocation(continent="EU")) == "continent EU"


NEAR = """
    app 60 A 192.0.2.1 | near=eu-west-1 check=eu
    app 60 A 192.0.2.2 | near=us-east-1 check=us
    app 60 A 192.0.2.3 | near=ap-northeast-1 check=jp
"""


@pytest.mark.parametrize(
    ("place", "sick", "answer"),
    [
        ("paris", [], "192.0.2.1"),
        ("tokyo", [], "192.0.2.3"),
        ("denver", [], "192.0.2.2"),
        ("paris", ["eu"], "192.0.2.2"),
        ("paris", ["eu", "us"], "192.0.2.3"),
        ("paris", ["eu", "us", "jp"], "192.0.2.1"),  # all count as healthy: nearest
    ],
)
def test_geoproximity_takes_the_nearest_healthy_resource(
    place: str, sick: list[str], answer: str, group: Any, choose: Any
) -> None:
    """R53 1.2 Geoproximity without bias; last resort: nearest."""
    assert values(choose(group(NEAR), place, sick)) == [answer]


@pytest.mark.parametrize(
    ("km", "bias", "biased_km"),
    [(150, 50, 75), (100, 0, 100), (100, -50, 200), (100, 99, 1), (100, -99, 10_000), (0, -99, 0)],
)
def test_bias_follows_the_vectors_of_the_sheet(km: float, bias: int, biased_km: float) -> None:
    """R53 1.2 Geoproximity: formulas and vectors."""
    assert Proximity(label="x", bias=bias).biased_km(km) == pytest.approx(biased_km)


def test_a_positive_bias_draws_clients_from_a_nearer_resource(group: Any, choose: Any) -> None:
    """R53 1.2: 150 km with +50 beats an unbiased 100 km; seen from Paris it is 400 km with +80 against 100 km."""
    biased = NEAR.replace("near=us-east-1", "near=us-east-1 bias=80")
    decision = choose(group(biased), "paris")
    assert values(decision) == ["192.0.2.2"]
    assert decision.why == (
        "smallest biased distance from Paris: us-east-1 400 km, with bias +80 80 km, eu-west-1 100 km, "
        "ap-northeast-1 1,010 km"
    )
    assert decision.by_place
    assert values(choose(group(NEAR.replace("near=eu-west-1", "near=eu-west-1 bias=-90")), "paris")) == ["192.0.2.2"]


def test_a_resource_nobody_knows_the_distance_of_comes_last(group: Any, choose: Any) -> None:
    records = group("app 60 A 192.0.2.1 | zone=nowhere bias=99\n app 60 A 192.0.2.2 | near=ap-northeast-1 check=jp")
    decision = choose(records, "paris")
    assert values(decision) == ["192.0.2.2"]
    assert "nowhere no distance known" in decision.why
    assert values(choose(records, "paris", ["jp"])) == ["192.0.2.1"]


@given(
    resources=st.lists(
        st.tuples(st.floats(0, 20_000), st.integers(-99, 99), st.booleans()),
        min_size=1,
        max_size=8,
    )
)
def test_the_nearest_biased_distance_always_wins(resources: list[tuple[float, int, bool]]) -> None:
    """R53 1.2 Geoproximity, for any resources: nobody in play is nearer than the chosen one."""
    records = tuple(
        RecordSet(
            name="app.example.test.",
            rtype="A",
            policy="geoproximity",
            set_id=str(n),
            proximity=Proximity(label=str(n), bias=bias),
        )
        for n, (_, bias, _) in enumerate(resources)
    )

    def biased_km(number: int) -> float:
        km, bias, _ = resources[number]
        return km * (1 - bias / 100) if bias >= 0 else km / (1 + bias / 100)

    now = Circumstances(
        view=Viewpoint(place="paris"),
        latency_ms=lambda region: None,
        unhealthy=(),
        choose=first,
        distance_km=lambda at: resources[int(at.label)][0],
    )
    decision = decide(records, now, lambda record: None if resources[int(record.set_id)][2] else "ill")
    healthy = [number for number, (_, _, well) in enumerate(resources) if well] or range(len(resources))
    assert biased_km(int(decision.chosen[0].set_id)) == min(biased_km(number) for number in healthy)


BY_ADDRESS = """
    app 60 A 192.0.2.1 | cidr=tokyo check=tokyo
    app 60 A 192.0.2.2 | cidr=asia check=asia
    app 60 A 192.0.2.3 | cidr=mars
    app 60 A 192.0.2.4 | cidr=* check=default
"""


@pytest.mark.parametrize(
    ("place", "sick", "answer"),
    [
        ("tokyo", [], "192.0.2.1"),  # in both blocks: the longest
        ("paris", [], "192.0.2.2"),
        ("tokyo", ["tokyo"], "192.0.2.2"),
        ("tokyo", ["tokyo", "asia"], "192.0.2.4"),
        ("tokyo", ["tokyo", "asia", "default"], "192.0.2.1"),  # all count as healthy; mars never applies
        ("atlantis", [], "192.0.2.4"),
    ],
)
def test_ip_based_takes_the_longest_block_then_shorter_ones_then_the_default(
    place: str, sick: list[str], answer: str, group: Any, choose: Any, planet: Any
) -> None:
    """R53 1.2 IP-based, by the resolver's address."""
    assert values(choose(group(BY_ADDRESS), place, sick)) == [answer]


def test_ip_based_without_a_block_and_without_default_answers_nothing(group: Any, choose: Any) -> None:
    """R53 8: not documented; NODATA by analogy with geolocation."""
    decision = choose(group("app 60 A 192.0.2.3 | cidr=mars"), "tokyo")
    assert decision.chosen == ()
    assert decision.why == (
        "longest block that holds 100.64.2.53: no record applies and there is no default, so no answer"
    )


def test_ip_based_says_which_block_it_was(group: Any, choose: Any) -> None:
    decision = choose(group(BY_ADDRESS), "tokyo", ["asia"])
    assert decision.why == (
        "longest block that holds 100.64.2.53: tokyo 100.64.2.0/24, default; asia left out: asia is ill"
    )
    assert [(c.label, c.state, c.note) for c in decision.candidates][-1] == ("mars", "left out", "for other addresses")
    assert not decision.by_place
    assert decision.network_bits == 24


def test_a_collection_that_is_not_there_leaves_the_default(group: Any, choose: Any, zone: Any) -> None:
    record = RecordSet(
        name="app.example.test.", rtype="A", policy="IP-based", cidr=CidrRouting(collection="C9", location="*")
    )
    decision = choose((record,), "tokyo")
    assert decision.chosen == (record,)
    assert "no CIDR collection C9 is known" in decision.why
