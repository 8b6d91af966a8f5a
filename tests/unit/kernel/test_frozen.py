"""Values that are frozen for the type checker alone: what they share with Python's own frozen dataclasses."""

from __future__ import annotations

import dataclasses

import pytest

from sandbox.kernel import frozen


@frozen.dataclass(frozen=True, slots=True, kw_only=True)
class Quick:
    """Made many thousand times a second."""

    name: str
    count: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """The same, frozen by Python."""

    name: str
    count: int = 0


def test_it_is_made_compared_hashed_shown_and_replaced_as_a_frozen_one():
    quick, slow = Quick(name="a", count=1), Slow(name="a", count=1)
    assert quick == Quick(name="a", count=1) != Quick(name="b", count=1)
    assert {quick: 1}[Quick(name="a", count=1)] == 1
    assert hash(quick) == hash(slow)
    assert repr(quick) == repr(slow).replace("Slow", "Quick")
    assert dataclasses.replace(quick, count=2) == Quick(name="a", count=2)


def test_its_fields_are_its_only_ones_and_named_when_it_is_made():
    with pytest.raises(AttributeError):
        Quick(name="a").other = 1  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        Quick("a")  # type: ignore[call-arg]


def test_a_value_whose_fields_may_change_is_refused():
    with pytest.raises(AssertionError):
        frozen.dataclass(frozen=False, slots=True, kw_only=True)
