"""DynamoDB's numbers against Decimal, which knows nothing of DynamoDB."""

from __future__ import annotations

from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal
from sandbox.tables.numbers import (
    TOO_LARGE,
    TOO_LONG,
    TOO_SMALL,
    add,
    canonical,
    number_size,
    order_of_number,
    subtract,
)

EXACT = Context(prec=400)


@st.composite
def storable(draw: st.DrawFn) -> Decimal:
    """Any number that DynamoDB can store."""
    digits = str(draw(st.integers(min_value=1, max_value=10**38 - 1)))
    exponent = draw(st.integers(min_value=-130, max_value=125)) - len(digits) + 1
    lowest = Decimal((draw(st.integers(0, 1)), tuple(map(int, digits)), exponent))
    return draw(st.sampled_from([lowest, Decimal(0)]))


@given(storable())
def test_the_canonical_text_means_the_same_number_and_has_no_exponent(number: Decimal) -> None:
    text = canonical(str(number))
    assert Decimal(text) == number
    assert "E" not in text.upper()
    assert text == "0" or not text.strip("-").startswith("00")
    assert "." not in text or not text.endswith(("0", "."))


@given(storable())
def test_equal_numbers_have_equal_texts_however_they_are_written(number: Decimal) -> None:
    # The proof that equality of stored numbers may be equality of texts.
    spellings = {str(number), f"{number:f}", f"{number:e}", f"{number:E}"}
    assert len({canonical(spelling) for spelling in spellings}) == 1


@given(storable())
def test_a_canonical_text_is_returned_as_it_is(number: Decimal) -> None:
    text = canonical(str(number))
    assert canonical(text) == text


@given(storable(), storable())
def test_the_order_is_decimal_order(left: Decimal, right: Decimal) -> None:
    mine, theirs = order_of_number(canonical(str(left))), order_of_number(canonical(str(right)))
    assert (mine < theirs) == (left < right)


@given(st.integers(-(10**20), 10**20), st.integers(-(10**20), 10**20), st.integers(0, 10))
def test_sums_are_exact(left: int, right: int, places: int) -> None:
    mine, theirs = Decimal(left).scaleb(-places, EXACT), Decimal(right).scaleb(-places, EXACT)
    a, b = canonical(str(mine)), canonical(str(theirs))
    assert Decimal(add(a, b)) == EXACT.add(mine, theirs)
    assert Decimal(subtract(a, b)) == EXACT.subtract(mine, theirs)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1E+2", "100"),
        ("007", "7"),
        ("-0", "0"),
        ("1.50", "1.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+3", "3"),
        ("1e-3", "0.001"),
    ],
)
def test_numbers_are_written_plainly(text: str, written: str) -> None:
    assert canonical(text) == written


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1E126", TOO_LARGE),
        ("1E99999999999999999999", TOO_LARGE),
        ("1E-131", TOO_SMALL),
        ("1E-99999999999999999999", TOO_SMALL),
        ("1" * 39, TOO_LONG),
        ("0." + "1" * 39, TOO_LONG),
        ("", "The parameter cannot be converted to a numeric value"),
        ("abc", "The parameter cannot be converted to a numeric value: abc"),
        ("NaN", "The parameter cannot be converted to a numeric value: NaN"),
        ("1_000", "The parameter cannot be converted to a numeric value: 1_000"),
        ("١", "The parameter cannot be converted to a numeric value: ١"),
        (" 1", "The parameter cannot be converted to a numeric value:  1"),
    ],
)
def test_what_is_no_number_is_refused_in_aws_words(text: str, problem: str) -> None:
    with pytest.raises(Refusal) as refused:
        canonical(text)
    assert (refused.value.code, refused.value.message) == ("ValidationException", problem)


def test_a_json_number_is_refused_before_it_is_read() -> None:
    with pytest.raises(Refusal) as refused:
        canonical(5)
    assert refused.value.code == "SerializationException"


def test_a_sum_that_needs_more_than_38_digits_is_refused() -> None:
    with pytest.raises(Refusal, match="38 significant digits"):
        add("1" + "0" * 38, "1")
    with pytest.raises(Refusal, match="Number overflow"):
        add("9" * 38 + "0" * 88, "9" * 38 + "0" * 88)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 2),
        ("1", 2),
        ("12", 2),
        ("123", 3),
        ("-12", 3),
        ("100", 2),
        ("1000", 2),
        ("1.2", 3),
        ("0.01", 2),
        ("0.5", 2),
    ],
)
def test_a_number_takes_one_byte_for_each_pair_of_digits_and_one_more(text: str, size: int) -> None:
    assert number_size(text) == size
