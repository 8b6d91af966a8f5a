"""Claims about what DescribeTable adds for a global table."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.replication.descriptions import described, key_arn, replica_image
from sandbox.replication.group import Group, founded

CONTENT = {
    "billing": {"throughput": {"read_units": 5, "write_units": 5}, "on_demand": None},
    "table_class": None,
}
WARM = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}
IMAGE = {"TableName": "orders", "TableStatus": "ACTIVE", "WarmThroughput": WARM}


def group(overrides: dict[str, Any] | None = None) -> Group:
    made = founded(
        group_id="g", account="000000000000", table="orders", region="eu-west-1", base_us=0, now_s=0.0, content=CONTENT
    )
    return made.with_new("us-east-1", "eu-west-1", 1.0, overrides or {}).with_status("us-east-1", "ACTIVE")


def test_the_entry_of_an_active_replica_holds_what_aws_shows() -> None:
    image = described(IMAGE, group(), "eu-west-1", updating=False)
    assert image["Replicas"] == [
        {
            "RegionName": "us-east-1",
            "ReplicaStatus": "ACTIVE",
            "WarmThroughput": WARM,
            "GlobalTableSettingsReplicationMode": "ENABLED_WITH_OVERRIDES",
        }
    ]
    assert "MultiRegionConsistency" not in image


def test_the_description_of_tables_is_not_changed_in_place() -> None:
    described(IMAGE, group(), "eu-west-1", updating=True)
    assert IMAGE["TableStatus"] == "ACTIVE"
    assert "Replicas" not in IMAGE


def test_a_removed_replica_is_not_shown_and_the_last_one_takes_every_key_with_it() -> None:
    gone = group().with_status("us-east-1", "GONE")
    assert described(IMAGE, gone, "eu-west-1", updating=False) == IMAGE


@pytest.mark.parametrize(
    ("overrides", "shown"),
    [
        ({"ProvisionedThroughputOverride": {"ReadCapacityUnits": 5}}, {}),
        (
            {"ProvisionedThroughputOverride": {"ReadCapacityUnits": 9}},
            {"ProvisionedThroughputOverride": {"ReadCapacityUnits": 9}},
        ),
        ({"TableClassOverride": "STANDARD"}, {}),
        (
            {"TableClassOverride": "STANDARD_INFREQUENT_ACCESS"},
            {"ReplicaTableClassSummary": {"TableClass": "STANDARD_INFREQUENT_ACCESS"}},
        ),
        ({"KMSMasterKeyId": "k"}, {"KMSMasterKeyId": "arn:aws:kms:us-east-1:000000000000:key/k"}),
        ({"GlobalSecondaryIndexes": [{"IndexName": "by-color"}]}, {}),
        ({"OnDemandThroughputOverride": {"MaxReadRequestUnits": -1}}, {}),
    ],
)
def test_an_override_is_shown_unless_it_equals_the_base(overrides: dict[str, Any], shown: dict[str, Any]) -> None:
    made = group(overrides)
    image = replica_image(made.members["us-east-1"], None, made)
    plain = {"RegionName", "ReplicaStatus", "GlobalTableSettingsReplicationMode"}
    assert {name: value for name, value in image.items() if name not in plain} == shown


def test_a_key_in_china_has_an_arn_of_china() -> None:
    assert key_arn("alias/x", "cn-north-1", "1") == "arn:aws-cn:kms:cn-north-1:1:alias/x"
