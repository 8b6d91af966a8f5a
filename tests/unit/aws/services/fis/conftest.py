"""A template of the kind that labs use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ARN = "arn:aws:dynamodb:eu-west-1:000000000000:table/orders"


@pytest.fixture(scope="session")
def template_of() -> Callable[..., dict[str, Any]]:
    def make(duration: str = "PT5M", **more: Any) -> dict[str, Any]:
        pause = {
            "actionId": "aws:dynamodb:global-table-pause-replication",
            "parameters": {"duration": duration},
            "targets": {"Tables": "orders"},
        }
        target = {"resourceType": "aws:dynamodb:global-table", "resourceArns": [ARN], "selectionMode": "ALL"}
        return {
            "id": "EXT1",
            "description": "two halves",
            "roleArn": "arn:aws:iam::000000000000:role/fis",
            "stopConditions": [{"source": "none"}],
            "targets": {"orders": target},
            "actions": {"pause": pause},
            **more,
        }

    return make
