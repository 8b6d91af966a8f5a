"""Tables made by stacks: they stand in the region's own process, behind its front door."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.live

KEYS = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}
ON_DEMAND = {**KEYS, "BillingMode": "PAY_PER_REQUEST"}
STREAM = {"StreamArn": {"Fn::GetAtt": ["Table", "StreamArn"]}}


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_table_of_a_stack_stands_in_the_region_of_the_stack(at: Any, region: str) -> None:
    here, there = at(region), at("eu-west-1" if region == "us-east-1" else "us-east-1")
    stream = {"StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"}}
    body = here.template(ON_DEMAND | stream, outputs=STREAM)
    assert here.create("plain", body)["StackStatus"] == "CREATE_COMPLETE"
    outputs = here.outputs("plain")
    table = here.table(outputs["Name"])
    assert outputs["Name"].startswith("plain-Table-")
    assert (outputs["Arn"], outputs["Id"]) == (table["TableArn"], table["TableId"])
    assert outputs["StreamArn"] == table["LatestStreamArn"]
    assert f":{region}:" in outputs["Arn"]
    assert not there.has(outputs["Name"])
    here.tables.put_item(TableName=outputs["Name"], Item={"id": {"S": "7"}})
    here.stacks.delete_stack(StackName="plain")
    assert not here.has(outputs["Name"])


def test_a_stack_with_a_role_a_queue_and_a_table_hands_the_table_on(at: Any, rig: Any) -> None:
    here = at("eu-west-1")
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": "table-reader",
            "AssumeRolePolicyDocument": {},
            "Policies": [
                {
                    "PolicyName": "read",
                    "PolicyDocument": {"Statement": [{"Resource": {"Fn::GetAtt": ["Table", "Arn"]}}]},
                }
            ],
        },
    }
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "of-${Table}"}}}
    stack = here.create("three", here.template(ON_DEMAND | {"TableName": "handed-on"}, Role=role, Queue=queue))
    assert stack["StackStatus"] == "CREATE_COMPLETE", here.reasons("three")
    policy = rig.client("iam").get_role_policy(RoleName="table-reader", PolicyName="read")["PolicyDocument"]
    assert here.table("handed-on")["TableArn"] in str(policy)
    assert rig.client("sqs", region="eu-west-1").get_queue_url(QueueName="of-handed-on")
    resources = here.stacks.describe_stack_resources(StackName="three")["StackResources"]
    assert {each["LogicalResourceId"] for each in resources} == {"Table", "Role", "Queue"}


EVERYTHING = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "at", "city", "day")],
    "TableName": "everything",
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": "5", "WriteCapacityUnits": 6},
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-city",
            "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["name"]},
            "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2},
        }
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "by-day",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "day", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
    "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
    "TimeToLiveSpecification": {"Enabled": "true", "AttributeName": "until"},
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7},
    "DeletionProtectionEnabled": True,
    "TableClass": "STANDARD_INFREQUENT_ACCESS",
    "Tags": [{"Key": "team", "Value": "shop"}],
    "ResourcePolicy": {"PolicyDocument": {"Version": "2012-10-17", "Statement": []}},
    "ContributorInsightsSpecification": {"Enabled": False},
}


def test_every_property_reaches_the_table_and_leaves_it_again(at: Any) -> None:
    here = at("us-east-1")
    here.create("full", here.template(EVERYTHING), Tags=[{"Key": "stage", "Value": "test"}])
    assert here.look("full")["StackStatus"] == "CREATE_COMPLETE", here.reasons("full")
    assert here.settings("everything") == {
        "billing": "PROVISIONED",
        "units": (5, 6),
        "indexes": ["by-city"],
        "local": ["by-day"],
        "stream": "KEYS_ONLY",
        "encryption": "KMS",
        "ttl": "until",
        "recovery": 7,
        "protected": True,
        "class": "STANDARD_INFREQUENT_ACCESS",
        "tags": [{"Key": "stage", "Value": "test"}, {"Key": "team", "Value": "shop"}],
    }
    arn = here.table("everything")["TableArn"]
    assert json.loads(here.tables.get_resource_policy(ResourceArn=arn)["Policy"])["Statement"] == []
    before = here.table("everything")["TableId"]
    kept = ("KeySchema", "TableName", "LocalSecondaryIndexes")
    definitions = [each for each in EVERYTHING["AttributeDefinitions"] if each["AttributeName"] != "city"]  # type: ignore[index]
    less = {name: EVERYTHING[name] for name in kept} | {
        "AttributeDefinitions": definitions,
        "BillingMode": "PAY_PER_REQUEST",
    }
    assert here.update("full", here.template(less))["StackStatus"] == "UPDATE_COMPLETE", here.reasons("full")
    assert here.settings("everything") == {
        "billing": "PAY_PER_REQUEST",
        "units": (0, 0),
        "indexes": [],
        "local": ["by-day"],
        "stream": None,
        "encryption": None,
        "ttl": None,
        "recovery": None,
        "protected": False,
        "class": "STANDARD",
        "tags": [{"Key": "stage", "Value": "test"}],
    }
    with pytest.raises(ClientError, match="PolicyNotFoundException"):
        here.tables.get_resource_policy(ResourceArn=arn)
    assert here.table("everything")["TableId"] == before


def test_a_changed_key_makes_a_new_table_and_a_new_name_does_too(at: Any) -> None:
    here = at("us-east-1")
    here.create("moving", here.template(ON_DEMAND))
    first = here.outputs("moving")["Name"]
    other_key = {
        "KeySchema": [{"AttributeName": "no", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "no", "AttributeType": "N"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    assert here.update("moving", here.template(other_key))["StackStatus"] == "UPDATE_COMPLETE"
    second = here.outputs("moving")["Name"]
    assert second != first
    assert (here.has(first), here.has(second)) == (False, True)
    here.update("moving", here.template(other_key | {"TableName": "called"}))
    assert (here.has(second), here.outputs("moving")["Name"]) == (False, "called")
    retained = here.template(other_key | {"TableName": "other"}, UpdateReplacePolicy="Retain")
    here.update("moving", retained)
    assert here.has("called"), "UpdateReplacePolicy Retain"
    here.tables.delete_table(TableName="called")


def index(name: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


def indexed(*names: str) -> dict[str, Any]:
    definitions = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", *names)]
    indexes = {"GlobalSecondaryIndexes": [index(name) for name in names]} if names else {}
    return ON_DEMAND | {"AttributeDefinitions": definitions, "TableName": "indexed"} | indexes


def test_one_index_comes_or_goes_in_an_update(at: Any) -> None:
    here = at("us-east-1")
    here.create("gsi", here.template(indexed("city")))
    here.update("gsi", here.template(indexed("city", "day")))
    assert here.settings("indexed")["indexes"] == ["city", "day"]
    stack = here.update("gsi", here.template(indexed()))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert any("more than one GSI creation or deletion" in why for _, _, why in here.reasons("gsi"))
    assert here.settings("indexed")["indexes"] == ["city", "day"]
    assert here.update("gsi", here.template(indexed("day")))["StackStatus"] == "UPDATE_COMPLETE"
    assert here.settings("indexed")["indexes"] == ["day"]


def test_a_retained_table_outlives_its_stack_and_its_place_in_the_template(at: Any) -> None:
    here = at("us-east-1")
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "beside"}}
    here.create("kept", here.template(ON_DEMAND | {"TableName": "kept"}, DeletionPolicy="Retain", Queue=queue))
    here.update("kept", json.dumps({"Resources": {"Queue": queue}}))
    assert here.has("kept")
    here.stacks.delete_stack(StackName="kept")
    here.create("twice", here.template(ON_DEMAND | {"TableName": "again"}, DeletionPolicy="RetainExceptOnCreate"))
    here.stacks.delete_stack(StackName="twice")
    assert here.has("again")
    for name in ("kept", "again"):
        here.tables.delete_table(TableName=name)


def test_a_deleted_stack_is_not_made_again_by_looking_at_it(at: Any) -> None:
    here = at("eu-west-1")
    stack_id = here.create("looked-at", here.template(ON_DEMAND | {"TableName": "gone"}))["StackId"]
    here.stacks.delete_stack(StackName="looked-at")
    assert here.look(stack_id)["StackStatus"] == "DELETE_COMPLETE"
    here.stacks.describe_stack_resources(StackName=stack_id)
    here.stacks.list_stack_resources(StackName=stack_id)
    assert not here.has("gone")


def test_a_change_set_makes_changes_and_tells_outputs(at: Any) -> None:
    here = at("us-east-1")
    for kind, body in (("CREATE", indexed()), ("UPDATE", indexed("city"))):
        names = {"StackName": "by-set", "ChangeSetName": f"to-{kind.lower()}"}
        here.stacks.create_change_set(**names, ChangeSetType=kind, TemplateBody=here.template(body))
        here.stacks.execute_change_set(**names)
        assert here.look("by-set")["StackStatus"] == f"{kind}_COMPLETE"
        assert here.outputs("by-set")["Arn"] == here.table("indexed")["TableArn"]
    assert here.settings("indexed")["indexes"] == ["city"]
    names = {"StackName": "no-set", "ChangeSetName": "fails"}
    body = here.template(ON_DEMAND | {"TableName": "indexed"})
    here.stacks.create_change_set(**names, ChangeSetType="CREATE", TemplateBody=body)
    here.stacks.execute_change_set(**names)
    assert here.look("no-set")["StackStatus"] == "ROLLBACK_COMPLETE"


def test_a_parameter_alone_changes_a_table(at: Any) -> None:
    here = at("us-east-1")
    units, nothing = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}, {"Ref": "AWS::NoValue"}
    properties = KEYS | {
        "Tags": [{"Key": "stage", "Value": {"Fn::Sub": "is-${Stage}"}}],
        "BillingMode": {"Fn::If": ["Cheap", "PAY_PER_REQUEST", nothing]},
        "ProvisionedThroughput": {"Fn::If": ["Cheap", nothing, units]},
    }
    table = {"Type": "AWS::DynamoDB::Table", "Properties": properties}
    body = json.dumps(
        {
            "Parameters": {"Stage": {"Type": "String"}},
            "Conditions": {"Cheap": {"Fn::Equals": [{"Ref": "Stage"}, "test"]}},
            "Resources": {"Table": table},
            "Outputs": {"Name": {"Value": {"Ref": "Table"}}},
        }
    )
    here.create("staged", body, Parameters=[{"ParameterKey": "Stage", "ParameterValue": "test"}])
    name = here.outputs("staged")["Name"]
    here.update("staged", body, Parameters=[{"ParameterKey": "Stage", "ParameterValue": "live"}])
    assert here.settings(name)["tags"] == [{"Key": "stage", "Value": "is-live"}]
    assert here.settings(name)["units"] == (3, 4)


def test_stacks_still_own_their_tables_after_a_restart_of_control(at: Any, rig: Any) -> None:
    here = at("us-east-1")
    here.create("long", here.template(ON_DEMAND | {"TableName": "long"}))
    assert rig.stop_control() == 0
    rig.start_control()
    again = at("us-east-1")
    assert again.outputs("long")["Arn"] == again.table("long")["TableArn"]
    again.update("long", here.template(ON_DEMAND | {"TableName": "long", "Tags": [{"Key": "a", "Value": "b"}]}))
    assert again.settings("long")["tags"] == [{"Key": "a", "Value": "b"}]
    again.stacks.delete_stack(StackName="long")
    assert not again.has("long")


def test_what_cdk_makes_of_table_v2_is_a_plain_table(at: Any) -> None:
    """GT 7.08, 7.10: one replica, the stack's region by Ref, no stream, retained."""
    here = at("eu-west-1")
    body = here.template(
        ON_DEMAND | {"Replicas": [{"Region": {"Ref": "AWS::Region"}}]},
        kind="GlobalTable",
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
    )
    assert here.create("v2", body)["StackStatus"] == "CREATE_COMPLETE", here.reasons("v2")
    name = here.outputs("v2")["Name"]
    assert not {"Replicas", "GlobalTableVersion", "StreamSpecification"} & here.table(name).keys()
    here.stacks.delete_stack(StackName="v2")
    here.tables.delete_table(TableName=name)


