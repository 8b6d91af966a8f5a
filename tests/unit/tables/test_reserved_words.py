"""The list of reserved words."""

from __future__ import annotations

import pytest

from sandbox.tables.reserved_words import RESERVED_WORDS


def test_aws_lists_573_words_in_capitals() -> None:
    assert len(RESERVED_WORDS) == 573
    assert all(word.isupper() for word in RESERVED_WORDS)


@pytest.mark.parametrize("word", ["STATUS", "NAME", "COUNT", "SIZE", "TTL", "YEAR", "BACKUP", "ZONE"])
def test_words_that_people_like_are_among_them(word: str) -> None:
    assert word in RESERVED_WORDS
