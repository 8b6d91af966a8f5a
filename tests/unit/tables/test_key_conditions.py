"""Key conditions: one partition and a part of it, or AWS's words for what is neither."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.key_conditions import BoundKeyCondition, KeyQuery, compile_key_condition

VALUES: dict[str, Any] = {
    ":p": {"S": "part"},
    ":a": {"S": "a"},
    ":b": {"S": "b"},
    ":empty": {"S": ""},
    ":n": {"N": "1"},
}
PART, A, B = VALUES[":p"], VALUES[":a"], VALUES[":b"]


def query(text: str, range_name: str | None = "sk") -> KeyQuery:
    condition = compile_key_condition(text, {"#p": "pk"})
    condition.check(VALUES)
    return BoundKeyCondition(condition, VALUES).bind("pk", range_name)


@pytest.mark.parametrize(
    ("text", "op", "operands"),
    [
        ("pk = :p", None, ()),
        ("#p = :p AND sk = :a", "=", (A,)),
        ("sk < :a AND pk = :p", "<", (A,)),
        ("pk = :p AND :a <= sk", ">=", (A,)),
        (":p = pk AND (sk > :a)", ">", (A,)),
        ("pk = :p AND sk BETWEEN :a AND :b", "between", (A, B)),
        ("pk = :p AND begins_with(sk, :a)", "begins_with", (A,)),
    ],
)
def test_a_key_condition_names_a_partition_and_a_part_of_it(text: str, op: str | None, operands: Any) -> None:
    assert query(text) == KeyQuery(hash_value=PART, range_op=op, operands=operands)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sk = :a", "Query condition missed key schema element: pk"),
        ("pk = :p AND third = :a", "Query condition missed key schema element: sk"),
        ("pk > :p", "Query key condition not supported"),
        (
            "pk = :p AND sk > :a AND sk < :b",
            "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key",
        ),
        (
            "pk = :p AND sk > :a AND x < :b",
            "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)",
        ),
        ("pk = :p OR sk = :a", "Invalid operator used in KeyConditionExpression: OR"),
        ("NOT pk = :p", "Invalid operator used in KeyConditionExpression: NOT"),
        ("pk <> :p", "Invalid operator used in KeyConditionExpression: <>"),
        ("pk IN (:p)", "Invalid operator used in KeyConditionExpression: IN"),
        ("pk = :p AND contains(sk, :a)", "Invalid operator used in KeyConditionExpression: contains"),
        ("pk = sk", "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"),
        (":p = :a", "Invalid condition in KeyConditionExpression: No key attribute specified"),
        (
            "pk = :p AND begins_with(:a, sk)",
            "Invalid condition in KeyConditionExpression: "
            "begins_with operator must have the key attribute as its first operand",
        ),
        ("pk.a = :p", "KeyConditionExpressions cannot have conditions on nested attributes"),
        ("pk = size(:p)", "KeyConditionExpressions cannot contain nested operations"),
        ("((pk = :p))", "Invalid KeyConditionExpression: The expression has redundant parentheses;"),
        (
            "pk = :nope",
            "Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; "
            "attribute value: :nope",
        ),
        (
            "pk = :p AND begins_with(sk, :n)",
            "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
            "operator or function: begins_with, operand type: N",
        ),
        (
            "pk = :empty",
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain "
            "an empty string value. Key: pk",
        ),
    ],
)
def test_what_is_no_key_condition_is_refused_in_aws_words(text: str, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        query(text)
    assert refused.value.message == message


def test_a_table_without_sort_key_takes_no_second_condition() -> None:
    with pytest.raises(Refusal, match="Query key condition not supported"):
        query("pk = :p AND sk = :a", None)
