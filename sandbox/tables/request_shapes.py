"""What the API's model asks of a request, in AWS's words: types, members that must be there, lengths, ranges, enums.

In: an action and its body. Out: nothing, or the refusal: a SerializationException for JSON of another shape, else one
ValidationException with everything that is wrong. `request_shapes.json` is AWS's model as botocore has it, cut down to
what a request must satisfy; its test derives it again. Attribute values are left to `attributes`, which looks at
each of them anyway, unless `deep`: AWS reads a whole request before it judges any of it, so `core` asks again, deep,
when a call was refused. AWS also takes "true" for a boolean and 2.5 for an integer; we do not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.tables.refusals import invalid, unreadable

Check = Callable[[Any, str, list[str]], None]  # value, where it stands, problems found so far
Shape = Mapping[str, Any]
Shown = Callable[[str, Any], str]  # the name of a shape, a value -> the value as Java writes it
Rules = list[tuple[Callable[[Any], bool], str]]  # what must hold, and AWS's words for it

MODEL = Path(__file__).with_name("request_shapes.json")
MOST_PROBLEMS = 10  # told at once
NAME_SPACE = "com.amazonaws.dynamodb.v20120810."
JAVA_CLASSES = {
    "string": "class java.lang.String",
    "integer": "class java.lang.Integer",
    "long": "class java.lang.Long",
    "double": "class java.lang.Double",
    "boolean": "class java.lang.Boolean",
    "timestamp": "class java.util.Date",
    "blob": "class java.nio.ByteBuffer",
}
WORDS = {
    "string": "String",
    "integer": "Integer",
    "long": "Long",
    "double": "Double",
    "boolean": "Boolean",
    "timestamp": "Date",
}
PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float),
    "blob": (str,),
}
NOT_NULL = "Member must not be null"
NOT_BASE64 = "only base-64-encoded strings are convertible to bytes"
UNEXPECTED_MAP = "Start of structure or map found where not expected"
UNEXPECTED_FIELD = "Unexpected field type"
UNEXPECTED_VALUE = "Unexpected value type in payload"  # among the elements of a list or map
# The order in which AWS's sentences name the members of an enum.
ENUM_ORDERS = {
    "AttributeAction": "ADD, PUT, DELETE",
    "ComparisonOperator": "IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS",
    "ConditionalOperator": "OR, AND",
    "ProjectionType": "ALL, INCLUDE, KEYS_ONLY",
    "ReturnValue": "ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW",
    "ScalarAttributeType": "B, N, S",
    "Select": "SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES",
}
# What AWS words in its own way, and so do the modules that read it.
WORDED_WHEN_EMPTY = ("BatchGetRequestMap", "BatchWriteItemRequestMap")
WORDED_ELSEWHERE = {"CreateTableInput": ("TableName",)}


def check_request(action: str, body: Mapping[str, Any], *, deep: bool = False) -> None:
    """Refuse what the model does not allow."""
    problems: list[str] = []
    request_check(action, deep)(body, "", problems)
    if problems:
        told = problems[:MOST_PROBLEMS]
        plural = "s" if len(told) > 1 else ""
        raise invalid(f"{len(told)} validation error{plural} detected: {'; '.join(told)}")


@lru_cache(maxsize=1)
def model() -> Mapping[str, Any]:
    """{"actions": {action: shape}, "shapes": {name: shape}}"""
    content: Mapping[str, Any] = json.loads(MODEL.read_text(encoding="utf-8"))
    return content


@lru_cache(maxsize=256)
def request_check(action: str, deep: bool) -> Check:
    """The check of an operation's input."""
    name = model()["actions"].get(action)
    return _Compiler(deep).structure(name) if name else _nothing


def _nothing(value: Any, where: str, problems: list[str]) -> None:
    """An operation that the model has not, in tests."""


