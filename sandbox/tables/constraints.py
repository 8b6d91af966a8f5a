"""The constraints of the API's model, in AWS's words. In: a body and a member. Out: its value, or the refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.tables.refusals import invalid

Body = Mapping[str, Any]
PLAIN_TYPES = {str: "String", int: "Integer", bool: "Boolean", dict: "Map", list: "List"}


def required(body: Body, member: str, kind: type = object) -> Any:
    """The member's value, of this type; AWS's words when it is not there or is something else."""
    value = body.get(member)
    if value is None:
        raise missing(member)
    if not isinstance(value, kind):
        raise unreadable_as(value, kind)
    return value


def optional(body: Body, member: str, kind: type) -> Any:
    """The member's value, of this type, or None."""
    value = body.get(member)
    if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
        raise unreadable_as(value, kind)
    return value


def unreadable_as(value: Any, kind: type) -> Refusal:
    """JSON of another shape than the model's."""
    if isinstance(value, list):
        return Refusal("SerializationException", "Start of list found where not expected")
    if isinstance(value, dict):
        return Refusal("SerializationException", "Start of structure or map found where not expected.")
    given = {str: "STRING_VALUE", bool: f"{str(value).upper()}_VALUE"}.get(type(value), "NUMBER_VALUE")
    return Refusal("SerializationException", f"{given} can not be converted to {PLAIN_TYPES.get(kind, 'String')}")


def constraint(value: str, member: str, rule: str) -> Refusal:
    """A member outside of the API's model. member: as the model spells it (`tableName`)."""
    return invalid(f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {rule}")


def missing(member: str) -> Refusal:
    """A member that must be there. member: as the request spells it (`TableName`)."""
    name = member[0].lower() + member[1:]
    return invalid(
        f"1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
    )


def one_of(body: Mapping[str, Any], member: str, allowed: tuple[str, ...], default: str) -> str:
    """An enumerated member; AWS's words when it is none of the allowed."""
    value = body.get(member)
    if value is None:
        return default
    if value in allowed:
        return str(value)
    name = member[0].lower() + member[1:]
    raise constraint(value, name, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
