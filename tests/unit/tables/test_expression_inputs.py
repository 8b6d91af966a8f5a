"""A request's expressions as a whole: used, defined, not mixed, and refused as each action words it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.expression_inputs import (
    check_inputs,
    delete_inputs,
    get_inputs,
    put_inputs,
    query_inputs,
    scan_inputs,
    update_inputs,
)

ENVELOPE = "1 validation error detected: "
V: dict[str, Any] = {":v": {"S": "x"}}
ITEM: dict[str, Any] = {"pk": {"S": "a"}, "a": {"S": "x"}, "n": {"N": "1"}}


def refused(read: Callable[..., Any], *arguments: Any, **body: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        read({"TableName": "T", **body}, *arguments)
    return refusal.value.message


def test_a_request_without_expressions_has_no_condition() -> None:
    assert put_inputs({"TableName": "T", "Item": {}}) is None
    assert delete_inputs({"TableName": "T", "Key": {}}) is None
    assert get_inputs({"TableName": "T", "Key": {}}) is None
    assert update_inputs({"TableName": "T", "Key": {}}).update is None


def test_both_forms_of_a_condition_mean_the_same() -> None:
    new = put_inputs({"TableName": "T", "ConditionExpression": "a = :v", "ExpressionAttributeValues": V})
    old = put_inputs({"TableName": "T", "Item": {}, "Expected": {"a": {"Value": {"S": "x"}}}})
    assert new is not None
    assert old is not None
    assert new.holds(ITEM)
    assert old.holds(ITEM)
    assert not new.holds(None)
    assert not old.holds(None)


def test_names_and_values_may_be_used_by_either_expression_of_an_update() -> None:
    inputs = update_inputs(
        {
            "UpdateExpression": "SET #n = :w",
            "ConditionExpression": "#a = :v",
            "ExpressionAttributeNames": {"#n": "n", "#a": "a"},
            "ExpressionAttributeValues": {**V, ":w": {"N": "02"}},
        }
    )
    assert inputs.condition is not None
    assert inputs.update is not None
    assert inputs.condition.holds(ITEM)
    assert inputs.update.apply(ITEM, {"pk": {"S": "a"}})["n"] == {"N": "2"}


def test_a_query_has_a_key_a_filter_and_a_projection() -> None:
    inputs = query_inputs(
        {
            "KeyConditionExpression": "pk = :v",
            "FilterExpression": "#a = :v",
            "ProjectionExpression": "#a",
            "ExpressionAttributeNames": {"#a": "a"},
            "ExpressionAttributeValues": V,
        }
    )
    assert inputs.key.bind("pk", None).hash_value == {"S": "x"}
    assert inputs.filter is not None
    assert inputs.filter.attributes == {"a"}
    assert inputs.projection is not None
    assert inputs.projection.of(ITEM) == {"a": {"S": "x"}}


def test_the_older_forms_of_a_query_and_a_scan_are_read() -> None:
    equal = {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]}
    query = query_inputs({"KeyConditions": {"pk": equal}, "QueryFilter": {"a": equal}, "AttributesToGet": ["n"]})
    scan = scan_inputs({"ScanFilter": {"a": equal}})
    assert query.filter is not None
    assert scan.filter is not None
    assert query.filter.holds(ITEM)
    assert scan.filter.holds(ITEM)
    assert query.projection is not None
    assert query.projection.of(ITEM) == {"n": {"N": "1"}}


UNUSED = "Value provided in ExpressionAttribute{} unused in expressions: keys: {{{}}}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"ConditionExpression": "a = :v", "ExpressionAttributeValues": {**V, ":w": {"S": ""}}},
            UNUSED.format("Values", ":w"),
        ),
        (
            {"ConditionExpression": "attribute_exists(a)", "ExpressionAttributeNames": {"#x": "a", "#y": "b"}},
            UNUSED.format("Names", "#x, #y"),
        ),
        (
            {"ExpressionAttributeValues": V},
            "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null",
        ),
        (
            {"ExpressionAttributeNames": {"#a": "a"}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            {"ConditionExpression": "attribute_exists(a)", "ExpressionAttributeValues": {}},
            "ExpressionAttributeValues must not be empty",
        ),
        (
            {"ConditionExpression": "attribute_exists(a)", "ExpressionAttributeNames": {}},
            "ExpressionAttributeNames must not be empty",
        ),
        (
            {"ConditionExpression": "a = :v", "ExpressionAttributeValues": {"v": {"S": "x"}}},
            'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"',
        ),
        (
            {"ConditionExpression": "#a = :v", "ExpressionAttributeNames": {"#a-b": "x"}},
            'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"',
        ),
        (
            {"ConditionExpression": "a = :v", "ExpressionAttributeValues": {":v": {"SS": []}}},
            "ExpressionAttributeValues contains invalid value: One or more parameter values were invalid: "
            "An string set  may not be empty for key :v",
        ),
        (
            {"ConditionExpression": "a = :v", "ExpressionAttributeValues": {":v": {"NULL": False}}},
            "One or more parameter values were invalid: Null attribute value types must have the value of true",
        ),
        (
            {"ConditionExpression": "attribute_exists(a)", "Expected": {"a": {"Exists": False}}},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
        ),
        ({"ConditionExpression": ""}, "Invalid ConditionExpression: The expression can not be empty;"),
        (
            {"Expected": {"a": {"Exists": True}}},
            "One or more parameter values were invalid: Value must be provided when Exists is true for Attribute: a",
        ),
        ({"ConditionalOperator": "AND"}, "ConditionalOperator cannot be used without Filter or Expected"),
    ],
)
def test_a_bad_condition_is_refused_in_aws_words(body: dict[str, Any], message: str) -> None:
    assert refused(put_inputs, Item={}, **body) == ENVELOPE + message
    assert refused(delete_inputs, Key={}, **body) == ENVELOPE + message
    assert refused(put_inputs, "TransactWriteItems", Item={}, **body) == message


def test_an_update_names_all_older_parameters_beside_its_expression() -> None:
    message = refused(
        update_inputs,
        UpdateExpression="SET a = :v",
        ExpressionAttributeValues=V,
        AttributeUpdates={"a": {"Value": {"S": "x"}}},
        Expected={"a": {"Exists": False}},
    )
    assert message == (
        f"{ENVELOPE}Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {AttributeUpdates, Expected} Expression parameters: {UpdateExpression}"
    )


def test_a_query_says_it_bare() -> None:
    assert refused(query_inputs, KeyConditionExpression="") == (
        "Invalid KeyConditionExpression: The expression can not be empty;"
    )
    assert refused(
        query_inputs,
        KeyConditionExpression="pk = :v",
        ExpressionAttributeValues=V,
        ExpressionAttributeNames={"#unused": "a"},
    ) == UNUSED.format("Names", "#unused")
    assert refused(query_inputs) == (
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
    )


def test_an_undefined_name_of_a_filter_is_named() -> None:
    message = refused(scan_inputs, FilterExpression="#missing = :v", ExpressionAttributeValues=V)
    assert message == (
        "Invalid FilterExpression: An expression attribute name used in the document path is not defined; "
        "attribute name: #missing"
    )


def test_a_condition_check_must_have_a_condition() -> None:
    assert "conditionExpression" in refused(check_inputs, Key={})


def test_a_text_that_is_no_text_is_a_serialization_error() -> None:
    with pytest.raises(Refusal) as refusal:
        put_inputs({"TableName": "T", "Item": {}, "ConditionExpression": 5})
    assert refusal.value.code == "SerializationException"


@pytest.mark.parametrize("read", [put_inputs, delete_inputs, update_inputs, get_inputs, scan_inputs])
def test_a_request_is_not_changed_by_being_read(read: Callable[..., Any]) -> None:
    body = {"TableName": "T", "Key": {}}
    read(body)
    assert body == {"TableName": "T", "Key": {}}
