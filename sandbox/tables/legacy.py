"""The older parameters, turned into the same compiled objects as expressions: Expected, QueryFilter and ScanFilter
(with ConditionalOperator), AttributeUpdates, KeyConditions, AttributesToGet.

Each function takes the parameter as it came and gives an object whose values are inside it.
"""

from __future__ import annotations

from typing import Any

from sandbox.tables.attributes import ORDERED_TYPES, SETS, AttributeValue, check_value, compare, type_of
from sandbox.tables.conditions import NO_VALUES, BoundCondition, condition_of
from sandbox.tables.key_conditions import BoundKeyCondition, KeyCondition, OneKey, one_or_two
from sandbox.tables.projections import Projection, projection_of
from sandbox.tables.refusals import invalid, invalid_parameter
from sandbox.tables.syntax import Action, And, Between, Call, Comparison, In, Literal, Node, Not, Or, Path
from sandbox.tables.updates import BoundUpdate, update_of

COMPARATORS = {"EQ": "=", "NE": "<>", "LE": "<=", "LT": "<", "GE": ">=", "GT": ">"}
OPERATORS = (
    "IN",
    "NULL",
    "BETWEEN",
    "LT",
    "NOT_CONTAINS",
    "EQ",
    "GT",
    "NOT_NULL",
    "NE",
    "LE",
    "BEGINS_WITH",
    "GE",
    "CONTAINS",
)
ARGUMENTS = {"NULL": (0, 0), "NOT_NULL": (0, 0), "BETWEEN": (2, 2), "IN": (1, 100)}  # least, most; others take one
TYPES_OF_OPERATOR = {
    **dict.fromkeys(("LE", "LT", "GE", "GT", "BETWEEN", "IN", "CONTAINS", "NOT_CONTAINS"), ORDERED_TYPES),
    "BEGINS_WITH": frozenset({"S", "B"}),
}
KEY_OPERATORS = {**COMPARATORS, "BETWEEN": "between", "BEGINS_WITH": "begins_with"}
UPDATE_ACTIONS = ("ADD", "PUT", "DELETE")


def expected_condition(expected: dict[str, Any], operator: str | None) -> BoundCondition:
    """Expected -> condition."""
    return _joined([_expectation(name, wanted) for name, wanted in expected.items()], operator, "ConditionExpression")


def filter_condition(parameter: dict[str, Any], operator: str | None) -> BoundCondition:
    """QueryFilter or ScanFilter -> filter."""
    parts = [_constraint(name, _operator(wanted), _arguments(wanted)) for name, wanted in parameter.items()]
    return _joined(parts, operator, "FilterExpression")


def _joined(parts: list[Node], operator: str | None, kind: str) -> BoundCondition:
    if operator is not None:
        check_conditional_operator(operator, len(parts))
    tree = parts[0] if len(parts) == 1 else Or(tuple(parts)) if operator == "OR" else And(tuple(parts))
    return BoundCondition(condition_of(tree, kind=kind), NO_VALUES)


def check_conditional_operator(operator: str, conditions: int) -> None:
    """ConditionalOperator needs two conditions to join."""
    if operator not in ("AND", "OR"):
        raise invalid(
            f"1 validation error detected: Value '{operator}' at 'conditionalOperator' failed to satisfy constraint: "
            "Member must satisfy enum value set: [OR, AND]"
        )
    if conditions == 0:
        raise invalid("ConditionalOperator cannot be used without Filter or Expected")
    if conditions == 1:
        raise invalid("ConditionalOperator can only be used when Filter or Expected has two or more elements")


def _expectation(name: str, wanted: dict[str, Any]) -> Node:
    if wanted.get("ComparisonOperator") is not None:
        return _compared_expectation(name, wanted)
    if wanted.get("AttributeValueList") is not None:
        raise invalid_parameter(f"AttributeValueList can only be used with a ComparisonOperator for Attribute: {name}")
    exists, value = wanted.get("Exists"), wanted.get("Value")
    if exists is False:
        if value is not None:
            raise invalid_parameter(f"Value cannot be used when Exists is set to false for Attribute: {name}")
        return Call("attribute_not_exists", (Path((name,)),))
    if value is None:
        word = "null" if exists is None else "true"
        raise invalid_parameter(f"Value must be provided when Exists is {word} for Attribute: {name}")
    return Comparison("=", Path((name,)), Literal(check_value(value)))


def _compared_expectation(name: str, wanted: dict[str, Any]) -> Node:
    operator = _operator(wanted)
    if wanted.get("Exists") is not None:
        raise invalid_parameter(f"Exists and ComparisonOperator cannot be used together for Attribute: {name}")
    value, listed = wanted.get("Value"), wanted.get("AttributeValueList")
    if value is not None and listed is not None:
        raise invalid_parameter(f"Value and AttributeValueList cannot be used together for Attribute: {name}")
    if value is None and listed is None and ARGUMENTS.get(operator) != (0, 0):
        raise invalid_parameter(
            f"Value or AttributeValueList must be used with ComparisonOperator: {operator} for Attribute: {name}"
        )
    return _constraint(name, operator, [check_value(value)] if value is not None else _arguments(wanted))


