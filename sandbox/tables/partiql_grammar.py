"""PartiQL as DynamoDB reads it: a statement and its parameters -> a frozen `Statement`. Pure.

SELECT * | path, ... FROM table[.index] [WHERE condition] [ORDER BY key [ASC|DESC]]
INSERT INTO table VALUE {'name': value, ...}
UPDATE table SET path = value ... REMOVE path ... WHERE condition [RETURNING (ALL|MODIFIED) (OLD|NEW) *]
DELETE FROM table WHERE condition [RETURNING ALL OLD *]
EXISTS(SELECT ...), in transactions

Conditions and updates become the trees of `syntax`, with every value in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.tables.attributes import AttributeValue, Item, check_value
from sandbox.tables.partiql_tokens import END, Token, malformed, not_well_formed, set_of, tokens_of, unquoted
from sandbox.tables.refusals import invalid
from sandbox.tables.syntax import (
    Action,
    And,
    Arithmetic,
    Between,
    Call,
    Comparison,
    IfNotExists,
    In,
    ListAppend,
    Literal,
    Node,
    Not,
    Operand,
    Or,
    Path,
    SetValue,
    SizeOf,
    Step,
)

COMPARISONS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
FUNCTIONS = ("begins_with", "contains", "attribute_type", "attribute_exists", "attribute_not_exists")
NO_STRUCT = (
    "Unsupported format in item expression. Please use struct format {...} to express item values for insert statement."
)
NO_OPERAND = "Missing right-hand side expression of infix operator"


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """verb: SELECT, INSERT, UPDATE, DELETE or EXISTS. paths: what a SELECT shows (empty: everything)."""

    verb: str
    table: str
    index: str | None = None
    paths: tuple[Path, ...] = ()
    where: Node | None = None
    order_by: str | None = None
    backwards: bool = False
    item: Item | None = None
    actions: tuple[Action, ...] = ()
    returning: str = ""


def read_statement(text: str, parameters: Sequence[AttributeValue]) -> Statement:
    """Read one statement."""
    return Reader(text, parameters).statement()


class Reader:
    """Recursive descent over one statement."""

    def __init__(self, text: str, parameters: Sequence[AttributeValue]) -> None:
        self.tokens = tokens_of(text)
        self.at = 0
        self.parameters = list(parameters)
        self.used = 0

    def peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else END

    def is_word(self, *words: str) -> bool:
        kind, text = self.peek()
        return kind == "word" and text.upper() in words

    def accept(self, text: str) -> bool:
        """Take the token if it is this mark or this word."""
        kind, found = self.peek()
        if kind in ("word", "mark") and found.upper() == text:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise not_well_formed(self.peek()[1])

    def name(self) -> str:
        """A word or a "quoted name"."""
        kind, text = self.peek()
        if kind not in ("word", "quoted"):
            raise not_well_formed(text)
        self.at += 1
        return text if kind == "word" else text[1:-1].replace('""', '"')

    def statement(self) -> Statement:
        """All of it."""
        if self.accept("SELECT"):
            read = self.select("SELECT")
        elif self.accept("EXISTS"):
            self.expect("(")
            self.expect("SELECT")
            read = self.select("EXISTS")
            self.expect(")")
        elif self.accept("INSERT"):
            self.expect("INTO")
            table = self.name()
            self.expect("VALUE")
            item = self.literal().value.get("M")
            if item is None:
                raise invalid(NO_STRUCT)
            read = Statement(verb="INSERT", table=table, item=item)
        elif self.accept("UPDATE"):
            read = self.update()
        elif self.accept("DELETE"):
            self.expect("FROM")
            if self.peek() in (END, ("mark", ";")) or self.is_word("WHERE"):
                raise malformed("Expected identifier for simple path")
            read = Statement(
                verb="DELETE",
                table=self.table_name("WHERE", "RETURNING", "ORDER"),
                where=self.where(),
                returning=self.returning(),
            )
        else:
            raise not_well_formed(self.peek()[1])
        self.accept(";")
        if self.peek() is not END:
            raise malformed("Unexpected token after expression")
        if self.used != len(self.parameters):
            raise invalid("Number of parameters in request and statement don't match.")
        return read

    def table_name(self, *following: str) -> str:
        """A table, which one of these words may follow."""
        table = self.name()
        self.refuse_alias(*following)
        return table

    def refuse_alias(self, *following: str) -> None:
        """A table has no second name."""
        if self.peek()[0] == "word" and not self.is_word(*following):
            raise invalid("Aliasing is not supported")

    def select(self, verb: str) -> Statement:
        paths: tuple[Path, ...] = ()
        if not self.accept("*"):
            paths = (self.path(),)
            while self.accept(","):
                paths += (self.path(),)
        self.expect("FROM")
        table = self.name()
        index = self.name() if self.accept(".") else None
        self.refuse_alias("WHERE", "ORDER")
        where = self.where()
        order_by, backwards = None, False
        if self.accept("ORDER"):
            self.expect("BY")
            order_by = self.name()
            backwards = self.accept("DESC")
            if not backwards:
                self.accept("ASC")
        return Statement(
            verb=verb, table=table, index=index, paths=paths, where=where, order_by=order_by, backwards=backwards
        )

    def update(self) -> Statement:
        table = self.table_name("SET", "REMOVE", "WHERE")
        actions: list[Action] = []
        while self.is_word("SET", "REMOVE"):
            if self.accept("REMOVE"):
                actions.append(Action("REMOVE", self.path()))
                while self.accept(","):
                    actions.append(Action("REMOVE", self.path()))
                continue
            self.expect("SET")
            actions.append(self.assignment())
            while self.accept(","):
                actions.append(self.assignment())
        if not actions:
            raise not_well_formed(self.peek()[1])
        where = self.where()
        return Statement(verb="UPDATE", table=table, actions=tuple(actions), where=where, returning=self.returning())

    def assignment(self) -> Action:
        """path = value, path = set_add(path, value) or path = set_delete(path, value)."""
        path = self.path()
        self.expect("=")
        for function, verb in (("SET_ADD", "ADD"), ("SET_DELETE", "DELETE")):
            if self.accept(function):
                self.expect("(")
                self.path()
                self.expect(",")
                value = self.literal()
                self.expect(")")
                return Action(verb, path, value)
        left = self.set_operand()
        sign = self.peek()[1]
        if sign in ("+", "-"):
            self.at += 1
            return Action("SET", path, Arithmetic(sign, left, self.set_operand()))
        if self.peek()[0] == "number" and sign.startswith("-"):  # n = n -1
            return Action("SET", path, Arithmetic("+", left, self.set_operand()))
        return Action("SET", path, left)

    def set_operand(self) -> SetValue:
        if self.is_word("LIST_APPEND", "IF_NOT_EXISTS") and self.next_is("("):
            function = self.name().upper()
            self.expect("(")
            left = self.set_operand()
            self.expect(",")
            right = self.set_operand()
            self.expect(")")
            if function == "LIST_APPEND":
                return ListAppend(left, right)
            if not isinstance(left, Path):
                raise not_well_formed(function)
            return IfNotExists(left, right)
        return self.path() if self.starts_path() else self.literal()

    def next_is(self, mark: str) -> bool:
        return self.at + 1 < len(self.tokens) and self.tokens[self.at + 1][1] == mark

    def returning(self) -> str:
        """RETURNING ALL OLD * as ALL_OLD, and so on; MODIFIED is what UpdateItem calls UPDATED."""
        if not self.accept("RETURNING"):
            return ""
        extent = self.name().upper()
        image = self.name().upper()
        self.expect("*")
        if extent not in ("ALL", "MODIFIED") or image not in ("OLD", "NEW"):
            raise not_well_formed(extent)
        return f"{'ALL' if extent == 'ALL' else 'UPDATED'}_{image}"

    def where(self) -> Node | None:
        return self.any_of() if self.accept("WHERE") else None

    def any_of(self) -> Node:
        parts = [self.all_of()]
        while self.accept_infix("OR"):
            parts.append(self.all_of())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def all_of(self) -> Node:
        parts = [self.negation()]
        while self.accept_infix("AND"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def accept_infix(self, word: str) -> bool:
        """Take AND or OR; another condition follows."""
        taken = self.accept(word)
        if taken and self.peek() is END:
            raise malformed(NO_OPERAND)
        return taken

    def negation(self) -> Node:
        return Not(self.negation()) if self.accept("NOT") else self.predicate()

    def predicate(self) -> Node:
        if self.accept("("):
            inner = self.any_of()
            self.expect(")")
            return inner
        if self.is_word(*(name.upper() for name in FUNCTIONS)) and self.next_is("("):
            function = self.name().lower()
            self.expect("(")
            operands = [self.operand()]
            while self.accept(","):
                operands.append(self.operand())
            self.expect(")")
            return Call(function, tuple(operands))
        return self.comparison(self.operand())

    def comparison(self, left: Operand) -> Node:
        if self.accept("IS"):
            wanted = not self.accept("NOT")
            if self.accept("MISSING"):
                return Call("attribute_not_exists" if wanted else "attribute_exists", (left,))
            self.expect("NULL")
            is_null: Node = Call("attribute_type", (left, Literal({"S": "NULL"})))
            return is_null if wanted else Not(is_null)
        if self.accept("BETWEEN"):
            low = self.operand()
            self.expect("AND")
            return Between(left, low, self.operand())
        if self.accept("IN"):
            close = "]" if self.accept("[") else ")"
            if close == ")":
                self.expect("(")
            choices = [self.operand()]
            while self.accept(","):
                choices.append(self.operand())
            self.expect(close)
            return In(left, tuple(choices))
        sign = self.peek()[1]
        if sign not in COMPARISONS:
            raise not_well_formed(sign)
        self.at += 1
        return Comparison(COMPARISONS[sign], left, self.operand())

    def operand(self) -> Operand:
        if self.is_word("SIZE") and self.next_is("("):
            self.at += 2
            inner = SizeOf(self.path())
            self.expect(")")
            return inner
        return self.path() if self.starts_path() else self.literal()

    def starts_path(self) -> bool:
        return self.peek()[0] in ("word", "quoted") and not self.is_word("TRUE", "FALSE", "NULL")

    def path(self) -> Path:
        steps: tuple[Step, ...] = (self.name(),)
        while True:
            if self.accept("."):
                steps += (self.name(),)
            elif self.accept("["):
                kind, text = self.peek()
                if kind not in ("number", "text"):
                    raise not_well_formed(text)
                self.at += 1
                steps += (int(text) if kind == "number" else unquoted(text),)
                self.expect("]")
            else:
                return Path(steps)

    def literal(self) -> Literal:
        """A value, checked."""
        return Literal(check_value(self.value()))

    def value(self) -> AttributeValue:
        kind, text = self.peek()
        self.at += 1
        if kind == "text":
            return {"S": unquoted(text)}
        if kind == "number":
            return {"N": text}
        if kind == "word" and text.upper() in ("TRUE", "FALSE"):
            return {"BOOL": text.upper() == "TRUE"}
        if kind == "word" and text.upper() == "NULL":
            return {"NULL": True}
        if text == "?":
            self.used += 1
            if self.used > len(self.parameters):
                raise invalid("Number of parameters in request and statement don't match.")
            return self.parameters[self.used - 1]
        if text == "[":
            return {"L": self.values("]")}
        if text == "<<":
            return set_of(self.values(">>"))
        if text == "{":
            return {"M": self.members()}
        raise not_well_formed(text)

    def values(self, close: str) -> list[AttributeValue]:
        found: list[AttributeValue] = []
        while not self.accept(close):
            if found:
                self.expect(",")
            found.append(self.value())
        return found

    def members(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not self.accept("}"):
            if found:
                self.expect(",")
            kind, text = self.peek()
            if kind not in ("text", "quoted"):
                raise not_well_formed(text)
            self.at += 1
            self.expect(":")
            found[unquoted(text)] = self.value()
        return found
