"""AWS::DynamoDB::GlobalTable with several replicas, as templates and CDK's TableV2 write it, on real regions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.client.sandbox import Sandbox

pytestmark = pytest.mark.live

REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
VIRGINIA, DUBLIN, TOKYO = REGIONS
STREAM = {"StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"}}
SCHEMA: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    with Sandbox(regions=REGIONS, seed=1, app=False) as started:
        yield started


def template(properties: dict[str, Any], **attributes: Any) -> str:
    table = {"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties, **attributes}
    outputs = {name: {"Value": {"Fn::GetAtt": ["Table", name]}} for name in ("Arn", "StreamArn", "TableId")}
    return json.dumps(
        {"Resources": {"Table": table}, "Outputs": outputs if "StreamSpecification" in properties else {}}
    )


def replicas(*regions: str, **settings: Any) -> dict[str, Any]:
    return {"Replicas": [{"Region": region, **settings.get(region, {})} for region in regions]}


class Stack:
    """One stack with one table, in one region."""

    def __init__(self, planet: Sandbox, region: str, name: str) -> None:
        self.planet = planet
        self.region = region
        self.name = self.id = name
        self.api = planet.client("cloudformation", region=region)

    def create(self, properties: dict[str, Any], **attributes: Any) -> str:
        body = template(properties | {"TableName": self.name}, **attributes)
        self.api.create_stack(StackName=self.name, TemplateBody=body)
        return self.end

    def update(self, properties: dict[str, Any]) -> str:
        body = template(properties | {"TableName": self.name})
        self.api.update_stack(StackName=self.name, TemplateBody=body)
        return self.end

    def delete(self) -> str:
        self.id = self.api.describe_stacks(StackName=self.name)["Stacks"][0]["StackId"]
        self.api.delete_stack(StackName=self.name)
        return self.end

    @property
    def status(self) -> str:
        status: str = self.api.describe_stacks(StackName=self.id)["Stacks"][0]["StackStatus"]
        return status

    @property
    def end(self) -> str:
        """The status when the operation is over; on a busy machine that may be after its call was answered."""
        self.planet.wait_until(lambda: not self.status.endswith("_IN_PROGRESS"), within_s=60)
        return self.status

    @property
    def outputs(self) -> dict[str, str]:
        stack = self.api.describe_stacks(StackName=self.name)["Stacks"][0]
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}

    @property
    def reasons(self) -> str:
        events = self.api.describe_stack_events(StackName=self.name)["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in events)

    def tables(self, region: str) -> Any:
        return self.planet.client("dynamodb", region=region)

    def table(self, region: str) -> dict[str, Any]:
        described: dict[str, Any] = self.tables(region).describe_table(TableName=self.name)["Table"]
        return described

    def table_class(self, region: str) -> str:
        name: str = self.table(region).get("TableClassSummary", {}).get("TableClass", "STANDARD")
        return name

    def members(self, region: str) -> set[str]:
        """The regions that know each other, this one included (GT 1.08)."""
        return {region} | {replica["RegionName"] for replica in self.table(region).get("Replicas", ())}

    def has(self, key: str, region: str) -> bool:
        return "Item" in self.tables(region).get_item(TableName=self.name, Key={"id": {"S": key}})

    def homes(self) -> set[str]:
        """Every region that has a table of this name."""
        return {region for region in REGIONS if self.name in self.tables(region).list_tables()["TableNames"]}


@pytest.mark.parametrize("home", [VIRGINIA, DUBLIN])
def test_three_replicas_are_made_at_once_and_hold_the_same_items(planet: Sandbox, home: str) -> None:
    """GT 7.06, 7.11 and LocalStack #12811: the stack's own region stands last among the replicas, as CDK writes it."""
    others = [region for region in REGIONS if region != home]
    stack = Stack(planet, home, f"three-{home}")
    retained = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Retain"}
    assert stack.create(SCHEMA | STREAM | replicas(*others, home), **retained) == "CREATE_COMPLETE", stack.reasons
    for region in REGIONS:
        assert stack.members(region) == set(REGIONS)
        statuses = {replica["ReplicaStatus"] for replica in stack.table(region)["Replicas"]}
        assert (stack.table(region)["TableStatus"], statuses) == ("ACTIVE", {"ACTIVE"})
    assert stack.outputs["Arn"] == stack.table(home)["TableArn"]
    assert stack.outputs["StreamArn"] == stack.table(home)["LatestStreamArn"]
    stack.tables(others[0]).put_item(TableName=stack.name, Item={"id": {"S": "7"}})
    for region in REGIONS:
        planet.wait_until(lambda region=region: stack.has("7", region))  # type: ignore[misc]
    assert stack.delete() == "DELETE_COMPLETE"
    assert stack.homes() == set()


