"""PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy: kept and answered, not enforced."""

from __future__ import annotations

from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.tables.catalogue import Catalogue
from sandbox.tables.constraints import Body, optional, required
from sandbox.tables.table import Table

NONE_EXPECTED = "NO_POLICY"


def put_resource_policy(catalogue: Catalogue, body: Body, now_s: float) -> dict[str, Any]:
    """PutResourcePolicy; an equal policy keeps its revision."""
    table = owner(catalogue, body)
    policy, expected = required(body, "Policy", str), optional(body, "ExpectedRevisionId", str)
    name = table.schema.name
    if table.policy is not None and expected == NONE_EXPECTED:
        problem = f"Requested policy update expecting none to be present for table {name}, but a policy exists with"
        raise not_found(f"{problem} revision id {table.policy[1]}.")
    check_revision(table, expected)
    if table.policy is None or table.policy[0] != policy:
        table.policy = policy, str(int(now_s * 1000))
    return {"RevisionId": table.policy[1]}


def get_resource_policy(catalogue: Catalogue, body: Body, now_s: float) -> dict[str, Any]:
    """GetResourcePolicy."""
    table = owner(catalogue, body)
    if table.policy is None:
        raise not_found(table.arn)
    return {"Policy": table.policy[0], "RevisionId": table.policy[1]}


def delete_resource_policy(catalogue: Catalogue, body: Body, now_s: float) -> dict[str, Any]:
    """DeleteResourcePolicy; nothing happens where there is none."""
    table = owner(catalogue, body)
    check_revision(table, optional(body, "ExpectedRevisionId", str))
    revision = table.policy[1] if table.policy else None
    table.policy = None
    return {"RevisionId": revision} if revision else {}


def check_revision(table: Table, expected: str | None) -> None:
    """The revision that the caller last saw is still there."""
    if expected in (None, NONE_EXPECTED) or (table.policy is not None and table.policy[1] == expected):
        return
    name = table.schema.name
    if table.policy is None:
        raise not_found(f"Requested update for policy with revision id {expected}, but table {name} has none.")
    problem = (
        f"Requested update for policy with revision id {expected}, but the policy associated to target table {name}"
    )
    raise not_found(f"{problem} has revision id {table.policy[1]}.")


def owner(catalogue: Catalogue, body: Body) -> Table:
    """The table of ResourceArn."""
    arn = required(body, "ResourceArn", str)
    table = catalogue.find(arn)
    if table is None:
        name = arn.partition(":table/")[2] or arn
        raise Refusal("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found")
    return table


def not_found(what: str) -> Refusal:
    """There is no such policy."""
    return Refusal("PolicyNotFoundException", f"Resource-based policy not found for the provided ResourceArn: {what}")
