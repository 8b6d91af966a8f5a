"""Attribute values in DynamoDB's JSON ({"S": "x"}, {"N": "12"}, {"L": [...]}): checked, measured, compared.

`check_item` and `check_value` are the doors: everything behind them is well-formed, its numbers canonical
(`numbers.canonical`), its binary strict base64, so that equality is equality of texts but for sets. Values are never
mutated once checked. `order_of` gives the key by which sorted ranges and indexes sort.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from operator import is_
from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.tables.numbers import canonical, is_canonical, number_size, order_of_number
from sandbox.tables.refusals import enveloped, invalid, invalid_parameter, unreadable

AttributeValue = dict[str, Any]
Item = dict[str, AttributeValue]

ITEM_MOST_BYTES = 400 * 1024
NESTING_MOST = 32
CONTAINER_BYTES = 3  # a list or a map, and 1 more for each element
TYPES = frozenset({"S", "N", "B", "SS", "NS", "BS", "BOOL", "NULL", "L", "M"})
SETS = frozenset({"SS", "NS", "BS"})
ORDERED_TYPES = frozenset({"S", "N", "B"})
TYPE_WORDS = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
    "BOOL": "BOOL",
    "NULL": "NULL",
    "L": "LIST",
    "M": "MAP",
}

NO_TYPE = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
MANY_TYPES = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
)
TOO_DEEP = "Nesting Levels have exceeded supported limits"


def check_item(item: Any, *, what: str = "") -> Item:
    """The item with canonical numbers. what: the action, which decides how AWS words the refusal."""
    if type(item) is not dict:
        raise unreadable("Start of list found where not expected" if isinstance(item, list) else "Expected map or null")
    try:
        return _checked_members(item, 0)
    except Refusal as refusal:
        raise enveloped(refusal, what) from None


def check_value(value: Any, depth: int = 0) -> AttributeValue:
    """The value with canonical numbers: the same object when nothing had to change."""
    if type(value) is not dict:
        raise unreadable("Start of list found where not expected" if isinstance(value, list) else "Expected null")
    if len(value) != 1:
        raise invalid(MANY_TYPES if value else NO_TYPE)
    ((kind, content),) = value.items()
    if kind == "S":
        if type(content) is not str:
            raise _not_a_string(content)
        return value
    checker = _CHECKS.get(kind)
    if checker is None:
        raise invalid(NO_TYPE)
    checked = checker(content, depth)
    return value if checked is content else {kind: checked}


def _checked_members(members: Item, depth: int) -> Item:
    """The same map when nothing had to change."""
    changed: Item = {}
    for name, value in members.items():
        if type(value) is dict and len(value) == 1:  # most are strings or plain numbers: spares the calls
            if type(value.get("S")) is str:
                continue
            number = value.get("N")
            if type(number) is str and is_canonical(number):
                continue
        checked = check_value(value, depth)
        if checked is not value:
            changed[name] = checked
    return {**members, **changed} if changed else members


def _not_a_string(content: Any) -> Refusal:
    if isinstance(content, list):
        return unreadable("Start of list found where not expected")
    if isinstance(content, dict):
        return unreadable("Start of structure or map found where not expected.")
    return unreadable(f"{'BOOLEAN' if isinstance(content, bool) else 'NUMBER'}_VALUE cannot be converted to String")


def _check_binary(content: Any, _: int) -> str:
    if type(content) is not str:
        raise _not_a_string(content)
    if not _is_base64(content):
        raise unreadable(f"'{content}' can not be converted to a Blob: Invalid Base64")
    return content


def _is_base64(text: str) -> bool:
    """Strict also about the unused bits of the last letter: one text for each value."""
    try:
        b64decode(text, validate=True)
    except NotBase64:
        return False
    return len(text) % 4 == 0 and _tail_is_clean(text)


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _tail_is_clean(text: str) -> bool:
    if not text.endswith("="):
        return True
    unused_bits = 0b1111 if text.endswith("==") else 0b11
    return _LETTERS.index(text.rstrip("=")[-1]) & unused_bits == 0


def _check_bool(content: Any, _: int) -> bool:
    if type(content) is not bool:
        raise unreadable(f"'{str(content).upper()}' can not be converted to an Boolean")
    return content


def _check_null(content: Any, _: int) -> bool:
    if content is not True:
        raise invalid_parameter("Null attribute value types must have the value of true")
    return content


def _check_list(content: Any, depth: int) -> list[AttributeValue]:
    _check_depth(content, list, depth)
    checked = [check_value(value, depth + 1) for value in content]
    return content if all(map(is_, checked, content)) else checked


def _check_map(content: Any, depth: int) -> Item:
    _check_depth(content, dict, depth)
    return _checked_members(content, depth + 1)


def _check_depth(content: Any, shape: type, depth: int) -> None:
    if type(content) is not shape:
        word = "list" if shape is list else "map"
        raise unreadable(f"Expected {word} or null")
    if depth >= NESTING_MOST and content:
        raise invalid(TOO_DEEP)


def depth_of(value: AttributeValue) -> int:
    """Levels of lists and maps in a value: 0 for a scalar, 1 for an empty list."""
    ((kind, content),) = value.items()
    if kind == "L":
        return 1 + max(map(depth_of, content), default=0)
    if kind == "M":
        return 1 + max(map(depth_of, content.values()), default=0)
    return 0


def _check_string_set(content: Any, _: int) -> list[str]:
    _check_set(content, "An string set  may not be empty")
    if len(set(content)) != len(content):
        raise invalid_parameter(f"Input collection [{', '.join(content)}] contains duplicates.")
    return content  # type: ignore[no-any-return]  # a list, as _check_set saw


def _check_number_set(content: Any, _: int) -> list[str]:
    if type(content) is not list:
        raise _not_a_list(content)
    if not content:
        raise invalid_parameter("An number set  may not be empty")
    numbers = [canonical(number) for number in content]
    if len(set(numbers)) != len(numbers):
        raise invalid("Input collection contains duplicates")
    return content if numbers == content else numbers


def _check_binary_set(content: Any, depth: int) -> list[str]:
    _check_set(content, "Binary sets should not be empty")
    for member in content:
        _check_binary(member, depth)
    if len(set(content)) != len(content):
        raise invalid_parameter(f"Input collection [{', '.join(content)}]of type BS contains duplicates.")
    return content  # type: ignore[no-any-return]  # a list, as _check_set saw


def _check_set(content: Any, when_empty: str) -> None:
    if type(content) is not list:
        raise _not_a_list(content)
    if not content:
        raise invalid_parameter(when_empty)
    for member in content:
        if type(member) is not str:
            raise _not_a_string(member)


def _not_a_list(content: Any) -> Refusal:
    if isinstance(content, dict):
        return unreadable("Start of structure or map found where not expected.")
    return unreadable("Expected list or null")


def _check_number(content: Any, _: int) -> str:
    return canonical(content)


_CHECKS: Mapping[str, Callable[[Any, int], Any]] = {
    "N": _check_number,
    "B": _check_binary,
    "SS": _check_string_set,
    "NS": _check_number_set,
    "BS": _check_binary_set,
    "BOOL": _check_bool,
    "NULL": _check_null,
    "L": _check_list,
    "M": _check_map,
}


def type_of(value: AttributeValue) -> str:
    """The type's letter: "S", "N", ..."""
    return next(iter(value))


