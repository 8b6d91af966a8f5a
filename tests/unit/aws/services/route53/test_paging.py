"""Pages of a list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.services.route53.paging import checked_most, page
from sandbox.kernel.errors import Refusal


@given(st.lists(st.integers(), unique=True).map(sorted), st.integers(1, 5))
def test_pages_together_are_the_list(items: list[int], most: int) -> None:
    seen: list[int] = []
    start: int | None = None
    while True:
        listed, start = page(items, int, start, most)
        seen += listed
        if start is None:
            break
    assert seen == items


def test_a_start_that_has_gone_leads_to_the_one_after_it() -> None:
    assert page([1, 3], int, 2, None) == ([3], None)


def test_the_most_is_a_number_within_aws_limit() -> None:
    assert (checked_most(None), checked_most("7"), checked_most("1000", 300)) == (100, 7, 300)
    for wrong in ("0", "x"):
        with pytest.raises(Refusal, match="MaxItems"):
            checked_most(wrong)
