"""Pages: nothing is shown twice, nothing is missed."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.services.globalaccelerator.exceptions import InvalidNextTokenException
from sandbox.aws.services.globalaccelerator.paging import USUAL, page


@dataclass
class Thing:
    number: int


@given(st.sets(st.integers(1, 60)), st.integers(1, 7))
def test_the_pages_together_are_the_list(numbers: set[int], most: int) -> None:
    things = [Thing(number) for number in sorted(numbers)]
    seen: list[Thing] = []
    shown, token = page(things, most, None)
    seen += shown
    while token is not None:
        shown, token = page(things, most, token)
        assert 0 < len(shown) <= most
        seen += shown
    assert seen == things


def test_who_deletes_what_a_page_showed_misses_nothing() -> None:
    things = [Thing(number) for number in range(1, 5)]
    shown, token = page(things, 2, None)
    rest, _ = page([thing for thing in things if thing not in shown], 2, token)
    assert rest == things[2:]


def test_ten_are_shown_when_nobody_says_how_many() -> None:
    assert len(page([Thing(number) for number in range(30)], None, None)[0]) == USUAL == 10


@pytest.mark.parametrize("token", ["", "x", "MTI=", "YWZ0ZXI=", "YWZ0ZXIgeA==", "é"])
def test_a_token_of_somebody_else_leads_nowhere(token: str) -> None:
    with pytest.raises(InvalidNextTokenException):
        page([Thing(1)], None, token)
