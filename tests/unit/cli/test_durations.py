"""Durations, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cli.durations import in_words, seconds_of
from sandbox.kernel.errors import Refusal


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("2m", 120), ("500ms", 0.5), ("1h", 3600), ("7", 7), ("1.5 s", 1.5), ("2M", 120)]
)
def test_a_duration_is_read_as_people_write_it(text, seconds):
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "-3s", "0s", "3 days", "1m30s", "1e3s", "nan"])
def test_anything_else_is_refused_with_examples(text):
    with pytest.raises(Refusal, match="write 500ms, 30s, 2m or 1h"):
        seconds_of(text)


@given(st.integers(1, 100_000))
def test_whole_seconds_are_read_back(seconds):
    assert seconds_of(f"{seconds}s") == seconds


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.85, "850 ms"), (12.34, "12.3 s"), (245, "4 min 5 s"), (7380, "2 h 3 min")]
)
def test_a_duration_is_told_in_the_unit_that_fits(seconds, words):
    assert in_words(seconds) == words
