"""Tokens: what a text falls into."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.tables.tokens import names_in, tokens_of


def test_a_text_falls_into_words_names_values_numbers_and_signs() -> None:
    assert [(token.kind, token.text) for token in tokens_of("a.#b[0]<=:c")] == [
        ("word", "a"),
        ("sign", "."),
        ("name", "#b"),
        ("sign", "["),
        ("number", "0"),
        ("sign", "]"),
        ("sign", "<="),
        ("value", ":c"),
        ("end", "<EOF>"),
    ]


def test_names_are_found_once_each_in_order() -> None:
    assert names_in("#b = :v AND #a.#b > :w") == ("#b", "#a")


@given(st.text(max_size=40))
def test_no_letter_is_lost_but_blanks(text: str) -> None:
    # Whatever a caller sends, a grammar sees all of it and can refuse it.
    kept = "".join(token.text for token in tokens_of(text)[:-1])
    assert kept == "".join(letter for letter in text if letter not in " \t\r\n")
