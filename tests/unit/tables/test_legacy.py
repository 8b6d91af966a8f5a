"""The older parameters mean what the expressions mean."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables import legacy
from sandbox.tables.key_conditions import KeyQuery

ITEM: dict[str, Any] = {
    "pk": {"S": "a"},
    "n": {"N": "5"},
    "s": {"S": "hello"},
    "ss": {"SS": ["a", "b"]},
    "a.b": {"S": "dot"},
}


def wants(operator: str, *values: dict[str, Any]) -> dict[str, Any]:
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


@pytest.mark.parametrize(
    ("name", "wanted", "so"),
    [
        ("n", wants("EQ", {"N": "5.0"}), True),
        ("a.b", wants("EQ", {"S": "dot"}), True),
        ("n", wants("NE", {"N": "5"}), False),
        ("missing", wants("NE", {"N": "5"}), True),
        ("n", wants("LE", {"N": "5"}), True),
        ("n", wants("GT", {"N": "5"}), False),
        ("n", wants("BETWEEN", {"N": "4"}, {"N": "6"}), True),
        ("n", wants("IN", {"N": "4"}, {"N": "5"}), True),
        ("s", wants("BEGINS_WITH", {"S": "he"}), True),
        ("s", wants("CONTAINS", {"S": "ell"}), True),
        ("ss", wants("CONTAINS", {"S": "b"}), True),
        ("ss", wants("NOT_CONTAINS", {"S": "c"}), True),
        ("s", wants("NULL"), False),
        ("missing", wants("NULL"), True),
        ("s", wants("NOT_NULL"), True),
    ],
)
def test_a_filter_compares(name: str, wanted: dict[str, Any], so: bool) -> None:
    assert legacy.filter_condition({name: wanted}, None).holds(ITEM) is so
    assert legacy.expected_condition({name: wanted}, None).holds(ITEM) is so


def test_expected_without_operator_is_equality_or_absence() -> None:
    assert legacy.expected_condition({"n": {"Value": {"N": "5"}}}, None).holds(ITEM)
    assert legacy.expected_condition({"n": {"Exists": True, "Value": {"N": "5"}}}, None).holds(ITEM)
    assert legacy.expected_condition({"pk": {"Exists": False}}, None).holds(None)
    assert not legacy.expected_condition({"pk": {"Exists": False}}, None).holds(ITEM)


def test_conditions_are_joined_as_asked() -> None:
    two = {"n": wants("EQ", {"N": "5"}), "s": wants("EQ", {"S": "other"})}
    assert not legacy.filter_condition(two, None).holds(ITEM)
    assert not legacy.filter_condition(two, "AND").holds(ITEM)
    assert legacy.filter_condition(two, "OR").holds(ITEM)


PARAMETER = "One or more parameter values were invalid: "


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"Exists": True}, PARAMETER + "Value must be provided when Exists is true for Attribute: a"),
        ({}, PARAMETER + "Value must be provided when Exists is null for Attribute: a"),
        (
            {"Exists": False, "Value": {"S": "x"}},
            PARAMETER + "Value cannot be used when Exists is set to false for Attribute: a",
        ),
        (
            {"ComparisonOperator": "EQ"},
            PARAMETER + "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a",
        ),
        (
            {"AttributeValueList": [{"S": "x"}]},
            PARAMETER + "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        (
            {"ComparisonOperator": "EQ", "Exists": True, "Value": {"S": "x"}},
            PARAMETER + "Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (
            {"ComparisonOperator": "EQ", "Value": {"S": "x"}, "AttributeValueList": [{"S": "x"}]},
            PARAMETER + "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (
            wants("EQ", {"S": "x"}, {"S": "y"}),
            PARAMETER + "Invalid number of argument(s) for the EQ ComparisonOperator",
        ),
        (wants("NULL", {"S": "x"}), PARAMETER + "Invalid number of argument(s) for the NULL ComparisonOperator"),
        (
            wants("IN", {"S": "x"}, {"N": "1"}),
            PARAMETER + "AttributeValues inside AttributeValueList must be of same type",
        ),
        (wants("LT", {"SS": ["x"]}), PARAMETER + "ComparisonOperator LT is not valid for SS AttributeValue type"),
        (
            wants("BETWEEN", {"N": "2"}, {"N": "1"}),
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
        ),
    ],
)
def test_a_bad_expectation_is_refused_in_aws_words(wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(Refusal) as refused:
        legacy.expected_condition({"a": wanted}, None)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("operator", "conditions", "message"),
    [
        ("AND", 0, "ConditionalOperator cannot be used without Filter or Expected"),
        ("OR", 1, "ConditionalOperator can only be used when Filter or Expected has two or more elements"),
        ("XOR", 2, "Value 'XOR' at 'conditionalOperator' failed to satisfy constraint"),
    ],
)
def test_an_operator_needs_two_conditions(operator: str, conditions: int, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        legacy.check_conditional_operator(operator, conditions)


def test_key_conditions_are_a_key_query() -> None:
    bound = legacy.key_conditions({"pk": wants("EQ", {"S": "a"}), "sk": wants("BETWEEN", {"N": "1"}, {"N": "2"})})
    assert bound.bind("pk", "sk") == KeyQuery(
        hash_value={"S": "a"}, range_op="between", operands=({"N": "1"}, {"N": "2"})
    )


@pytest.mark.parametrize("operator", ["NE", "CONTAINS", "IN"])
def test_a_key_cannot_be_searched_by_every_operator(operator: str) -> None:
    with pytest.raises(Refusal, match="Attempted conditional constraint is not an indexable operation"):
        legacy.key_conditions({"pk": wants(operator, {"S": "a"})})


def test_attribute_updates_are_an_update() -> None:
    update = legacy.attribute_updates(
        {
            "n": {"Action": "ADD", "Value": {"N": "2"}},
            "s": {"Value": {"S": "put"}},
            "ss": {"Action": "DELETE", "Value": {"SS": ["a"]}},
            "a.b": {"Action": "DELETE"},
            "l": {"Action": "ADD", "Value": {"L": [{"S": "x"}]}},
        }
    )
    assert update.apply(ITEM, {"pk": {"S": "a"}}) == {
        "pk": {"S": "a"},
        "n": {"N": "7"},
        "s": {"S": "put"},
        "ss": {"SS": ["b"]},
        "l": {"L": [{"S": "x"}]},
    }


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"Action": "PUT"}, "Only DELETE action is allowed when no attribute value is specified"),
        ({"Action": "DELETE", "Value": {"S": "x"}}, "DELETE action with value is not supported for the type S"),
        ({"Action": "ADD", "Value": {"S": "x"}}, "ADD action is not supported for the type S"),
        ({"Action": "SWAP"}, "Value 'SWAP' at 'attributeUpdates.a.member.action' failed to satisfy constraint"),
    ],
)
def test_a_bad_attribute_update_is_refused_in_aws_words(wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(Refusal, match=message):
        legacy.attribute_updates({"a": wanted})


def test_attributes_to_get_are_a_projection_of_whole_names() -> None:
    assert legacy.attributes_to_get(["n", "a.b"]).of(ITEM) == {"n": {"N": "5"}, "a.b": {"S": "dot"}}
    with pytest.raises(Refusal, match="Duplicate value in attribute name: n"):
        legacy.attributes_to_get(["n", "n"])
