"""The reason that people read in the events of a stack."""

from __future__ import annotations

import pytest
from moto.core.exceptions import JsonRESTError, ServiceException

from sandbox.aws.services.cloudformation.failures import REASONS, HalfMade, ResourceFailed, reason_of
from sandbox.kernel.errors import Refusal


@pytest.mark.parametrize(
    "error",
    [
        Refusal("Taken", "It is taken."),
        ServiceException("Taken", "It is taken."),
        JsonRESTError("Taken", "It is taken."),
    ],
)
def test_every_kind_of_refusal_gives_its_code_and_words(error: Exception) -> None:
    assert isinstance(error, REASONS)
    assert reason_of(error) == 'Resource handler returned message: "It is taken." (Error Code: Taken)'


def test_a_failure_that_reaches_a_caller_is_a_clear_error() -> None:
    failure = ResourceFailed("Table", "AWS::DynamoDB::Table", "", "why")
    assert (failure.code, failure.message) == (
        "ValidationError",
        "Resource Table (AWS::DynamoDB::Table) failed: why",
    )


def test_what_is_half_made_says_both_and_is_a_reason_too() -> None:
    half = HalfMade(Refusal("NotStabilized", "It is late."), Refusal("ResourceInUseException", "It is in use."), "it")
    assert isinstance(half, REASONS)
    assert (half.code, half.resource, half.definite) == ("NotStabilized", "it", False)
    assert half.message == "It is late. What had been made could not be deleted: It is in use."
