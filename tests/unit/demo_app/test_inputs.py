"""What callers send: whatever it is, it is read or refused by field."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_app.inputs import (
    MOST_LINES,
    MOST_LISTED,
    BadInput,
    read_deep,
    read_id,
    read_limit,
    read_line,
    read_lines,
    read_order,
)
from demo_app.values import Line

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "quantity", "customer", "lines", "x"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(ANY_JSON)
def test_any_json_is_read_or_refused(body):
    # Any other exception than BadInput would reach the customer as a 500.
    for read in (read_order, read_line, read_lines):
        with suppress(BadInput):
            read(body)


@given(name=st.text(min_size=1, max_size=200).filter(lambda text: text.strip()), quantity=st.integers(1, 1000))
def test_a_good_line_is_kept_as_it_is(name, quantity):
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    assert read_line({"name": name, "quantity": quantity}) == Line(name=name, quantity=quantity)


def test_a_line_without_quantity_is_one():
    assert read_line({"name": "apples"}).quantity == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": "apples", "quantity": 0}, "quantity"),
        ({"name": "apples", "quantity": True}, "quantity"),
        ({"name": "apples", "quantity": 1.5}, "quantity"),
        ({"name": "apples", "quantity": 1001}, "quantity"),
        ({"name": "apples", "customer": None}, "customer"),
        ({"name": "apples", "colour": "red"}, "colour"),
    ],
)
def test_a_bad_order_names_its_field(body, field):
    with pytest.raises(BadInput) as caught:
        read_order(body)
    assert caught.value.field == field


def test_a_bad_line_of_a_basket_is_named_by_its_number():
    with pytest.raises(BadInput) as caught:
        read_lines({"lines": [{"name": "apples"}, {"name": "pears", "quantity": "two"}]})
    assert caught.value.field == "lines[1].quantity"


def test_a_basket_may_be_empty_and_has_a_limit():
    assert read_lines({"lines": []}) == ()
    with pytest.raises(BadInput, match="at most"):
        read_lines({"lines": [{"name": "apples"}] * (MOST_LINES + 1)})


@pytest.mark.parametrize("text", ["0", "-1", str(MOST_LISTED + 1), "many", "", "9" * 5000])
def test_a_bad_limit_is_refused(text):
    with pytest.raises(BadInput, match="limit"):
        read_limit(text)


def test_a_limit_is_a_number_or_left_out():
    assert read_limit("7") == 7
    assert 1 <= read_limit(None) <= MOST_LISTED


def test_deep_is_one_or_nothing():
    assert (read_deep(None), read_deep("0"), read_deep("1")) == (False, False, True)
    with pytest.raises(BadInput, match="deep"):
        read_deep("banana")


def test_an_id_has_a_length():
    assert read_id("7") == "7"
    with pytest.raises(BadInput, match="id"):
        read_id("x" * 201)
