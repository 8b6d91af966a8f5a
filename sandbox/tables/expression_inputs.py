"""A request's expressions, or their older forms, checked as a whole and ready to use: one function for each kind.

In: the request's body. Out: bound objects that need nothing more of the request (`BoundCondition.holds(item)`,
`BoundUpdate.apply(item, key)`, `Projection.of(item)`, `BoundKeyCondition.bind(hash_name, range_name)`). Refused here,
before any item is read and in AWS's words: both forms in one request, names and values that are undefined, unused,
misspelt or malformed, and expressions that cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from sandbox.kernel.errors import Refusal
from sandbox.tables import legacy
from sandbox.tables.attributes import AttributeValue, check_item, check_value
from sandbox.tables.conditions import NO_VALUES, BoundCondition, compile_condition
from sandbox.tables.key_conditions import BoundKeyCondition, compile_key_condition
from sandbox.tables.projections import Projection, compile_projection
from sandbox.tables.refusals import INVALID_PARAMETER, enveloped, invalid, unreadable
from sandbox.tables.tokens import KEY_OF_NAMES, KEY_OF_VALUES
from sandbox.tables.updates import BoundUpdate, compile_update

Body = Mapping[str, Any]
Result = TypeVar("Result")

NO_NAMES: Mapping[str, str] = {}
BEFORE_VALUES = (
    "Can not use both expression and non-expression parameters",
    "ExpressionAttributeNames can only be specified",
    "ExpressionAttributeValues can only be specified",
)
NULL_IS_TRUE = INVALID_PARAMETER + "Null attribute value"


class UpdateInputs(NamedTuple):
    """UpdateItem's. update is None: only the key is made, when it is not there."""

    condition: BoundCondition | None
    update: BoundUpdate | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadInputs:
    """Scan's."""

    filter: BoundCondition | None
    projection: Projection | None


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryInputs:
    """Query's."""

    key: BoundKeyCondition
    filter: BoundCondition | None
    projection: Projection | None


def put_inputs(body: Body, action: str = "PutItem") -> BoundCondition | None:
    """PutItem and the Put of a transaction. action: decides how a refusal is worded."""
    return _worded(action, body, _condition_only)


def delete_inputs(body: Body, action: str = "DeleteItem") -> BoundCondition | None:
    """DeleteItem and the Delete of a transaction."""
    return _worded(action, body, _condition_only)


def check_inputs(body: Body, action: str = "TransactWriteItems") -> BoundCondition:
    """The ConditionCheck of a transaction."""
    condition = _worded(action, body, _condition_only)
    if condition is None:
        raise invalid(
            "1 validation error detected: Value null at 'conditionExpression' failed to satisfy constraint: "
            "Member must not be null"
        )
    return condition


def update_inputs(body: Body, action: str = "UpdateItem") -> UpdateInputs:
    """UpdateItem and the Update of a transaction."""
    return _worded(action, body, _update)


def get_inputs(body: Body, action: str = "GetItem") -> Projection | None:
    """GetItem, one table of BatchGetItem, the Get of a transaction."""
    return _worded(action, body, _projection_only)


def query_inputs(body: Body) -> QueryInputs:
    """Query."""
    return _worded("Query", body, _query)


def scan_inputs(body: Body) -> ReadInputs:
    """Scan."""
    return _worded("Scan", body, _scan)


def _worded(action: str, body: Body, read: Callable[[Body], Result]) -> Result:
    try:
        return read(body)
    except Refusal as refusal:
        if not refusal.message.startswith(BEFORE_VALUES):
            _refuse_values(body, action)
        raise enveloped(refusal, action) from None


def _refuse_values(body: Body, action: str) -> None:
    """AWS looks at the values of an item or key before it reads any expression."""
    for member in ("Item", "Key"):
        if body.get(member) is not None:
            check_item(body[member], what=action)


