"""Claims about jitter: as measured where there is a measurement, and what paths make of it."""

from __future__ import annotations

from math import sqrt
from statistics import quantiles

import pytest

from sandbox.geography import places
from sandbox.geography.atlas import Atlas
from sandbox.geography.latency import INTERNET_FACTOR
from sandbox.geography.quality import NEAR_SPREAD_MS, spread_ms


def test_measured_spreads_are_those_that_the_model_states() -> None:
    # latency-model.md: p90 - p50 is 3.5 / 5.2 / 8.2 / 13.4 ms at p25 / p50 / p75 / p90 of the directions.
    spreads = sorted(ms for (a, b), ms in places.read_spreads().items() if a != b)
    of_100 = quantiles(spreads, n=100, method="inclusive")
    assert [round(of_100[percent - 1], 1) for percent in (25, 50, 75, 90)] == [3.5, 5.2, 8.2, 13.4]
    assert NEAR_SPREAD_MS == 3.5


def test_a_measured_pair_has_its_own_spread_and_others_that_of_their_hubs(atlas: Atlas) -> None:
    one_way = places.read_spreads()
    mean_ms = (one_way["us-east-1", "eu-west-1"] + one_way["eu-west-1", "us-east-1"]) / 2
    assert atlas.path("us-east-1", "eu-west-1").jitter_ms == pytest.approx(mean_ms)
    [_, internet] = atlas.path("dublin", "us-east-1").segments
    assert internet.jitter_ms == pytest.approx(INTERNET_FACTOR * mean_ms)
    assert spread_ms({("a", "b"): 9.0}, "a", "a") == NEAR_SPREAD_MS
    assert spread_ms({}, "a", "b") == 0.0


def test_spreads_of_segments_add_up_as_squares_and_no_path_loses_packets(atlas: Atlas) -> None:
    path = atlas.path("paris", "tokyo")
    assert path.jitter_ms == pytest.approx(sqrt(sum(segment.jitter_ms**2 for segment in path.segments)))
    assert path.segments[0].jitter_ms == pytest.approx(5 * 6.4 / 25)
    assert path.loss == 0
    assert atlas.quality("paris", "tokyo") == (path.jitter_ms, 0)
