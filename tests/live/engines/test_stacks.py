"""Stacks in a region whose engine is not moto: made by control's CloudFormation, through the front door."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.live

US, EU = "us-east-1", "eu-west-1"


def template(**resources: Any) -> str:
    return json.dumps({"Resources": resources, "Outputs": {"Queue": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}}})


def resources(visibility_s: int, **bucket: Any) -> dict[str, Any]:
    return {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "stack-eu", **bucket}},
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": []}},
        },
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": "stack", "VisibilityTimeout": visibility_s},
        },
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "stack"}},
        "Word": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/stack", "Type": "String", "Value": "one"}},
        "ToQueue": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
            },
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "stack-role", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
            },
        },
    }  # fmt: skip


def test_a_stacks_resources_stand_in_the_regions_engine(rig: Any) -> None:
    stacks, queue = rig.client("cloudformation", EU), rig.at_engine("sqs")
    versioned = {"VersioningConfiguration": {"Status": "Enabled"}, "Tags": [{"Key": "a", "Value": "b"}]}
    stacks.create_stack(StackName="shop", TemplateBody=template(**resources(30, **versioned)))
    (stack,) = stacks.describe_stacks(StackName="shop")["Stacks"]
    assert (stack["StackStatus"], stack["Outputs"][0]["OutputValue"]) == (
        "CREATE_COMPLETE",
        "arn:aws:sqs:eu-west-1:000000000000:stack",
    )
    url = queue.get_queue_url(QueueName="stack")["QueueUrl"]
    assert rig.at_engine("s3").get_bucket_versioning(Bucket="stack-eu")["Status"] == "Enabled"
    assert rig.at_engine("ssm").get_parameter(Name="/stack")["Parameter"]["Value"] == "one"
    assert len(rig.at_engine("sns").list_subscriptions()["Subscriptions"]) == 1
    assert rig.client("iam", US).get_role(RoleName="stack-role")
    listed = {bucket["Name"]: bucket["BucketRegion"] for bucket in rig.client("s3", US).list_buckets()["Buckets"]}
    assert listed["stack-eu"] == EU

    stacks.update_stack(StackName="shop", TemplateBody=template(**resources(60)))
    assert stacks.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"] == "UPDATE_COMPLETE"
    attributes = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    assert attributes == {"VisibilityTimeout": "60"}
    with pytest.raises(ClientError, match="NoSuchTagSet"):
        rig.at_engine("s3").get_bucket_tagging(Bucket="stack-eu")

    stacks.delete_stack(StackName="shop")
    with pytest.raises(ClientError, match="NonExistentQueue"):
        queue.get_queue_url(QueueName="stack")
    rig.bucket("stack-eu", US)  # its name is free again
    rig.client("s3", US).delete_bucket(Bucket="stack-eu")


def test_what_the_engine_cannot_be_given_is_refused_by_name_and_nothing_stays(rig: Any) -> None:
    stacks = rig.client("cloudformation", EU)
    stream = {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "s", "ShardCount": 1}, "DependsOn": "Queue"}
    some = {"Queue": resources(30)["Queue"], "Stream": stream}
    stacks.create_stack(StackName="refused", TemplateBody=template(**some))
    assert stacks.describe_stacks(StackName="refused")["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    events = stacks.describe_stack_events(StackName="refused")["StackEvents"]
    reasons = " ".join(event.get("ResourceStatusReason", "") for event in events)
    assert "does not emulate AWS::Kinesis::Stream in stacks of eu-west-1, whose engine is http://" in reasons
    with pytest.raises(ClientError, match="NonExistentQueue"):
        rig.at_engine("sqs").get_queue_url(QueueName="stack")
    stacks.create_stack(
        StackName="unread", TemplateBody=template(**resources(30, LifecycleConfiguration={"Rules": []}))
    )
    events = stacks.describe_stack_events(StackName="unread")["StackEvents"]
    reasons = " ".join(event.get("ResourceStatusReason", "") for event in events)
    assert "does not emulate LifecycleConfiguration of AWS::S3::Bucket in stacks of eu-west-1" in reasons
    for name in ("refused", "unread"):
        stacks.delete_stack(StackName=name)


def test_in_a_region_of_motos_moto_makes_them_as_before(rig: Any) -> None:
    stacks = rig.client("cloudformation", US)
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "stack-us"}}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {}}
    stacks.create_stack(StackName="plain", TemplateBody=template(Bucket=bucket, Queue=queue))
    assert stacks.describe_stacks(StackName="plain")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    assert "stack-us" in [bucket["Name"] for bucket in rig.client("s3", EU).list_buckets()["Buckets"]]
    with pytest.raises(ClientError, match="BucketAlreadyOwnedByYou"):
        rig.bucket("stack-us", EU)
    stacks.delete_stack(StackName="plain")
    assert "stack-us" not in [bucket["Name"] for bucket in rig.client("s3", EU).list_buckets()["Buckets"]]
