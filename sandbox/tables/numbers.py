"""DynamoDB's numbers: 38 digits, magnitudes from 1E-130 to 9.99E+125, always written without an exponent.

A number is kept as its canonical text, so that two equal numbers have equal texts and nothing but arithmetic and
ordering needs `Decimal`. `attributes` calls `canonical` for each number that comes in; `updates` calls `add` and
`subtract`; indexes and comparisons call `order_of_number`.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import Any

from sandbox.tables.refusals import invalid, unreadable

DIGITS_MOST = 38
EXPONENT_MOST = 125
EXPONENT_LEAST = -130

_WHOLE = r"[1-9][0-9]{0,37}"
_FRACTION = r"(?=[0-9.]{3,39}\Z)(?:0|[1-9][0-9]{0,36})\.[0-9]{0,36}[1-9]"  # 39: 38 digits and the point
_CANONICAL = re.compile(rf"-?(?:{_WHOLE}|{_FRACTION})|0").fullmatch
_NUMBER = re.compile(r"([+-]?)([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE]([+-]?[0-9]+))?", re.ASCII).fullmatch
_EXACT = Context(prec=EXPONENT_MOST - EXPONENT_LEAST + DIGITS_MOST + 2)  # no sum of two numbers is ever rounded
_EXPONENT_TEXT_MOST = 9  # longer exponents are out of range whatever the digits are

NOT_A_NUMBER = "The parameter cannot be converted to a numeric value"
TOO_LARGE = "Number overflow. Attempting to store a number with magnitude larger than supported range"
TOO_SMALL = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
TOO_LONG = "Attempting to store more than 38 significant digits in a Number"


def canonical(text: Any) -> str:
    """The one text of this number; the same object when it is already canonical."""
    if type(text) is not str:
        raise unreadable(f"{'BOOLEAN' if isinstance(text, bool) else 'NUMBER'}_VALUE cannot be converted to String")
    if text.isdigit() and text.isascii() and text[0] != "0" and len(text) <= DIGITS_MOST:  # most numbers
        return text
    return text if _CANONICAL(text) else _normalised(text)


def is_canonical(text: str) -> bool:
    """Whether this is how the number is kept."""
    return _CANONICAL(text) is not None


def _normalised(text: str) -> str:
    match = _NUMBER(text)
    if match is None:
        raise invalid(f"{NOT_A_NUMBER}: {text}" if text else NOT_A_NUMBER)
    sign, mantissa, exponent_text = match.groups()
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return "0"
    unpadded = digits.rstrip("0")
    scale = _exponent(exponent_text) - len(fraction) + len(digits) - len(unpadded)
    _check_limits(unpadded, scale)
    return ("-" if sign == "-" else "") + _plain(unpadded, scale)


def _exponent(text: str | None) -> int:
    if text is None:
        return 0
    magnitude = text.lstrip("+-").lstrip("0")
    if len(magnitude) > _EXPONENT_TEXT_MOST:
        raise invalid(TOO_SMALL if text.startswith("-") else TOO_LARGE)
    return int(text)


def _check_limits(digits: str, scale: int) -> None:
    """digits: without zeros at either end; the number is digits x 10^scale."""
    leading = len(digits) - 1 + scale
    if leading > EXPONENT_MOST:
        raise invalid(TOO_LARGE)
    if leading < EXPONENT_LEAST:
        raise invalid(TOO_SMALL)
    if len(digits) > DIGITS_MOST:
        raise invalid(TOO_LONG)


def _plain(digits: str, scale: int) -> str:
    if scale >= 0:
        return digits + "0" * scale
    if len(digits) > -scale:
        return f"{digits[:scale]}.{digits[scale:]}"
    return "0." + digits.rjust(-scale, "0")


def add(left: str, right: str) -> str:
    """left + right, both canonical, exactly; refused when the sum is no DynamoDB number."""
    if _is_whole(left) and _is_whole(right):
        return canonical(str(int(left) + int(right)))
    return canonical(str(_EXACT.add(Decimal(left), Decimal(right))))


def subtract(left: str, right: str) -> str:
    """left - right, as `add`."""
    if _is_whole(left) and _is_whole(right):
        return canonical(str(int(left) - int(right)))
    return canonical(str(_EXACT.subtract(Decimal(left), Decimal(right))))


def _is_whole(text: str) -> bool:
    return "." not in text


def order_of_number(text: str) -> Decimal:
    """What sorts numbers by value."""
    return Decimal(text)


def number_size(text: str) -> int:
    """Bytes of a canonical number: one, one per pair of digits (pairs meet at the decimal point), one for a minus."""
    if "." not in text and text[-1] != "0":
        minus = text[0] == "-"
        return (len(text) - minus + 1) // 2 + 1 + minus
    digits = text.lstrip("-")
    whole, _, fraction = digits.partition(".")
    if not fraction:
        first = (len(whole) - 1) // 2
        last = (len(whole) - len(whole.rstrip("0"))) // 2 if whole != "0" else 0
    else:
        leading = len(whole) - 1 if whole != "0" else -(len(fraction) - len(fraction.lstrip("0")) + 1)
        first = leading // 2
        last = -len(fraction) // 2
    return first - last + 2 + (text[0] == "-")
