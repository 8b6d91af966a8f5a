"""What is refused about operands, whatever the item."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.conditions import compile_condition

VALUES: dict[str, Any] = {":n": {"N": "5"}, ":m": {"N": "3"}, ":s": {"S": "x"}, ":l": {"L": []}, ":t": {"S": "SS"}}


def wrong(name: str, kind: str) -> str:
    return f"Incorrect operand type for operator or function; operator or function: {name}, operand type: {kind}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a < :l", wrong("<", "L")),
        ("a BETWEEN :l AND :l", wrong("BETWEEN", "L")),
        ("begins_with(a, :n)", wrong("begins_with", "N")),
        ("begins_with(size(a), :s)", wrong("begins_with", "N")),
        ("size(:n) = :n", wrong("size", "N")),
        ("size(size(a)) = :n", wrong("size", "N")),
        ("attribute_type(a, :n)", wrong("attribute_type", "N")),
        ("attribute_type(a, b)", wrong("attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")),
        (
            "attribute_type(a, :s)",
            "Invalid attribute type name found; type: x, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        (
            "a BETWEEN :n AND :s",
            "The BETWEEN operator requires same data type for lower and upper bounds; "
            "lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {S:x}",
        ),
        (
            "a BETWEEN :n AND :m",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
            "lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {N:3}",
        ),
        ("a = :n AND NOT (b = :n OR c < :l)", wrong("<", "L")),
    ],
)
def test_operands_of_wrong_types_are_refused_in_aws_words(text: str, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        compile_condition(text, {}).check(VALUES)
    assert refused.value.message == f"Invalid ConditionExpression: {message}"


@pytest.mark.parametrize(
    "text",
    [
        "a = :l",
        "a <> :l",
        "a IN (:l, :n)",
        "contains(a, :l)",
        "attribute_type(a, :t)",
        "a BETWEEN :m AND :n",
        "size(:l) < :n",
    ],
)
def test_operands_of_allowed_types_pass(text: str) -> None:
    compile_condition(text, {}).check(VALUES)