def test_updates_add_and_remove_one_replica_each(planet: Sandbox) -> None:
    """GT 7.05, 7.06, 7.08: a plain table becomes global, grows, shrinks and is plain again, with its items."""
    stack = Stack(planet, VIRGINIA, "growing")
    assert stack.create(SCHEMA | replicas(VIRGINIA)) == "CREATE_COMPLETE"
    stack.tables(VIRGINIA).put_item(TableName=stack.name, Item={"id": {"S": "7"}})
    made = stack.table(VIRGINIA)["TableId"]
    assert "Replicas" not in stack.table(VIRGINIA)
    assert stack.update(SCHEMA | STREAM | replicas(*REGIONS)) == "UPDATE_ROLLBACK_COMPLETE"
    assert "one replica can be added or removed" in stack.reasons
    assert stack.update(SCHEMA | STREAM | replicas(VIRGINIA, DUBLIN)) == "UPDATE_COMPLETE", stack.reasons
    assert stack.update(SCHEMA | STREAM | replicas(*REGIONS)) == "UPDATE_COMPLETE", stack.reasons
    assert stack.members(TOKYO) == set(REGIONS)
    assert stack.has("7", TOKYO)
    assert stack.update(SCHEMA | STREAM | replicas(VIRGINIA, TOKYO)) == "UPDATE_COMPLETE", stack.reasons
    assert stack.homes() == {VIRGINIA, TOKYO}
    assert stack.update(SCHEMA | replicas(VIRGINIA)) == "UPDATE_COMPLETE", stack.reasons
    assert stack.homes() == {VIRGINIA}
    table = stack.table(VIRGINIA)
    assert not {"Replicas", "GlobalTableVersion", "StreamSpecification"} & table.keys()
    assert (table["TableId"], table["ItemCount"]) == (made, 1)
    assert stack.update(SCHEMA | replicas(DUBLIN)) == "UPDATE_ROLLBACK_COMPLETE"
    assert "must contain an entry for the current region" in stack.reasons
    assert stack.delete() == "DELETE_COMPLETE"
    assert stack.homes() == set()


def test_each_replica_has_settings_of_its_own(planet: Sandbox) -> None:
    """GT 1.28 to 1.30, 7.02: tags, recovery and protection by region; indexes, time to live and stream everywhere."""
    city = {"AttributeName": "city", "AttributeType": "S"}
    index = {
        "IndexName": "by-city",
        "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    expiry = {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"}}
    indexed = {
        "AttributeDefinitions": [*SCHEMA["AttributeDefinitions"], city],
        "GlobalSecondaryIndexes": [index],
    }
    own = {
        VIRGINIA: {"Tags": [{"Key": "at", "Value": "home"}], "GlobalSecondaryIndexes": [{"IndexName": "by-city"}]},
        DUBLIN: {
            "Tags": [{"Key": "at", "Value": "sea"}],
            "DeletionProtectionEnabled": True,
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "GlobalSecondaryIndexes": [{"IndexName": "by-city"}],
        },
    }
    stack = Stack(planet, VIRGINIA, "own-settings")
    wanted = SCHEMA | STREAM | expiry | indexed
    assert stack.create(wanted | replicas(DUBLIN, VIRGINIA, **own)) == "CREATE_COMPLETE", stack.reasons
    for region, tag, protected in ((VIRGINIA, "home", False), (DUBLIN, "sea", True)):
        table, api = stack.table(region), stack.tables(region)
        assert api.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [{"Key": "at", "Value": tag}]
        assert table["DeletionProtectionEnabled"] is protected
        assert [each["IndexName"] for each in table["GlobalSecondaryIndexes"]] == ["by-city"]
        assert api.describe_time_to_live(TableName=stack.name)["TimeToLiveDescription"]["AttributeName"] == "until"
        recovery = api.describe_continuous_backups(TableName=stack.name)["ContinuousBackupsDescription"]
        status = recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
        assert (status == "ENABLED") is protected
    assert stack.delete() == "DELETE_FAILED", "Dublin is protected (GT 1.36)"
    assert stack.homes() == {VIRGINIA, DUBLIN}
    stack.tables(DUBLIN).update_table(TableName=stack.name, DeletionProtectionEnabled=False)
    assert stack.delete() == "DELETE_COMPLETE"
    assert stack.homes() == set()


def scaled(name: str, least: int, most: int, aim: int) -> dict[str, Any]:
    """Auto scaling settings of one capacity, as a template writes them."""
    tracking = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": aim}}
    return {name: {"MinCapacity": least, "MaxCapacity": most, **tracking}}


def targets_in(planet: Sandbox, region: str, table: str) -> dict[str, tuple[int, int]]:
    """Dimension of each capacity that scales there -> its bounds."""
    api = planet.client("application-autoscaling", region=region)
    found = api.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
    return {
        f"{each['ResourceId'].removeprefix(f'table/{table}')}{each['ScalableDimension'].removeprefix('dynamodb:')}": (
            each["MinCapacity"],
            each["MaxCapacity"],
        )
        for each in found
        if each["ResourceId"].split("/")[1] == table
    }