def test_a_provisioned_global_table_scales(at: Any, rig: Any) -> None:
    """GT 7.04: PROVISIONED by default, with auto scaling for writes; forgotten with the table."""
    here = at("us-east-1")
    tracking = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70}}
    writes = {"WriteCapacityAutoScalingSettings": {"MinCapacity": 2, "MaxCapacity": 20, **tracking}}
    replica = {"Region": "us-east-1", "ReadProvisionedThroughputSettings": {"ReadCapacityUnits": 4}}
    properties = KEYS | {"TableName": "scaled", "Replicas": [replica], "WriteProvisionedThroughputSettings": writes}
    assert here.create("scaled", here.template(properties, kind="GlobalTable"))["StackStatus"] == "CREATE_COMPLETE", (
        here.reasons("scaled")
    )
    assert here.settings("scaled")["units"] == (4, 2)
    scaling = rig.client("application-autoscaling")
    [target] = scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
    assert (target["ResourceId"], target["MinCapacity"], target["MaxCapacity"]) == ("table/scaled", 2, 20)
    assert scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"]
    here.stacks.delete_stack(StackName="scaled")
    assert scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"] == []


def test_stacks_beside_each_other_do_not_wait_for_each_other(at: Any, rig: Any) -> None:
    """Twenty at once, each with a table: more than there are threads for stacks."""
    here = at("us-east-1")

    def make(number: int) -> None:
        at("us-east-1").create(f"many-{number}", here.template(ON_DEMAND))

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(make, range(20)))
    assert len(here.new()) == 20


def test_a_table_belongs_to_the_account_of_its_stack(at: Any, rig: Any) -> None:
    here, theirs = at("us-east-1"), {"aws_access_key_id": "111122223333"}
    stacks = rig.client("cloudformation", **theirs)
    stacks.create_stack(StackName="theirs", TemplateBody=here.template(ON_DEMAND | {"TableName": "not-ours"}))
    table = rig.client("dynamodb", **theirs).describe_table(TableName="not-ours")["Table"]
    assert table["TableArn"] == "arn:aws:dynamodb:us-east-1:111122223333:table/not-ours"
    assert not here.has("not-ours")
    stacks.delete_stack(StackName="theirs")
    assert "not-ours" not in rig.client("dynamodb", **theirs).list_tables()["TableNames"]
