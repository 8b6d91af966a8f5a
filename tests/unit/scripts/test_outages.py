"""scripts/benches/outages.py: how long a city is without an answer, and what is shown of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture(scope="module")
def outages() -> Any:
    import benches.outages

    return benches.outages


def visits(told: str, city: str = "paris") -> list[Any]:
    """told: + and - twice a second from 10 s on."""
    return [
        SimpleNamespace(place=city, started_at_s=10 + number / 2, ok=sign == "+") for number, sign in enumerate(told)
    ]


@pytest.mark.parametrize(
    ("told", "without_s", "last_error_s", "failed", "later"),
    [
        ("++++", 0.0, 0.0, 0, 0),
        ("++--++", 1.0, 1.5, 2, 0),
        ("+-+-++", 1.5, 1.5, 2, 0),  # one good visit in between is no end of it
        ("++---", 1.0, 2.0, 3, 0),  # until the end of what was seen
        ("+-++-+", 0.5, 0.5, 1, 1),  # a slow visit later on
    ],
)
def test_an_outage_lasts_from_the_first_error_until_two_answers_in_a_row(
    outages: Any, told: str, without_s: float, last_error_s: float, failed: int, later: int
) -> None:
    found = outages.outage_of([*visits(told), *visits("----", city="tokyo")], "paris", 10.0)
    assert (found.without_s, found.last_error_s, found.failed, found.later) == (without_s, last_error_s, failed, later)


def test_errors_before_the_fault_do_not_count(outages: Any) -> None:
    assert outages.outage_of(visits("--+-+"), "paris", 11.0).failed == 1


def test_a_drill_is_shown_with_the_worst_city_first_and_the_page_needs_nothing_else(outages: Any) -> None:
    slow, fast, none = (outages.outage_of(visits(told), "paris", 10.0) for told in ("-----++", "-++", "++"))
    drill = outages.Drill(
        title="eu-west-1 is killed",
        by_way={"DNS": {"rome": fast, "paris": slow, "oslo": none}, "accelerator": {"paris": fast, "rome": fast}},
        bounds_s={"DNS": 5.0, "accelerator": 1.0},
        notes=["<none>"],
    )
    assert drill.cities == ["paris", "rome"]
    assert outages.text_table(drill).splitlines() == [
        "eu-west-1 is killed",
        "  city                     DNS s   accelerator s",
        "  paris                      2.5             0.5",
        "  rome                       0.5             0.5",
        "  <none>",
    ]
    page = outages.page([drill])
    assert page.count("<rect") == 4
    assert "&lt;none&gt;" in page
    assert "http" not in page
