"""Conditions and filters: a text compiled once into functions, then judged for each item.

`compile_condition(text, names)` is cached by the text and the names it uses. `Condition.check(values)` refuses values
that are missing or of a wrong type, whatever the item (AWS does so even when no item is read); `decide(item, values)`
judges. `BoundCondition` is both with a request's values: `expression_inputs` and `legacy` hand those out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sandbox.kernel.errors import Refusal
from sandbox.tables import attributes
from sandbox.tables.attributes import AttributeValue, Item
from sandbox.tables.condition_checks import Check, checks_of
from sandbox.tables.condition_grammar import ConditionReader
from sandbox.tables.grammar import Names, Resolved, resolved_names
from sandbox.tables.paths import reader_of
from sandbox.tables.refusals import invalid
from sandbox.tables.syntax import (
    And,
    Between,
    Call,
    Comparison,
    In,
    Literal,
    Node,
    Not,
    Operand,
    Or,
    Path,
    SizeOf,
    ValueRef,
)
from sandbox.tables.tokens import CACHED_TEXTS

Values = Mapping[str, AttributeValue]
Evaluate = Callable[[Item, Values], AttributeValue | None]
Decide = Callable[[Item, Values], bool]

NO_ITEM: Item = {}  # never written to
NO_VALUES: Values = {}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Condition:
    """A compiled condition.

    names, values: the #names and :values that its text uses. attributes: the top-level names it reads.
    """

    kind: str
    tree: Node
    names: frozenset[str]
    values: frozenset[str]
    attributes: frozenset[str]
    decide: Decide
    checks: tuple[Check, ...]

    def check(self, values: Values) -> None:
        """Refuse undefined values and operands of wrong types."""
        if not self.values <= values.keys():
            raise undefined_value(self.kind, self.values, values)
        for check in self.checks:
            problem = check(values)
            if problem is not None:
                raise invalid(f"Invalid {self.kind}: {problem}")


class BoundCondition(NamedTuple):
    """A condition and the values of its request."""

    condition: Condition
    values: Values

    def holds(self, item: Item | None) -> bool:
        """None: there is no such item, which is an item without attributes."""
        return self.condition.decide(item if item is not None else NO_ITEM, self.values)

    @property
    def attributes(self) -> frozenset[str]:
        """Top-level attributes that the condition reads."""
        return self.condition.attributes


def undefined_value(kind: str, wanted: frozenset[str], values: Values) -> Refusal:
    """An expression uses :v, and nothing says what it is."""
    token = min(wanted - values.keys())
    return invalid(
        f"Invalid {kind}: An expression attribute value used in expression is not defined; attribute value: {token}"
    )


def compile_condition(text: str, names: Names, kind: str = "ConditionExpression") -> Condition:
    """The condition of this text."""
    return _compiled(kind, text, resolved_names(text, names))


@lru_cache(maxsize=CACHED_TEXTS)
def _compiled(kind: str, text: str, names: Resolved) -> Condition:
    reader = ConditionReader(kind, text, names)
    tree = reader.read()
    return condition_of(tree, kind=kind, names=frozenset(reader.names), values=frozenset(reader.values))


def condition_of(
    tree: Node, *, kind: str, names: frozenset[str] = frozenset(), values: frozenset[str] = frozenset()
) -> Condition:
    """Compile a tree."""
    return Condition(
        kind=kind,
        tree=tree,
        names=names,
        values=values,
        attributes=frozenset(str(path.steps[0]) for path in paths_in(tree)),
        decide=_decider(tree),
        checks=checks_of(tree),
    )


def paths_in(part: Node | Operand) -> list[Path]:
    """All paths of a tree."""
    match part:
        case Path():
            return [part]
        case ValueRef() | Literal():
            return []
        case SizeOf(operand):
            return paths_in(operand)
        case Comparison(_, left, right):
            return paths_in(left) + paths_in(right)
        case Between(subject, low, high):
            return paths_in(subject) + paths_in(low) + paths_in(high)
        case In(subject, choices):
            return paths_in(subject) + [path for choice in choices for path in paths_in(choice)]
        case Call(_, operands):
            return [path for operand in operands for path in paths_in(operand)]
        case And(parts) | Or(parts):
            return [path for inner in parts for path in paths_in(inner)]
        case Not(inner):
            return paths_in(inner)


def _decider(node: Node) -> Decide:
    match node:
        case And(parts):
            return _all_of(tuple(_decider(part) for part in parts))
        case Or(parts):
            return _one_of(tuple(_decider(part) for part in parts))
        case Not(part):
            opposite = _decider(part)
            return lambda item, values: not opposite(item, values)
        case Comparison(op, left, right):
            return _comparer(op, _evaluator(left), _evaluator(right))
        case Between(subject, low, high):
            return _betweener(_evaluator(subject), _evaluator(low), _evaluator(high))
        case In(subject, choices):
            return _chooser(_evaluator(subject), tuple(_evaluator(choice) for choice in choices))
        case Call(name, operands):
            return _caller(name, [_evaluator(operand) for operand in operands])


def _all_of(parts: tuple[Decide, ...]) -> Decide:
    def decide(item: Item, values: Values) -> bool:
        for part in parts:  # noqa: SIM110 - all() with a generator costs twice as much
            if not part(item, values):
                return False
        return True

    return decide


def _one_of(parts: tuple[Decide, ...]) -> Decide:
    def decide(item: Item, values: Values) -> bool:
        for part in parts:  # noqa: SIM110 - as in _all_of
            if part(item, values):
                return True
        return False

    return decide


def _evaluator(operand: Operand) -> Evaluate:
    match operand:
        case Path():
            read = reader_of(operand)
            return lambda item, _: read(item)
        case ValueRef(token):
            return lambda _, values: values[token]
        case Literal(value):
            return lambda _item, _values: value
        case SizeOf(inner):
            return _measurer(_evaluator(inner))


def _measurer(evaluate: Evaluate) -> Evaluate:
    def measure(item: Item, values: Values) -> AttributeValue | None:
        value = evaluate(item, values)
        size = attributes.size_of(value) if value is not None else None
        return {"N": str(size)} if size is not None else None

    return measure


def _comparer(op: str, left: Evaluate, right: Evaluate) -> Decide:
    """What is missing equals nothing: only <> holds for it."""
    compare = attributes.compare
    when_missing = op == "<>"

    def decide(item: Item, values: Values) -> bool:
        mine = left(item, values)
        theirs = right(item, values)
        if mine is None or theirs is None:
            return when_missing
        return compare(op, mine, theirs)

    return decide


def _betweener(subject: Evaluate, low: Evaluate, high: Evaluate) -> Decide:
    compare = attributes.compare

    def decide(item: Item, values: Values) -> bool:
        value, least, most = subject(item, values), low(item, values), high(item, values)
        if value is None or least is None or most is None:
            return False
        return compare(">=", value, least) and compare("<=", value, most)

    return decide


def _chooser(subject: Evaluate, choices: tuple[Evaluate, ...]) -> Decide:
    def decide(item: Item, values: Values) -> bool:
        value = subject(item, values)
        if value is None:
            return False
        found = (choice(item, values) for choice in choices)
        return any(other is not None and attributes.equal(value, other) for other in found)

    return decide


def _caller(name: str, operands: list[Evaluate]) -> Decide:
    first = operands[0]
    if name == "attribute_exists":
        return lambda item, values: first(item, values) is not None
    if name == "attribute_not_exists":
        return lambda item, values: first(item, values) is None
    second = operands[1]
    if name == "attribute_type":
        return _two_operands(first, second, lambda value, kind: attributes.attribute_type(value, str(kind.get("S"))))
    assert name in ("begins_with", "contains"), name
    return _two_operands(first, second, attributes.contains if name == "contains" else attributes.begins_with)


def _two_operands(first: Evaluate, second: Evaluate, judge: Callable[[AttributeValue, AttributeValue], bool]) -> Decide:
    def decide(item: Item, values: Values) -> bool:
        value, other = first(item, values), second(item, values)
        return value is not None and other is not None and judge(value, other)

    return decide
