"""The API's model, as a check of requests. `python tests/unit/tables/test_request_shapes.py` writes the model again."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from sandbox.kernel.errors import Refusal
from sandbox.tables.core import ACTIONS
from sandbox.tables.request_shapes import MODEL, check_request

LIMITS = ("min", "max", "pattern", "enum")


def derived() -> dict[str, Any]:
    """The inputs of all operations in botocore's model, cut down to what a request must satisfy."""
    inputs: dict[str, str] = {}
    shapes: dict[str, Any] = {}
    for service in ("dynamodb", "dynamodbstreams"):
        model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
        for action in sorted(model.operation_names):
            inputs[action] = model.operation_model(action).input_shape.name
            take(model.operation_model(action).input_shape, shapes)
    return {"actions": dict(sorted(inputs.items())), "shapes": dict(sorted(shapes.items()))}


def take(shape: Shape, shapes: dict[str, Any]) -> None:
    """Note a shape and those inside it. Shapes of one name are the same in both models, or the test below fails."""
    entry: dict[str, Any] = {"name": shape.name, "type": shape.type_name}
    entry |= {limit: shape.metadata[limit] for limit in LIMITS if limit in shape.metadata}
    if not is_pattern(entry.get("pattern", "")):
        del entry["pattern"]
    inner: list[Shape] = []
    if shape.type_name == "structure":
        entry["members"] = {name: member.name for name, member in shape.members.items()}
        if shape.required_members:
            entry["required"] = list(shape.required_members)
        inner = list(shape.members.values())
    elif shape.type_name == "list":
        entry["member"], inner = shape.member.name, [shape.member]
    elif shape.type_name == "map":
        entry["key"], entry["value"], inner = shape.key.name, shape.value.name, [shape.key, shape.value]
    assert shapes.get(shape.name, entry) == entry, f"two shapes are called {shape.name}"
    if shape.name not in shapes:
        shapes[shape.name] = entry
        for each in inner:
            take(each, shapes)


def refused(action: str, body: dict[str, Any], *, deep: bool = True) -> tuple[str, str]:
    """Code and sentence of the refusal, ("", "") when there is none."""
    try:
        check_request(action, body, deep=deep)
    except Refusal as refusal:
        return refusal.code, refusal.message
    return "", ""


def test_the_model_is_botocores() -> None:
    """When botocore's model has changed: look at the change, then run this file."""
    assert json.loads(MODEL.read_text(encoding="utf-8")) == derived()


@pytest.mark.parametrize("deep", [False, True])
def test_every_operation_has_a_check(deep: bool) -> None:
    """No shape of the model is one that the compiler does not know."""
    actions = derived()["actions"]
    assert actions.keys() >= ACTIONS.keys()
    for action in actions:
        assert refused(action, {}, deep=deep)[0] in ("", "ValidationException")


KEY = {"id": {"S": "a"}}
GET = {"TableName": "orders", "Key": KEY}
MAP = "Start of structure or map found where not expected"
VALUES = "com.amazonaws.dynamodb.v20120810.AttributeValue"


@pytest.mark.parametrize(
    ("action", "body", "words"),
    [
        ("GetItem", {**GET, "TableName": 7}, "NUMBER_VALUE cannot be converted to String"),
        ("GetItem", {**GET, "TableName": 2.5}, "DECIMAL_VALUE cannot be converted to String"),
        ("GetItem", {**GET, "TableName": True}, "TRUE_VALUE cannot be converted to String"),
        ("GetItem", {**GET, "TableName": []}, "Unrecognized collection type class java.lang.String"),
        ("GetItem", {**GET, "TableName": {}}, MAP),
        ("GetItem", {**GET, "Key": "a"}, "Unexpected field type"),
        ("GetItem", {**GET, "Key": []}, f"Unrecognized collection type java.util.Map<java.lang.String, {VALUES}>"),
        ("GetItem", {**GET, "ConsistentRead": "yes"}, "Unexpected token received from parser"),
        ("GetItem", {**GET, "ConsistentRead": 1}, "NUMBER_VALUE cannot be converted to Boolean"),
        ("GetItem", {**GET, "AttributesToGet": {}}, MAP),
        ("GetItem", {**GET, "AttributesToGet": "a"}, "Unexpected field type"),
        ("GetItem", {**GET, "AttributesToGet": [None]}, "Unexpected value type in payload"),
        ("ListTables", {"Limit": "5"}, "STRING_VALUE cannot be converted to Integer"),
        ("CreateTable", {"KeySchema": ["a"]}, "Unexpected value type in payload"),
        ("CreateTable", {"ProvisionedThroughput": 5}, "Unexpected field type"),
        ("GetItem", {**GET, "Key": {"id": "a"}}, "Unexpected value type in payload"),
        ("GetItem", {**GET, "Key": {"id": []}}, f"Unrecognized collection type class {VALUES}"),
        ("GetItem", {**GET, "Key": {"id": {"S": 7}}}, "NUMBER_VALUE cannot be converted to String"),
        ("GetItem", {**GET, "Key": {"id": {"B": 7}}}, "only base-64-encoded strings are convertible to bytes"),
        (
            "GetItem",
            {**GET, "Key": {"id": {"L": [{"M": {"a": {"N": 1}}}]}}},
            "NUMBER_VALUE cannot be converted to String",
        ),
    ],
)
def test_json_of_another_shape_cannot_be_read(action: str, body: dict[str, Any], words: str) -> None:
    assert refused(action, body) == ("SerializationException", words)


