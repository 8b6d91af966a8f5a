"""Attribute values: what is refused, how large values are, and how they compare."""

from __future__ import annotations

from base64 import b64encode
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal
from sandbox.tables.attributes import (
    NESTING_MOST,
    begins_with,
    check_item,
    check_key_value,
    check_value,
    compare,
    contains,
    depth_of,
    equal,
    item_size,
    order_of,
    size_of,
    value_size,
)

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=8)
BYTES = st.binary(max_size=8).map(lambda raw: b64encode(raw).decode())
NUMBERS = st.integers(-(10**12), 10**12).map(str)
SCALARS = st.one_of(
    TEXTS.map(lambda text: {"S": text}),
    NUMBERS.map(lambda number: {"N": number}),
    BYTES.map(lambda text: {"B": text}),
    st.booleans().map(lambda truth: {"BOOL": truth}),
    st.just({"NULL": True}),
    st.lists(TEXTS, min_size=1, max_size=4, unique=True).map(lambda members: {"SS": members}),
    st.lists(NUMBERS, min_size=1, max_size=4, unique=True).map(lambda members: {"NS": members}),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda elements: {"L": elements}),
        st.dictionaries(TEXTS, inner, max_size=4).map(lambda members: {"M": members}),
    ),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_a_good_item_is_accepted_as_it_is(item: dict[str, Any]) -> None:
    assert check_item(item) == item


def test_numbers_become_canonical_at_any_depth_and_the_callers_item_stays() -> None:
    item = {"a": {"L": [{"M": {"n": {"N": "01.0"}}}]}, "s": {"NS": ["1.0", "2"]}, "t": {"S": "x"}}
    checked = check_item(item)
    assert checked == {"a": {"L": [{"M": {"n": {"N": "1"}}}]}, "s": {"NS": ["1", "2"]}, "t": {"S": "x"}}
    assert item["s"] == {"NS": ["1.0", "2"]}


@pytest.mark.parametrize(
    ("value", "code", "problem"),
    [
        ({}, "ValidationException", "Supplied AttributeValue is empty"),
        ({"X": "1"}, "ValidationException", "Supplied AttributeValue is empty"),
        ({"S": "a", "N": "1"}, "ValidationException", "more than one datatypes set"),
        ({"SS": []}, "ValidationException", "An string set  may not be empty"),
        ({"NS": []}, "ValidationException", "An number set  may not be empty"),
        ({"BS": []}, "ValidationException", "Binary sets should not be empty"),
        ({"SS": ["a", "a"]}, "ValidationException", r"Input collection \[a, a\] contains duplicates."),
        ({"NS": ["1", "1.0"]}, "ValidationException", "Input collection contains duplicates"),
        ({"BS": ["YQ==", "YQ=="]}, "ValidationException", r"\[YQ==, YQ==\]of type BS contains duplicates"),
        ({"NULL": False}, "ValidationException", "Null attribute value types must have the value of true"),
        ({"S": 5}, "SerializationException", "NUMBER_VALUE cannot be converted to String"),
        ({"N": True}, "SerializationException", "BOOLEAN_VALUE cannot be converted to String"),
        ({"BOOL": "yes"}, "SerializationException", "'YES' can not be converted to an Boolean"),
        ({"B": "abc"}, "SerializationException", "can not be converted to a Blob"),
        ({"B": "YR=="}, "SerializationException", "can not be converted to a Blob"),
        ({"B": "a*=="}, "SerializationException", "can not be converted to a Blob"),
        ({"L": {"S": "a"}}, "SerializationException", "Expected list or null"),
        ({"M": []}, "SerializationException", "Expected map or null"),
        ({"SS": "a"}, "SerializationException", "Expected list or null"),
        ("text", "SerializationException", "Expected null"),
    ],
)
def test_a_bad_value_is_refused_in_aws_words(value: Any, code: str, problem: str) -> None:
    with pytest.raises(Refusal, match=problem) as refused:
        check_value(value)
    assert refused.value.code == code


def test_putitem_wraps_what_is_wrong_and_a_transaction_does_not() -> None:
    with pytest.raises(Refusal) as refused:
        check_item({"a": {"SS": []}}, what="PutItem")
    assert refused.value.message.startswith("1 validation error detected: One or more parameter values")
    with pytest.raises(Refusal) as refused:
        check_item({"a": {"SS": []}}, what="TransactWriteItems")
    assert refused.value.message.startswith("One or more parameter values")


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"S": "x"}
    for _ in range(levels):
        value = {"L": [value]}
    return value


