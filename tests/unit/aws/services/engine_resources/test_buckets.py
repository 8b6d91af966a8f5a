"""A template's bucket in the words of S3's API; botocore's own checks read the calls."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from sandbox.aws.services.engine_resources.buckets import BUCKET, BUCKET_POLICY, replication_rule
from sandbox.aws.services.engine_resources.values import DoorCall

SERVICE = botocore.session.get_session().get_service_model("s3")
BLOCKED = {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}
RULE = {
    "Id": "all",
    "Priority": "1",
    "Status": "Enabled",
    "Filter": {"And": {"Prefix": "a/", "TagFilters": [{"Key": "k", "Value": "v"}]}},
    "DeleteMarkerReplication": {"Status": "Disabled"},
    "Destination": {"Bucket": "arn:aws:s3:::target"},
}
# One valid value for each property that has a call of its own.
VALUES: dict[str, Any] = {
    "VersioningConfiguration": {"Status": "Enabled"},
    "Tags": [{"Key": "a", "Value": "b"}],
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    },
    "PublicAccessBlockConfiguration": BLOCKED,
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    "CorsConfiguration": {
        "CorsRules": [{"Id": "x", "AllowedMethods": ["GET"], "AllowedOrigins": [], "ExposedHeaders": [], "MaxAge": 1}]
    },
    "ReplicationConfiguration": {"Role": "arn:aws:iam::0:role/r", "Rules": [RULE]},
}  # fmt: skip


def is_valid(call: DoorCall) -> bool:
    model = SERVICE.operation_model(call.action)
    report = ParamValidator().validate(call.parameters, model.input_shape)
    unknown = call.parameters.keys() - model.input_shape.members.keys()
    assert not report.has_errors(), report.generate_report()
    return not unknown


@pytest.mark.parametrize("name", BUCKET.settings)
def test_every_setting_is_a_call_that_s3_understands(name: str) -> None:
    setting = BUCKET.settings[name]
    assert is_valid(setting.put("b", VALUES[name]))
    assert setting.remove is None or is_valid(setting.remove("b"))


def test_a_bucket_is_made_in_the_stacks_region() -> None:
    assert "CreateBucketConfiguration" not in BUCKET.creation("b", {}, "us-east-1").parameters
    locked = BUCKET.creation("b", {"ObjectLockEnabled": "true"}, "eu-west-1")
    assert is_valid(locked)
    assert locked.parameters["CreateBucketConfiguration"] == {"LocationConstraint": "eu-west-1"}
    assert locked.parameters["ObjectLockEnabledForBucket"] is True


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({"TagFilter": {"Key": "k", "Value": "v"}}, {"Tag": {"Key": "k", "Value": "v"}}),
        ({"Prefix": ""}, {"Prefix": ""}),
        (RULE["Filter"], {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}}),
    ],
)
def test_filters_of_replication_have_other_names_in_templates(given: Any, made: Any) -> None:
    assert replication_rule({**RULE, "Filter": given})["Filter"] == made


def test_a_policy_is_text_and_goes_with_its_bucket_name() -> None:
    given = {"Bucket": "b", "PolicyDocument": {"Statement": []}}
    assert BUCKET_POLICY.creation("x", given, "eu-west-1").parameters == {"Bucket": "b", "Policy": '{"Statement": []}'}
    assert BUCKET_POLICY.identify({}, "x", given) == "b"
