"""Orders and baskets in DynamoDB, through boto3.

In: values. Out: values, or a `StoreError` that says what HTTP should say. Two tables, each keyed by `id` alone, the
plainest table there is. The client is made on the first call (about 100 ms and some megabytes), once, under a lock; a
parent process that forks regions calls `warm` first, and its children share the parsed service model.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from demo_app.inputs import MOST_LINES
from demo_app.settings import Settings
from demo_app.values import Basket, Line, Order

THREADS = 8  # of the server, and so connections to DynamoDB
MOST_SCANNED = 1_000  # orders read for one list; a list of a larger table says that it is not complete

# DynamoDB answers in milliseconds or not at all: a customer is better served by an error than by a long wait.
PATIENT = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"total_max_attempts": 2, "mode": "standard"},
    max_pool_connections=THREADS,
)
# A Route 53 health checker waits 2 s for an answer, so the deep check must be done before that.
HASTY = Config(
    connect_timeout=0.5, read_timeout=1, retries={"total_max_attempts": 1, "mode": "standard"}, max_pool_connections=2
)

TRY_LATER = frozenset(  # what DynamoDB says when the same request may well succeed in a moment
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)

AttributeValues = Mapping[str, Mapping[str, Any]]


class StoreError(Exception):
    """DynamoDB did not do it. definite: True when it certainly has no effect; create: the command that would help."""

    def __init__(self, code: str, message: str, *, status: int, definite: bool, create: str | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.definite = definite
        self.create = create


@functools.cache
def shared_session() -> boto3.session.Session:
    """One session for the process: it keeps the parsed service model, which forked children then share."""
    return boto3.session.Session()


def warm() -> None:
    """Load everything the first call would load. For a parent process that forks."""
    shared_session().client(
        "dynamodb", region_name="us-east-1", aws_access_key_id="warm", aws_secret_access_key="warm", config=PATIENT
    )


def make_client(settings: Settings, config: Config) -> Any:
    """A DynamoDB client. An endpoint on this machine is never reached through a proxy from the environment."""
    host = urlsplit(settings.endpoint_url or "").hostname
    if host in ("127.0.0.1", "localhost", "::1"):
        config = config.merge(Config(proxies={}))
    return shared_session().client(
        "dynamodb",
        region_name=settings.region,
        endpoint_url=settings.endpoint_url,
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=settings.secret_access_key,
        aws_session_token=settings.session_token,
        verify=settings.ca_bundle,
        config=config,
    )


def create_line(table: str, settings: Settings) -> str:
    """The aws CLI line that makes a table."""
    endpoint = f" --endpoint-url {settings.endpoint_url}" if settings.endpoint_url else ""
    return (
        f"aws dynamodb create-table --region {settings.region}{endpoint} --table-name {table}"
        " --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=id,AttributeType=S"
        " --key-schema AttributeName=id,KeyType=HASH"
    )


class Store:
    """Both tables of one region."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._patient: Any = None
        self._hasty: Any = None

    def put_order(self, order: Order) -> None:
        """Keep a new order."""
        self._call(self._patient_client(), "put_item", self.settings.orders_table, Item=order_item(order))

    def order(self, order_id: str) -> Order | None:
        """One order, as this region knows it."""
        answer = self._call(self._patient_client(), "get_item", self.settings.orders_table, Key={"id": {"S": order_id}})
        return order_from(answer["Item"]) if "Item" in answer else None

    def newest_orders(self, limit: int) -> tuple[list[Order], bool]:
        """The newest orders, and whether the whole table was read to find them.

        A Scan, because the table is keyed by id alone; a shop with many orders would keep an index by time.
        """
        answer = self._call(self._patient_client(), "scan", self.settings.orders_table, Limit=MOST_SCANNED)
        orders = sorted(map(order_from, answer["Items"]), key=lambda order: (order.placed_at, order.id), reverse=True)
        return orders[:limit], "LastEvaluatedKey" not in answer

    def put_basket(self, basket: Basket) -> None:
        """Keep a whole basket: the last writer wins."""
        self._call(self._patient_client(), "put_item", self.settings.baskets_table, Item=basket_item(basket))

    def basket(self, basket_id: str) -> Basket | None:
        """One basket, as this region knows it."""
        answer = self._call(
            self._patient_client(), "get_item", self.settings.baskets_table, Key={"id": {"S": basket_id}}
        )
        return basket_from(answer["Item"]) if "Item" in answer else None

    def add_line(self, basket_id: str, line: Line, *, changed_at: str) -> Basket:
        """Append one line, in one step, so that two customers of this region cannot lose each other's line."""
        answer = self._call(
            self._patient_client(),
            "update_item",
            self.settings.baskets_table,
            Key={"id": {"S": basket_id}},
            UpdateExpression=(
                "SET #lines = list_append(if_not_exists(#lines, :none), :line), changed_at = :at, changed_in = :in"
            ),
            ConditionExpression="attribute_not_exists(#lines) OR size(#lines) < :most",
            ExpressionAttributeNames={"#lines": "lines"},
            ExpressionAttributeValues={
                ":none": {"L": []},
                ":line": {"L": [line_value(line)]},
                ":at": {"S": changed_at},
                ":in": {"S": self.settings.region},
                ":most": {"N": str(MOST_LINES)},
            },
            ReturnValues="ALL_NEW",
        )
        return basket_from(answer["Attributes"])

    def touch(self) -> None:
        """Read one key of the orders table in little time; a StoreError when that fails."""
        with self._lock:
            if self._hasty is None:
                self._hasty = make_client(self.settings, HASTY)
        self._call(self._hasty, "get_item", self.settings.orders_table, Key={"id": {"S": "health"}})

    def _patient_client(self) -> Any:
        with self._lock:  # sessions do not like two threads making clients at once
            if self._patient is None:
                self._patient = make_client(self.settings, PATIENT)
            return self._patient

    def _call(self, client: Any, action: str, table: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(client, action)(TableName=table, **arguments)
        except ClientError as error:
            raise refused(error, table, self.settings) from error
        except BotoCoreError as error:  # no answer: refused connection, time-out, no keys
            raise StoreError(type(error).__name__, str(error), status=503, definite=False) from error
        return answer


def refused(error: ClientError, table: str, settings: Settings) -> StoreError:
    """What an error that DynamoDB itself sent means to a customer."""
    code = str(error.response.get("Error", {}).get("Code", "Unknown"))
    message = str(error.response.get("Error", {}).get("Message", ""))
    answer_status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
    if code == "ResourceNotFoundException":
        return StoreError(
            code,
            f"{settings.region} has no table {table!r}",
            status=503,
            definite=True,
            create=create_line(table, settings),
        )
    if code == "ConditionalCheckFailedException":
        return StoreError("BasketFull", f"a basket holds at most {MOST_LINES} lines", status=409, definite=True)
    status = 503 if code in TRY_LATER or answer_status >= 500 else 502
    return StoreError(code, message, status=status, definite=answer_status < 500)


def order_item(order: Order) -> AttributeValues:
    """An order as DynamoDB stores it."""
    return {
        "id": {"S": order.id},
        "name": {"S": order.name},
        "quantity": {"N": str(order.quantity)},
        "customer": {"S": order.customer},
        "placed_at": {"S": order.placed_at},
        "placed_in": {"S": order.placed_in},
    }


def order_from(item: AttributeValues) -> Order:
    """The order in an item. A field that somebody else's item has not is empty, so that a list never fails by it."""
    return Order(
        id=_text(item, "id"),
        name=_text(item, "name"),
        quantity=_number(item, "quantity"),
        customer=_text(item, "customer"),
        placed_at=_text(item, "placed_at"),
        placed_in=_text(item, "placed_in"),
    )


def line_value(line: Line) -> Mapping[str, Any]:
    """A line as an element of a basket's list."""
    return {"M": {"name": {"S": line.name}, "quantity": {"N": str(line.quantity)}}}


def basket_item(basket: Basket) -> AttributeValues:
    """A basket as DynamoDB stores it."""
    return {
        "id": {"S": basket.id},
        "lines": {"L": [line_value(line) for line in basket.lines]},
        "changed_at": {"S": basket.changed_at},
        "changed_in": {"S": basket.changed_in},
    }


def basket_from(item: AttributeValues) -> Basket:
    """The basket in an item."""
    lines = [element.get("M", {}) for element in item.get("lines", {}).get("L", ())]
    return Basket(
        id=_text(item, "id"),
        lines=tuple(Line(name=_text(line, "name"), quantity=_number(line, "quantity")) for line in lines),
        changed_at=_text(item, "changed_at"),
        changed_in=_text(item, "changed_in"),
    )


def _text(item: AttributeValues, name: str) -> str:
    return str(item.get(name, {}).get("S", ""))


def _number(item: AttributeValues, name: str) -> int:
    return int(float(item.get(name, {}).get("N", "0")))