def test_nesting_stops_at_32_levels() -> None:
    assert depth_of(check_value(nested(NESTING_MOST))) == NESTING_MOST
    with pytest.raises(Refusal, match="Nesting Levels have exceeded supported limits"):
        check_value(nested(NESTING_MOST + 1))


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "é"}, 2),
        ({"B": "YWI="}, 2),
        ({"B": ""}, 0),
        ({"N": "12"}, 2),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"NULL": True}]}, 3 + 2 + 3),
        ({"M": {"ab": {"S": "c"}}}, 3 + 1 + 3),
        ({"SS": ["ab", "c"]}, 3),
        ({"NS": ["12", "345"]}, 5),
    ],
)
def test_values_have_the_size_that_aws_bills(value: Any, size: int) -> None:
    assert value_size(value) == size
    assert item_size({"id": value}) == size + 2


@given(VALUES, VALUES)
def test_equality_is_symmetric_and_every_value_equals_itself(left: Any, right: Any) -> None:
    assert equal(left, left)
    assert equal(left, right) == equal(right, left)


def test_sets_have_no_order_at_any_depth() -> None:
    assert equal({"L": [{"M": {"s": {"SS": ["a", "b"]}}}]}, {"L": [{"M": {"s": {"SS": ["b", "a"]}}}]})
    assert not equal({"SS": ["a", "b"]}, {"SS": ["a", "c"]})
    assert not equal({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]})
    assert not equal({"M": {"a": {"S": "x"}}}, {"M": {"b": {"S": "x"}}})


@given(NUMBERS, NUMBERS)
def test_numbers_are_ordered_by_value(left: str, right: str) -> None:
    assert compare("<", {"N": left}, {"N": right}) == (Decimal(left) < Decimal(right))
    assert compare(">=", {"N": left}, {"N": right}) == (Decimal(left) >= Decimal(right))


@given(TEXTS, TEXTS)
def test_strings_are_ordered_by_their_bytes(left: str, right: str) -> None:
    assert (order_of({"S": left}) < order_of({"S": right})) == (left.encode() < right.encode())


@given(st.binary(max_size=4), st.binary(max_size=4))
def test_binary_is_ordered_by_its_bytes_not_by_its_letters(left: bytes, right: bytes) -> None:
    mine, theirs = {"B": b64encode(left).decode()}, {"B": b64encode(right).decode()}
    assert compare("<=", mine, theirs) == (left <= right)
    assert compare(">", mine, theirs) == (left > right)


def test_values_of_two_types_are_only_ever_different() -> None:
    assert compare("<>", {"N": "1"}, {"S": "1"})
    for op in ("=", "<", "<=", ">", ">="):
        assert not compare(op, {"N": "1"}, {"S": "1"})
    assert not compare("<", {"BOOL": False}, {"BOOL": True})


def test_contains_looks_into_strings_binary_sets_and_lists() -> None:
    assert contains({"S": "hello"}, {"S": "ell"})
    assert contains({"B": "YWJj"}, {"B": "Yg=="})
    assert contains({"NS": ["1", "2"]}, {"N": "2"})
    assert contains({"L": [{"SS": ["a", "b"]}]}, {"SS": ["b", "a"]})
    assert not contains({"SS": ["1"]}, {"N": "1"})
    assert not contains({"S": "1"}, {"N": "1"})
    assert not contains({"M": {"a": {"S": "b"}}}, {"S": "a"})


def test_begins_with_is_for_strings_and_binary() -> None:
    assert begins_with({"S": "hello"}, {"S": "he"})
    assert begins_with({"B": "YWJj"}, {"B": "YWI="})
    assert not begins_with({"N": "12"}, {"S": "1"})
    assert not begins_with({"S": "12"}, {"B": "YWI="})


def test_size_is_for_what_can_be_counted() -> None:
    values: list[dict[str, Any]] = [{"S": "abc"}, {"B": "YWI="}, {"L": [{"S": "a"}]}, {"M": {}}, {"SS": ["a", "b"]}]
    assert [size_of(value) for value in values] == [3, 2, 1, 0, 2]
    assert size_of({"N": "1"}) is size_of({"BOOL": True}) is size_of({"NULL": True}) is None


def test_a_key_attribute_may_not_be_empty() -> None:
    check_key_value("pk", {"S": "a"})
    with pytest.raises(Refusal, match=r"cannot contain an empty string value\. Key: pk"):
        check_key_value("pk", {"S": ""})
    with pytest.raises(Refusal, match=r"cannot contain an empty binary value\. Key: pk"):
        check_key_value("pk", {"B": ""})