BACKUP = {"TableName": "orders", "BackupName": "a b c"}
NO_PUT = {"RequestItems": {"orders": [{"PutRequest": {}}]}}
NO_VALUE = {"ResourceArn": "arn", "Tags": [{"Key": "a"}]}
LONG = 256 * "a"
LEAST = "Member must have length greater than or equal to 1"


@pytest.mark.parametrize(
    ("action", "body", "where", "words"),
    [
        ("DeleteTable", {}, "null at 'tableName'", "Member must not be null"),
        ("DeleteTable", {"TableName": None}, "null at 'tableName'", "Member must not be null"),
        ("ListTables", {"Limit": 0}, "'0' at 'limit'", "Member must have value greater than or equal to 1"),
        ("ListTables", {"Limit": 101}, "'101' at 'limit'", "Member must have value less than or equal to 100"),
        (
            "CreateBackup",
            BACKUP,
            "'a b c' at 'backupName'",
            "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        ),
        (
            "GetItem",
            {**GET, "ReturnConsumedCapacity": "hi"},
            "'hi' at 'returnConsumedCapacity'",
            "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]",
        ),
        ("GetItem", {**GET, "AttributesToGet": []}, "'[]' at 'attributesToGet'", LEAST),
        ("GetItem", {**GET, "TableName": ""}, "'' at 'tableName'", LEAST),
        (
            "GetItem",
            {**GET, "TableName": LONG},
            f"'{LONG}' at 'tableName'",
            "Member must have length less than or equal to 255",
        ),
        (
            "GetItem",
            {**GET, "TableName": "a table!"},
            "'a table!' at 'tableName'",
            "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        ),
        (
            "BatchWriteItem",
            {"RequestItems": {"orders": []}},
            "'{orders=[]}' at 'requestItems'",
            f"Map value must satisfy constraint: [Member must have length less than or equal to 25, {LEAST}]",
        ),
        (
            "BatchWriteItem",
            NO_PUT,
            "null at 'requestItems.orders.member.1.member.putRequest.item'",
            "Member must not be null",
        ),
        ("TagResource", NO_VALUE, "null at 'tags.1.member.value'", "Member must not be null"),
    ],
)
def test_what_the_model_forbids_is_told_in_aws_words(action: str, body: dict[str, Any], where: str, words: str) -> None:
    told = f"1 validation error detected: Value {where} failed to satisfy constraint: {words}"
    assert refused(action, body) == ("ValidationException", told)


def test_a_table_may_be_given_by_its_arn() -> None:
    arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/" + 255 * "a"
    assert refused("GetItem", {**GET, "TableName": arn}) == ("", "")


def test_all_that_is_wrong_is_told_at_once() -> None:
    code, message = refused("UpdateItem", {"TableName": "orders", "ReturnValues": "hi", "ReturnConsumedCapacity": "hi"})
    assert code == "ValidationException"
    assert message.startswith("3 validation errors detected: Value 'hi' at 'returnValues' failed")
    assert message.count("; Value ") == 2


def test_what_cannot_be_read_is_told_before_what_is_forbidden() -> None:
    assert refused("ListTables", {"Limit": 0, "ExclusiveStartTableName": 7})[0] == "SerializationException"


def test_members_that_the_model_has_not_are_ignored() -> None:
    assert refused("GetItem", {**GET, "Nope": [7]}) == ("", "")


def test_attribute_values_are_looked_at_only_when_asked() -> None:
    """The quick check leaves them to whoever reads the item."""
    body = {"TableName": "orders", "Item": {"id": {"S": 7}}}
    assert refused("PutItem", body, deep=False) == ("", "")
    assert refused("PutItem", body)[0] == "SerializationException"


def is_pattern(text: str) -> bool:
    """The model's patterns are Java's: two names of auto scaling policies have ranges that Python does not know."""
    try:
        re.compile(text)
    except re.error:
        return False
    return True


if __name__ == "__main__":
    lines = json.dumps(derived(), indent=None, separators=(",", ":")).replace('},"', '},\n"')
    MODEL.write_text(lines + "\n", encoding="utf-8")
