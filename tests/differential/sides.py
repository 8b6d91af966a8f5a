"""The two sides of the comparison: our front of DynamoDB, and moto's server, both in this process, as bytes.

Both start with the same tables and items. What each side names by itself (stream ARNs, backup ARNs, shard iterators) is
written `<stream>`, `<backup>` ... in requests and answers, so that they can be compared.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any

import orjson

from sandbox.aws.moto_core import prepare_moto
from sandbox.aws.own_tables import STREAM_ACTIONS, STREAMS_TARGET, TABLES_TARGET, OwnTables
from sandbox.protocols.http1 import Headers, Request

ACCOUNT, REGION = "000000000000", "eu-west-1"
NOW_S = 1_767_225_600.0
ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/"
CREDENTIAL = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/dynamodb/aws4_request, SignedHeaders=host"

PLAIN: dict[str, Any] = {
    "TableName": "plain",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
    "Tags": [{"Key": "team", "Value": "blue"}],
}
RANGED: dict[str, Any] = {
    "TableName": "ranged",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "nr", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "nr", "AttributeType": "N"},
        {"AttributeName": "color", "AttributeType": "S"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-color",
            "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"}, {"AttributeName": "nr", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "own-colors",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "color", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}
ITEM: dict[str, Any] = {
    "id": {"S": "a"},
    "n": {"N": "5"},
    "s": {"S": "text"},
    "b": {"B": "aGVsbG8="},
    "flag": {"BOOL": True},
    "gone": {"NULL": True},
    "tags": {"SS": ["x", "y"]},
    "nums": {"NS": ["1", "2"]},
    "parts": {"L": [{"N": "1"}, {"S": "two"}, {"M": {"deep": {"N": "3"}}}]},
    "box": {"M": {"a": {"N": "1"}, "b": {"M": {"c": {"S": "d"}}}}},
}
RECOVERY = {"PointInTimeRecoveryEnabled": True}
SETTING_UP: tuple[tuple[str, dict[str, Any]], ...] = (
    ("CreateTable", PLAIN),
    ("CreateTable", RANGED),
    ("PutItem", {"TableName": "plain", "Item": ITEM}),
    *(
        ("PutItem", {"TableName": "ranged", "Item": {**ITEM, "nr": {"N": str(nr)}, "color": {"S": color}}})
        for nr, color in ((1, "red"), (2, "blue"), (3, "red"))
    ),
    ("CreateBackup", {"TableName": "plain", "BackupName": "first"}),
    ("UpdateContinuousBackups", {"TableName": "plain", "PointInTimeRecoverySpecification": RECOVERY}),
)


class StillClock:
    """Always the same moment."""

    def now_s(self) -> float:
        return NOW_S

    def wall_s(self) -> float:
        return NOW_S

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here sleeps")


@dataclass(frozen=True)
class Answer:
    """status, AWS's code without its name space, the whole type, the sentence, and the body."""

    status: int
    code: str
    type: str
    message: str
    body: Any = field(repr=False)

    @property
    def line(self) -> str:
        """What the table of accepted differences looks at."""
        return "200" if self.status == 200 else f"{self.status} {self.code}: {self.message}"


class Side:
    """One DynamoDB: `ask` a request, `restore` the first state."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def send(self, target: str, body: bytes) -> tuple[int, bytes]:
        raise NotImplementedError

    def clear(self) -> None:
        raise NotImplementedError

    def restore(self) -> None:
        """The first state again: two tables, four items, one backup."""
        self.set_up()

    def set_up(self) -> None:
        """Make the first state, by calls."""
        self.clear()
        self.names = {}
        for action, body in SETTING_UP:
            answer = self.ask(action, body)
            assert answer.status == 200, (type(self).__name__, action, answer)
            if action == "CreateBackup":
                self.names["<backup>"] = answer.body["BackupDetails"]["BackupArn"]
        stream = self.ask("DescribeTable", {"TableName": "ranged"}).body["Table"]["LatestStreamArn"]
        self.names["<stream>"] = stream
        shard = self.ask("DescribeStream", {"StreamArn": stream}).body["StreamDescription"]["Shards"][0]["ShardId"]
        self.names["<shard>"] = shard
        asked = {"StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        self.names["<iterator>"] = self.ask("GetShardIterator", asked).body["ShardIterator"]

    def ask(self, action: str, body: Any) -> Answer:
        """Send one request: names of our own in it are replaced by the side's.

        bytes are sent as they are, and an action with a dot in it is a whole target.
        """
        text = body.decode() if isinstance(body, bytes) else orjson.dumps(body).decode()
        for ours, theirs in self.names.items():
            text = text.replace(ours, theirs)
        prefix = STREAMS_TARGET if action in STREAM_ACTIONS else TABLES_TARGET
        status, content = self.send(action if "." in action else f"{prefix}.{action}", text.encode())
        try:
            answer = orjson.loads(content)
        except orjson.JSONDecodeError:
            answer = {"message": content.decode(errors="replace")[:200]}
        kind = str(answer.get("__type", ""))
        message = str(answer.get("message", answer.get("Message", ""))) if status != 200 else ""
        return Answer(status, kind.rpartition("#")[2], kind, message, answer)


class Ours(Side):
    """Our tables behind the port through which a region's front door asks them."""

    def clear(self) -> None:
        self.tables = OwnTables(StillClock())

    def send(self, target: str, body: bytes) -> tuple[int, bytes]:
        request = Request(method="POST", target="/", headers=Headers([("X-Amz-Target", target)]), body=body)
        response = self.tables.handle(request, ACCOUNT, REGION)
        return response.status, response.body


