"""What an update refuses: operands known to be wrong before the item is read, and those that the item makes wrong."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.update_values import NOT_THERE, WRONG_TYPE
from sandbox.tables.updates import compile_update

VALUES: dict[str, Any] = {
    ":n": {"N": "1"},
    ":s": {"S": "x"},
    ":l": {"L": []},
    ":m": {"M": {}},
    ":ss": {"SS": ["a"]},
    ":ns": {"NS": ["1"]},
}
ITEM: dict[str, Any] = {"n": {"N": "5"}, "s": {"S": "text"}, "l": {"L": []}, "ss": {"SS": ["a"]}}


def wrong(operator: str, kind: str) -> str:
    return (
        f"Invalid UpdateExpression: Incorrect operand type for operator or function; {operator}, operand type: {kind}"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SET a = n + :s", wrong("operator or function: +", "S")),
        ("SET a = :l - n", wrong("operator or function: -", "L")),
        ("SET a = list_append(l, :s)", wrong("operator or function: list_append", "S")),
        ("SET a = if_not_exists(n, list_append(l, :n))", wrong("operator or function: list_append", "N")),
        ("ADD a :s", wrong("operator: ADD", "STRING, typeSet: ALLOWED_FOR_ADD_OPERAND")),
        ("ADD a :m", wrong("operator: ADD", "MAP, typeSet: ALLOWED_FOR_ADD_OPERAND")),
        ("DELETE a :n", wrong("operator: DELETE", "NUMBER, typeSet: ALLOWED_FOR_ADD_OPERAND")),
        ("DELETE a :l", wrong("operator: DELETE", "LIST, typeSet: ALLOWED_FOR_ADD_OPERAND")),
    ],
)
def test_operands_of_wrong_types_are_refused_without_an_item(text: str, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        compile_update(text, {}).check(VALUES)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SET a = absent", NOT_THERE),
        ("SET a = absent + :n", NOT_THERE),
        ("SET a = list_append(absent, :l)", NOT_THERE),
        ("SET a = s + :n", WRONG_TYPE),
        ("SET a = :n - s", WRONG_TYPE),
        ("SET a = list_append(s, :l)", WRONG_TYPE),
        ("ADD s :n", WRONG_TYPE),
        ("ADD n :ss", WRONG_TYPE),
        ("DELETE ss :ns", WRONG_TYPE),
        ("DELETE s :ss", WRONG_TYPE),
    ],
)
def test_what_the_item_makes_wrong_is_refused_when_applied(text: str, message: str) -> None:
    compiled = compile_update(text, {})
    compiled.check(VALUES)
    with pytest.raises(Refusal) as refused:
        compiled.apply(ITEM, {}, VALUES)
    assert (refused.value.code, refused.value.message) == ("ValidationException", message)
