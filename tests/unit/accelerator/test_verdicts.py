"""Claims about the health of an endpoint [GA 2.3, 3.3]: thresholds both ways, and the verdict over all that probe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.accelerator.values import State
from sandbox.accelerator.verdicts import Opinion, judge, probe_timeout_s


def opinion(threshold: int, results: str) -> Opinion:
    """results: + and -, oldest first."""
    found = Opinion(threshold)
    for result in results:
        found.on_result(result == "+", "refused" if result == "-" else "fine")
    return found


@pytest.mark.parametrize(
    ("threshold", "results", "healthy"),
    [
        (3, "", None),
        (3, "++", None),
        (3, "+++", True),
        (3, "---", False),
        (3, "++-++", None),  # consecutive results
        (3, "++-+++", True),
        (3, "+++--", True),
        (3, "+++---", False),
        (3, "+++--+--", True),
        (3, "---+++", True),  # both ways
        (1, "+", True),
        (1, "+-", False),
    ],
)
def test_an_opinion_takes_as_many_results_in_a_row(threshold: int, results: str, healthy: bool | None) -> None:
    assert opinion(threshold, results).healthy is healthy


@given(st.integers(1, 10), st.text("+-", max_size=60))
def test_an_opinion_is_what_the_last_run_of_threshold_results_says(threshold: int, results: str) -> None:
    runs = [
        results[start : start + threshold]
        for start in range(len(results) - threshold + 1)
        if len(set(results[start : start + threshold])) == 1
    ]
    assert opinion(threshold, results).healthy is (runs[-1][0] == "+" if runs else None)


@pytest.mark.parametrize(
    ("opinions", "state"),
    [
        (["", "", "", ""], State.INITIAL),
        (["+", "+", "", ""], State.INITIAL),
        (["+", "+", "+", ""], State.HEALTHY),
        (["-", "-", "-", ""], State.UNHEALTHY),
        (["+", "+", "-", "-"], State.HEALTHY),
        (["+", "-", "-", "-"], State.UNHEALTHY),
    ],
)
def test_a_state_is_of_half_of_those_with_an_opinion_once_most_have_one(opinions: list[str], state: State) -> None:
    assert judge([opinion(1, results) for results in opinions])[0] is state


def test_an_unhealthy_state_says_what_was_seen() -> None:
    assert judge([opinion(1, "-"), opinion(1, "-")])[1] == "0 of 2 edge locations say healthy; refused"


def test_a_probe_has_time_for_its_round_trips_at_any_speed() -> None:
    assert probe_timeout_s(200, speed=1) == 5.0
    assert probe_timeout_s(200, speed=1000) == pytest.approx(0.9)
