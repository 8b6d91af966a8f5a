"""Claims about refusals: they name the thing, the fix, and whether it happened."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal, bad_setting, did_you_mean, near_matches, not_emulated, unavailable, unknown

PLACES = ["paris", "tokyo", "us-east-1", "us-east-2", "edge:CDG"]


def test_an_unknown_name_is_answered_with_what_was_meant() -> None:
    refusal = unknown("place", "pariss", PLACES, see="sandbox places")
    assert refusal.message == "Unknown place 'pariss'. Did you mean paris? See: sandbox places"
    assert (refusal.code, refusal.status, refusal.definite) == ("UnknownPlace", 404, True)


def test_a_kind_of_two_words_makes_one_code() -> None:
    assert unknown("health check", "x", [], see="y").code == "UnknownHealthCheck"


def test_case_does_not_hide_a_near_match() -> None:
    assert near_matches("PARIS", PLACES) == ["paris"]
    assert near_matches("US-EAST-1", PLACES)[0] == "us-east-1"


def test_nothing_near_says_nothing() -> None:
    assert did_you_mean("zzzzzz", PLACES) == ""


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=10))
def test_any_word_can_be_unknown(word: str, known: list[str]) -> None:
    assert len(near_matches(word, known)) <= 3
    assert repr(word) in unknown("place", word, known, see="sandbox places").message


def test_what_may_have_happened_is_not_called_definite() -> None:
    assert not unavailable("planet", "it ended").definite
    assert unavailable("planet", "it ended").status == 503


def test_what_is_not_emulated_names_the_action() -> None:
    refusal = not_emulated("CreateKeyGroup", instead="Use signed cookies.")
    assert refusal.status == 501
    assert refusal.message == "The sandbox does not emulate CreateKeyGroup. Use signed cookies."


def test_a_bad_setting_names_its_line() -> None:
    assert bad_setting("sandbox.yaml, line 3", "speed is 'fast'").message == "sandbox.yaml, line 3: speed is 'fast'"


def test_a_refusal_reads_well_in_a_log() -> None:
    assert repr(Refusal("NotRunning", "No sandbox runs here.", status=409)) == (
        "Refusal(NotRunning, 409: No sandbox runs here.)"
    )
