"""What a stack does when a table of its own cannot be made, changed or deleted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.live

KEYS = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}
ON_DEMAND = {**KEYS, "BillingMode": "PAY_PER_REQUEST"}


def test_a_named_table_that_would_have_to_be_replaced_says_so_and_stays(at: Any) -> None:
    here = at("us-east-1")
    here.create("named", here.template(ON_DEMAND | {"TableName": "fixed"}))
    here.tables.put_item(TableName="fixed", Item={"id": {"S": "7"}})
    number = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}]}
    stack = here.update("named", here.template(ON_DEMAND | number | {"TableName": "fixed"}))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    [reason] = [why for name, status, why in here.reasons("named") if (name, status) == ("Table", "UPDATE_FAILED")]
    assert "cannot update a stack when a custom-named resource requires replacing. Rename fixed" in reason
    assert here.tables.get_item(TableName="fixed", Key={"id": {"S": "7"}})["Item"]


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"TableName": "x"}, "greater than or equal to 3"),
        ({"BillingMode": "PROVISIONED"}, "ReadCapacityUnits and WriteCapacityUnits must both be specified"),
        ({"KinesisStreamSpecification": {"StreamArn": "arn"}}, "does not emulate KinesisStreamSpecification"),
        ({"ImportSourceSpecification": {}}, "does not emulate ImportSourceSpecification"),
        ({"ContributorInsightsSpecification": {"Enabled": True}}, "does not emulate ContributorInsightsSpecification"),
        ({"Colour": "blue"}, "extraneous key [Colour] is not permitted"),
    ],
)
def test_a_table_that_fails_takes_the_stack_back_and_says_why(
    at: Any, rig: Any, properties: dict[str, Any], words: str
) -> None:
    here = at("eu-west-1")
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "taken-back"}}
    resources = {"Queue": queue, "Table": {"Type": "AWS::DynamoDB::Table", "Properties": ON_DEMAND | properties}}
    stack = here.create("failing", json.dumps({"Resources": resources}))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "failed to create: [Table]" in stack["StackStatusReason"]
    [reason] = [why for name, status, why in here.reasons("failing") if (name, status) == ("Table", "CREATE_FAILED")]
    assert words in reason
    assert "QueueUrls" not in rig.client("sqs", region="eu-west-1").list_queues(QueueNamePrefix="taken-back")
    assert here.new() == set()
    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE state and can not be updated"):
        here.update("failing", here.template(ON_DEMAND))


def test_a_table_is_taken_back_when_a_later_step_or_resource_fails(at: Any) -> None:
    here = at("eu-west-1")
    days = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 99}}
    body = here.template(ON_DEMAND | days | {"DeletionProtectionEnabled": True})
    assert here.create("late", body)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert here.new() == set()
    second = {"Type": "AWS::DynamoDB::Table", "Properties": ON_DEMAND | {"TableName": "x"}}
    assert here.create("later", here.template(ON_DEMAND, Second=second))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert here.new() == set()


def test_a_table_that_was_there_before_is_not_touched(at: Any) -> None:
    here = at("us-east-1")
    here.tables.create_table(TableName="theirs", **ON_DEMAND)
    assert (
        here.create("second", here.template(ON_DEMAND | {"TableName": "theirs"}))["StackStatus"] == "ROLLBACK_COMPLETE"
    )
    assert any("Table already exists: theirs" in why for _, _, why in here.reasons("second"))
    assert here.has("theirs")
    here.tables.delete_table(TableName="theirs")


def test_an_update_that_fails_half_way_is_undone(at: Any, rig: Any) -> None:
    """A table is removed, one is added, one is changed, the last fails: all is as before, with its items."""
    here = at("us-east-1")
    removed = {"Type": "AWS::DynamoDB::Table", "Properties": ON_DEMAND | {"TableName": "removed"}}
    here.create("half", here.template(ON_DEMAND | {"TableName": "changed"}, Removed=removed))
    here.tables.put_item(TableName="removed", Item={"id": {"S": "7"}})
    stays = here.table("changed")["TableId"]
    added = {"Type": "AWS::DynamoDB::Table", "Properties": ON_DEMAND | {"TableName": "added"}}
    failing = {
        "TableName": "changed",
        "Tags": [{"Key": "team", "Value": "shop"}],
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 99},
    }
    stack = here.update("half", here.template(ON_DEMAND | failing, Added=added))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert here.new() == {"changed", "removed"}
    assert here.tables.get_item(TableName="removed", Key={"id": {"S": "7"}})["Item"]
    assert (here.settings("changed")["tags"], here.settings("changed")["class"]) == ([], "STANDARD")
    assert here.table("changed")["TableId"] == stays
    assert here.outputs("half")["Name"] == "changed"


def test_a_protected_table_keeps_its_stack(at: Any) -> None:
    here = at("us-east-1")
    here.create("guarded", here.template(ON_DEMAND | {"TableName": "guarded", "DeletionProtectionEnabled": True}))
    here.stacks.delete_stack(StackName="guarded")
    assert here.look("guarded")["StackStatus"] == "DELETE_FAILED"
    assert any("protected against deletion" in why for _, _, why in here.reasons("guarded"))
    here.tables.update_table(TableName="guarded", DeletionProtectionEnabled=False)
    stack_id = here.look("guarded")["StackId"]
    here.stacks.delete_stack(StackName="guarded")
    assert here.look(stack_id)["StackStatus"] == "DELETE_COMPLETE"
    assert not here.has("guarded")


def test_a_type_does_not_change_under_a_name(at: Any) -> None:
    here = at("us-east-1")
    here.create("typed", here.template(ON_DEMAND))
    global_table = ON_DEMAND | {"Replicas": [{"Region": "us-east-1"}]}
    with pytest.raises(ClientError, match=r"Update of resource type is not permitted.*\[Table\]"):
        here.update("typed", here.template(global_table, kind="GlobalTable"))


def test_a_region_that_does_not_run_fails_the_stack(at: Any, rig: Any) -> None:
    here = at("eu-west-1")
    elsewhere = rig.client("cloudformation", region="eu-west-1", endpoint=rig.door("us-east-1"))
    rig.loop.call_soon_threadsafe(rig.hub.publish, "region/eu-west-1", None)
    try:
        elsewhere.create_stack(StackName="down", TemplateBody=here.template(ON_DEMAND))
        [stack] = elsewhere.describe_stacks(StackName="down")["Stacks"]
    finally:
        port = rig.doors["eu-west-1"].port
        rig.loop.call_soon_threadsafe(
            rig.hub.publish, "region/eu-west-1", {"code": "eu-west-1", "host": "127.0.0.1", "front_door": port}
        )
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("the region eu-west-1 does not answer" in why for _, _, why in here.reasons("down"))


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"Replicas": [{"Region": "eu-west-1"}]}, "must contain an entry for the current region"),
        ({"Replicas": [{"Region": "us-east-1"}, {"Region": "eu-west-1"}]}, "StreamSpecification must be specified"),
        ({"BillingMode": "PROVISIONED"}, "must be specified when BillingMode is PROVISIONED"),
        ({"MultiRegionConsistency": "STRONG"}, "does not emulate MultiRegionConsistency STRONG"),
    ],
)
def test_a_global_table_that_cannot_be_is_refused_by_name(at: Any, properties: dict[str, Any], words: str) -> None:
    """GT 7.03, 7.04, 7.05."""
    here = at("us-east-1")
    body = here.template(ON_DEMAND | {"Replicas": [{"Region": "us-east-1"}]} | properties, kind="GlobalTable")
    assert here.create("refused", body)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any(words in why for _, _, why in here.reasons("refused"))
    assert here.new() == set()
