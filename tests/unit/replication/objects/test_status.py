"""The status header as a table (facts S3 A5)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.replication.objects.status import status_of


@pytest.mark.parametrize(
    ("states", "is_replica", "status"),
    [
        ([], False, None),
        (["PENDING"], False, "PENDING"),
        (["COMPLETED"], False, "COMPLETED"),
        (["FAILED"], False, "FAILED"),
        (["COMPLETED", "PENDING"], False, "PENDING"),
        (["COMPLETED", "COMPLETED"], False, "COMPLETED"),
        (["COMPLETED", "PENDING", "FAILED"], False, "FAILED"),
        ([], True, "REPLICA"),
        (["PENDING"], True, "PENDING"),
        (["COMPLETED"], True, "REPLICA"),
        (["FAILED"], True, "FAILED"),
    ],
)
def test_the_status_of_a_version(states: Any, is_replica: bool, status: str | None) -> None:
    assert status_of(states, is_replica=is_replica) == status