def test_a_provisioned_table_scales_in_each_of_its_replicas(planet: Sandbox) -> None:
    """GT 1.28, 1.29, 7.02, 7.04: writes scale alike everywhere, reads as each replica says; an index as its table."""
    city = {"AttributeName": "city", "AttributeType": "S"}
    index = {
        "IndexName": "by-city",
        "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        "WriteProvisionedThroughputSettings": scaled("WriteCapacityAutoScalingSettings", 6, 60, 70),
    }
    provisioned: dict[str, Any] = {
        **SCHEMA,
        **STREAM,
        "BillingMode": "PROVISIONED",
        "AttributeDefinitions": [*SCHEMA["AttributeDefinitions"], city],
        "GlobalSecondaryIndexes": [index],
        "WriteProvisionedThroughputSettings": scaled("WriteCapacityAutoScalingSettings", 5, 50, 70),
    }

    def reads(least: int) -> dict[str, Any]:
        settings = scaled("ReadCapacityAutoScalingSettings", least, least * 10, 60)
        of_index = {"IndexName": "by-city", "ReadProvisionedThroughputSettings": settings}
        return {"ReadProvisionedThroughputSettings": settings, "GlobalSecondaryIndexes": [of_index]}

    own = {VIRGINIA: reads(2), DUBLIN: reads(3), TOKYO: reads(4)}
    stack = Stack(planet, VIRGINIA, "provisioned")
    assert stack.create(provisioned | replicas(*REGIONS, **own)) == "CREATE_COMPLETE", stack.reasons
    for region, least in ((VIRGINIA, 2), (DUBLIN, 3), (TOKYO, 4)):
        assert stack.members(region) == set(REGIONS)
        throughput = stack.table(region)["ProvisionedThroughput"]
        assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (least, 5)
        assert targets_in(planet, region, stack.name) == {
            "table:WriteCapacityUnits": (5, 50),
            "table:ReadCapacityUnits": (least, least * 10),
            "/index/by-cityindex:WriteCapacityUnits": (6, 60),
            "/index/by-cityindex:ReadCapacityUnits": (least, least * 10),
        }
    stack.tables(TOKYO).put_item(TableName=stack.name, Item={"id": {"S": "7"}})
    planet.wait_until(lambda: stack.has("7", VIRGINIA))
    wider = scaled("WriteCapacityAutoScalingSettings", 5, 90, 70)
    changed = provisioned | {"WriteProvisionedThroughputSettings": wider}
    assert stack.update(changed | replicas(*REGIONS, **(own | {TOKYO: reads(6)}))) == "UPDATE_COMPLETE", stack.reasons
    for region, most_reads in ((DUBLIN, 30), (TOKYO, 60)):
        bounds = targets_in(planet, region, stack.name)
        assert bounds["table:WriteCapacityUnits"] == (5, 90)
        assert bounds["table:ReadCapacityUnits"][1] == most_reads
    assert stack.update(changed | replicas(VIRGINIA, DUBLIN, **own)) == "UPDATE_COMPLETE", stack.reasons
    assert stack.homes() == {VIRGINIA, DUBLIN}
    assert targets_in(planet, TOKYO, stack.name) == {}
    assert stack.delete() == "DELETE_COMPLETE", stack.reasons
    assert stack.homes() == set()
    assert [targets_in(planet, region, stack.name) for region in REGIONS] == [{}, {}, {}]


