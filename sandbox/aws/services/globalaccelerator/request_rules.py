"""What AWS's model asks of a request: members that must be there, types, lengths, ranges, enums, patterns. Pure.

In: a shape of botocore's model, a JSON value. Out: the value with only the members that the model knows; an
InvalidArgumentException with all that is wrong, in the words that AWS's services share. Lists that are too long are
left to the quotas (section 2.6), which have an error of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.aws.services.globalaccelerator.exceptions import InvalidArgumentException, SerializationException

LIMITED_BY_QUOTAS = frozenset({"EndpointConfigurations", "PortOverrides", "PortRanges"})
MOST_PROBLEMS = 10  # told at once
TYPES: Mapping[str, tuple[type, ...]] = {
    "structure": (dict,),
    "list": (list,),
    "string": (str,),
    "integer": (int,),
    "float": (int, float),
    "boolean": (bool,),
}


def checked(shape: Any, given: Any) -> Any:
    """The value, checked."""
    problems = list(problems_of(shape, given, ""))
    if problems:
        told = problems[:MOST_PROBLEMS]
        plural = "s" if len(told) > 1 else ""
        raise InvalidArgumentException(f"{len(told)} validation error{plural} detected: {'; '.join(told)}")
    return known_part(shape, given)


def known_part(shape: Any, given: Any) -> Any:
    """The value without members that are null or not in the model, which AWS passes over too."""
    if shape.type_name == "structure":
        return {
            name: known_part(inner, given[name]) for name, inner in shape.members.items() if given.get(name) is not None
        }
    return [known_part(shape.member, each) for each in given] if shape.type_name == "list" else given


def from_template(shape: Any, given: Any) -> Any:
    """A template's value: CloudFormation takes numbers and booleans as text too."""
    kind = shape.type_name
    if kind == "structure" and isinstance(given, Mapping):
        return {
            name: from_template(shape.members[name], value) if name in shape.members else value
            for name, value in given.items()
        }
    if kind == "list" and isinstance(given, list):
        return [from_template(shape.member, each) for each in given]
    if not isinstance(given, str):
        return given
    if kind == "boolean" and given.lower() in ("true", "false"):
        return given.lower() == "true"
    try:
        return {"integer": int, "float": float}[kind](given)
    except (KeyError, ValueError):
        return given


def problems_of(shape: Any, given: Any, where: str) -> Iterator[str]:
    """One sentence for each rule that does not hold; a SerializationException for another type."""
    kind = shape.type_name
    if not is_a(kind, given):
        raise SerializationException(f"The value at '{where or 'the top'}' should be of type {kind}.")
    if kind == "structure":
        for name, inner in shape.members.items():
            place = f"{where}.{lowered(name)}" if where else lowered(name)
            if given.get(name) is not None:
                yield from problems_of(inner, given[name], place)
            elif name in shape.required_members:
                yield f"Value null at '{place}' failed to satisfy constraint: Member must not be null"
        return
    for rule in rules_broken(shape, given):
        yield f"Value '{given}' at '{where}' failed to satisfy constraint: {rule}"
    if kind == "list":
        for number, each in enumerate(given, 1):
            yield from problems_of(shape.member, each, f"{where}.{number}.member")


def is_a(kind: str, given: Any) -> bool:
    """Whether JSON's value can be of this type; true and false are no numbers."""
    return isinstance(given, TYPES[kind]) and (kind == "boolean" or not isinstance(given, bool))


def rules_broken(shape: Any, given: Any) -> Iterator[str]:
    """The rules of one value, in AWS's words."""
    limits = shape.metadata
    is_sized = shape.type_name in ("string", "list")
    size, what = (len(given), "length") if is_sized else (given, "value")
    if "enum" in limits and given not in limits["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"
    if "pattern" in limits and not re.fullmatch(limits["pattern"], given):
        yield f"Member must satisfy regular expression pattern: {limits['pattern']}"
    if "min" in limits and size < limits["min"]:
        yield f"Member must have {what} greater than or equal to {limits['min']}"
    if "max" in limits and size > limits["max"] and shape.name not in LIMITED_BY_QUOTAS:
        yield f"Member must have {what} less than or equal to {limits['max']}"


def lowered(member: str) -> str:
    """A member as AWS's sentences spell it: trafficDialPercentage."""
    return member[0].lower() + member[1:]