def text_size(text: str) -> int:
    """Bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def binary_size(text: str) -> int:
    """Bytes that a base64 text stands for."""
    return len(text) * 3 // 4 - (text.endswith("=") + text.endswith("==")) if text else 0


def item_size(item: Item) -> int:
    """Bytes of all names and values, by AWS's rules."""
    size = 0
    for name, value in item.items():
        size += len(name) if name.isascii() else text_size(name)
        ((kind, content),) = value.items()
        if kind == "S" and content.isascii():  # most are; spares a call
            size += len(content)
        else:
            size += number_size(content) if kind == "N" else value_size(value)
    return size


def value_size(value: AttributeValue) -> int:
    """Bytes of one value."""
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content) if content.isascii() else text_size(content)
    if kind == "N":
        return number_size(content)
    if kind == "B":
        return binary_size(content)
    if kind == "M":
        return CONTAINER_BYTES + len(content) + item_size(content)
    if kind == "L":
        return CONTAINER_BYTES + len(content) + sum([value_size(element) for element in content])
    if kind in SETS:
        measure = {"SS": text_size, "NS": number_size, "BS": binary_size}[kind]
        return sum([measure(member) for member in content])
    return 1  # BOOL and NULL


def equal(left: AttributeValue, right: AttributeValue) -> bool:
    """The same type and value; sets have no order, at any depth."""
    if left == right:
        return True
    ((kind, mine),) = left.items()
    theirs = right.get(kind)
    if theirs is None or kind in ("S", "N", "B", "BOOL", "NULL") or len(mine) != len(theirs):
        return False
    if kind == "L":
        return all(map(equal, mine, theirs))
    if kind == "M":
        return all(name in theirs and equal(value, theirs[name]) for name, value in mine.items())
    return set(mine) == set(theirs)


