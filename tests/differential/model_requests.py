"""Requests that the API's model speaks about: good ones for each operation (good_requests.json), and their spoiling.

`ModelRequests(random).draw()` gives an action, a body and what was done to it. The model is botocore's own; nothing of
botocore looks at the requests, they go out as they are.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

STREAM_ACTIONS = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
GONE = object()


def requests_in(file: str) -> tuple[tuple[str, Any], ...]:
    """Good requests: [action, body], one a line."""
    return tuple(json.loads(Path(__file__).with_name(file).read_text(encoding="utf-8")))


GOOD = requests_in("good_requests.json")


@cache
def shape_of(action: str) -> Any:
    """The input of an operation, in botocore's model."""
    service = "dynamodbstreams" if action in STREAM_ACTIONS else "dynamodb"
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    return model.operation_model(action).input_shape


@dataclass(frozen=True)
class Site:
    """A place in a body: the way to it, its shape, and whether something stands there."""

    path: tuple[str | int, ...]
    shape: Any
    present: bool


def sites(shape: Any, value: Any, path: tuple[str | int, ...] = (), depth: int = 0) -> Iterator[Site]:
    """Every place of a body that the model knows; absent members too, where they are not a structure of their own."""
    if path:
        yield Site(path, shape, True)
    if depth > 9:
        return
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in shape.members.items():
            if name in value:
                yield from sites(member, value[name], (*path, name), depth + 1)
            elif shape.name != "AttributeValue":
                yield Site((*path, name), member, False)
    elif shape.type_name == "list" and isinstance(value, list):
        for at, member in enumerate(value):
            yield from sites(shape.member, member, (*path, at), depth + 1)
    elif shape.type_name == "map" and isinstance(value, dict):
        for name, member in value.items():
            yield from sites(shape.value, member, (*path, name), depth + 1)


def put(body: Any, path: tuple[str | int, ...], value: Any) -> None:
    """Change a body in one place."""
    *above, last = path
    for step in above:
        body = body[step]
    if value is GONE:
        del body[last]
    else:
        body[last] = value


def found(body: Any, path: tuple[str | int, ...]) -> Any:
    """What stands there."""
    for step in path:
        body = body[step]
    return body


def spoilt(random: Random, shape: Any, value: Any) -> Any:
    """Something else for a place of this shape: of another type, or outside of the model's constraints."""
    kind, limits = shape.type_name, shape.metadata
    wrong: list[Any] = ["x", 7, 2.5, True, [], {}, ["x"], {"S": "x"}, None]
    bad: list[Any] = []
    if kind == "string":
        bad = ["", "bad name!", "nothing", "no-such-thing"]
        if "enum" in limits:
            bad = ["BAD", "", str(limits["enum"][0]).lower()]
        if limits.get("min", 0) > 1:
            bad.append("a" * (limits["min"] - 1))
        if limits.get("max"):
            bad.append("a" * (limits["max"] + 1))
    elif kind in ("integer", "long"):
        bad = [-1, 0, limits.get("min", 0) - 1, limits.get("max", 2**31) + 1]
    elif kind == "boolean":
        bad = [not value]
    elif kind == "list":
        whole = value if isinstance(value, list) else []
        bad = [[], whole + whole, [None]]
        if whole and limits.get("max"):
            bad.append((whole * (limits["max"] + 1))[: limits["max"] + 1])
    elif kind == "map":
        bad = [{}, {"x": "y"}, {"": {"S": "x"}}]
    elif kind == "structure":
        bad = [{}, {"Nope": 1}, {**(value if isinstance(value, dict) else {}), "Nope": {"a": 1}}]
    elif kind == "blob":
        bad = ["###", "abc", "abcde===", ""]
    return random.choice(bad if bad and random.random() < 0.7 else wrong)


class ModelRequests:
    """Draws good requests spoilt in one place or two, and a few that are left as they are."""

    def __init__(self, random: Random, good: Sequence[tuple[str, Any]] = GOOD) -> None:
        self.random = random
        self.good = good

    def draw(self) -> tuple[str, Any, str]:
        """action, body, what was done."""
        action, good = self.random.choice(self.good)
        body = copy.deepcopy(good)
        done = [self.spoil(action, body) for _ in range(self.random.choice((0, 1, 1, 1, 1, 1, 1, 1, 2)))]
        return action, body, "; ".join(done) or "as it is"

    def spoil(self, action: str, body: Any) -> str:
        """Change one place; say how."""
        places = list(sites(shape_of(action), body))
        if not places:
            body["Nope"] = 1
            return "Nope = 1"
        present = [site for site in places if site.present] or places
        site = self.random.choice(present if self.random.random() < 0.75 else places)
        where = ".".join(map(str, site.path))
        if site.present and self.random.random() < 0.25:
            put(body, site.path, GONE)
            return f"without {where}"
        value = spoilt(self.random, site.shape, found(body, site.path) if site.present else None)
        put(body, site.path, value)
        return f"{where} = {str(value)[:40]}"


BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?").fullmatch


def breach(shape: Any, value: Any) -> str:
    """How a value breaks the model: "type", "constraint" or "". Independent of what the sandbox thinks of it."""
    kind, limits = shape.type_name, shape.metadata
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith("<"):  # a name that each side has
        return ""
    types: dict[str, tuple[type, ...]] = {
        "string": (str,), "blob": (str,), "boolean": (bool,), "integer": (int,), "long": (int,),
        "timestamp": (int, float), "list": (list,), "map": (dict,), "structure": (dict,),
    }  # fmt: skip
    if not isinstance(value, types[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return "type"
    if (kind == "blob" and not BASE64(value)) or (kind == "list" and None in value):
        return "type"
    inner: list[str] = []
    if kind == "structure":
        given = {name for name, member in value.items() if member is not None}
        inner = [breach(member, value[name]) for name, member in shape.members.items() if name in value]
        if set(shape.required_members) - given:
            inner.append("constraint")
    elif kind == "list":
        inner = [breach(shape.member, member) for member in value]
    elif kind == "map":
        inner = [breach(shape.value, member) for member in value.values()]
    if "type" in inner:
        return "type"
    size = len(value) if isinstance(value, str | list | dict) else value
    outside = size < limits.get("min", size) or size > limits.get("max", size)
    if "enum" in limits:
        outside = outside or value not in limits["enum"]
    if "pattern" in limits and kind == "string":
        outside = outside or re.fullmatch(limits["pattern"], value) is None
    return "constraint" if outside or "constraint" in inner else ""
