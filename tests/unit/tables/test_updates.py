"""Updates applied to items, which stay as they were."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal
from sandbox.tables.attributes import NESTING_MOST
from sandbox.tables.paths import reader_of
from sandbox.tables.projections import compile_projection
from sandbox.tables.syntax import Path
from sandbox.tables.updates import BAD_PATH, BoundUpdate, compile_update

KEY: dict[str, Any] = {"pk": {"S": "a"}}
ITEM: dict[str, Any] = {
    **KEY,
    "n": {"N": "5"},
    "l": {"L": [{"S": "p"}, {"S": "q"}, {"S": "r"}]},
    "m": {"M": {"x": {"N": "1"}, "deep": {"M": {"y": {"S": "z"}}}}},
    "ss": {"SS": ["a", "b"]},
}
VALUES: dict[str, Any] = {
    ":1": {"N": "1"},
    ":v": {"S": "new"},
    ":w": {"S": "newer"},
    ":l": {"L": [{"S": "end"}]},
    ":ss": {"SS": ["b", "c"]},
    ":all": {"SS": ["a", "b"]},
}


def update(text: str) -> BoundUpdate:
    return BoundUpdate(compile_update(text, {"#n": "n"}), VALUES)


def changed(text: str, item: dict[str, Any] | None = ITEM) -> dict[str, Any]:
    """The attributes that differ afterwards; None for one that is gone."""
    before = deepcopy(item)
    after = update(text).apply(item, KEY)
    assert item == before, "an item that is stored is never changed"
    old = item or {}
    return {name: after.get(name) for name in {**old, **after} if after.get(name) != old.get(name)}


def letters(*texts: str) -> dict[str, Any]:
    return {"L": [{"S": text} for text in texts]}


@pytest.mark.parametrize(
    ("text", "difference"),
    [
        ("SET a = :v", {"a": {"S": "new"}}),
        ("SET #n = #n + :1", {"n": {"N": "6"}}),
        ("SET n = :1 - n", {"n": {"N": "-4"}}),
        ("SET n = if_not_exists(n, :1)", {}),
        ("SET c = if_not_exists(c, :1) + :1", {"c": {"N": "2"}}),
        ("SET l = list_append(:l, l)", {"l": letters("end", "p", "q", "r")}),
        ("SET a = l[1]", {"a": {"S": "q"}}),
        ("SET l[1] = :v", {"l": letters("p", "new", "r")}),
        ("SET l[20] = :w, l[10] = :v", {"l": letters("p", "q", "r", "new", "newer")}),
        ("REMOVE l[0], l[2], l[7]", {"l": letters("q")}),
        ("SET l[2] = :v REMOVE l[0]", {"l": letters("q", "new")}),
        ("SET m.deep.w = :v REMOVE m.x", {"m": {"M": {"deep": {"M": {"y": {"S": "z"}, "w": {"S": "new"}}}}}}),
        ("REMOVE n, absent", {"n": None}),
        ("ADD n :1, c :1, ss :ss", {"n": {"N": "6"}, "c": {"N": "1"}, "ss": {"SS": ["a", "b", "c"]}}),
        ("ADD m.x :1", {"m": {"M": {"x": {"N": "2"}, "deep": {"M": {"y": {"S": "z"}}}}}}),
        ("DELETE ss :ss", {"ss": {"SS": ["a"]}}),
        ("DELETE ss :all", {"ss": None}),
        ("DELETE absent :ss", {}),
        ("SET a = n, n = :1", {"a": {"N": "5"}, "n": {"N": "1"}}),
    ],
)
def test_an_update_changes_what_it_names(text: str, difference: dict[str, Any]) -> None:
    assert changed(text) == difference


def test_an_update_of_nothing_makes_the_item_with_its_key() -> None:
    assert changed("SET a = :v", None) == {**KEY, "a": {"S": "new"}}
    assert changed("REMOVE a", None) == KEY


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SET absent.a = :v", BAD_PATH),
        ("SET n.a = :v", BAD_PATH),
        ("SET m[0] = :v", BAD_PATH),
        ("SET l.a = :v", BAD_PATH),
        ("SET l[9].a = :v", BAD_PATH),
        ("REMOVE absent.a", BAD_PATH),
        (
            "SET pk = :v",
            "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_in_aws_words(text: str, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        changed(text)
    assert refused.value.message == message


def test_undefined_values_are_refused() -> None:
    with pytest.raises(Refusal) as refused:
        compile_update("SET a = :nope", {}).check(VALUES)
    assert refused.value.message == (
        "Invalid UpdateExpression: An expression attribute value used in expression is not defined; "
        "attribute value: :nope"
    )


def test_an_update_may_not_build_what_a_put_may_not() -> None:
    steps = [f"k{level}" for level in range(NESTING_MOST)]
    item: dict[str, Any] = {"M": {}}
    for name in reversed(steps[1:]):
        item = {"M": {name: item}}
    path = ".".join(steps)
    compile_update(f"SET {path}.x = :v", {}).apply({steps[0]: item}, {}, VALUES)
    with pytest.raises(Refusal, match="Nesting Levels"):
        compile_update(f"SET {path}.x = :l", {}).apply({steps[0]: item}, {}, VALUES)


def test_untouched_parts_are_shared_and_touched_parts_are_copies() -> None:
    after = update("SET m.x = :v").apply(ITEM, KEY)
    assert after["l"] is ITEM["l"]
    assert after["m"] is not ITEM["m"]
    assert after["m"]["M"]["deep"] is ITEM["m"]["M"]["deep"]


def test_the_picture_of_an_update_is_what_it_writes() -> None:
    both = update("SET m.x = :v, n = :1 REMOVE ss")
    assert both.touched == ("m", "n", "ss")
    assert both.pick(ITEM) == {"m": {"M": {"x": {"N": "1"}}}, "n": {"N": "5"}, "ss": ITEM["ss"]}
    assert both.pick(both.apply(ITEM, KEY)) == {"m": {"M": {"x": {"S": "new"}}}, "n": {"N": "1"}}
    assert both.pick(None) == {}


NAMES = st.sampled_from("abc")
TREES = st.recursive(
    st.integers(0, 9).map(lambda number: {"N": str(number)}),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3).map(lambda members: {"M": members}),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, TREES), st.lists(NAMES, min_size=1, max_size=3))
def test_what_is_set_is_read_back_and_all_else_stays(item: dict[str, Any], steps: list[str]) -> None:
    text = ".".join(steps)
    before = deepcopy(item)
    parent = reader_of(Path(tuple(steps[:-1])))(item) if len(steps) > 1 else {"M": item}
    if parent is None or "M" not in parent:
        with pytest.raises(Refusal, match="document path"):
            compile_update(f"SET {text} = :v", {}).apply(item, {}, VALUES)
        return
    after = compile_update(f"SET {text} = :v", {}).apply(item, {}, VALUES)
    assert item == before
    assert reader_of(Path(tuple(steps)))(after) == VALUES[":v"]
    without = compile_update(f"REMOVE {text}", {})
    assert without.apply(after, {}, {}) == without.apply(item, {}, {})
    shown = compile_projection(text, {}).of(after)
    assert reader_of(Path(tuple(steps)))(shown) == VALUES[":v"]
