"""The labs of the package."""

from __future__ import annotations

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.labs.checks import CHECKS
from sandbox.labs.shelf import all_labs, checked_language, guide, lab_of, numbers
from sandbox.labs.values import LANGUAGES


def test_there_are_eleven_and_their_steps_ask_for_checks_that_exist() -> None:
    labs = all_labs()
    assert [lab.number for lab in labs] == list(range(1, 12))
    kinds = {check.kind for lab in labs for step in lab.steps for check in step.checks}
    assert kinds <= set(CHECKS)
    assert set(CHECKS) == kinds  # a check that no lab uses is one that no test has seen


def test_what_is_not_translated_is_english() -> None:
    assert numbers("fr") == [1, 2, 3]
    assert [lab_of(number, "fr").language for number in (3, 4)] == ["fr", "en"]
    assert lab_of(1, "fr").title != lab_of(1).title


def test_unknown_labs_and_languages_are_named() -> None:
    with pytest.raises(Refusal, match="12"):
        lab_of(12)
    with pytest.raises(Refusal, match="de"):
        checked_language("de")
    assert [checked_language(language) for language in LANGUAGES] == list(LANGUAGES)


def test_the_leaders_guide_has_the_three_lengths() -> None:
    assert [length in guide("fr") for length in ("30 minutes", "60 minutes", "120 minutes")] == [True] * 3