def _operator(wanted: dict[str, Any]) -> str:
    operator = wanted.get("ComparisonOperator")
    if operator not in OPERATORS:
        shown = "null" if operator is None else f"'{operator}'"
        problem = (
            "Member must not be null"
            if operator is None
            else f"Member must satisfy enum value set: [{', '.join(OPERATORS)}]"
        )
        raise invalid(
            f"1 validation error detected: Value {shown} at 'comparisonOperator' "
            f"failed to satisfy constraint: {problem}"
        )
    return str(operator)


def _arguments(wanted: dict[str, Any]) -> list[AttributeValue]:
    return [check_value(value) for value in wanted.get("AttributeValueList") or ()]


def _constraint(name: str, operator: str, values: list[AttributeValue]) -> Node:
    _check_arguments(operator, values)
    path = Path((name,))
    operands = tuple(Literal(value) for value in values)
    if operator in COMPARATORS:
        return Comparison(COMPARATORS[operator], path, operands[0])
    if operator == "BETWEEN":
        return Between(path, operands[0], operands[1])
    if operator == "IN":
        return In(path, operands)
    if operator == "NULL":
        return Call("attribute_not_exists", (path,))
    if operator == "NOT_NULL":
        return Call("attribute_exists", (path,))
    if operator == "BEGINS_WITH":
        return Call("begins_with", (path, operands[0]))
    found = Call("contains", (path, operands[0]))
    return found if operator == "CONTAINS" else Not(found)


def _check_arguments(operator: str, values: list[AttributeValue]) -> None:
    least, most = ARGUMENTS.get(operator, (1, 1))
    if not least <= len(values) <= most:
        raise invalid_parameter(f"Invalid number of argument(s) for the {operator} ComparisonOperator")
    kinds = [type_of(value) for value in values]
    if len(set(kinds)) > 1:
        raise invalid_parameter("AttributeValues inside AttributeValueList must be of same type")
    allowed = TYPES_OF_OPERATOR.get(operator)
    if allowed is not None and kinds and kinds[0] not in allowed:
        raise invalid_parameter(f"ComparisonOperator {operator} is not valid for {kinds[0]} AttributeValue type")
    if operator == "BETWEEN" and compare(">", values[0], values[1]):
        raise invalid(
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        )


def key_conditions(parameter: dict[str, Any]) -> BoundKeyCondition:
    """KeyConditions -> key condition."""
    conditions = [_key_condition(name, wanted) for name, wanted in parameter.items()]
    if not conditions:
        raise invalid("Conditions can be of length 1 or 2 only")
    return BoundKeyCondition(KeyCondition(conditions=one_or_two(conditions)), NO_VALUES)


def _key_condition(name: str, wanted: dict[str, Any]) -> OneKey:
    operator, values = _operator(wanted), _arguments(wanted)
    _check_arguments(operator, values)
    if operator not in KEY_OPERATORS or operator == "NE":
        raise invalid("Attempted conditional constraint is not an indexable operation")
    return OneKey(attribute=name, op=KEY_OPERATORS[operator], operands=tuple(Literal(value) for value in values))


def attribute_updates(parameter: dict[str, Any]) -> BoundUpdate:
    """AttributeUpdates -> update."""
    actions = tuple(_action(name, wanted) for name, wanted in parameter.items())
    return BoundUpdate(update_of(actions), NO_VALUES)


def _action(name: str, wanted: dict[str, Any]) -> Action:
    verb, path = wanted.get("Action") or "PUT", Path((name,))
    value = check_value(wanted["Value"]) if wanted.get("Value") is not None else None
    if verb not in UPDATE_ACTIONS:
        raise invalid(
            f"1 validation error detected: Value '{verb}' at 'attributeUpdates.{name}.member.action' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(UPDATE_ACTIONS)}]"
        )
    if value is None:
        if verb != "DELETE":
            raise invalid_parameter("Only DELETE action is allowed when no attribute value is specified")
        return Action("REMOVE", path)
    kind = type_of(value)
    if verb == "DELETE" and kind not in SETS:
        raise invalid_parameter(f"DELETE action with value is not supported for the type {kind}")
    if verb == "ADD" and kind not in SETS | {"N", "L"}:
        raise invalid_parameter(f"ADD action is not supported for the type {kind}")
    return Action("SET" if verb == "PUT" else verb, path, Literal(value))


def attributes_to_get(names: list[str]) -> Projection:
    """AttributesToGet -> projection."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise invalid_parameter(f"Duplicate value in attribute name: {name}")
        seen.add(name)
    return projection_of(Path((name,)) for name in names)
