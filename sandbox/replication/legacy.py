"""Global tables of version 2017.11.29, as AWS answers now: there are none, and none can be made (GT 2.01 to 2.03)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.errors import Refusal

ACTIONS = frozenset(
    {
        "CreateGlobalTable",
        "DescribeGlobalTable",
        "DescribeGlobalTableSettings",
        "ListGlobalTables",
        "UpdateGlobalTable",
        "UpdateGlobalTableSettings",
    }
)
NOT_SUPPORTED = (
    "One or more parameter values were invalid: DynamoDB global tables version 2017.11.29 is not supported. We "
    "recommend using DynamoDB global tables version 2019.11.21, instead of version 2017.11.29 (Legacy)."
)


def answer(action: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """ListGlobalTables' empty list; a Refusal for the rest."""
    if action == "ListGlobalTables":
        return {"GlobalTables": []}
    creates = any(update.get("Create") for update in body.get("ReplicaUpdates") or ())
    if action == "CreateGlobalTable" or (action == "UpdateGlobalTable" and creates):
        raise Refusal("ValidationException", NOT_SUPPORTED)
    raise Refusal("GlobalTableNotFoundException", missing(action, body.get("GlobalTableName")))


def missing(action: str, name: Any) -> str:
    """Describing says it twice."""
    problem = f"Global table with name: '{name}' does not exist."
    return f"Global table not found: {problem}" if action == "DescribeGlobalTable" else problem
