"""What can be refused about a condition's operands once the values are known, before any item is read.

`checks_of(tree)` gives one function for each thing that may be wrong: values in, AWS's sentence or None out. Most
conditions (`a = :v`, attribute_exists(a)) have none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.tables.attributes import ORDERED_TYPES, TYPES, AttributeValue, compare, type_of
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
    SizeOf,
    ValueRef,
)

Check = Callable[[Mapping[str, AttributeValue]], str | None]

SIZED_TYPES = TYPES - {"N", "BOOL", "NULL"}
PREFIX_TYPES = frozenset({"S", "B"})
VALID_TYPES = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"  # AWS's own order
ANY_TYPE = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"


def checks_of(node: Node) -> tuple[Check, ...]:
    """All checks of a tree, in the order of its text."""
    match node:
        case And(parts) | Or(parts):
            return tuple(check for part in parts for check in checks_of(part))
        case Not(part):
            return checks_of(part)
        case Comparison(op, left, right):
            ordered = () if op in ("=", "<>") else _types((left, right), op, ORDERED_TYPES)
            return (*_sizes(left, right), *ordered)
        case Between(subject, low, high):
            operands = (subject, low, high)
            return (*_sizes(*operands), *_types(operands, "BETWEEN", ORDERED_TYPES), *_bounds(low, high))
        case In(subject, choices):
            return _sizes(subject, *choices)
        case Call(name, operands):
            return (*_sizes(*operands), *_call(name, operands))


def _call(name: str, operands: tuple[Operand, ...]) -> tuple[Check, ...]:
    if name == "begins_with":
        return _types(operands, name, PREFIX_TYPES)
    if name == "attribute_type":
        return (_type_name(operands[1]),)
    return ()


def _sizes(*operands: Operand) -> tuple[Check, ...]:
    return tuple(
        check
        for operand in operands
        if isinstance(operand, SizeOf)
        for check in (*_sizes(operand.operand), *_types((operand.operand,), "size", SIZED_TYPES))
    )


def _types(operands: tuple[Operand, ...], name: str, allowed: frozenset[str]) -> tuple[Check, ...]:
    return tuple(
        _type_check(operand, name, allowed) for operand in operands if isinstance(operand, ValueRef | Literal | SizeOf)
    )


def _type_check(operand: Operand, name: str, allowed: frozenset[str]) -> Check:
    def check(values: Mapping[str, AttributeValue]) -> str | None:
        kind = known_type(operand, values)
        return None if kind is None or kind in allowed else wrong_type(name, kind)

    return check


def wrong_type(name: str, kind: str) -> str:
    """AWS's sentence."""
    return f"Incorrect operand type for operator or function; operator or function: {name}, operand type: {kind}"


def known_type(operand: object, values: Mapping[str, AttributeValue]) -> str | None:
    """The type of an operand that is known without an item."""
    if isinstance(operand, ValueRef):
        return type_of(values[operand.token])
    if isinstance(operand, Literal):
        return type_of(operand.value)
    return "N" if isinstance(operand, SizeOf) else None


def _type_name(operand: Operand) -> Check:
    def check(values: Mapping[str, AttributeValue]) -> str | None:
        kind = known_type(operand, values)
        if kind != "S" or not isinstance(operand, ValueRef):
            return wrong_type("attribute_type", kind or ANY_TYPE)
        name = values[operand.token]["S"]
        if name in TYPES:
            return None
        return f"Invalid attribute type name found; type: {name}, valid types: {VALID_TYPES}"

    return check


def _bounds(low: Operand, high: Operand) -> tuple[Check, ...]:
    if not isinstance(low, ValueRef) or not isinstance(high, ValueRef):
        return ()

    def check(values: Mapping[str, AttributeValue]) -> str | None:
        least, most = values[low.token], values[high.token]
        bounds = f"lower bound operand: {_described(least)}, upper bound operand: {_described(most)}"
        if type_of(least) != type_of(most):
            return f"The BETWEEN operator requires same data type for lower and upper bounds; {bounds}"
        if compare(">", least, most):
            return f"The BETWEEN operator requires upper bound to be greater than or equal to lower bound; {bounds}"
        return None

    return (check,)


def _described(value: AttributeValue) -> str:
    kind, content = next(iter(value.items()))
    return f"AttributeValue: {{{kind}:{content}}}"
