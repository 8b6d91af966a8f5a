"""A stack's resources: what is made when, and what a failure leaves."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.front_door import cut_off_home
from sandbox.aws.services.cloudformation.failures import ResourceFailed
from sandbox.aws.services.cloudformation.resources import SandboxResourceMap
from sandbox.aws.services.dynamodb.models import install

REGION = "us-east-1"
TABLE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def table(name: str, *, policy: str = "", condition: str = "", replace_policy: str = "", **given: Any) -> Any:
    made: dict[str, Any] = {"Type": "AWS::DynamoDB::Table", "Properties": TABLE | {"TableName": name} | given}
    attributes = {"DeletionPolicy": policy, "Condition": condition, "UpdateReplacePolicy": replace_policy}
    return {**made, **{key: value for key, value in attributes.items() if value}}


def template(parameters: Any = None, **resources: Any) -> dict[str, Any]:
    more = {}
    if parameters:
        condition = {"Fn::Equals": [{"Ref": "Stage"}, "live"]}
        more = {"Parameters": parameters, "Conditions": {"IsLive": condition}}
    return {"Resources": resources, **more}


STAGE = {"Stage": {"Type": "String", "Default": "test"}}


@pytest.fixture
def make(regions: Any) -> Any:
    install(regions)

    def of(first: dict[str, Any], **parameters: str) -> SandboxResourceMap:
        made = SandboxResourceMap(
            "arn:stack", "s", parameters, {}, account_id="000000000000", region_name=REGION, template=first,
            cross_stack_resources=None,
        )  # fmt: skip
        made.load()
        made.create(first)
        return made

    return of


def test_a_failure_names_the_resource_that_failed_not_the_one_that_asked(make: Any) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Table"}}}
    with pytest.raises(ResourceFailed) as caught:
        make(template(Queue=queue, Table=table("x")))
    assert (caught.value.logical_id, caught.value.resource_type) == ("Table", "AWS::DynamoDB::Table")
    assert "greater than or equal to 3" in caught.value.reason


def test_a_failure_of_motos_is_named_too(make: Any) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "twice", "AssumeRolePolicyDocument": {}}}
    with pytest.raises(ResourceFailed) as caught:
        make(template(First=role, Second=role))
    assert caught.value.logical_id == "Second"
    assert "EntityAlreadyExists" in caught.value.reason


def test_without_its_home_a_global_service_makes_changes_and_deletes_nothing_for_a_stack(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for everybody who calls it; what regions make is made."""
    asked: list[str] = []

    def refuse(service: str) -> None:
        asked.append(service)
        raise cut_off_home(service, "us-east-1")

    zone: dict[str, Any] = {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": "a.test"}}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}
    resources = make(template(Zone=zone))
    monkeypatch.setattr(SandboxResourceMap, "refuse_lost_home", staticmethod(refuse))
    make(template(Queue=queue, Kept={**zone, "Condition": "IsLive"}, parameters=STAGE))
    assert asked == [], "a condition that is false wants nothing"
    with pytest.raises(ResourceFailed) as caught:
        make(template(Queue=queue, Role={"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}))
    assert (caught.value.logical_id, asked) == ("Role", ["iam"])
    assert "its home us-east-1 is cut off" in caught.value.reason
    assert "(Error Code: ServiceUnavailable)" in caught.value.reason
    renamed = {**zone, "Properties": {"Name": "a.test", "HostedZoneConfig": {"Comment": "new"}}}
    with pytest.raises(ResourceFailed, match="control plane of route53"):
        resources.update(template(Zone=renamed))
    with pytest.raises(ResourceFailed, match="control plane of route53"):
        resources.delete()
    monkeypatch.undo()
    resources.delete()


def test_an_update_deletes_last(make: Any, regions: Any) -> None:
    """What fails, fails before anything is lost."""
    resources = make(template(A=table("removed")))
    with pytest.raises(ResourceFailed):
        resources.update(template(B=table("x")))
    assert regions.names(REGION) == ["removed"]
    resources.undo_update(template(A=table("removed")), {})
    resources.update(template(B=table("added")))
    assert regions.names(REGION) == ["added"]
    resources.update(template(A=table("removed")))
    assert regions.names(REGION) == ["removed"], "what was removed once is made again"


def test_a_replaced_table_comes_back_when_the_update_fails(make: Any, regions: Any) -> None:
    first = template(A=table("first"), B=table("beside"))
    resources = make(first)
    before = resources["A"]
    failing = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 99}}
    with pytest.raises(ResourceFailed) as caught:
        resources.update(template(A=table("second"), B=table("beside", **failing)))
    assert (caught.value.logical_id, regions.names(REGION)) == ("B", ["beside", "first", "second"])
    resources.undo_update(first, {})
    assert regions.names(REGION) == ["beside", "first"]
    assert resources["A"] is before


@pytest.mark.parametrize(
    ("policy", "kept"), [("", False), ("Delete", False), ("Retain", True), ("RetainExceptOnCreate", True)]
)
def test_what_is_retained_outlives_update_and_deletion(make: Any, regions: Any, policy: str, kept: bool) -> None:
    resources = make(template(A=table("first", policy=policy), B=table("second", policy=policy)))
    resources.update(template(B=table("second", policy=policy)))
    assert ("first" in regions.names(REGION)) is kept
    resources.delete()
    assert ("second" in regions.names(REGION)) is kept


@pytest.mark.parametrize(("policy", "kept"), [("", False), ("Retain", True)])
def test_a_table_that_is_replaced_goes_unless_it_is_to_stay(make: Any, regions: Any, policy: str, kept: bool) -> None:
    resources = make(template(A=table("first", replace_policy=policy)))
    resources.update(template(A=table("second", replace_policy=policy)))
    assert ("first" in regions.names(REGION)) is kept
    assert "second" in regions.names(REGION)


@pytest.mark.parametrize(("policy", "kept"), [("", False), ("Retain", True), ("RetainExceptOnCreate", False)])
def test_a_creation_is_undone_but_for_what_is_retained(make: Any, regions: Any, policy: str, kept: bool) -> None:
    resources = make(template(A=table("first", policy=policy)))
    assert resources.undo_creation() == []
    assert ("first" in regions.names(REGION)) is kept


def test_a_closed_map_makes_nothing(make: Any, regions: Any) -> None:
    """moto would make a deleted table again for whoever looks at the stack."""
    resources = make(template(A=table("first")))
    resources.delete()
    assert list(resources.values()) == [None]
    assert regions.names(REGION) == []


def test_what_cannot_be_removed_is_told_and_out_of_the_stack(make: Any, regions: Any) -> None:
    resources = make(template(A=table("guarded", DeletionProtectionEnabled=True), B=table("beside")))
    resources.update(template(B=table("beside")))
    [failure] = resources.cleanup_failures
    assert (failure.logical_id, regions.names(REGION)) == ("A", ["beside", "guarded"])
    resources.update(template(B=table("beside")))
    assert resources.cleanup_failures == []


def test_a_failed_deletion_names_what_is_left(make: Any, regions: Any) -> None:
    resources = make(template(A=table("guarded", DeletionProtectionEnabled=True), B=table("beside")))
    with pytest.raises(ResourceFailed) as caught:
        resources.delete()
    assert (caught.value.logical_id, regions.names(REGION)) == ("A", ["guarded"])


def test_a_condition_decides_in_updates_too(make: Any, regions: Any) -> None:
    whole = template({"Stage": {"Type": "String"}}, A=table("always"), B=table("live", condition="IsLive"))
    resources = make(whole, Stage="test")
    for stage, names in (("live", ["always", "live"]), ("test", ["always"])):
        resources.update(whole, {"Stage": stage})
        assert regions.names(REGION) == names


def test_what_a_condition_removes_is_not_changed_before(make: Any, regions: Any) -> None:
    """With 99 days the change would fail, but the table is on its way out."""
    recovery = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": {"Ref": "Days"}}
    live = table("live", condition="IsLive", PointInTimeRecoverySpecification=recovery)
    whole = template({"Stage": {"Type": "String"}, "Days": {"Type": "Number"}}, A=table("always"), B=live)
    resources = make(whole, Stage="live", Days="9")
    resources.update(whole, {"Stage": "test", "Days": "99"})
    assert regions.names(REGION) == ["always"]


def test_an_output_that_cannot_be_had_fails_before_anything_is_deleted(make: Any, regions: Any) -> None:
    resources = make(template(A=table("first")))
    stream = {"S": {"Value": {"Fn::GetAtt": ["B", "StreamArn"]}}}
    with pytest.raises(ResourceFailed, match="Outputs"):
        resources.update({**template(B=table("second")), "Outputs": stream})
    assert regions.names(REGION) == ["first", "second"]
