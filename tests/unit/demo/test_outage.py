"""What an outage cost, and what the formula allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.demo.outage import Bound, all_back, measure, probe_s
from sandbox.serving.measured import Measured

FAULT_S = 1000.0


def visit(at_s, place, served_by="", error="", total_ms=50.0):
    return Measured(
        place=place, url="", started_at_s=at_s, ok=not error, served_by=served_by, error=error, total_ms=total_ms
    )


STORY = [
    visit(999.0, "paris", "eu-west-1"),
    visit(999.0, "tokyo", "ap-northeast-1"),
    visit(1000.5, "paris", error="refused", total_ms=30.0),
    visit(1000.5, "tokyo", "ap-northeast-1"),
    visit(1006.0, "paris", error="refused", total_ms=40.0),
    visit(1007.0, "paris", "us-east-1"),
]


def measured(visits, detected_at_s=1003.0):
    return measure(visits, region="eu-west-1", fault_at_s=FAULT_S, detected_at_s=detected_at_s)


def test_an_outage_lasts_until_the_last_visit_that_failed():
    outage = measured(STORY)
    assert outage.cities == ("paris",)
    assert (outage.detected_after_s, outage.expired_after_s, outage.caches_after_s) == (3.0, 6.0, 3.0)
    assert (outage.visits, outage.errors, outage.failing_ms) == (4, 2, 35.0)


def test_errors_of_cities_that_other_regions_serve_are_told_apart():
    assert measured(STORY).stray_errors == 0
    assert measured([*STORY, visit(1002.0, "tokyo", error="timeout")]).stray_errors == 1


def test_an_outage_that_nobody_notices_says_so():
    outage = measured([visit(999.0, "paris", "eu-west-1")], detected_at_s=None)
    assert (outage.detected_after_s, outage.expired_after_s, outage.caches_after_s) == (None, None, None)


def test_errors_that_end_before_the_verdict_owe_nothing_to_the_caches():
    assert measured(STORY, detected_at_s=1008.0).caches_after_s == 0.0


def test_everybody_is_back_when_the_last_city_is():
    visits = [visit(1020.0, "paris", "eu-west-1"), visit(1023.0, "istanbul", "eu-west-1")]
    both = ("paris", "istanbul")
    assert all_back(visits, region="eu-west-1", cities=both, since_s=1010.0) == 1023.0
    assert all_back(visits[:1], region="eu-west-1", cities=both, since_s=1010.0) is None
    assert all_back(visits, region="eu-west-1", cities=both, since_s=1021.0) is None
    assert all_back(visits, region="eu-west-1", cities=(), since_s=0.0) is None


@pytest.mark.parametrize(
    ("interval_s", "probe", "expected_s", "detect_s"),
    [
        (30, 0.0, 84.6, 90.0),
        (30, 4.0, 96.6, 102.0),
        (10, 0.0, 28.2, 30.0),
        (10, 4.0, 40.2, 42.0),
    ],
)
def test_the_formula_gives_the_fact_sheets_figures(interval_s, probe, expected_s, detect_s):
    bound = Bound(interval_s=interval_s, threshold=3, probe_s=probe, ttl_s=60)
    assert bound.expected_s == pytest.approx(expected_s)
    assert bound.detect_s == pytest.approx(detect_s)
    assert bound.total_s == pytest.approx(detect_s + 61)


@given(st.floats(0.1, 30), st.integers(1, 10), st.floats(0, 6))
def test_what_is_expected_is_never_more_than_what_is_allowed(interval_s, threshold, probe):
    bound = Bound(interval_s=interval_s, threshold=threshold, probe_s=probe, ttl_s=6)
    assert bound.expected_s <= bound.detect_s + 1e-9


def test_a_refused_probe_costs_a_round_trip_and_a_swallowed_one_its_time_out():
    assert probe_s([10.0, 250.0], swallowed=False, timeout_s=4, speed=10) == 0.25
    assert probe_s([10.0, 100.0], swallowed=True, timeout_s=4, speed=10) == 0.4
    assert probe_s([10.0, 250.0], swallowed=True, timeout_s=4, speed=1) == 4.0


def test_speed_never_makes_a_time_out_shorter_than_two_round_trips():
    assert probe_s([250.0], swallowed=True, timeout_s=4, speed=100) == pytest.approx(0.6)
