"""A request as it comes from anybody, not only from an SDK that has looked at it first."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.globalaccelerator.exceptions import InvalidArgumentException, SerializationException
from sandbox.aws.services.globalaccelerator.request_reading import Requests, checked_input


class Call(Requests):
    """A request with this body."""

    def __init__(self, action: str, body: Any) -> None:
        super().__init__()
        self.body, self.action = body, action

    def _get_action(self) -> str:
        return self.action


def test_a_body_is_read_by_the_model_of_its_operation() -> None:
    assert Call("ListAccelerators", '{"MaxResults": 5, "Colour": "red"}').asked == {"MaxResults": 5}
    assert Call("ListAccelerators", "").asked == {}


@pytest.mark.parametrize("body", ["{", "[]", "5", '"x"', "null"])
def test_a_body_that_is_no_object_cannot_be_read(body: str) -> None:
    with pytest.raises(SerializationException):
        _ = Call("ListAccelerators", body).asked


def test_what_an_operation_needs_must_be_there() -> None:
    with pytest.raises(InvalidArgumentException, match="Value null at 'acceleratorArn'"):
        checked_input("DescribeAccelerator", {})
