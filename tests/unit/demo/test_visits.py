"""Visits beside what distance demands."""

from __future__ import annotations

from sandbox.demo.visits import as_figures, round_trips, served, visit_row
from sandbox.serving.measured import Measured

GOOD = Measured(
    place="sydney",
    url="",
    started_at_s=0.0,
    ok=True,
    status=200,
    lookup_ms=15.0,
    connect_ms=240.0,
    first_byte_ms=500.0,
    total_ms=501.0,
    served_by="us-east-1",
)
FAILED = Measured(place="paris", url="", started_at_s=0.0, error="refused", lookup_ms=9.0, total_ms=40.0)


def test_a_page_is_measured_against_its_lookup_and_two_round_trips():
    (trip,) = round_trips([GOOD, FAILED], lambda place, region: 240.0)
    assert trip.excess_ms == 5.0


def test_a_failed_visit_is_shown_as_its_error():
    assert visit_row(GOOD) == ("us-east-1", "15", "240", "500", "501")
    assert visit_row(FAILED) == ("error: refused", "9", "-", "-", "40")


def test_who_served_is_counted_and_failures_come_last():
    assert served([GOOD, FAILED, GOOD]) == "us-east-1 2, refused 1 (failed)"
    assert served([]) == "nothing"


def test_figures_say_null_where_nothing_was_measured():
    assert as_figures([FAILED])[0] == {
        "city": "paris",
        "served_by": None,
        "error": "refused",
        "lookup_ms": 9.0,
        "connect_ms": None,
        "first_byte_ms": None,
        "total_ms": 40.0,
    }
