"""AWS's envelope: which actions wrap what is wrong with a request."""

from __future__ import annotations

import pytest

from sandbox.tables.refusals import enveloped, invalid, unreadable


@pytest.mark.parametrize("action", ["PutItem", "UpdateItem", "DeleteItem", "GetItem"])
def test_actions_on_one_item_wrap_a_validation_error_once(action: str) -> None:
    wrapped = enveloped(invalid("Bad"), action)
    assert wrapped.message == "1 validation error detected: Bad"
    assert enveloped(wrapped, action) is wrapped


@pytest.mark.parametrize("action", ["Query", "Scan", "BatchGetItem", "TransactWriteItems"])
def test_other_actions_say_it_bare(action: str) -> None:
    assert enveloped(invalid("Bad"), action).message == "Bad"


def test_a_serialization_error_is_never_wrapped() -> None:
    assert enveloped(unreadable("Bad"), "PutItem").message == "Bad"