class _Compiler:
    """Shapes -> checks, once for each request's input. A shape without a check needs none."""

    def __init__(self, deep: bool) -> None:
        self.deep = deep
        self.shapes: Mapping[str, Shape] = model()["shapes"]
        self.values: list[Check] = []  # the check of attribute values, which hold attribute values

    def check_of(self, name: str, *, inside: bool = False) -> Check | None:
        """inside: an element of a list or map."""
        if name == "AttributeValue":
            return self.attribute_value() if self.deep else None
        shape = self.shapes[name]
        kind = shape["type"]
        if kind == "structure":
            return self.structure(name, inside=inside)
        if kind == "list":
            return _list(shape, self.check_of(shape["member"], inside=True), self.shown)
        if kind == "map":
            return self.of_map(shape)
        return _scalar(name, shape)

    def of_map(self, shape: Shape) -> Check:
        """A list in a map is spoken of as the map's value."""
        inner = self.shapes[shape["value"]]
        if shape["name"] in WORDED_WHEN_EMPTY:
            shape = {**shape, "min": 0}
        if inner["type"] != "list":
            return _map(shape, self.shapes[shape["key"]], {}, self.check_of(shape["value"], inside=True), self.shown)
        element = _list({"name": inner["name"]}, self.check_of(inner["member"], inside=True), self.shown)
        return _map(shape, self.shapes[shape["key"]], inner, element, self.shown)

    def attribute_value(self) -> Check:
        """All attribute values have one check, which knows itself."""
        if not self.values:

            def check(value: Any, where: str, problems: list[str]) -> None:
                self.values[1](value, where, problems)

            self.values.append(check)
            self.values.append(self.structure("AttributeValue", inside=True))
        return self.values[0]

    def structure(self, name: str, *, inside: bool = False) -> Check:
        shape = self.shapes[name]
        skipped = WORDED_ELSEWHERE.get(name, ())
        members: dict[str, tuple[str, Check]] = {}
        for member, kind in shape["members"].items():
            inner = _text if member in skipped else self.check_of(kind)
            if inner is not None:
                members[member] = lowered(member), inner
        required = [(member, lowered(member)) for member in shape.get("required", ()) if member not in skipped]
        unexpected = UNEXPECTED_VALUE if inside else UNEXPECTED_FIELD

        def check(value: Any, where: str, problems: list[str]) -> None:
            if type(value) is not dict and not isinstance(value, Mapping):
                of_list = f"Unrecognized collection type class {NAME_SPACE}{name}"
                raise unreadable(of_list if isinstance(value, list) else unexpected)
            prefix = f"{where}." if where else ""
            for member, content in value.items():
                if content is not None and (known := members.get(member)) is not None:
                    known[1](content, prefix + known[0] if prefix else known[0], problems)
            for member, name_there in required:
                if value.get(member) is None:
                    problems.append(f"Value null at '{prefix}{name_there}' failed to satisfy constraint: {NOT_NULL}")

        return check

    def shown(self, name: str, value: Any) -> str:
        """A value as Java writes it."""
        shape = self.shapes[name]
        if isinstance(value, list):
            return f"[{', '.join(self.shown(shape['member'], member) for member in value)}]"
        if isinstance(value, dict) and shape["type"] == "map":
            of_values = shape["value"]
            return "{" + ", ".join(f"{key}={self.shown(of_values, each)}" for key, each in value.items()) + "}"
        if isinstance(value, dict):
            parts = (
                f"{lowered(member)}={self.shown(kind, value[member]) if member in value else 'null'}"
                for member, kind in shape["members"].items()
                if member in value or name != "AttributeValue"
            )
            return f"{name}({', '.join(parts)})"
        return str(value).lower() if isinstance(value, bool) else str(value)


def lowered(member: str) -> str:
    """A member as AWS's sentences spell it: tableName."""
    return member[0].lower() + member[1:]


def _text(value: Any, where: str, problems: list[str]) -> None:
    if not isinstance(value, str):
        raise wrong_type("string", value)


def _scalar(name: str, shape: Shape) -> Check:
    kind = shape["type"]
    types = PYTHON_TYPES[kind]
    rules = _rules(name, shape)
    if name == "TableArn":
        return _table_name

    def check(value: Any, where: str, problems: list[str]) -> None:
        if type(value) not in types:
            raise wrong_type(kind, value)
        for holds, words in rules:
            if not holds(value):
                problems.append(broken(str(value), where, words))

    return check


def _table_name(value: Any, where: str, problems: list[str]) -> None:
    """As any other scalar; it comes with nearly each request, and is nearly always well-formed."""
    if type(value) is not str:
        raise wrong_type("string", value)
    if PLAIN_TABLE_NAME(value) is None:
        problems += [broken(value, where, words) for holds, words in TABLE_RULES if not holds(value)]


def wrong_type(kind: str, value: Any) -> Refusal:
    """A scalar of another type."""
    if isinstance(value, dict):
        return unreadable(UNEXPECTED_MAP)
    if isinstance(value, list):
        return unreadable(f"Unrecognized collection type {JAVA_CLASSES[kind]}")
    if kind == "blob":
        return unreadable(NOT_BASE64)
    if kind == "boolean" and isinstance(value, str):
        return unreadable("Unexpected token received from parser")
    if isinstance(value, bool):
        given = f"{str(value).upper()}_VALUE"
    else:
        given = {str: "STRING_VALUE", float: "DECIMAL_VALUE"}.get(type(value), "NUMBER_VALUE")
    return unreadable(f"{given} cannot be converted to {WORDS[kind]}")


