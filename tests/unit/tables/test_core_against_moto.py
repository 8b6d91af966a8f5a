"""The same generated requests to our tables and to moto's own handler, in this process; answers compared.

moto is an oracle with mistakes of its own: `KEPT` and `NOT_DRAWN` list what differs on purpose, with the AWS page that
says so. Answers are compared whole; of refusals only the code, since most of moto's words are its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import orjson
import pytest

from sandbox.aws.moto_core import prepare_moto
from sandbox.kernel.errors import Refusal
from sandbox.tables.core import Tables

ACCOUNT, REGION = "000000000000", "eu-west-1"
NOW_S = 1_767_225_600.0
REQUESTS = 400

# What differs, and why AWS's behaviour is ours. `same` takes these out of both answers, and nothing else.
KEPT = {
    "order of Scan and BatchGetItem": "by a hash of the key, or any: AWS promises none [DG: Scan; API: BatchGetItem]",
    "order of equal index keys": "is not defined [DG: Query a global secondary index]",
    "ConsumedCapacity": "is computed from sizes [DG: Capacity consumption]; moto answers 1.0 or 0.5, or always",
    "ItemCollectionMetrics and Unprocessed*": "absent or empty, as asked [API: BatchWriteItem]",
    "empty Attributes": "absent when there is nothing to show [API: UpdateItem, Attributes]",
}
# What differs too, so that no such request is drawn.
NOT_DRAWN = {
    "Limit that ends exactly at the last item": "LastEvaluatedKey is there [API: Query, LastEvaluatedKey]; moto leaves "
    "it out",
    "UPDATED_NEW and UPDATED_OLD": "show every path that the expression wrote [API: UpdateItem, ReturnValues]; moto "
    "only those whose value differs",
}

TABLES: tuple[dict[str, Any], ...] = (
    {
        "TableName": "plain",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
    {
        "TableName": "ranged",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "nr", "KeyType": "RANGE"}],
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "nr", "AttributeType": "N"},
            {"AttributeName": "color", "AttributeType": "S"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-color",
                "KeySchema": [
                    {"AttributeName": "color", "KeyType": "HASH"},
                    {"AttributeName": "nr", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        "LocalSecondaryIndexes": [
            {
                "IndexName": "own-colors",
                "KeySchema": [
                    {"AttributeName": "id", "KeyType": "HASH"},
                    {"AttributeName": "color", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    },
)


class Requests:
    """Good requests, drawn from few keys so that they meet."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def draw(self) -> tuple[str, dict[str, Any]]:
        kinds = (self.put, self.put, self.get, self.delete, self.update, self.update, self.query, self.query, self.scan)
        return self.random.choice((*kinds, self.batch_get, self.batch_write, self.transact))()

    def table(self) -> str:
        return self.random.choice(("plain", "ranged"))

    def key(self, table: str) -> dict[str, Any]:
        key: dict[str, Any] = {"id": {"S": self.random.choice("abc")}}
        if table == "ranged":
            key["nr"] = {"N": str(self.random.randint(1, 6))}
        return key

    def value(self) -> dict[str, Any]:
        pick = self.random.choice
        return pick(
            (
                {"S": pick(("", "x", "yellow"))},
                {"N": pick(("0", "7", "-2.5"))},
                {"BOOL": True},
                {"NULL": True},
                {"SS": ["a", "b"]},
                {"L": [{"S": "one"}, {"N": "2"}]},
                {"M": {"inner": {"N": "1"}, "list": {"L": [{"S": "deep"}]}}},
                {"B": "aGVsbG8="},
            )
        )

    def item(self, table: str) -> dict[str, Any]:
        item = {**self.key(table), "n": {"N": str(self.random.randint(0, 9))}, "m": {"M": {"a": {"S": "1"}}}}
        if self.random.random() < 0.7:
            item["color"] = {"S": self.random.choice(("red", "blue"))}
        if self.random.random() < 0.6:
            item["extra"] = self.value()
        return item

    def condition(self) -> dict[str, Any]:
        choices: tuple[dict[str, Any], ...] = (
            {},
            {"ConditionExpression": "attribute_exists(id)"},
            {"ConditionExpression": "attribute_not_exists(color)"},
            {
                "ConditionExpression": "#c = :red OR n > :five",
                "ExpressionAttributeNames": {"#c": "color"},
                "ExpressionAttributeValues": {":red": {"S": "red"}, ":five": {"N": "5"}},
            },
            {
                "ConditionExpression": "n BETWEEN :low AND :high",
                "ExpressionAttributeValues": {":low": {"N": "2"}, ":high": {"N": "7"}},
            },
        )
        return dict(self.random.choice(choices))

    def put(self) -> tuple[str, dict[str, Any]]:
        table = self.table()
        returned = self.random.choice(("NONE", "ALL_OLD"))
        return "PutItem", {"TableName": table, "Item": self.item(table), "ReturnValues": returned, **self.condition()}

    def get(self) -> tuple[str, dict[str, Any]]:
        table = self.table()
        body = {"TableName": table, "Key": self.key(table)}
        if self.random.random() < 0.4:
            body["ProjectionExpression"] = self.random.choice(("id, n", "m.a, color", "extra"))
        return "GetItem", body

    def delete(self) -> tuple[str, dict[str, Any]]:
        table = self.table()
        returned = self.random.choice(("NONE", "ALL_OLD"))
        return "DeleteItem", {"TableName": table, "Key": self.key(table), "ReturnValues": returned, **self.condition()}

    def update(self) -> tuple[str, dict[str, Any]]:
        table = self.table()
        updates: tuple[tuple[str, dict[str, Any]], ...] = (
            ("SET n = if_not_exists(n, :one) + :one", {":one": {"N": "1"}}),
            ("SET color = :c REMOVE extra", {":c": {"S": "blue"}}),
            ("ADD n :two", {":two": {"N": "2"}}),
            ("SET m = :m", {":m": {"M": {"a": {"S": "2"}, "b": {"N": "3"}}}}),
            ("ADD tags :t", {":t": {"SS": ["x", "y"]}}),
            ("REMOVE color", {}),
            (
                "SET words = list_append(if_not_exists(words, :none), :w)",
                {":none": {"L": []}, ":w": {"L": [{"S": "w"}]}},
            ),
        )
        text, values = self.random.choice(updates)
        returned = self.random.choice(("NONE", "ALL_OLD", "ALL_NEW"))
        body = {"TableName": table, "Key": self.key(table), "UpdateExpression": text, "ReturnValues": returned}
        if values:
            body["ExpressionAttributeValues"] = values
        return "UpdateItem", body

    def query(self) -> tuple[str, dict[str, Any]]:
        pick = self.random.choice
        values: dict[str, Any] = {":h": {"S": pick("abc")}}
        body: dict[str, Any] = {"TableName": "ranged", "ExpressionAttributeValues": values}
        index = pick((None, None, "by-color", "own-colors"))
        text = "id = :h"
        if index == "by-color":
            body["IndexName"], text = index, "color = :h"
            values[":h"] = {"S": pick(("red", "blue"))}
        elif index == "own-colors":
            body["IndexName"] = index
        if index != "own-colors" and self.random.random() < 0.7:
            part, more = pick((("nr > :r", {}), ("nr <= :r", {}), ("nr BETWEEN :r AND :s", {":s": {"N": "5"}})))
            text, values[":r"] = f"{text} AND {part}", {"N": "2"}
            values.update(more)
        elif index == "own-colors" and self.random.random() < 0.5:
            text, values[":r"] = f"{text} AND begins_with(color, :r)", {"S": "re"}
        if self.random.random() < 0.3:
            body["FilterExpression"], values[":n"] = "n >= :n", {"N": "4"}
        if self.random.random() < 0.3:
            body["ScanIndexForward"] = False
        if self.random.random() < 0.3:
            body["Select"] = "COUNT"
        return "Query", {**body, "KeyConditionExpression": text}

    def scan(self) -> tuple[str, dict[str, Any]]:
        body: dict[str, Any] = {"TableName": self.table()}
        if self.random.random() < 0.5:
            body["FilterExpression"] = self.random.choice(("n > :n", "attribute_exists(color) AND n <> :n"))
            body["ExpressionAttributeValues"] = {":n": {"N": "4"}}
        if self.random.random() < 0.3:
            body["ProjectionExpression"] = "id, n"
        return "Scan", body

    def keys(self, table: str, count: int) -> list[dict[str, Any]]:
        found = {orjson.dumps(key): key for key in (self.key(table) for _ in range(count))}
        return list(found.values())

    def batch_get(self) -> tuple[str, dict[str, Any]]:
        return "BatchGetItem", {"RequestItems": {table: {"Keys": self.keys(table, 4)} for table in ("plain", "ranged")}}

    def batch_write(self) -> tuple[str, dict[str, Any]]:
        writes: list[dict[str, Any]] = [
            {"DeleteRequest": {"Key": key}}
            if self.random.random() < 0.4
            else {"PutRequest": {"Item": {**self.item("ranged"), **key}}}
            for key in self.keys("ranged", 5)
        ]
        return "BatchWriteItem", {"RequestItems": {"ranged": writes}}

    def transact(self) -> tuple[str, dict[str, Any]]:
        actions: list[dict[str, Any]] = []
        for key in self.keys("ranged", 4):
            verb = self.random.choice(("Put", "Delete", "ConditionCheck"))
            request: dict[str, Any] = {"TableName": "ranged"}
            request["Item" if verb == "Put" else "Key"] = {**self.item("ranged"), **key} if verb == "Put" else key
            condition = self.condition()
            if verb == "ConditionCheck" and not condition:
                condition = {"ConditionExpression": "attribute_exists(id)"}
            actions.append({verb: {**request, **condition}})
        return "TransactWriteItems", {"TransactItems": actions}


