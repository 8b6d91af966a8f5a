"""The pages, with moto's DynamoDB in this process."""

from __future__ import annotations

import socket

import boto3
import pytest
from moto import mock_aws

from demo_app.app import create_app
from demo_app.inputs import MOST_LINES
from demo_app.settings import Settings
from demo_app.store import create_line

SETTINGS = Settings(region="eu-west-1", access_key_id="testing", secret_access_key="testing")


@pytest.fixture
def dynamodb(monkeypatch):
    for variable in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(variable, raising=False)
    with mock_aws():
        yield boto3.client(
            "dynamodb", region_name="eu-west-1", aws_access_key_id="testing", aws_secret_access_key="testing"
        )


@pytest.fixture
def tables(dynamodb):
    for name in ("orders", "baskets"):
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
    return dynamodb


@pytest.fixture
def shop():
    return create_app(SETTINGS).test_client()


@pytest.mark.parametrize("path", ["/", "/health", "/nowhere", "/items?limit=x"])
def test_every_answer_says_who_served_and_how_long_it_took(shop, path):
    response = shop.get(path)
    assert response.headers["X-Served-By"] == "eu-west-1"
    assert response.json["region"] == "eu-west-1"
    assert response.json["took_ms"] >= 0


def test_the_front_page_needs_no_database(shop):
    # No moto here: a client for DynamoDB would fail, so the answer proves that none was asked.
    answer = shop.get("/").json
    assert answer["message"] == "Hello from eu-west-1"
    assert answer["served_at"].endswith("Z")
    assert answer["pid"] > 0


def test_an_order_is_returned_and_can_be_read_again(shop, tables):
    created = shop.post("/items", json={"name": "apples", "quantity": 3, "customer": "ada"})
    order = created.json["item"]
    assert created.status_code == 201
    assert (order["name"], order["quantity"], order["customer"]) == ("apples", 3, "ada")
    assert order["placed_in"] == "eu-west-1"
    assert shop.get(created.headers["Location"]).json["item"] == order


def test_orders_are_listed_newest_first_up_to_the_limit(shop, tables):
    for number in range(5):
        tables.put_item(
            TableName="orders", Item={"id": {"S": f"o{number}"}, "placed_at": {"S": f"2026-01-01T00:00:0{number}Z"}}
        )
    answer = shop.get("/items?limit=3").json
    assert [item["id"] for item in answer["items"]] == ["o4", "o3", "o2"]
    assert answer["complete"] is True


def test_an_order_nobody_placed_is_404(shop, tables):
    response = shop.get("/items/none")
    assert response.status_code == 404
    assert response.json["error"] == "NotFound"


def test_a_basket_is_replaced_whole(shop, tables):
    shop.put("/baskets/7", json={"lines": [{"name": "apples"}, {"name": "pears"}]})
    shop.put("/baskets/7", json={"lines": [{"name": "plums", "quantity": 2}]})
    basket = shop.get("/baskets/7").json["basket"]
    assert basket["lines"] == [{"name": "plums", "quantity": 2}]
    assert basket["changed_in"] == "eu-west-1"


def test_lines_are_added_to_a_basket_that_need_not_exist(shop, tables):
    assert shop.get("/baskets/8").status_code == 404
    shop.post("/baskets/8/lines", json={"name": "apples"})
    response = shop.post("/baskets/8/lines", json={"name": "pears", "quantity": 2})
    assert response.status_code == 201
    assert [line["name"] for line in response.json["basket"]["lines"]] == ["apples", "pears"]
    assert shop.get("/baskets/8").json["basket"] == response.json["basket"]


def test_a_full_basket_takes_no_more(shop, tables):
    shop.put("/baskets/9", json={"lines": [{"name": "apples"}] * MOST_LINES})
    response = shop.post("/baskets/9/lines", json={"name": "one too many"})
    assert response.status_code == 409
    assert response.json["error"] == "BasketFull"


@pytest.mark.parametrize(
    ("method", "path", "table"),
    [
        ("GET", "/items", "orders"),
        ("POST", "/items", "orders"),
        ("GET", "/items/1", "orders"),
        ("GET", "/health?deep=1", "orders"),
        ("GET", "/baskets/1", "baskets"),
        ("POST", "/baskets/1/lines", "baskets"),
    ],
)
def test_a_missing_table_is_503_with_the_command_that_makes_it(shop, dynamodb, method, path, table):
    response = shop.open(path, method=method, json={"name": "apples"} if method == "POST" else None)
    assert response.status_code == 503
    assert response.json["error"] == "ResourceNotFoundException"
    assert f"aws dynamodb create-table --region eu-west-1 --table-name {table} " in response.json["create"]


def test_the_command_that_makes_a_table_names_the_endpoint():
    line = create_line("orders", Settings(region="eu-west-1", endpoint_url="http://127.0.0.1:4602"))
    assert "--endpoint-url http://127.0.0.1:4602" in line


def test_a_table_with_other_keys_is_502_with_dynamodbs_code(shop, dynamodb):
    dynamodb.create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "number", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "number", "KeyType": "HASH"}],
    )
    response = shop.get("/items/1")
    assert response.status_code == 502
    assert response.json["error"] == "ValidationException"
    assert response.json["definite"] is True


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/items", b"{", "body"),
        ("POST", "/items", b"null", "body"),
        ("POST", "/items", b"[" * 20_000, "body"),
        ("POST", "/items", b"{}", "name"),
        ("POST", "/items", b'{"name": "apples", "quantity": -1}', "quantity"),
        ("PUT", "/baskets/1", b'{"lines": 3}', "lines"),
        ("PUT", "/baskets/1", b'{"lines": [{}]}', "lines[0].name"),
        ("POST", "/baskets/1/lines", b'{"colour": 1}', "colour"),
        ("GET", "/items?limit=0", b"", "limit"),
        ("GET", "/health?deep=banana", b"", "deep"),
        ("GET", f"/items/{'x' * 300}", b"", "id"),
    ],
)
def test_bad_input_is_400_and_names_the_field(shop, method, path, body, field):
    response = shop.open(path, method=method, data=body)
    assert response.status_code == 400
    assert (response.json["error"], response.json["field"]) == ("BadInput", field)


def test_a_body_of_megabytes_is_refused_as_json(shop):
    response = shop.post("/items", data=b"x" * 100_000)
    assert response.status_code == 413
    assert response.json["error"] == "RequestEntityTooLarge"


def test_a_wrong_method_says_which_are_right(shop):
    response = shop.delete("/items")
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]
    assert response.json["error"] == "MethodNotAllowed"


def test_a_database_that_refuses_connections_is_503_and_health_is_only_shallow():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]  # closed again below, so that nobody listens there
    settings = Settings(
        region="eu-west-1", endpoint_url=f"http://127.0.0.1:{port}", access_key_id="x", secret_access_key="x"
    )
    shop = create_app(settings).test_client()
    assert shop.get("/health").status_code == 200
    deep = shop.get("/health?deep=1")
    assert deep.status_code == 503
    assert deep.json["error"] == "EndpointConnectionError"
    assert deep.json["definite"] is False
