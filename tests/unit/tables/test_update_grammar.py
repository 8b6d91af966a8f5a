"""Update expressions: what a text means, and AWS's words for what means nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal
from sandbox.tables.syntax import Action, Arithmetic, IfNotExists, ListAppend, Path, ValueRef
from sandbox.tables.update_grammar import UpdateReader


def read(text: str) -> tuple[Action, ...]:
    return UpdateReader("UpdateExpression", text, ()).read()


def problem(text: str) -> str:
    """AWS's sentence, or "" for a text that can be read."""
    try:
        read(text)
    except Refusal as refusal:
        return f"{refusal.code}: {refusal.message}".removeprefix("ValidationException: Invalid UpdateExpression: ")
    return ""


A, B, V = Path(("a",)), Path(("b",)), ValueRef(":v")


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("SET a = :v", (Action("SET", A, V),)),
        ("set a = b + :v", (Action("SET", A, Arithmetic("+", B, V)),)),
        ("SET a = (b - :v)", (Action("SET", A, Arithmetic("-", B, V)),)),
        ("SET a = if_not_exists(b, :v) + :v", (Action("SET", A, Arithmetic("+", IfNotExists(B, V), V)),)),
        ("SET a = list_append(b, :v)", (Action("SET", A, ListAppend(B, V)),)),
        (
            "REMOVE a, b[1] ADD c :v DELETE d :v",
            (
                Action("REMOVE", A),
                Action("REMOVE", Path(("b", 1))),
                Action("ADD", Path(("c",)), V),
                Action("DELETE", Path(("d",)), V),
            ),
        ),
    ],
)
def test_a_text_means_its_actions(text: str, actions: tuple[Action, ...]) -> None:
    assert read(text) == actions


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        ("SET", 'Syntax error; token: "<EOF>", near: "SET"'),
        ("INVALID SYNTAX HERE", 'Syntax error; token: "INVALID", near: "INVALID SYNTAX"'),
        ("SET a = VALUE 1", 'Syntax error; token: "1", near: "VALUE 1"'),
        ("SET a = :v,", 'Syntax error; token: "<EOF>", near: ","'),
        ("SET a = :v + :v + :v", 'Syntax error; token: "+", near: ":v + :v"'),
        ("REMOVE a :v", 'Syntax error; token: ":v", near: "a :v"'),
        ("ADD a b", 'Syntax error; token: "b", near: "a b"'),
        ("SET a = :v SET b = :v", 'The "SET" section can only be used once in an update expression;'),
        ("SET a = foo(b)", "Invalid function name; function: foo"),
        ("SET a = size(b)", "The function is not allowed in an update expression; function: size"),
        (
            "SET a = if_not_exists(:v, b)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        (
            "SET a = list_append(b)",
            "Incorrect number of operands for operator or function; operator or function: list_append, "
            "number of operands: 1",
        ),
        (
            "SET a = :v REMOVE a.b",
            "Two document paths overlap with each other; must remove or rewrite one of these paths; "
            "path one: [a], path two: [a, b]",
        ),
    ],
)
def test_what_means_nothing_is_refused_in_aws_words(text: str, message: str) -> None:
    assert problem(text) == message


@given(
    st.lists(
        st.sampled_from(
            ["SET", "REMOVE", "ADD", "a", "b", ":v", "=", "+", ",", "(", ")", "if_not_exists", "[", "0", "]"]
        )
    )
)
def test_any_text_is_read_or_refused(words: list[str]) -> None:
    assert not problem(" ".join(words)).startswith("ValidationException")
