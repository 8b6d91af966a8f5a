"""AWS::DynamoDB::Table -> what is wanted."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.dynamodb.tables import wanted
from sandbox.kernel.errors import Refusal

KEYS: dict[str, Any] = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}


@pytest.mark.parametrize(
    ("given", "home"),
    [
        ({}, {"BillingMode": "PROVISIONED"}),
        ({"TableName": "orders", "BillingMode": "PAY_PER_REQUEST"}, {"BillingMode": "PAY_PER_REQUEST"}),
        (
            {"StreamSpecification": {"StreamViewType": "KEYS_ONLY"}},
            {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}},
        ),
        ({"SSESpecification": {"SSEEnabled": False}}, {}),
        (
            {"SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": "k"}},
            {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "k"}},
        ),
        ({"TimeToLiveSpecification": {"Enabled": False, "AttributeName": "until"}}, {}),
        (
            {"TimeToLiveSpecification": {"Enabled": "true", "AttributeName": "until"}},
            {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"}},
        ),
        ({"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}}, {}),
        ({"DeletionProtectionEnabled": "true"}, {"DeletionProtectionEnabled": True}),
        ({"Tags": [{"Key": "a", "Value": "b"}]}, {"Tags": {"a": "b"}}),
        ({"ResourcePolicy": {"PolicyDocument": {}}}, {"ResourcePolicy": "{}"}),
        ({"WarmThroughput": {"ReadUnitsPerSecond": "9"}}, {"WarmThroughput": {"ReadUnitsPerSecond": 9}}),
    ],
)
def test_properties_become_the_apis_forms(given: dict[str, Any], home: dict[str, Any]) -> None:
    assert wanted(KEYS | given, "us-east-1").home == {"BillingMode": "PROVISIONED", **KEYS, **home}


def test_an_index_keeps_what_the_api_takes() -> None:
    index = {
        "IndexName": "by-city",
        "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        "ProvisionedThroughput": {"ReadCapacityUnits": "1", "WriteCapacityUnits": 2},
        "ContributorInsightsSpecification": {"Enabled": False},
    }
    [made] = wanted(KEYS | {"GlobalSecondaryIndexes": [index]}, "us-east-1").home["GlobalSecondaryIndexes"]
    assert made["ProvisionedThroughput"] == {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}
    assert "ContributorInsightsSpecification" not in made


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"StreamSpecification": {"ResourcePolicy": {"PolicyDocument": {}}}}, "ResourcePolicy of StreamSpecification"),
        ({"ImportSourceSpecification": {}}, "ImportSourceSpecification of AWS::DynamoDB::Table. Fill the table"),
        ({"GlobalSecondaryIndexes": [{"IndexName": "x"}]}, r"required key \[KeySchema\]"),
        ({"KeySchema": None}, r"required key \[KeySchema\]"),
        ({"Replicas": []}, r"extraneous key \[Replicas\]"),
    ],
)
def test_what_cannot_be_served_is_refused_before_anything_is_made(given: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        wanted(KEYS | given, "us-east-1")