def order_of(value: AttributeValue) -> Any:
    """What sorts values of one type: numbers by value, strings and binary by their bytes."""
    ((kind, content),) = value.items()
    if kind == "S":
        return content.encode("utf-8", "surrogatepass")
    if kind == "N":
        return order_of_number(content)
    assert kind == "B", value
    return b64decode(content)


def compare(op: str, left: AttributeValue, right: AttributeValue) -> bool:
    """`op` is one of = <> < <= > >=. Values of two types are only ever different."""
    if op == "=":
        return equal(left, right)
    if op == "<>":
        return not equal(left, right)
    kind = type_of(left)
    if kind not in right or kind not in ORDERED_TYPES:
        return False
    mine, theirs = order_of(left), order_of(right)
    if op == "<":
        return bool(mine < theirs)
    if op == "<=":
        return bool(mine <= theirs)
    if op == ">":
        return bool(mine > theirs)
    return bool(mine >= theirs)


def contains(holder: AttributeValue, part: AttributeValue) -> bool:
    """A substring, a run of bytes, a member of a set, an element of a list."""
    kind, content = next(iter(holder.items()))
    part_kind, part_content = next(iter(part.items()))
    if kind == "S":
        return part_kind == "S" and part_content in content
    if kind == "B":
        return part_kind == "B" and b64decode(part_content) in b64decode(content)
    if kind == "L":
        return any(equal(element, part) for element in content)
    return kind in SETS and part_kind == kind[0] and part_content in content


def begins_with(value: AttributeValue, prefix: AttributeValue) -> bool:
    """Strings and binary only."""
    if "S" in value:
        return "S" in prefix and bool(value["S"].startswith(prefix["S"]))
    return "B" in value and "B" in prefix and b64decode(value["B"]).startswith(b64decode(prefix["B"]))


def attribute_type(value: AttributeValue, kind: str) -> bool:
    """Whether the value has this type."""
    return kind in value


def size_of(value: AttributeValue) -> int | None:
    """What size(path) answers: characters, bytes or elements; None for a type without size."""
    kind, content = next(iter(value.items()))
    if kind == "S":
        return text_size(content)
    if kind == "B":
        return binary_size(content)
    return len(content) if kind in SETS or kind in ("L", "M") else None


def check_key_value(name: str, value: AttributeValue) -> None:
    """Refuse an empty string or empty binary as a key attribute's value."""
    if value.get("S") == "" or value.get("B") == "":
        word = "string" if "S" in value else "binary"
        raise invalid(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
            f"empty {word} value. Key: {name}"
        )
