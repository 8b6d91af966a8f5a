"""AWS::DynamoDB::GlobalTable -> what is wanted, with CDK's TableV2 as the example (GT 7.10, 7.11)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.dynamodb.global_tables import wanted
from sandbox.kernel.errors import Refusal

HOME, SEA = "us-east-1", "eu-west-1"
KEYS: dict[str, Any] = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
ON_DEMAND = KEYS | {"BillingMode": "PAY_PER_REQUEST"}
STREAM = {"StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"}}
BOTH = {"Replicas": [{"Region": SEA}, {"Region": HOME}]}
INDEX = {
    "IndexName": "by-city",
    "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


def scaled(kind: str, least: int) -> dict[str, Any]:
    tracking = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70}}
    settings = {"MinCapacity": least, "MaxCapacity": 10 * least, **tracking}
    return {f"{kind}ProvisionedThroughputSettings": {f"{kind}CapacityAutoScalingSettings": settings}}


def test_one_replica_is_a_plain_table() -> None:
    """GT 7.08."""
    found = wanted(ON_DEMAND | {"Replicas": [{"Region": HOME}]}, HOME)
    assert found.home == ON_DEMAND
    assert (found.replicas, found.scaling) == ({}, {})


def test_the_stacks_own_region_is_home_and_the_others_are_replicas() -> None:
    """GT 7.11: the primary comes last, and each replica repeats the names of the indexes."""
    indexes = {"GlobalSecondaryIndexes": [INDEX]}
    names = {"GlobalSecondaryIndexes": [{"IndexName": "by-city"}]}
    replicas = {"Replicas": [{"Region": SEA, **names}, {"Region": HOME, **names}]}
    found = wanted(ON_DEMAND | STREAM | indexes | replicas, HOME)
    assert found.home["GlobalSecondaryIndexes"] == [INDEX]
    assert found.home["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert found.replicas == {SEA: {}}


def test_what_a_replica_has_for_itself_does_not_reach_home() -> None:
    replica = {
        "Region": SEA,
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "SSESpecification": {"KMSMasterKeyId": "alias/sea"},
        "ReadOnDemandThroughputSettings": {"MaxReadRequestUnits": "9"},
        "Tags": [{"Key": "at", "Value": "sea"}],
        "DeletionProtectionEnabled": True,
    }
    found = wanted(ON_DEMAND | STREAM | {"Replicas": [replica, {"Region": HOME}]}, HOME)
    assert found.replicas[SEA] == {
        "Tags": {"at": "sea"},
        "DeletionProtectionEnabled": True,
        "overrides": {
            "TableClassOverride": "STANDARD_INFREQUENT_ACCESS",
            "KMSMasterKeyId": "alias/sea",
            "OnDemandThroughputOverride": {"MaxReadRequestUnits": 9},
        },
    }
    assert not {"Tags", "TableClass", "DeletionProtectionEnabled", "OnDemandThroughput"} & found.home.keys()


def test_provisioned_capacity_is_numbers_at_home_overrides_elsewhere_and_scaling_everywhere() -> None:
    """GT 7.04: PROVISIONED is the default; writes scale for all, reads as each replica says."""
    replicas = [
        {"Region": SEA, "ReadProvisionedThroughputSettings": {"ReadCapacityUnits": 7}},
        {"Region": HOME, **scaled("Read", 3)},
    ]
    found = wanted(KEYS | STREAM | scaled("Write", 2) | {"Replicas": replicas}, HOME)
    assert found.home["ProvisionedThroughput"] == {"ReadCapacityUnits": 3, "WriteCapacityUnits": 2}
    assert found.replicas[SEA]["overrides"] == {"ProvisionedThroughputOverride": {"ReadCapacityUnits": 7}}
    assert set(found.scaling) == {
        (HOME, "", "dynamodb:table:WriteCapacityUnits"),
        (HOME, "", "dynamodb:table:ReadCapacityUnits"),
        (SEA, "", "dynamodb:table:WriteCapacityUnits"),
    }


def test_an_index_scales_with_its_own_resource() -> None:
    local = {"GlobalSecondaryIndexes": [{"IndexName": "by-city", **scaled("Read", 5)}]}
    replicas = [{"Region": HOME, "ReadProvisionedThroughputSettings": {"ReadCapacityUnits": 1}, **local}]
    indexes = {"GlobalSecondaryIndexes": [INDEX | scaled("Write", 4)]}
    found = wanted(KEYS | scaled("Write", 2) | indexes | {"Replicas": replicas}, HOME)
    [index] = found.home["GlobalSecondaryIndexes"]
    assert index["ProvisionedThroughput"] == {"ReadCapacityUnits": 5, "WriteCapacityUnits": 4}
    assert (HOME, "/index/by-city", "dynamodb:index:WriteCapacityUnits") in found.scaling


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (ON_DEMAND | {"Replicas": [{"Region": SEA}]}, "must contain an entry for the current region"),  # GT 7.03
        (ON_DEMAND | BOTH, "StreamSpecification must be specified when there is more than one replica"),  # GT 7.05
        (KEYS | STREAM | BOTH, "ReadProvisionedThroughputSettings of .* must be specified"),  # GT 7.04
        (ON_DEMAND | STREAM | {"Replicas": [{"Region": HOME}] * 2}, "two entries for us-east-1"),
        (ON_DEMAND | STREAM | BOTH | {"MultiRegionConsistency": "STRONG"}, "MultiRegionConsistency STRONG"),
        (ON_DEMAND | STREAM | BOTH | {"GlobalTableWitnesses": [{"Region": SEA}]}, "GlobalTableWitnesses"),
        (ON_DEMAND | BOTH | STREAM | scaled("Write", 1), "cannot be used with BillingMode PAY_PER_REQUEST"),
        (
            ON_DEMAND | {"Replicas": [{"Region": HOME, "KinesisStreamSpecification": {"StreamArn": "x"}}]},
            "KinesisStreamSpecification of Replicas",
        ),
        (
            ON_DEMAND | STREAM | {"Replicas": [{"Region": HOME}, {"Region": SEA, "GlobalSecondaryIndexes": [INDEX]}]},
            r"extraneous key \[KeySchema\]",
        ),
        (
            ON_DEMAND
            | STREAM
            | {"Replicas": [{"Region": HOME}, {"Region": SEA, "GlobalSecondaryIndexes": [{"IndexName": "other"}]}]},
            "the table has no index other",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(given: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        wanted(given, HOME)
