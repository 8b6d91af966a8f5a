"""Our CloudFormation backend: what it refuses before anything is made, and what it keeps when something fails."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.cloudformation.exceptions import AlreadyExistsException, ValidationError
from moto.cloudformation.models import cloudformation_backends
from moto.s3.models import s3_backends

from sandbox.aws.services.cloudformation.models import SandboxCloudFormationBackend, install, refuse_unbuildable
from sandbox.aws.services.dynamodb import models as tables
from sandbox.kernel.errors import unavailable

ODD = json.dumps({"Resources": {"Odd": {"Type": "AWS::Unheard::Of"}}})
TABLE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def template(*, kind: str = "AWS::DynamoDB::Table", outputs: Any = None, **properties: Any) -> str:
    table = {"Type": kind, "Properties": TABLE | properties}
    return json.dumps({"Resources": {"Table": table}, "Outputs": outputs or {}})


@pytest.fixture
def backend(regions: Any) -> SandboxCloudFormationBackend:
    install()
    tables.install(regions)
    cloudformation_backends.clear()  # of other tests' making: a nested stack is made by its region's backend
    return SandboxCloudFormationBackend("us-east-1", "000000000000")


@pytest.mark.parametrize(
    "make",
    [
        lambda backend: backend.create_stack(name="s", template=ODD, parameters={}),
        lambda backend: backend.create_change_set(
            stack_name="s",
            change_set_name="c",
            template=ODD,
            parameters={},
            description="",
            change_set_type="CREATE",
        ),
    ],
)
def test_every_way_to_a_stack_is_guarded(backend: Any, make: Any) -> None:
    with pytest.raises(ValidationError, match=r"Template error: \[Odd\] AWS::Unheard::Of is not emulated"):
        make(backend)
    assert not backend.stacks


def test_yaml_with_short_functions_is_read() -> None:
    refuse_unbuildable("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Sub 'a-${Q}'\n")


def test_a_stack_that_fails_is_there_to_be_looked_at_and_not_to_be_updated(backend: Any, regions: Any) -> None:
    stack = backend.create_stack("s", template(TableName="x"), {})
    assert (stack.status, backend.get_stack("s")) == ("ROLLBACK_COMPLETE", stack)
    with pytest.raises(ValidationError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        backend.update_stack("s", template(), None, [], None)
    backend.delete_stack("s")
    assert (list(backend.stacks), stack.status) == ([], "DELETE_COMPLETE")


def test_a_template_that_is_wrong_leaves_neither_stack_nor_table(backend: Any, regions: Any) -> None:
    """The export asks for the table before moto makes the rest, and finds that the attribute is not there."""
    stream = {"S": {"Value": {"Fn::GetAtt": ["Table", "StreamArn"]}, "Export": {"Name": "s"}}}
    with pytest.raises(ValidationError, match="does not support attribute type StreamArn"):
        backend.create_stack("s", template(outputs=stream), {})
    assert (list(backend.stacks), regions.names("us-east-1"), backend.exports) == ([], [], {})


def test_stacks_that_fail_beside_each_other_are_not_mixed_up(backend: Any, regions: Any) -> None:
    """While one makes its table, another is begun and fails, and a third is refused for its name."""
    days = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 99}

    def meanwhile() -> None:
        regions.on_create = None
        assert backend.create_stack("t", template(TableName="x"), {}).status == "ROLLBACK_COMPLETE"
        with pytest.raises(AlreadyExistsException):
            backend.create_stack("s", template(), {})

    regions.on_create = meanwhile
    stack = backend.create_stack("s", template(TableName="late", PointInTimeRecoverySpecification=days), {})
    assert (stack.name, stack.status) == ("s", "ROLLBACK_COMPLETE")
    assert [each.name for each in backend.stacks.values()] == ["s", "t"]


def test_a_stack_that_breaks_is_nobodys_work(backend: Any, regions: Any) -> None:
    """A bug of the emulator while the exports are looked at: the stack can still be deleted."""
    regions.failing["CreateTable"] = KeyError("a bug")
    name = {"N": {"Value": {"Ref": "Table"}, "Export": {"Name": "table"}}}
    with pytest.raises(KeyError):
        backend.create_stack("s", template(outputs=name), {})
    backend.delete_stack("s")
    assert backend.stacks == {}


def test_what_a_failed_stack_exports_is_free_again(backend: Any, regions: Any) -> None:
    name = {"N": {"Value": {"Ref": "Table"}, "Export": {"Name": "table"}}}
    assert backend.create_stack("s", template(outputs=name, TableName="x"), {}).status == "ROLLBACK_COMPLETE"
    assert backend.create_stack("t", template(outputs=name), {}).status == "CREATE_COMPLETE"
    assert list(backend.exports) == ["table"]
    backend.delete_stack("t")
    assert backend.exports == {}


def test_a_stack_that_cannot_be_deleted_stays_under_its_name(backend: Any, regions: Any) -> None:
    stack = backend.create_stack("s", template(TableName="guarded", DeletionProtectionEnabled=True), {})
    for _ in range(2):
        backend.delete_stack("s")
        assert (backend.get_stack("s").status, regions.names("us-east-1")) == ("DELETE_FAILED", ["guarded"])
    regions.tables("us-east-1").execute("UpdateTable", {"TableName": "guarded", "DeletionProtectionEnabled": False}, 0)
    backend.delete_stack(stack.stack_id)
    assert (stack.status, regions.names("us-east-1")) == ("DELETE_COMPLETE", [])


def test_a_stack_at_work_is_neither_changed_nor_deleted(backend: Any, regions: Any) -> None:
    refused: list[str] = []

    def meanwhile() -> None:
        for call in (lambda: backend.update_stack("s", template(), None, [], None), lambda: backend.delete_stack("s")):
            with pytest.raises(ValidationError) as caught:
                call()
            refused.append(caught.value.message.partition(" is in ")[2])

    regions.on_create = meanwhile
    assert backend.create_stack("s", template(TableName="orders"), {}).status == "CREATE_COMPLETE"
    assert refused == [f"CREATE_IN_PROGRESS state and can not be {what}." for what in ("updated", "deleted")]


def test_a_stack_is_listed_until_it_is_gone(backend: Any, regions: Any) -> None:
    stack = backend.create_stack("s", template(TableName="orders"), {})
    seen: list[str] = []
    stack.resource_map["Table"].delete = lambda account, region: seen.append(backend.get_stack("s").status)
    backend.delete_stack("s")
    assert (seen, stack.status, backend.stacks) == (["DELETE_IN_PROGRESS"], "DELETE_COMPLETE", {})


def test_a_table_that_is_half_made_stays_the_stacks(backend: Any, regions: Any) -> None:
    """Recovery fails, and so does taking the table away: the stack says so, and deletes it when it can."""
    regions.failing["DeleteTable"] = unavailable("dynamodb", "it is away")
    days = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 99}
    stack = backend.create_stack("s", template(TableName="half", PointInTimeRecoverySpecification=days), {})
    assert (stack.status, regions.names("us-east-1")) == ("ROLLBACK_FAILED", ["half"])
    assert [each.physical_resource_id for each in stack.stack_resources] == ["half"]
    regions.failing.clear()
    backend.delete_stack("s")
    assert (stack.status, regions.names("us-east-1")) == ("DELETE_COMPLETE", [])


def test_change_sets_of_one_name_belong_to_their_stacks(backend: Any, regions: Any) -> None:
    """CDK gives all of its change sets the same name."""
    for stack in ("one", "two"):
        backend.create_change_set(
            stack_name=stack,
            change_set_name="cdk-deploy-change-set",
            template=template(TableName=f"of-{stack}", outputs={"N": {"Value": {"Ref": "Table"}}}),
            parameters={},
            description="",
            change_set_type="CREATE",
        )
    backend.execute_change_set("cdk-deploy-change-set", "one")
    assert regions.names("us-east-1") == ["of-one"]
    assert backend.get_stack("one").outputs[0]["OutputValue"] == "of-one"
    assert backend.get_stack("two").status == "REVIEW_IN_PROGRESS"
    with pytest.raises(ValidationError):
        backend.execute_change_set("cdk-deploy-change-set", "three")


def test_a_change_set_that_fails_takes_its_stack_back(backend: Any, regions: Any) -> None:
    common = {"stack_name": "s", "change_set_name": "c", "description": "", "parameters": {}}
    backend.create_change_set(**common, template=template(TableName="x"), change_set_type="CREATE")
    backend.execute_change_set("c", "s")
    assert backend.get_stack("s").status == "ROLLBACK_COMPLETE"


def test_a_nested_stack_that_fails_fails_its_parent(backend: Any, regions: Any) -> None:
    bucket = s3_backends["000000000000"]["aws"].create_bucket("templates-of-ours", "us-east-1")
    s3_backends["000000000000"]["aws"].put_object(bucket.name, "inner.json", template(TableName="x").encode())
    inner = {"TemplateURL": f"https://s3.amazonaws.com/{bucket.name}/inner.json"}
    parent = {
        "Beside": {"Type": "AWS::DynamoDB::Table", "Properties": TABLE | {"TableName": "beside"}},
        "Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": inner},
    }
    stack = backend.create_stack("s", json.dumps({"Resources": parent}), {})
    assert stack.status == "ROLLBACK_COMPLETE"
    [failed] = [event for event in stack.events if event.resource_status == "CREATE_FAILED"]
    assert (failed.logical_resource_id, failed.resource_type) == ("Inner", "AWS::CloudFormation::Stack")
    assert "greater than or equal to 3" in failed.resource_status_reason
    assert regions.names("us-east-1") == []
    assert [stack.status for stack in cloudformation_backends["000000000000"]["us-east-1"].stacks.values()] == []


def test_a_type_does_not_change_under_its_name(backend: Any, regions: Any) -> None:
    backend.create_stack("s", template(), {})
    other = template(kind="AWS::DynamoDB::GlobalTable", Replicas=[{"Region": "us-east-1"}])
    with pytest.raises(ValidationError, match=r"Update of resource type is not permitted.*\[Table\]"):
        backend.update_stack("s", other, None, [], None)


def test_an_operation_on_a_stack_set_fails_with_a_stack_of_it(backend: Any, regions: Any) -> None:
    for name, status in (("x", "FAILED"), ("long-enough", "SUCCEEDED")):
        stack_set = backend.create_stack_set(f"set-{name}", template(TableName=name), {}, {}, "", None, None, None)
        operation = backend.create_stack_instances(stack_set.name, ["000000000000"], ["eu-west-1"], [], None)
        assert stack_set.get_operation(operation)["Status"] == status
    assert regions.names("eu-west-1") == ["long-enough"]
    cloudformation_backends["000000000000"]["eu-west-1"].stacks.clear()