def test_settings_of_replicas_change_with_the_template(planet: Sandbox) -> None:
    stack = Stack(planet, DUBLIN, "changing")
    rare = {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    before = {TOKYO: {"Tags": [{"Key": "a", "Value": "1"}], **rare}}
    assert stack.create(SCHEMA | STREAM | replicas(TOKYO, DUBLIN, **before)) == "CREATE_COMPLETE", stack.reasons
    assert [stack.table_class(region) for region in (DUBLIN, TOKYO)] == ["STANDARD", "STANDARD_INFREQUENT_ACCESS"]
    after = {TOKYO: {"Tags": [{"Key": "b", "Value": "2"}], "TableClass": "STANDARD"}}
    expiry = {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"}}
    assert stack.update(SCHEMA | STREAM | expiry | replicas(TOKYO, DUBLIN, **after)) == "UPDATE_COMPLETE", stack.reasons
    table, api = stack.table(TOKYO), stack.tables(TOKYO)
    assert api.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [{"Key": "b", "Value": "2"}]
    planet.wait_until(lambda: stack.table_class(TOKYO) == "STANDARD")
    planet.wait_until(
        lambda: api.describe_time_to_live(TableName=stack.name)["TimeToLiveDescription"].get("AttributeName") == "until"
    )
    keys_only = {"StreamSpecification": {"StreamViewType": "KEYS_ONLY"}}
    assert stack.update(SCHEMA | keys_only | expiry | replicas(TOKYO, DUBLIN, **after)) == "UPDATE_ROLLBACK_COMPLETE"
    assert "can only be changed while there is one replica" in stack.reasons
    assert stack.delete() == "DELETE_COMPLETE"
    assert stack.homes() == set()


def test_a_region_that_sourced_another_goes_after_it(planet: Sandbox) -> None:
    """GT 1.35: Tokyo was added by hand from Dublin, so the stack has to delete Tokyo before Dublin."""
    stack = Stack(planet, VIRGINIA, "sourced")
    assert stack.create(SCHEMA | STREAM | replicas(VIRGINIA, DUBLIN)) == "CREATE_COMPLETE", stack.reasons
    stack.tables(DUBLIN).update_table(TableName=stack.name, ReplicaUpdates=[{"Create": {"RegionName": TOKYO}}])
    planet.wait_until(lambda: TOKYO in stack.homes())  # its members are told before it is there
    planet.wait_until(lambda: stack.members(VIRGINIA) == set(REGIONS) and stack.members(TOKYO) == set(REGIONS))
    planet.wait_until(lambda: {each["ReplicaStatus"] for each in stack.table(VIRGINIA)["Replicas"]} == {"ACTIVE"})
    assert stack.delete() == "DELETE_COMPLETE", stack.reasons
    assert stack.homes() == set()


def test_a_replica_that_cannot_be_made_takes_the_others_back(planet: Sandbox) -> None:
    """Tokyo has a table of that name: AWS's reason is shown, it stays, and Virginia and Dublin are as before."""
    stack = Stack(planet, VIRGINIA, "in-the-way")
    stack.tables(TOKYO).create_table(TableName=stack.name, **SCHEMA)
    assert stack.create(SCHEMA | STREAM | replicas(DUBLIN, TOKYO, VIRGINIA)) == "ROLLBACK_COMPLETE"
    assert "one or more replicas already existed as tables" in stack.reasons
    assert stack.homes() == {TOKYO}
    stack.tables(TOKYO).delete_table(TableName=stack.name)
    stack.delete()
    unknown = Stack(planet, VIRGINIA, "nowhere")
    assert unknown.create(SCHEMA | STREAM | replicas("eu-west-3", VIRGINIA)) == "ROLLBACK_COMPLETE"
    assert "Region eu-west-3 is not supported" in unknown.reasons
    assert unknown.homes() == set()


def test_a_stopped_region_fails_the_stack_at_once_and_is_named(planet: Sandbox) -> None:
    stack = Stack(planet, VIRGINIA, "stopped")
    with planet.fault.stop(TOKYO):
        assert stack.create(SCHEMA | STREAM | replicas(DUBLIN, TOKYO, VIRGINIA)) == "ROLLBACK_COMPLETE"
        assert f"the region {TOKYO} does not answer" in stack.reasons
    planet.wait_until(lambda: stack.homes() == set(), within_s=30)
    kept = Stack(planet, VIRGINIA, "kept-whole")
    assert kept.create(SCHEMA | STREAM | replicas(DUBLIN, VIRGINIA)) == "CREATE_COMPLETE", kept.reasons
    with planet.fault.stop(DUBLIN):
        assert kept.delete() == "DELETE_FAILED"
        assert f"the region {DUBLIN} does not answer" in kept.reasons
        assert kept.members(VIRGINIA) == {VIRGINIA, DUBLIN}
    planet.wait_until(lambda: DUBLIN in kept.homes(), within_s=30)
    assert kept.delete() == "DELETE_COMPLETE", kept.reasons
    assert kept.homes() == set()


def test_a_cut_holds_a_stack_back_and_it_ends_when_the_cut_is_healed(planet: Sandbox) -> None:
    """CreateStack is answered while Tokyo is cut off; the stack is in progress, and goes on by itself."""
    stack = Stack(planet, VIRGINIA, "held-back")
    with planet.fault.isolate(TOKYO):
        body = template(SCHEMA | STREAM | replicas(TOKYO, VIRGINIA) | {"TableName": stack.name})
        stack.api.create_stack(StackName=stack.name, TemplateBody=body)
        assert (stack.status, stack.outputs) == ("CREATE_IN_PROGRESS", {})
    assert stack.end == "CREATE_COMPLETE", stack.reasons
    assert stack.members(TOKYO) == {VIRGINIA, TOKYO}
    assert stack.outputs["Arn"] == stack.table(VIRGINIA)["TableArn"]
    assert stack.delete() == "DELETE_COMPLETE"
    assert stack.homes() == set()
