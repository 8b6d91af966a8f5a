"""The story that a stack's events tell."""

from __future__ import annotations

import json
import pickle
import threading
from typing import Any

import pytest
from moto.cloudformation.exceptions import CloudFormationError

from sandbox.aws.services.cloudformation.failures import ResourceFailed
from sandbox.aws.services.cloudformation.models import install
from sandbox.aws.services.cloudformation.stacks import SandboxStack
from sandbox.aws.services.dynamodb import models as tables
from sandbox.kernel.errors import unavailable

TABLE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
DAYS = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 99}}


def template(**properties: Any) -> str:
    resources = {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": TABLE | properties}}
    return json.dumps({"Resources": resources, "Outputs": {"Name": {"Value": {"Ref": "Table"}}}})


@pytest.fixture
def stack(regions: Any) -> Any:
    install()
    tables.install(regions)

    def of(**properties: Any) -> SandboxStack:
        return SandboxStack("arn:s", "s", template(**properties), {}, "000000000000", "us-east-1")

    return of


def story(stack: SandboxStack) -> list[tuple[str, str]]:
    return [(event.logical_resource_id, event.resource_status) for event in stack.events]


def test_looking_at_a_stack_makes_nothing(stack: Any, regions: Any) -> None:
    """moto makes what is asked for: a second thread would make the table again while the first is at it."""
    made = stack(TableName="orders")
    seen: list[Any] = []

    def look() -> None:
        seen.append((made.status, made.is_busy, made.outputs, made.stack_resources))

    def look_from_elsewhere() -> None:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    regions.on_create = look_from_elsewhere
    made.create_resources()
    assert seen == [("CREATE_IN_PROGRESS", True, None, [])]
    assert regions.actions() == ["CreateTable"]
    assert (made.status, made.is_busy, made.outputs[0]["OutputValue"]) == ("CREATE_COMPLETE", False, "orders")


def test_a_stack_that_was_saved_in_the_middle_is_nobodys_work(stack: Any, regions: Any) -> None:
    """Control was killed while it made the stack: it can be deleted."""
    begun = stack(TableName="orders")
    assert begun.is_busy
    again = pickle.loads(pickle.dumps(begun))
    assert (again.is_busy, again.stack_resources) == (False, [])
    again.delete()
    assert (again.status, regions.names("us-east-1")) == ("DELETE_COMPLETE", [])


def test_a_creation_that_fails_is_rolled_back_and_shows_nothing_more(stack: Any, regions: Any) -> None:
    failing = stack(TableName="x")
    with pytest.raises(ResourceFailed) as caught:
        failing.create_resources()
    failing.roll_back(caught.value)
    assert story(failing) == [("Table", "CREATE_FAILED"), ("s", "ROLLBACK_IN_PROGRESS"), ("s", "ROLLBACK_COMPLETE")]
    assert "greater than or equal to 3" in failing.events[0].resource_status_reason
    assert failing.status_reason == "The following resource(s) failed to create: [Table]. Rollback requested by user."
    assert failing.outputs is None
    assert failing.stack_resources == []


def test_an_update_that_fails_shows_why_and_what_was_before(stack: Any, regions: Any) -> None:
    made = stack(TableName="orders")
    made.create_resources()
    before = made.template
    made.update(template(TableName="orders", TableClass="STANDARD_INFREQUENT_ACCESS", **DAYS))
    assert story(made)[-4:] == [
        ("s", "UPDATE_IN_PROGRESS"),
        ("Table", "UPDATE_FAILED"),
        ("s", "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("s", "UPDATE_ROLLBACK_COMPLETE"),
    ]
    assert (made.template, made.outputs[0]["OutputValue"]) == (before, "orders")
    kept = regions.tables("us-east-1").catalogue.tables["orders"]
    assert kept.schema.table_class == "STANDARD"
    made.update(template(TableName="orders", Tags=[{"Key": "a", "Value": "b"}]))
    assert (made.status, made.status_reason, kept.tags) == ("UPDATE_COMPLETE", None, {"a": "b"})


def test_a_way_back_that_fails_is_said(stack: Any, regions: Any) -> None:
    """The table's class is changed, recovery fails, and then the class cannot be set back."""
    made = stack(TableName="orders")
    made.create_resources()
    regions.failing["UpdateTable"], regions.allowed["UpdateTable"] = unavailable("dynamodb", "it is away"), 1
    made.update(template(TableName="orders", TableClass="STANDARD_INFREQUENT_ACCESS", **DAYS))
    assert made.status == "UPDATE_ROLLBACK_FAILED"
    assert "it is away" in made.status_reason
    regions.failing.clear()
    made.update(template(TableName="orders", TableClass="STANDARD"))
    kept = regions.tables("us-east-1").catalogue.tables["orders"]
    assert (made.status, kept.schema.table_class) == ("UPDATE_COMPLETE", "STANDARD")


def test_a_deletion_that_fails_is_told_and_can_be_tried_again(stack: Any, regions: Any) -> None:
    made = stack(TableName="orders", DeletionProtectionEnabled=True)
    made.create_resources()
    with pytest.raises(ResourceFailed):
        made.delete()
    assert story(made)[-2:] == [("Table", "DELETE_FAILED"), ("s", "DELETE_FAILED")]
    assert "protected against deletion" in made.events[-2].resource_status_reason
    regions.tables("us-east-1").execute("UpdateTable", {"TableName": "orders", "DeletionProtectionEnabled": False}, 0)
    made.delete()
    assert (made.status, regions.names("us-east-1")) == ("DELETE_COMPLETE", [])


def test_what_an_update_could_not_delete_is_told(stack: Any, regions: Any) -> None:
    made = stack(TableName="orders", DeletionProtectionEnabled=True)
    made.create_resources()
    made.update(template(TableName="other"))
    assert made.status == "UPDATE_COMPLETE"
    assert ("Table", "DELETE_FAILED") in story(made)
    assert regions.names("us-east-1") == ["orders", "other"]


def test_a_template_that_is_wrong_changes_nothing(stack: Any, regions: Any) -> None:
    made = stack(TableName="orders")
    made.create_resources()
    before, seen = made.template, len(made.events)
    wrong = json.loads(template(TableName="orders"))
    wrong["Outputs"] = {"No": {"Value": {"Fn::GetAtt": ["Table", "Colour"]}}}
    with pytest.raises(CloudFormationError, match="does not support attribute type Colour"):
        made.update(json.dumps(wrong))
    assert (made.template, len(made.events), made.outputs[0]["OutputValue"]) == (before, seen, "orders")