def canonical(value: Any) -> Any:
    """Sets in one order."""
    if isinstance(value, dict):
        return {
            name: sorted(member) if name in ("SS", "NS", "BS") else canonical(member) for name, member in value.items()
        }
    return [canonical(member) for member in value] if isinstance(value, list) else value


def same(action: str, body: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """The answer without what is `KEPT`."""
    dropped = (
        "ConsumedCapacity",
        "ItemCollectionMetrics",
        "UnprocessedItems",
        "UnprocessedKeys",
        "ConsumedCapacityUnits",
    )
    kept = {name: canonical(value) for name, value in answer.items() if name not in dropped}
    if action == "Query" and "Items" in kept:
        tied = body.get("IndexName") == "by-color"
        kept["order"] = [item.get("nr") for item in kept["Items"]] if tied else kept["Items"]
    if action in ("Query", "Scan") and "Items" in kept:
        kept["Items"] = sorted(kept["Items"], key=orjson.dumps)
    if action == "BatchGetItem":
        kept["Responses"] = {
            table: sorted(items, key=orjson.dumps) for table, items in kept.get("Responses", {}).items()
        }
    if kept.get("Attributes") == {}:
        del kept["Attributes"]
    return kept


Ask = Callable[[str, dict[str, Any]], tuple[str, dict[str, Any]]]


@pytest.fixture
def ask_moto() -> Iterator[Ask]:
    """moto's own handler, without its server: a refusal's code ("" for none) and the answer."""
    prepare_moto()
    from moto.core.request import Request
    from moto.dynamodb.models import dynamodb_backends
    from moto.dynamodb.responses import DynamoHandler

    def ask(action: str, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        headers = {
            "X-Amz-Target": f"DynamoDB_20120810.{action}",
            "Content-Type": "application/x-amz-json-1.0",
            "x-moto-account-id": ACCOUNT,
        }
        url = f"http://dynamodb.{REGION}.amazonaws.com/"
        status, _, content = DynamoHandler()._dispatch(
            Request.from_primitives("POST", url, headers, orjson.dumps(body))
        )
        answer = orjson.loads(content)
        return ("" if int(status) == 200 else answer["__type"].rpartition("#")[2]), answer

    yield ask
    dynamodb_backends.clear()


def ask_ours(tables: Tables, action: str, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    try:
        return "", tables.execute(action, orjson.loads(orjson.dumps(body)), NOW_S)
    except Refusal as refusal:
        return refusal.code, {"message": refusal.message}


@pytest.mark.parametrize("seed", range(5))
def test_generated_requests_are_answered_as_moto_answers_them(ask_moto: Ask, seed: int) -> None:
    tables = Tables(REGION, ACCOUNT, lambda change: None)
    for table in TABLES:
        assert ask_moto("CreateTable", table)[0] == ask_ours(tables, "CreateTable", table)[0] == ""
    requests = Requests(seed)
    refusals = 0
    for number in range(REQUESTS):
        action, body = requests.draw()
        their_code, theirs = ask_moto(action, body)
        our_code, ours = ask_ours(tables, action, body)
        where = f"seed {seed}, request {number}: {action} {orjson.dumps(body).decode()}"
        assert our_code == their_code, f"{where}\nours: {ours}\nmoto: {theirs}"
        refusals += our_code != ""
        if not our_code:
            assert same(action, body, ours) == same(action, body, theirs), where
    assert 0 < refusals < REQUESTS // 2  # conditions failed, and most requests did something


def test_each_difference_kept_says_which_page_of_aws_it_follows() -> None:
    assert all("[DG" in reason or "[API" in reason for reason in {**KEPT, **NOT_DRAWN}.values())
