"""Claims about the statements in a table's policy while an experiment runs (GT 5.03, 5.04)."""

from __future__ import annotations

import json
from typing import Any

from sandbox.aws.services.fis.policies import with_denials, without_denials

ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
OWN = {"Sid": "mine", "Effect": "Allow", "Principal": "*", "Action": "dynamodb:GetItem", "Resource": ARN}


def denied(policy: str | None, experiment: str = "EXP1") -> str:
    return with_denials(policy, experiment=experiment, arn=ARN, until_s=1_767_225_600.0)


def statements(policy: str) -> list[dict[str, Any]]:
    return list(json.loads(policy)["Statement"])


def test_a_table_without_a_policy_has_one_meanwhile_and_none_afterwards() -> None:
    policy = denied(None)
    service, role = statements(policy)
    assert service["Sid"] == "DoNotModifyFisDynamoDbPauseReplicationEXP1"
    assert service["Principal"] == {"Service": "replication.dynamodb.amazonaws.com"}
    assert service["Action"] == ["dynamodb:ReadDataForReplication", "dynamodb:WriteDataForReplication"]
    assert service["Condition"] == {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}
    assert "111122223333:role/aws-service-role/" in role["Principal"]["AWS"]
    assert "dynamodb:UpdateTable" in role["Action"]
    assert {each["Effect"] for each in (service, role)} == {"Deny"}
    assert without_denials(policy, experiment="EXP1") is None


def test_a_policy_that_was_there_is_as_before_afterwards() -> None:
    for statement in ([OWN], OWN):
        policy = denied(json.dumps({"Version": "2012-10-17", "Id": "x", "Statement": statement}))
        assert len(statements(policy)) == 3
        after = without_denials(policy, experiment="EXP1")
        assert after is not None
        assert json.loads(after) == {"Version": "2012-10-17", "Id": "x", "Statement": [OWN]}


def test_two_experiments_take_out_their_own_statements_and_one_writes_them_once() -> None:
    policy = denied(denied(denied(None), "EXP2"), "EXP2")
    assert len(statements(policy)) == 4
    left = without_denials(policy, experiment="EXP1")
    assert left is not None
    assert all("EXP2" in each["Sid"] for each in statements(left))
    assert len(statements(left)) == 2
    assert without_denials(left, experiment="EXP2") is None


def test_what_is_no_policy_is_replaced() -> None:
    assert len(statements(denied("not JSON"))) == 2
    assert without_denials("[]", experiment="EXP1") is None