class _Placeholders:
    """ExpressionAttributeNames and ExpressionAttributeValues, and which of them have been used."""

    __slots__ = ("_used_names", "_used_values", "names", "values")

    def __init__(self, body: Body, expressions: tuple[str, ...]) -> None:
        names, values = body.get("ExpressionAttributeNames"), body.get("ExpressionAttributeValues")
        self.names = NO_NAMES if names is None else _checked_names(names, body, expressions)
        self.values = NO_VALUES if values is None else _checked_values(values, body, expressions)
        self._used_names: frozenset[str] = frozenset()
        self._used_values: frozenset[str] = frozenset()

    def used(self, names: frozenset[str], values: frozenset[str] = frozenset()) -> None:
        """What is used is defined: the compilers saw to that."""
        self._used_names = self._used_names | names if self._used_names else names
        self._used_values = self._used_values | values if self._used_values else values

    def refuse_unused(self) -> None:
        if len(self._used_names) != len(self.names):
            _refuse_unused("Names", self.names, self._used_names)
        if len(self._used_values) != len(self.values):
            _refuse_unused("Values", self.values, self._used_values)


def _refuse_unused(which: str, given: Mapping[str, Any], used: frozenset[str]) -> None:
    keys = ", ".join(key for key in given if key not in used)
    raise invalid(f"Value provided in ExpressionAttribute{which} unused in expressions: keys: {{{keys}}}")


def _check_placeholders(given: Any, parameter: str, body: Body, expressions: tuple[str, ...]) -> None:
    if type(given) is not dict:
        raise unreadable(
            "Start of list found where not expected" if isinstance(given, list) else "Expected map or null"
        )
    if parameter == "ExpressionAttributeValues":
        expressions = tuple(expression for expression in expressions if expression != "ProjectionExpression")
    if not any(body.get(expression) is not None for expression in expressions):
        absent = f": {' and '.join(expressions)} {'is' if len(expressions) == 1 else 'are'} null"
        told = absent if expressions and parameter == "ExpressionAttributeValues" else ""
        raise invalid(f"{parameter} can only be specified when using expressions{told}")
    if not given:
        raise invalid(f"{parameter} must not be empty")


def _checked_names(names: Any, body: Body, expressions: tuple[str, ...]) -> Mapping[str, str]:
    _check_placeholders(names, "ExpressionAttributeNames", body, expressions)
    for key, name in names.items():
        if KEY_OF_NAMES(key) is None:
            raise invalid(f'ExpressionAttributeNames contains invalid key: Syntax error; key: "{key}"')
        if type(name) is not str:
            raise unreadable("NUMBER_VALUE cannot be converted to String")
        if not name:
            raise invalid(f"ExpressionAttributeNames contains invalid value: Empty attribute name; key: {key}")
    return names  # type: ignore[no-any-return]


def _checked_values(values: Any, body: Body, expressions: tuple[str, ...]) -> Mapping[str, AttributeValue]:
    _check_placeholders(values, "ExpressionAttributeValues", body, expressions)
    checked: dict[str, AttributeValue] = {}
    for key, value in values.items():
        if KEY_OF_VALUES(key) is None:
            raise invalid(f'ExpressionAttributeValues contains invalid key: Syntax error; key: "{key}"')
        try:
            checked[key] = check_value(value)
        except Refusal as refusal:
            if refusal.code != "ValidationException" or refusal.message.startswith(NULL_IS_TRUE):
                raise
            raise invalid(
                f"ExpressionAttributeValues contains invalid value: {refusal.message} for key {key}"
            ) from None
    return checked


def _refuse_mixture(body: Body, older: tuple[str, ...], expressions: tuple[str, ...]) -> None:
    if not _any_in(older, body):  # nearly always
        return
    old = [parameter for parameter in older if body.get(parameter) is not None]
    new = [expression for expression in expressions if body.get(expression) is not None]
    if old and new:
        raise invalid(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(old)}}} Expression parameters: {{{', '.join(new)}}}"
        )


def _any_in(parameters: tuple[str, ...], body: Body) -> bool:
    for parameter in parameters:  # noqa: SIM110 - any() with a generator costs four times as much
        if parameter in body:
            return True
    return False


def _condition_only(body: Body) -> BoundCondition | None:
    if "Expected" in body or "ConditionalOperator" in body:
        _refuse_mixture(body, ("Expected", "ConditionalOperator"), ("ConditionExpression",))
    if "ConditionExpression" not in body and len(body) <= 2:  # TableName and Item or Key: nothing else to look at
        return None
    given = _Placeholders(body, ("ConditionExpression",))
    condition = _condition(body, given)
    given.refuse_unused()
    return condition or _expected(body)