def broken(shown: str, where: str, rule: str) -> str:
    """The sentence about a rule that does not hold."""
    return f"Value '{shown}' at '{where}' failed to satisfy constraint: {rule}"


def _is_arn(text: str) -> bool:
    return text.startswith("arn:")


PLAIN_TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,255}").fullmatch
# A table is named or given by its ARN; the model knows only the ARN's rules.
TABLE_RULES: Rules = [
    (lambda text: bool(text), "Member must have length greater than or equal to 1"),
    (lambda text: len(text) <= 255 or _is_arn(text), "Member must have length less than or equal to 255"),
    (lambda text: len(text) <= 1024, "Member must have length less than or equal to 1024"),
    (
        lambda text: not text or _is_arn(text) or re.fullmatch(r"[a-zA-Z0-9_.-]+", text) is not None,
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
    ),
]


def _rules(name: str, shape: Shape) -> Rules:
    """What a scalar must satisfy, with AWS's words for it."""
    if name == "TableArn":
        return TABLE_RULES
    least, most = shape.get("min"), shape.get("max")
    is_text = shape["type"] == "string"
    measure: Callable[[Any], int] = len if is_text else int
    what = "length" if is_text else "value"
    rules: Rules = []
    if "enum" in shape:
        allowed = frozenset(shape["enum"])
        order = ENUM_ORDERS.get(name, ", ".join(shape["enum"]))
        rules.append((lambda value: value in allowed, f"Member must satisfy enum value set: [{order}]"))
    if "pattern" in shape:
        fits = re.compile(shape["pattern"]).fullmatch
        words = f"Member must satisfy regular expression pattern: {shape['pattern']}"
        rules.append((lambda value: fits(value) is not None, words))
    if least is not None:
        rules.append(
            (lambda value: measure(value) >= least, f"Member must have {what} greater than or equal to {least}")
        )
    if most is not None:
        rules.append((lambda value: measure(value) <= most, f"Member must have {what} less than or equal to {most}"))
    return rules


def _length_rules(shape: Shape) -> Rules:
    """What the size of a list or map must satisfy."""
    least, most = shape.get("min", 0), shape.get("max")
    rules: Rules = []
    if most is not None:
        rules.append((lambda size: size <= most, f"Member must have length less than or equal to {most}"))
    if least:
        rules.append((lambda size: size >= least, f"Member must have length greater than or equal to {least}"))
    return rules


def _list(shape: Shape, element: Check | None, shown: Shown) -> Check:
    rules = _length_rules(shape)

    def check(value: Any, where: str, problems: list[str]) -> None:
        if not isinstance(value, list):
            raise unreadable(UNEXPECTED_MAP if isinstance(value, dict) else UNEXPECTED_FIELD)
        if None in value:
            raise unreadable(UNEXPECTED_VALUE)
        for holds, words in rules:
            if not holds(len(value)):
                problems.append(broken(shown(shape["name"], value), where, words))
        if element is not None:
            for number, member in enumerate(value, 1):
                element(member, f"{where}.{number}.member", problems)

    return check


def _map(shape: Shape, key: Shape, value_limits: Shape, element: Check | None, shown: Shown) -> Check:
    rules, value_rules, key_rules = _length_rules(shape), _length_rules(value_limits), _length_rules(key)
    key_least, key_most = key.get("min", 0), key.get("max")

    def check(value: Any, where: str, problems: list[str]) -> None:
        if not isinstance(value, dict):
            java = f"java.util.Map<java.lang.String, {NAME_SPACE}{shape['value']}>"
            raise unreadable(f"Unrecognized collection type {java}" if isinstance(value, list) else UNEXPECTED_FIELD)
        told = [words for holds, words in rules if not holds(len(value))] if rules else []
        if key_most is not None and not _are_between(key_least, value, key_most):
            told.append(f"Map keys must satisfy constraint: [{', '.join(words for _, words in key_rules)}]")
        if value_rules and not all(holds(len(each)) for each in lists_in(value) for holds, _ in value_rules):
            told.append(f"Map value must satisfy constraint: [{', '.join(words for _, words in value_rules)}]")
        for words in told:
            problems.append(broken(shown(shape["name"], value), where, words))
        if element is not None:
            for name, member in value.items():
                if member is not None:
                    element(member, f"{where}.{name}.member", problems)

    return check


def _are_between(least: int, names: Mapping[str, Any], most: int) -> bool:
    for name in names:  # noqa: SIM110 - all() with a generator costs four times as much
        if not least <= len(name) <= most:
            return False
    return True


def lists_in(value: Mapping[str, Any]) -> list[list[Any]]:
    """The members of a map that are lists, as they should be."""
    return [member for member in value.values() if isinstance(member, list)]
