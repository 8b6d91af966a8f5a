"""KeyConditionExpression and KeyConditions: one partition, and what part of its sort keys.

`compile_key_condition(text, names)` -> KeyCondition; with values it is a `BoundKeyCondition`, which learns from
`bind(hash_name, range_name)` whose keys are meant, a table's or an index's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sandbox.tables.attributes import AttributeValue, check_key_value
from sandbox.tables.condition_checks import Check, checks_of
from sandbox.tables.condition_grammar import ConditionReader
from sandbox.tables.conditions import undefined_value
from sandbox.tables.grammar import Names, Resolved, resolved_names
from sandbox.tables.refusals import invalid
from sandbox.tables.syntax import And, Between, Call, Comparison, In, Literal, Node, Not, Operand, Or, Path, ValueRef
from sandbox.tables.tokens import CACHED_TEXTS

KIND = "KeyConditionExpression"
FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
CONDITIONS_MOST = 2
NO_KEY = f"Invalid condition in {KIND}: No key attribute specified"

Values = Mapping[str, AttributeValue]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyQuery:
    """What to read. range_op: None (all), = < <= > >= between begins_with; operands: one value, two for between."""

    hash_value: AttributeValue
    range_op: str | None = None
    operands: tuple[AttributeValue, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OneKey:
    """The condition on one attribute."""

    attribute: str
    op: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class KeyCondition:
    """names, values: the #names and :values that its text uses."""

    conditions: tuple[OneKey, ...]
    names: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    checks: tuple[Check, ...] = ()

    def check(self, values: Values) -> None:
        """Refuse undefined values and operands of wrong types."""
        if not self.values <= values.keys():
            raise undefined_value(KIND, self.values, values)
        for check in self.checks:
            problem = check(values)
            if problem is not None:
                raise invalid(f"Invalid {KIND}: {problem}")


@dataclass(frozen=True, slots=True, eq=False)
class BoundKeyCondition:
    """A key condition and the values of its request."""

    condition: KeyCondition
    values: Values

    def bind(self, hash_name: str, range_name: str | None) -> KeyQuery:
        """What it asks of these keys."""
        given, keys = len(self.condition.conditions), 1 if range_name is None else 2
        if given > max(keys, CONDITIONS_MOST):
            problem = f"The number of query conditions ({given}) exceeds the number of key attributes"
            raise invalid(f"{problem} defined in the schema ({keys})")
        by_name = {one.attribute: one for one in self.condition.conditions}
        hash_key = by_name.pop(hash_name, None)
        if hash_key is None:
            raise invalid(f"Query condition missed key schema element: {hash_name}")
        if hash_key.op != "=":
            raise invalid("Query key condition not supported")
        range_key = by_name.pop(range_name, None) if range_name is not None else None
        if by_name:
            missed = range_name is not None and range_key is None
            raise invalid(
                f"Query condition missed key schema element: {range_name}"
                if missed
                else "Query key condition not supported"
            )
        (hash_value,) = self._operands(hash_key)
        if range_key is None:
            return KeyQuery(hash_value=hash_value)
        return KeyQuery(hash_value=hash_value, range_op=range_key.op, operands=self._operands(range_key))

    def _operands(self, one: OneKey) -> tuple[AttributeValue, ...]:
        found = tuple(
            self.values[operand.token] if isinstance(operand, ValueRef) else operand.value
            for operand in one.operands
            if isinstance(operand, ValueRef | Literal)
        )
        for value in found:
            check_key_value(one.attribute, value)
        return found


def compile_key_condition(text: str, names: Names) -> KeyCondition:
    """The key condition of this text."""
    return _compiled(text, resolved_names(text, names))


@lru_cache(maxsize=CACHED_TEXTS)
def _compiled(text: str, names: Resolved) -> KeyCondition:
    reader = ConditionReader(KIND, text, names)
    tree = reader.read()
    return KeyCondition(
        conditions=_one_of_each([_one(part) for part in _parts(tree)]),
        names=frozenset(reader.names),
        values=frozenset(reader.values),
        checks=checks_of(tree),
    )


def _one_of_each(conditions: list[OneKey]) -> tuple[OneKey, ...]:
    if len({one.attribute for one in conditions}) != len(conditions):
        raise invalid(f"Invalid {KIND}: KeyConditionExpressions must only contain one condition per key")
    return tuple(conditions)


def one_or_two(conditions: list[OneKey]) -> tuple[OneKey, ...]:
    """KeyConditions of one key, or two."""
    if len(conditions) > CONDITIONS_MOST:
        raise invalid("Conditions can be of length 1 or 2 only")
    return tuple(conditions)


def _parts(tree: Node) -> list[Node]:
    return [inner for part in tree.parts for inner in _parts(part)] if isinstance(tree, And) else [tree]


def _one(node: Node) -> OneKey:
    match node:
        case Comparison(op, left, right) if op in FLIPPED:
            return _comparison(op, left, right)
        case Between(subject, low, high):
            return _key_first("between", "BETWEEN", subject, (low, high))
        case Call("begins_with", operands):
            return _key_first("begins_with", "begins_with", operands[0], operands[1:])
    raise invalid(f"Invalid operator used in {KIND}: {_word_of(node)}")


def _word_of(node: Node) -> str:
    match node:
        case Comparison(op, _, _):
            return op
        case Call(name, _):
            return name
        case Or():
            return "OR"
        case Not():
            return "NOT"
        case In():
            return "IN"
    return type(node).__name__.upper()


def _comparison(op: str, left: Operand, right: Operand) -> OneKey:
    if isinstance(left, Path) and isinstance(right, Path):
        raise invalid(f"Invalid condition in {KIND}: Multiple attribute names used in one condition")
    if isinstance(left, Path):
        return _key(op, left, (right,))
    if isinstance(right, Path):
        return _key(FLIPPED[op], right, (left,))
    raise invalid(NO_KEY)


def _key_first(op: str, word: str, subject: Operand, operands: tuple[Operand, ...]) -> OneKey:
    paths = [operand for operand in (subject, *operands) if isinstance(operand, Path)]
    if not paths:
        raise invalid(NO_KEY)
    if len(paths) > 1:
        raise invalid(f"Invalid condition in {KIND}: Multiple attribute names used in one condition")
    if not isinstance(subject, Path):
        raise invalid(f"Invalid condition in {KIND}: {word} operator must have the key attribute as its first operand")
    return _key(op, subject, operands)


def _key(op: str, path: Path, operands: tuple[Operand, ...]) -> OneKey:
    if len(path.steps) > 1:
        raise invalid("KeyConditionExpressions cannot have conditions on nested attributes")
    if not all(isinstance(operand, ValueRef) for operand in operands):
        raise invalid("KeyConditionExpressions cannot contain nested operations")
    return OneKey(attribute=str(path.steps[0]), op=op, operands=operands)
