"""scripts/benches/minutes.py: what is called growth of a series of minutes."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "scripts"


@pytest.fixture(scope="module")
def part():
    """A module of the package `benches`, found as scripts/bench finds it."""
    sys.path.insert(0, str(SCRIPTS))
    try:
        yield lambda name: importlib.import_module(f"benches.{name}")
    finally:
        sys.path.remove(str(SCRIPTS))


@pytest.mark.parametrize(
    ("values", "grown"),
    [
        ([50.0, 51.0, 51.0], 0.0),
        ([40.0, 45.0, 49.0, 50.0, 50.0, 50.0, 50.0, 90.0, 50.0], 0.0),  # it fills first; one bad minute is no growth
        ([float(minute) for minute in range(30)], 10.0),  # a leak of 1 MB a minute
        ([50.0, 50.0, 50.0, 44.0], -6.0),
    ],
)
def test_growth_is_from_the_middle_third_of_the_minutes_to_the_last(part, values, grown):
    figure = part("minutes").growth_of("page", values)
    assert (figure.value, figure.unit, figure.wants) == (grown, "MB", "at most")


def test_a_leak_of_a_third_of_a_megabyte_a_minute_is_not_steady_over_thirty(part):
    leaking = part("minutes").growth_of("page", [minute / 3 for minute in range(30)])
    assert leaking.value > leaking.target
    rows = part("report").rows_of([[leaking]])
    assert rows[0].met is False


def test_fewer_than_three_minutes_are_refused(part):
    with pytest.raises(part("values").BenchFailed, match="too few"):
        part("minutes").growth_of("page", [1.0, 2.0])
