"""Act 3: shares that follow the weights, and a detour by the map."""

from __future__ import annotations

from dataclasses import replace

from sandbox.demo.acts.weights_and_borders import border_claims, draw_claims, shares, steps
from sandbox.demo.values import Ground
from sandbox.serving.measured import Measured

GROUND = Ground(addresses={"us-east-1": "198.18.1.10", "eu-west-1": "198.18.2.10", "ap-northeast-1": "198.18.3.10"})


def visit(place, served_by, total_ms=100.0):
    return Measured(place=place, url="", started_at_s=0.0, ok=bool(served_by), served_by=served_by, total_ms=total_ms)


MAP = {
    "new-york": "us-east-1",
    "sao-paulo": "us-east-1",
    "paris": "eu-west-1",
    "tel-aviv": "ap-northeast-1",
    "tokyo": "ap-northeast-1",
    "sydney": "us-east-1",
}
DIRECT = visit("tel-aviv", "eu-west-1", 170.0)
DETOUR = visit("tel-aviv", "ap-northeast-1", 670.0)


def held(claims):
    return [claim.held for claim in claims]


def test_every_visit_to_the_weighted_name_draws_anew():
    """With a TTL, a resolver's whole city would share one draw."""
    records = [c["ResourceRecordSet"] for c in steps(GROUND)[0].arguments["ChangeBatch"]["Changes"]]
    assert [(record["Weight"], record["TTL"]) for record in records] == [(80, 0), (20, 0)]


def test_the_map_has_a_default():
    """Without one, cities that no record names get no answer."""
    records = [c["ResourceRecordSet"] for c in steps(GROUND)[1].arguments["ChangeBatch"]["Changes"]]
    assert {"CountryCode": "*"} in [record["GeoLocation"] for record in records]


def test_fair_shares_hold_and_equal_ones_do_not():
    fair = [visit("paris", "us-east-1")] * 240 + [visit("paris", "eu-west-1")] * 60
    equal = [visit("paris", "us-east-1")] * 150 + [visit("paris", "eu-west-1")] * 150
    assert (held(draw_claims(fair)), held(draw_claims(equal))) == ([True], [False])


def test_failed_visits_are_nobodys_share():
    assert shares([visit("paris", "us-east-1"), visit("paris", "")]) == {"us-east-1": 1}


def test_the_map_decides_and_one_city_pays():
    visits = [visit(city, region) for city, region in MAP.items()]
    assert held(border_claims(visits, DIRECT, DETOUR)) == [True, True]
    elsewhere = [replace(v, served_by="eu-west-1") if v.place == "tel-aviv" else v for v in visits]
    assert held(border_claims(elsewhere, DIRECT, DETOUR)) == [False, True]
    assert held(border_claims(visits, DIRECT, DIRECT)) == [True, False]
