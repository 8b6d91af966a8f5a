"""Conditions judged for items."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal
from sandbox.tables.conditions import BoundCondition, compile_condition

ITEM: dict[str, Any] = {
    "pk": {"S": "a"},
    "n": {"N": "5"},
    "s": {"S": "hello"},
    "tags": {"SS": ["a", "b"]},
    "m": {"M": {"l": {"L": [{"N": "1"}, {"N": "2"}]}}},
    "nil": {"NULL": True},
}
VALUES: dict[str, Any] = {
    ":five": {"N": "5"},
    ":six": {"N": "6"},
    ":he": {"S": "he"},
    ":a": {"S": "a"},
    ":type": {"S": "SS"},
    ":set": {"SS": ["b", "a"]},
    ":two": {"N": "2"},
}


def holds(text: str, item: dict[str, Any] | None = ITEM) -> bool:
    condition = compile_condition(text, {"#n": "n"})
    condition.check(VALUES)
    return BoundCondition(condition, VALUES).holds(item)


@pytest.mark.parametrize(
    "text",
    [
        "n = :five",
        "#n < :six",
        ":six > n",
        "n <> :six",
        "n <> :he",
        "absent <> :six",
        "n BETWEEN :five AND :six",
        "n IN (:six, :five)",
        "tags = :set",
        "contains(tags, :a)",
        "contains(m.l, :two)",
        "begins_with(s, :he)",
        "attribute_type(tags, :type)",
        "attribute_exists(nil)",
        "attribute_exists(m.l[1])",
        "attribute_not_exists(m.l[2])",
        "size(s) = :five",
        "size(m.l) = :two",
        "m.l[1] = :two",
        "NOT n = :six",
        "n = :six OR s <> :he AND n = :five",
        "(n = :six OR n = :five) AND NOT contains(s, :a)",
    ],
)
def test_what_is_so_holds(text: str) -> None:
    assert holds(text)
    assert not holds(f"NOT ({text})")


@pytest.mark.parametrize(
    "text",
    [
        "absent = :five",
        "absent < :five",
        "n < :he",
        "absent BETWEEN :five AND :six",
        "absent IN (:five)",
        "size(n) = :five",
        "contains(absent, :a)",
        "begins_with(n, :he)",
        "m.l[9] = :two",
        "absent = third",
    ],
)
def test_what_is_missing_or_of_another_type_does_not_hold(text: str) -> None:
    assert not holds(text)


def test_no_item_is_an_item_without_attributes() -> None:
    assert holds("attribute_not_exists(pk)", None)
    assert not holds("attribute_exists(pk)", None)
    assert holds("pk <> :a", None)


def test_a_text_is_compiled_once_for_the_names_it_uses() -> None:
    one = compile_condition("#n = :five", {"#n": "n", "#other": "x"})
    assert compile_condition("#n = :five", {"#n": "n", "#other": "y"}) is one
    assert compile_condition("#n = :five", {"#n": "m"}) is not one


def test_a_condition_knows_the_attributes_that_it_reads() -> None:
    condition = compile_condition("#n.x = :v OR NOT size(a[0]) IN (b, :w)", {"#n": "n"})
    assert condition.attributes == {"n", "a", "b"}
    assert condition.names == {"#n"}
    assert condition.values == {":v", ":w"}


def test_an_undefined_value_is_refused_before_any_item_is_read() -> None:
    with pytest.raises(Refusal) as refused:
        compile_condition("a = :v", {}, "FilterExpression").check({})
    assert refused.value.message == (
        "Invalid FilterExpression: An expression attribute value used in expression is not defined; attribute value: :v"
    )


NUMBERS = st.integers(-20, 20).map(lambda number: {"N": str(number)})


@given(NUMBERS, NUMBERS, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]))
def test_comparisons_of_numbers_are_those_of_python(left: Any, right: Any, op: str) -> None:
    condition = compile_condition(f"a {op} :v", {})
    mine, theirs = int(left["N"]), int(right["N"])
    expected = {
        "=": mine == theirs,
        "<>": mine != theirs,
        "<": mine < theirs,
        "<=": mine <= theirs,
        ">": mine > theirs,
        ">=": mine >= theirs,
    }
    assert condition.decide({"a": left}, {":v": right}) == expected[op]


@given(
    st.lists(st.booleans(), min_size=1, max_size=6), st.lists(st.sampled_from(["AND", "OR"]), min_size=6, max_size=6)
)
def test_and_binds_closer_than_or(truths: list[bool], joints: list[str]) -> None:
    words = [f"a {'=' if truth else '<>'} :v" for truth in truths]
    text = " ".join(part for pair in zip(words, [*joints[: len(words) - 1], ""], strict=True) for part in pair)
    python = text.replace("a = :v", "True").replace("a <> :v", "False").replace("AND", "and").replace("OR", "or")
    expected = any(all(part.strip() == "True" for part in group.split(" and ")) for group in python.split(" or "))
    assert compile_condition(text.strip(), {}).decide({"a": {"S": "x"}}, {":v": {"S": "x"}}) == expected
