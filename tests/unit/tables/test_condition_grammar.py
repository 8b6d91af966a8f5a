"""Conditions: what a text means, and AWS's words for what means nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal
from sandbox.tables.condition_grammar import ConditionReader
from sandbox.tables.syntax import And, Between, Call, Comparison, In, Node, Not, Or, Path, SizeOf, ValueRef


def read(text: str, **names: str) -> Node:
    return ConditionReader(
        "ConditionExpression", text, tuple((f"#{alias}", name) for alias, name in names.items())
    ).read()


def problem(text: str) -> str:
    """AWS's sentence, or "" for a text that can be read."""
    try:
        read(text, n="x")
    except Refusal as refusal:
        return f"{refusal.code}: {refusal.message}".removeprefix("ValidationException: Invalid ConditionExpression: ")
    return ""


A, B, V, W = Path(("a",)), Path(("b",)), ValueRef(":v"), ValueRef(":w")
A_IS_V, B_IS_W = Comparison("=", A, V), Comparison("=", B, W)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a = :v", A_IS_V),
        ("(a = :v)", A_IS_V),
        ("(a) = (:v)", A_IS_V),
        (":v < a", Comparison("<", V, A)),
        ("a = :v AND b = :w", And((A_IS_V, B_IS_W))),
        ("a = :v or b = :w and a = :v", Or((A_IS_V, And((B_IS_W, A_IS_V))))),
        ("(a = :v OR b = :w) AND a = :v", And((Or((A_IS_V, B_IS_W)), A_IS_V))),
        ("NOT a = :v AND b = :w", And((Not(A_IS_V), B_IS_W))),
        ("NOT (a = :v AND b = :w)", Not(And((A_IS_V, B_IS_W)))),
        ("not not a = :v", A_IS_V),
        ("a BETWEEN :v AND :w AND b = :w", And((Between(A, V, W), B_IS_W))),
        ("a IN (:v, b)", In(A, (V, B))),
        ("size(a) > :v", Comparison(">", SizeOf(A), V)),
        ("attribute_not_exists(a.b[3].c)", Call("attribute_not_exists", (Path(("a", "b", 3, "c")),))),
        ("contains(a, :v)", Call("contains", (A, V))),
    ],
)
def test_a_text_means_its_tree(text: str, tree: Node) -> None:
    assert read(text) == tree


def test_names_are_resolved_and_may_hold_dots_and_reserved_words() -> None:
    assert read("#x.#y = :v", x="a.b", y="status") == Comparison("=", Path(("a.b", "status")), V)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        ("  ", "The expression can not be empty;"),
        ("a", 'Syntax error; token: "<EOF>", near: "a"'),
        ("a == :v", 'Syntax error; token: "=", near: "== :v"'),
        ("a = :v AND", 'Syntax error; token: "<EOF>", near: "AND"'),
        ("(a = :v", 'Syntax error; token: "<EOF>", near: ":v"'),
        ("a = :v b", 'Syntax error; token: "b", near: ":v b"'),
        ("a = !", 'Syntax error; token: "!", near: "= !"'),
        ("a BETWEEN :v OR :w", 'Syntax error; token: "OR", near: ":v OR :w"'),
        ("a IN :v", 'Syntax error; token: ":v", near: "IN :v"'),
        ("(a = :v) = :w", 'Syntax error; token: "=", near: ") = :w"'),
        ("a AND b = :v", 'Syntax error; token: "AND", near: "a AND b"'),
        ("a[b] = :v", 'Syntax error; token: "b", near: "[b]"'),
        ("((a = :v))", "The expression has redundant parentheses;"),
        ("((a)) = :v", "The expression has redundant parentheses;"),
        ("foo(a)", "Invalid function name; function: foo"),
        ("if_not_exists(a, :v)", "The function is not allowed in a condition expression; function: if_not_exists"),
        ("size(a)", "The function is not allowed to be used this way in an expression; function: size"),
        (
            "contains(a, :v) = :v",
            "The function is not allowed to be used this way in an expression; function: contains",
        ),
        ("status = :v", "Attribute name is a reserved keyword; reserved keyword: status"),
        (
            "#a = :v",
            "An expression attribute name used in the document path is not defined; attribute name: #a",
        ),
        (
            "attribute_exists(a, b)",
            "Incorrect number of operands for operator or function; operator or function: attribute_exists, "
            "number of operands: 2",
        ),
        (
            "attribute_exists(:v)",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "a.b[1] = a.b[1]",
            "The first operand must be distinct from the remaining operands for this operator or function; "
            "operator: =, first operand: [a, b, [1]]",
        ),
        (
            f"a IN ({', '.join([':v'] * 101)})",
            "The IN operator is provided with too many operands; number of operands: 101",
        ),
    ],
)
def test_what_means_nothing_is_refused_in_aws_words(text: str, message: str) -> None:
    assert problem(text) == message


def test_a_syntax_error_is_reported_before_what_stands_first() -> None:
    assert problem("status = :v AND").startswith("Syntax error")


def test_parentheses_are_reported_before_reserved_words() -> None:
    assert problem("status = :v AND ((a = :v))") == "The expression has redundant parentheses;"


@pytest.mark.parametrize("text", ["(" * 2000 + "a", "size(" * 800 + "a", "NOT " * 1001 + "a = :v"])
def test_a_deep_text_ends_in_an_answer_not_in_a_full_stack(text: str) -> None:
    assert not problem(text) or "levels deep" in problem(text)


@given(
    st.lists(
        st.sampled_from(["a", "#n", ":v", "(", ")", "AND", "NOT", "=", "<", "IN", ",", "size", ".", "[", "0", "]"])
    )
)
def test_any_text_is_read_or_refused(words: list[str]) -> None:
    assert not problem(" ".join(words)).startswith("ValidationException")
