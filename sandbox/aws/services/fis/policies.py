"""The statements that FIS writes into a table's resource policy while its replication is paused (GT 5.03, 5.04). Pure.

In: the policy as it is, or None; the experiment. Out: the policy with the statements, and without them again. They are
shown as AWS shows them; what keeps the changes back is the sandbox's fault.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

SID = "DoNotModifyFisDynamoDbPauseReplication"
SERVICE = "replication.dynamodb.amazonaws.com"
ROLE = "arn:aws:iam::{account}:role/aws-service-role/" + SERVICE + "/AWSServiceRoleForDynamoDBReplication"
SERVICE_ACTIONS = ("ReadDataForReplication", "WriteDataForReplication")
ROLE_ACTIONS = (
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "DescribeTable",
    "UpdateTable",
    "Scan",
    "DescribeTimeToLive",
    "UpdateTimeToLive",
)


def with_denials(policy: str | None, *, experiment: str, arn: str, until_s: float) -> str:
    """The policy while the experiment runs. until_s: Unix seconds; from then on the statements say nothing."""
    content = {"Version": "2012-10-17", "Statement": []} if policy is None else parsed(policy)
    kept = others(content, experiment)
    return orjson.dumps({**content, "Statement": [*kept, *denials(experiment, arn, until_s)]}).decode()


def without_denials(policy: str, *, experiment: str) -> str | None:
    """The policy after it; None: there was none before."""
    content = parsed(policy)
    kept = others(content, experiment)
    return orjson.dumps({**content, "Statement": kept}).decode() if kept else None


def denials(experiment: str, arn: str, until_s: float) -> list[dict[str, Any]]:
    """One statement for the service, one for its role; the application is denied nothing."""
    until = datetime.fromtimestamp(until_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    account = arn.split(":")[4]

    def statement(sid: str, principal: dict[str, str], actions: tuple[str, ...]) -> dict[str, Any]:
        return {
            "Sid": sid,
            "Effect": "Deny",
            "Principal": principal,
            "Action": [f"dynamodb:{action}" for action in actions],
            "Resource": arn,
            "Condition": {"DateLessThan": {"aws:CurrentTime": until}},
        }

    return [
        statement(f"{SID}{experiment}", {"Service": SERVICE}, SERVICE_ACTIONS),
        statement(f"{SID}{experiment}Role", {"AWS": ROLE.format(account=account)}, ROLE_ACTIONS),
    ]


def others(content: dict[str, Any], experiment: str) -> list[dict[str, Any]]:
    """The statements that are not this experiment's."""
    statements = content.get("Statement") or []
    listed = statements if isinstance(statements, list) else [statements]  # IAM takes one without a list
    return [each for each in listed if not str(each.get("Sid", "")).startswith(f"{SID}{experiment}")]


def parsed(policy: str) -> dict[str, Any]:
    """A policy as JSON; what is none is kept nowhere, as nobody could read it."""
    try:
        content = orjson.loads(policy)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
