"""What each action of an update makes of an item as it was: a new value, nothing (None), or GONE.

`outcome_of` compiles one action; `check_of` says what can be refused once the values are known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.tables.attributes import SETS, TYPE_WORDS, AttributeValue, Item, type_of
from sandbox.tables.condition_checks import Check, known_type, wrong_type
from sandbox.tables.numbers import add, subtract
from sandbox.tables.paths import reader_of
from sandbox.tables.refusals import invalid
from sandbox.tables.syntax import Action, Arithmetic, IfNotExists, ListAppend, Literal, Path, SetValue, ValueRef

Values = Mapping[str, AttributeValue]
Outcome = Callable[[Item, Values], AttributeValue | None]
Evaluate = Callable[[Item, Values], AttributeValue]
Combine = Callable[[AttributeValue, AttributeValue], AttributeValue]

GONE: AttributeValue = {}  # no value is empty: known by identity
NOT_THERE = "The provided expression refers to an attribute that does not exist in the item"
WRONG_TYPE = "An operand in the update expression has an incorrect data type"


def outcome_of(action: Action) -> Outcome:
    """What one action does."""
    if action.verb == "REMOVE":
        return lambda _item, _values: GONE
    assert action.value is not None, action
    value = _evaluator(action.value)
    if action.verb == "SET":
        return value
    return _changer(action, value, _added if action.verb == "ADD" else _deleted)


def _changer(
    action: Action, operand: Evaluate, change: Callable[[AttributeValue | None, AttributeValue], AttributeValue | None]
) -> Outcome:
    read = reader_of(action.path)
    return lambda item, values: change(read(item), operand(item, values))


def _added(present: AttributeValue | None, operand: AttributeValue) -> AttributeValue:
    if present is None:
        return operand
    kind = type_of(operand)
    if kind not in present:
        raise invalid(WRONG_TYPE)
    if kind == "N":
        return {"N": add(present["N"], operand["N"])}
    if kind == "L":  # only the older parameter AttributeUpdates comes here with a list
        return {"L": present["L"] + operand["L"]}
    return {kind: list(dict.fromkeys(present[kind] + operand[kind]))}


def _deleted(present: AttributeValue | None, operand: AttributeValue) -> AttributeValue | None:
    if present is None:
        return None
    kind = type_of(operand)
    if kind not in present:
        raise invalid(WRONG_TYPE)
    unwanted = set(operand[kind])
    left = [member for member in present[kind] if member not in unwanted]
    return {kind: left} if left else GONE


def _evaluator(value: SetValue) -> Evaluate:
    match value:
        case Path():
            return _reader(value)
        case ValueRef(token):
            return lambda _, values: values[token]
        case Literal(literal):
            return lambda _item, _values: literal
        case IfNotExists(path, fallback):
            return _first_found(path, _evaluator(fallback))
        case ListAppend(left, right):
            return _combiner(_evaluator(left), _evaluator(right), _appended)
        case Arithmetic(op, left, right):
            return _combiner(_evaluator(left), _evaluator(right), _sum if op == "+" else _difference)


def _reader(path: Path) -> Evaluate:
    read = reader_of(path)

    def evaluate(item: Item, _: Values) -> AttributeValue:
        value = read(item)
        if value is None:
            raise invalid(NOT_THERE)
        return value

    return evaluate


def _first_found(path: Path, fallback: Evaluate) -> Evaluate:
    read = reader_of(path)

    def evaluate(item: Item, values: Values) -> AttributeValue:
        value = read(item)
        return value if value is not None else fallback(item, values)

    return evaluate


def _combiner(left: Evaluate, right: Evaluate, combine: Combine) -> Evaluate:
    return lambda item, values: combine(left(item, values), right(item, values))


def _sum(left: AttributeValue, right: AttributeValue) -> AttributeValue:
    if "N" not in left or "N" not in right:
        raise invalid(WRONG_TYPE)
    return {"N": add(left["N"], right["N"])}


def _difference(left: AttributeValue, right: AttributeValue) -> AttributeValue:
    if "N" not in left or "N" not in right:
        raise invalid(WRONG_TYPE)
    return {"N": subtract(left["N"], right["N"])}


def _appended(left: AttributeValue, right: AttributeValue) -> AttributeValue:
    if "L" not in left or "L" not in right:
        raise invalid(WRONG_TYPE)
    return {"L": left["L"] + right["L"]}


def check_of(action: Action) -> tuple[Check, ...]:
    """What may be wrong with an action's values."""
    if action.value is None:
        return ()
    if action.verb == "SET":
        return _checks_of_value(action.value)
    allowed = SETS | {"N"} if action.verb == "ADD" else SETS
    return (_operand_check(action.verb, action.value, allowed),) if isinstance(action.value, ValueRef) else ()


def _operand_check(verb: str, operand: SetValue, allowed: frozenset[str]) -> Check:
    def check(values: Values) -> str | None:
        kind = known_type(operand, values)
        if kind is None or kind in allowed:
            return None
        return (
            "Incorrect operand type for operator or function; "
            f"operator: {verb}, operand type: {TYPE_WORDS[kind]}, typeSet: ALLOWED_FOR_ADD_OPERAND"
        )

    return check


def _checks_of_value(value: SetValue) -> tuple[Check, ...]:
    match value:
        case IfNotExists(_, fallback):
            return _checks_of_value(fallback)
        case ListAppend(left, right):
            return (*_pair_checks("list_append", "L", left, right),)
        case Arithmetic(op, left, right):
            return (*_pair_checks(op, "N", left, right),)
        case _:
            return ()


def _pair_checks(name: str, wanted: str, left: SetValue, right: SetValue) -> tuple[Check, ...]:
    below = (*_checks_of_value(left), *_checks_of_value(right))
    return (*below, *(_pair_check(name, wanted, operand) for operand in (left, right) if isinstance(operand, ValueRef)))


def _pair_check(name: str, wanted: str, operand: ValueRef) -> Check:
    def check(values: Values) -> str | None:
        kind = known_type(operand, values)
        return None if kind in (None, wanted) else wrong_type(name, str(kind))

    return check
