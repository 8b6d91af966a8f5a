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
        """( ... ), and whether it was only a parenthesis inside a parenthesis."""
        self.enter()
        opens_again = self.sees("(")
        inner_from = self.peek().start
        part = self._or()
        if opens_again and self._closed_from == inner_from:
            self.problem("parentheses", "The expression has redundant parentheses;")
        return self._closed(part)

    _closed_from = -1  # where the parenthesis opened that was closed last, while nothing has been read since

    def _closed(self, part: Part) -> Part:
        opened = self._opened.pop()
        self.leave()
        self._closed_from = opened
        return part

    def enter(self) -> None:
        self._opened.append(self.peek().start)
        super().enter()

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._opened: list[int] = []
