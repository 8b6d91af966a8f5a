"""Claims about how global tables of version 2017.11.29 are shown (GT 2.04, 2.06)."""

from __future__ import annotations

from typing import Any

from sandbox.replication.group import LEGACY, Group, founded
from sandbox.replication.legacy_descriptions import described, listed, settings_image

ACCOUNT = "000000000000"


def group(name: str = "orders") -> Group:
    one = founded(
        group_id=name,
        account=ACCOUNT,
        table=name,
        region="us-east-1",
        base_us=1,
        now_s=10.0,
        content={},
        version=LEGACY,
    )
    return one.with_new("eu-west-1", "us-east-1", 11.0, {})


def test_a_group_is_creating_then_active_and_updating_when_it_changes() -> None:
    made = group()
    ready = made.with_status("eu-west-1", "ACTIVE")
    leaving = ready.with_status("eu-west-1", "DELETING")
    growing = ready.with_new("ap-northeast-1", "us-east-1", 12.0, {})
    statuses = [described(each)["GlobalTableStatus"] for each in (made, ready, leaving, growing)]
    assert statuses == ["CREATING", "ACTIVE", "UPDATING", "UPDATING"]


def test_every_member_is_shown_with_an_arn_without_a_region() -> None:
    shown = described(group())
    assert shown["GlobalTableArn"] == "arn:aws:dynamodb::000000000000:global-table/orders"
    assert shown["CreationDateTime"] == 10.0
    assert shown["ReplicationGroup"] == [
        {"RegionName": "eu-west-1", "ReplicaStatus": "CREATING"},
        {"RegionName": "us-east-1", "ReplicaStatus": "ACTIVE"},
    ]


def names(answer: dict[str, Any]) -> list[str]:
    return [each["GlobalTableName"] for each in answer["GlobalTables"]]


def test_the_list_has_pages_and_may_be_of_one_region() -> None:
    groups = [group(name) for name in ("carts", "users", "orders")]
    groups[0] = groups[0].with_status("eu-west-1", "GONE")
    first = listed(groups, {"Limit": 2})
    assert names(first) == ["carts", "orders"]
    rest = listed(groups, {"ExclusiveStartGlobalTableName": first["LastEvaluatedGlobalTableName"]})
    assert names(rest) == ["users"]
    assert "LastEvaluatedGlobalTableName" not in rest
    assert names(listed(groups, {"RegionName": "eu-west-1"})) == ["orders", "users"]


def test_a_replica_that_does_not_answer_shows_its_state_alone() -> None:
    member = group().members["us-east-1"]
    assert settings_image(member, {}) == {"RegionName": "us-east-1", "ReplicaStatus": "ACTIVE"}