class Motos(Side):
    """moto's server, as a WSGI application. A crash in it is a 500, as its own web server makes of it."""

    def __init__(self) -> None:
        super().__init__()
        prepare_moto()
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.test import Client

        self.client = Client(DomainDispatcherApplication(create_backend_app))
        self.first_state: dict[str, Any] | None = None

    def restore(self) -> None:
        """By a copy, once it has been made by calls: a dozen calls take moto ten times as long."""
        from moto.dynamodb.models import dynamodb_backends

        if self.first_state is None:
            self.set_up()
            self.first_state = copy.deepcopy(vars(dynamodb_backends[ACCOUNT][REGION]))
        vars(dynamodb_backends[ACCOUNT][REGION]).update(copy.deepcopy(self.first_state))

    def clear(self) -> None:
        assert self.client.post("/moto-api/reset").status_code == 200

    def send(self, target: str, body: bytes) -> tuple[int, bytes]:
        headers = {
            "X-Amz-Target": target,
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": CREDENTIAL,
            "x-moto-account-id": ACCOUNT,
            "Host": f"dynamodb.{REGION}.amazonaws.com",
        }
        try:
            response = self.client.post("/", data=body, headers=headers)
        except Exception as crash:  # anything: what a server would make a 500 of
            return 500, orjson.dumps({"__type": "Crash", "message": f"{type(crash).__name__}: {crash}"})
        return response.status_code, response.data


class Door(Side):
    """A region's front door, over HTTP. `port`: where it listens."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def clear(self) -> None:
        self.connection.request("POST", "/moto-api/reset")
        response = self.connection.getresponse()
        assert (response.status, response.read()) == (200, b'{"status":"ok"}')

    def send(self, target: str, body: bytes) -> tuple[int, bytes]:
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0", "Authorization": CREDENTIAL}
        self.connection.request("POST", "/", body, headers)
        response = self.connection.getresponse()
        return response.status, response.read()


UNIQUE = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\d*"), "<label>"),
    (re.compile(r"backup/[0-9]+-[0-9a-f]{8}"), "backup/<new>"),
    (re.compile(r"shardId-[0-9]+-[0-9a-f]+"), "<shard>"),
)


def plain(value: Any, name: str = "") -> Any:
    """An answer without what is different in each run: ids, moments, and the order inside sets."""
    if isinstance(value, dict):
        return {key: plain(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return sorted(value) if name in ("SS", "NS", "BS") else [plain(member) for member in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and "Date" in name:
        return "<moment>"
    if isinstance(value, str):
        for pattern, shown in UNIQUE:
            value = pattern.sub(shown, value)
    return value


def differing(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where two answers differ: Table.TableId, Items.0.n ..."""
    if type(ours) is type(theirs) is dict:
        return [
            found
            for name in sorted(ours.keys() | theirs.keys())
            for found in (
                differing(ours[name], theirs[name], f"{path}.{name}")
                if name in ours and name in theirs
                else [f"{path}.{name}{'+' if name in ours else '-'}"]
            )
        ]
    if type(ours) is type(theirs) is list and len(ours) == len(theirs):
        return [f for at, pair in enumerate(zip(ours, theirs, strict=True)) for f in differing(*pair, f"{path}.{at}")]
    return [] if ours == theirs else [path]
