"""Projections: which parts of an item are shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.tables.projections import compile_projection

ITEM: dict[str, Any] = {
    "a": {"S": "x"},
    "m": {"M": {"k": {"S": "1"}, "l": {"L": [{"S": "p"}, {"M": {"q": {"N": "7"}}}, {"S": "r"}]}}},
    "n": {"N": "5"},
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a, n", {"a": {"S": "x"}, "n": {"N": "5"}}),
        ("a, absent", {"a": {"S": "x"}}),
        ("m.k", {"m": {"M": {"k": {"S": "1"}}}}),
        ("m.l[2], m.l[0]", {"m": {"M": {"l": {"L": [{"S": "p"}, {"S": "r"}]}}}}),
        ("m.l[1].q, #x", {"m": {"M": {"l": {"L": [{"M": {"q": {"N": "7"}}}]}}}, "a": {"S": "x"}}),
        ("m.nix, a.b, n[0], m.l[9], m.l[0].x", {}),
    ],
)
def test_a_projection_shows_the_places_it_names(text: str, shown: dict[str, Any]) -> None:
    assert compile_projection(text, {"#x": "a"}).of(ITEM) == shown


def test_a_projection_knows_its_attributes_and_names() -> None:
    projection = compile_projection("m.k, #x, m.l[0]", {"#x": "a", "#y": "b"})
    assert projection.attributes == ("m", "a")
    assert projection.names == {"#x"}


@given(st.sets(st.sampled_from("abcdef"), min_size=1), st.dictionaries(st.sampled_from("abcdef"), st.just({"N": "1"})))
def test_a_flat_projection_is_the_intersection(wanted: set[str], item: dict[str, Any]) -> None:
    shown = compile_projection(", ".join(sorted(wanted)), {}).of(item)
    assert shown == {name: value for name, value in item.items() if name in wanted}
