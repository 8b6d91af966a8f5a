"""What DynamoDB's errors mean to a customer, and how values travel. The tables themselves: test_app.py."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from demo_app.settings import Settings
from demo_app.store import basket_from, basket_item, order_from, order_item, refused
from demo_app.values import Basket, Line, Order

SETTINGS = Settings(region="eu-west-1")
LINES = st.builds(Line, name=st.text(), quantity=st.integers(1, 1000))


@pytest.mark.parametrize(
    ("code", "answered", "status", "definite"),
    [
        ("ThrottlingException", 400, 503, True),
        ("ProvisionedThroughputExceededException", 400, 503, True),
        ("InternalServerError", 500, 503, False),
        ("SomethingNew", 503, 503, False),
        ("ValidationException", 400, 502, True),
        ("AccessDeniedException", 400, 502, True),
        ("ConditionalCheckFailedException", 400, 409, True),
        ("ResourceNotFoundException", 400, 503, True),
    ],
)
def test_dynamodbs_error_becomes_a_status(code, answered, status, definite):
    error = ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": answered}}, "PutItem")
    told = refused(error, "orders", SETTINGS)
    assert (told.status, told.definite) == (status, definite)
    assert (told.create is not None) == (code == "ResourceNotFoundException")


@given(st.builds(Basket, id=st.text(), lines=st.lists(LINES).map(tuple), changed_at=st.text(), changed_in=st.text()))
def test_a_basket_survives_the_way_to_dynamodb_and_back(basket):
    assert basket_from(basket_item(basket)) == basket


def test_an_order_survives_the_way_to_dynamodb_and_back():
    order = Order(id="1", name="apples", quantity=3, customer="ada", placed_at="2026-01-01", placed_in="eu-west-1")
    assert order_from(order_item(order)) == order


def test_an_item_somebody_else_wrote_does_not_break_a_list():
    assert order_from({"id": {"S": "1"}, "name": {"N": "7"}}).name == ""