def _condition(body: Body, given: _Placeholders, kind: str = "ConditionExpression") -> BoundCondition | None:
    text = body.get(kind)
    if text is None:
        return None
    condition = compile_condition(_text(text), given.names, kind)
    condition.check(given.values)
    given.used(condition.names, condition.values)
    return BoundCondition(condition, given.values)


def _text(text: Any) -> str:
    if type(text) is not str:
        raise unreadable("NUMBER_VALUE cannot be converted to String")
    return text


def _expected(body: Body) -> BoundCondition | None:
    expected, operator = body.get("Expected"), body.get("ConditionalOperator")
    if expected:
        return legacy.expected_condition(expected, operator)
    if operator is not None:
        legacy.check_conditional_operator(operator, 0)
    return None


def _update(body: Body) -> UpdateInputs:
    expressions = ("UpdateExpression", "ConditionExpression")
    _refuse_mixture(body, ("AttributeUpdates", "Expected", "ConditionalOperator"), expressions)
    given = _Placeholders(body, expressions)
    update = _update_expression(body, given)
    condition = _condition(body, given)
    given.refuse_unused()
    if update is None and body.get("AttributeUpdates"):
        update = legacy.attribute_updates(body["AttributeUpdates"])
    return UpdateInputs(condition=condition or _expected(body), update=update)


def _update_expression(body: Body, given: _Placeholders) -> BoundUpdate | None:
    text = body.get("UpdateExpression")
    if text is None:
        return None
    update = compile_update(_text(text), given.names)
    update.check(given.values)
    given.used(update.names, update.values)
    return BoundUpdate(update, given.values)


def _projection(body: Body, given: _Placeholders) -> Projection | None:
    text = body.get("ProjectionExpression")
    if text is None:
        names = body.get("AttributesToGet")
        return legacy.attributes_to_get(names) if names else None
    projection = compile_projection(_text(text), given.names)
    given.used(projection.names)
    return projection


def _projection_only(body: Body) -> Projection | None:
    if len(body) <= 2 and "TableName" in body and "Key" in body:  # nothing else to look at
        return None
    _refuse_mixture(body, ("AttributesToGet",), ("ProjectionExpression",))
    given = _Placeholders(body, ("ProjectionExpression",))
    projection = _projection(body, given)
    given.refuse_unused()
    return projection


def _filter(body: Body, given: _Placeholders, older: str) -> BoundCondition | None:
    found = _condition(body, given, "FilterExpression")
    operator = body.get("ConditionalOperator")
    if found is None and body.get(older):
        return legacy.filter_condition(body[older], operator)
    if operator is not None:
        legacy.check_conditional_operator(operator, 0)
    return found


def _query(body: Body) -> QueryInputs:
    expressions = ("ProjectionExpression", "FilterExpression", "KeyConditionExpression")
    _refuse_mixture(body, ("AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"), expressions)
    given = _Placeholders(body, expressions)
    key = _key(body, given)
    found = _filter(body, given, "QueryFilter")
    projection = _projection(body, given)
    given.refuse_unused()
    return QueryInputs(key=key, filter=found, projection=projection)


def _key(body: Body, given: _Placeholders) -> BoundKeyCondition:
    text, older = body.get("KeyConditionExpression"), body.get("KeyConditions")
    if text is not None:
        condition = compile_key_condition(_text(text), given.names)
        condition.check(given.values)
        given.used(condition.names, condition.values)
        return BoundKeyCondition(condition, given.values)
    if older is None:
        raise invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
    return legacy.key_conditions(older)


def _scan(body: Body) -> ReadInputs:
    expressions = ("ProjectionExpression", "FilterExpression")
    _refuse_mixture(body, ("AttributesToGet", "ScanFilter", "ConditionalOperator"), expressions)
    given = _Placeholders(body, expressions)
    found = _filter(body, given, "ScanFilter")
    projection = _projection(body, given)
    given.refuse_unused()
    return ReadInputs(filter=found, projection=projection)
