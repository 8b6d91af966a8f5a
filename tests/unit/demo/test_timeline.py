"""The timeline: visits counted by the second in which they started."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.demo.timeline import Second, row, seconds_of
from sandbox.serving.measured import Measured

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")


def visit(at_s, served_by="", error=""):
    return Measured(place="paris", url="", started_at_s=at_s, ok=not error, served_by=served_by, error=error)


def text_of(pieces):
    return "".join(text for text, _ in pieces)


def test_a_visit_counts_in_the_second_in_which_it_started_however_long_it_took():
    seconds = seconds_of([visit(100.0, "eu-west-1"), visit(100.99, error="timeout"), visit(101.0, "eu-west-1")], 100.0)
    assert seconds[0] == Second(second=0, answers={"eu-west-1": 1}, errors={"timeout": 1})
    assert seconds[1] == Second(second=1, answers={"eu-west-1": 1})


@given(st.lists(st.tuples(st.floats(0, 20), st.sampled_from([*REGIONS, ""])), max_size=60))
def test_no_visit_is_lost_or_counted_twice(visits):
    seconds = seconds_of([visit(at_s, region, "" if region else "refused") for at_s, region in visits], 0.0)
    assert sum(sum(s.answers.values()) + sum(s.errors.values()) for s in seconds.values()) == len(visits)


def test_a_row_has_a_mark_for_each_visit_and_says_what_happened():
    second = Second(second=3, answers={"us-east-1": 3, "ap-northeast-1": 2}, errors={"refused": 2})
    assert text_of(row(second, REGIONS, ["$ sandbox fault stop eu-west-1"])) == (
        "   3 s  uuuaaxx                         us-east-1 3   eu-west-1 0   ap-northeast-1 2   errors 2 (refused) "
        " <- $ sandbox fault stop eu-west-1"
    )


def test_a_second_without_visits_is_an_empty_row():
    assert text_of(row(Second(second=0), REGIONS)).startswith("   0 s   ")
