"""UpdateExpression: text -> actions, in the order of the text.

SET path = value, ...   REMOVE path, ...   ADD path :value, ...   DELETE path :value, ...
value := operand | operand + operand | operand - operand
operand := path | :value | if_not_exists(path, value) | list_append(value, value) | (value)
"""

from __future__ import annotations

from sandbox.tables.condition_grammar import OPERANDS_OF_FUNCTION
from sandbox.tables.grammar import Reader
from sandbox.tables.syntax import Action, Arithmetic, IfNotExists, ListAppend, Path, SetValue, ValueRef
from sandbox.tables.tokens import Token

VERBS = ("SET", "REMOVE", "ADD", "DELETE")
FUNCTIONS = frozenset({"if_not_exists", "list_append"})
OPERANDS = 2  # of each function


class UpdateReader(Reader):
    """One UpdateExpression."""

    def read(self) -> tuple[Action, ...]:
        actions: list[Action] = []
        seen: set[str] = set()
        while self.peek().kind != "end" or not seen:
            verb = self.peek().text.upper()
            if verb not in VERBS or self.peek().kind != "word":
                raise self.syntax_error()
            self.take()
            if verb in seen:
                self.problem("section", f'The "{verb}" section can only be used once in an update expression;')
            seen.add(verb)
            actions.append(self._action(verb))
            while self.accept(","):
                actions.append(self._action(verb))
        self.check_overlaps([action.path for action in actions])
        self.finish()
        return tuple(actions)

    def is_keyword(self, token: Token) -> bool:
        return token.text.upper() in VERBS

    def _action(self, verb: str) -> Action:
        path = self.path()
        if verb == "REMOVE":
            return Action(verb, path)
        if verb == "SET":
            self.expect("=")
            return Action(verb, path, self._value())
        return Action(verb, path, ValueRef(self.value_token()))

    def _value(self) -> SetValue:
        left = self._operand()
        sign = self.peek().text
        if sign not in ("+", "-"):
            return left
        self.take()
        return Arithmetic(sign, left, self._operand())

    def _operand(self) -> SetValue:
        if self.sees("("):
            self.enter()
            value = self._value()
            self.leave()
            return value
        if self.sees_call():
            return self._call()
        if self.peek().kind == "value":
            return ValueRef(self.value_token())
        return self.path()

    def _call(self) -> SetValue:
        name = self.take().text
        self.enter()
        operands = [self._value()]
        while self.accept(","):
            operands.append(self._value())
        self.leave()
        if name in OPERANDS_OF_FUNCTION:
            self.problem("function", f"The function is not allowed in an update expression; function: {name}")
        elif name not in FUNCTIONS:
            self.problem("function", f"Invalid function name; function: {name}")
        elif len(operands) != OPERANDS:
            self.problem(
                "operands",
                "Incorrect number of operands for operator or function; "
                f"operator or function: {name}, number of operands: {len(operands)}",
            )
        elif name == "list_append":
            return ListAppend(operands[0], operands[1])
        elif isinstance(operands[0], Path):
            return IfNotExists(operands[0], operands[1])
        else:
            self.problem("operands", f"Operator or function requires a document path; operator or function: {name}")
        return operands[0]
