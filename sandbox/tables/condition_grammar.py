"""Conditions, filters and key conditions: text -> tree.

    or     := and (OR and)*          and  := not (AND not)*          not := NOT* primary
    primary := operand comparator operand | operand BETWEEN operand AND operand | operand IN (operand, ...)
             | function(operand, ...) | (or)

A parenthesis may hold a condition or an operand; what it held is known when it closes, so `_or` may return either, and
whoever needs a condition says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.tables.grammar import Reader
from sandbox.tables.syntax import And, Between, Call, Comparison, In, Node, Not, Operand, Or, Path, SizeOf, ValueRef
from sandbox.tables.tokens import Token

COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})
KEYWORDS = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN"})
OPERANDS_OF_FUNCTION = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}
PATH_FUNCTIONS = frozenset({"attribute_exists", "attribute_not_exists"})
UPDATE_FUNCTIONS = frozenset({"if_not_exists", "list_append"})
IN_MOST = 100
OPERANDS = (Path, ValueRef, SizeOf)

Part = Node | Operand


class ConditionReader(Reader):
    """ConditionExpression, FilterExpression, KeyConditionExpression."""

    _last_group = (-1, -1)  # the parenthesis closed last: the places of its two tokens

    def read(self) -> Node:
        condition = self._condition(self._or())
        self.finish()
        return condition

    def is_keyword(self, token: Token) -> bool:
        return token.text.upper() in KEYWORDS

    def _condition(self, part: Part) -> Node:
        """Only a condition can stand here."""
        if isinstance(part, SizeOf):
            self._misused("size")
        elif isinstance(part, OPERANDS):
            raise self.syntax_error()
        return part  # type: ignore[return-value]  # a misused size() is refused when the text has been read

    def _or(self) -> Part:
        return self._chain("OR", self._and, Or)

    def _and(self) -> Part:
        return self._chain("AND", self._not, And)

    def _chain(self, word: str, read_part: Callable[[], Part], join: Any) -> Part:
        first = read_part()
        if not self.sees_word(word):
            return first
        parts = [self._condition(first)]
        while self.accept_word(word):
            parts.append(self._condition(read_part()))
        return join(tuple(parts))  # type: ignore[no-any-return]

    def _not(self) -> Part:
        negations = 0
        while self.accept_word("NOT"):
            negations += 1
        part = self._primary()
        if not negations:
            return part
        condition = self._condition(part)
        return Not(condition) if negations % 2 else condition

    def _primary(self) -> Part:
        part = self._group() if self.sees("(") else self._term()
        if self.peek().text in COMPARATORS:
            return self._comparison(part)
        if self.accept_word("BETWEEN"):
            return self._between(part)
        if self.accept_word("IN"):
            return self._in(part)
        return part

    def _group(self) -> Part:
        """( ... ), and whether it holds nothing but another parenthesis."""
        opened = self.at
        self.enter()
        part = self._or()
        inner = self._last_group
        self.leave()
        closed = self.at - 1
        if inner == (opened + 1, closed - 1):
            self.problem("parentheses", "The expression has redundant parentheses;")
        self._last_group = (opened, closed)
        return part

    def _term(self) -> Part:
        if self.sees_call():
            return self._call()
        if self.peek().kind == "value":
            return ValueRef(self.value_token())
        return self.path()

    def _operand(self) -> Operand:
        return self._as_operand(self._group() if self.sees("(") else self._term())

    def _as_operand(self, part: Part) -> Operand:
        """Only an operand can stand here."""
        if isinstance(part, Call):
            self._misused(part.name)
        elif not isinstance(part, OPERANDS):
            raise self.syntax_error()
        return part  # type: ignore[return-value]  # a misused function is refused when the text has been read

    def _operands(self) -> tuple[Operand, ...]:
        """(operand, ...)"""
        self.enter()
        operands = [self._operand()]
        while self.accept(","):
            operands.append(self._operand())
        self.leave()
        return tuple(operands)

    def _comparison(self, part: Part) -> Node:
        left = self._as_operand(part)
        op = self.take().text
        right = self._operand()
        self._check_distinct(op, left, (right,))
        return Comparison(op, left, right)

    def _between(self, part: Part) -> Node:
        subject = self._as_operand(part)
        low = self._operand()
        if not self.accept_word("AND"):
            raise self.syntax_error()
        high = self._operand()
        self._check_distinct("BETWEEN", subject, (low, high))
        return Between(subject, low, high)

    def _in(self, part: Part) -> Node:
        subject = self._as_operand(part)
        if not self.sees("("):
            raise self.syntax_error()
        choices = self._operands()
        if len(choices) > IN_MOST:
            self.problem(
                "operands", f"The IN operator is provided with too many operands; number of operands: {len(choices)}"
            )
        self._check_distinct("IN", subject, choices)
        return In(subject, choices)

    def _call(self) -> Part:
        name = self.take().text
        operands = self._operands()
        if name in UPDATE_FUNCTIONS:
            self.problem("function", f"The function is not allowed in a condition expression; function: {name}")
        elif name not in OPERANDS_OF_FUNCTION:
            self.problem("function", f"Invalid function name; function: {name}")
        elif len(operands) != OPERANDS_OF_FUNCTION[name]:
            self.problem(
                "operands",
                "Incorrect number of operands for operator or function; "
                f"operator or function: {name}, number of operands: {len(operands)}",
            )
        elif name in PATH_FUNCTIONS and not isinstance(operands[0], Path):
            self.problem("operands", f"Operator or function requires a document path; operator or function: {name}")
        else:
            self._check_distinct(name, operands[0], operands[1:])
        return SizeOf(operands[0]) if name == "size" else Call(name, operands)

    def _misused(self, name: str) -> None:
        message = f"The function is not allowed to be used this way in an expression; function: {name}"
        self.problem("misuse", message)

    def _check_distinct(self, op: str, first: Operand, others: tuple[Operand, ...]) -> None:
        if isinstance(first, Path) and first in others:
            self.problem(
                "distinct",
                "The first operand must be distinct from the remaining operands for this operator or function; "
                f"operator: {op}, first operand: {first}",
            )
