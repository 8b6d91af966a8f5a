"""Claims about the calls on a region that concern global tables."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.replication.api import table_name
from sandbox.replication.values import Durations

World = Any
Tell = Callable[..., Any]
ACCOUNT = "000000000000"


def test_a_call_on_items_is_left_to_tables(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        replication = world.regions[0].replication
        for action in ("PutItem", "GetItem", "Query", "DescribeTable"):
            assert replication.execute_before(ACCOUNT, action, {"TableName": "orders"}) is None
        assert replication.execute_before(ACCOUNT, "UpdateTable", {"TableName": "other", "BillingMode": "x"}) is None
        assert replication.execute_before(ACCOUNT, "ListTables", {}) is None

    in_a_world(story)


def test_a_table_of_that_name_in_the_target_region_is_never_adopted(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        tokyo, dublin, _ = world.regions
        await tokyo.create_table()
        await dublin.create_table()
        with pytest.raises(Refusal, match="because one or more replicas already existed as tables"):
            await dublin.add_replica(tokyo.code)
        assert "Replicas" not in await dublin.describe()

    in_a_world(story)


def test_a_missing_table_gets_no_replica(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        tokyo, dublin, _ = world.regions
        with pytest.raises(Refusal) as refusal:
            await dublin.add_replica(tokyo.code)
        assert refusal.value.code == "ResourceNotFoundException"

    in_a_world(story)


def test_a_protected_replica_is_not_deleted_from_elsewhere(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, _ = world.regions
        await dublin.call("UpdateTable", TableName="orders", DeletionProtectionEnabled=True)
        await asyncio.sleep(1.0)
        with pytest.raises(Refusal) as refusal:
            await tokyo.remove_replica(dublin.code)
        assert refusal.value.message == (
            "Cannot delete table orders in region eu-west-1 because it has deletion protection enabled. Disable "
            "deletion protection first."
        )

    in_a_world(story)


def test_a_second_change_waits_for_the_first(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        tokyo, dublin, virginia = world.regions
        await dublin.create_table()
        answers = await asyncio.gather(
            dublin.add_replica(tokyo.code), dublin.add_replica(virginia.code), return_exceptions=True
        )
        assert [isinstance(answer, Refusal) and answer.code for answer in answers] == [False, "ResourceInUseException"]

    in_a_world(story)


def test_a_provisioned_table_needs_write_auto_scaling(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        tokyo, dublin, _ = world.regions
        units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
        await dublin.create_table(BillingMode="PROVISIONED", ProvisionedThroughput=units)
        with pytest.raises(Refusal, match="Table write capacity should either be Pay-Per-Request or AutoScaled"):
            await dublin.add_replica(tokyo.code)
        dublin.replication._calls._is_scaled = lambda account, table, index: True
        await dublin.add_replica(tokyo.code, ProvisionedThroughputOverride={"ReadCapacityUnits": 7})
        await world.are_active(regions=(tokyo, dublin))
        [replica] = (await dublin.describe())["Replicas"]
        assert replica["ProvisionedThroughputOverride"] == {"ReadCapacityUnits": 7}
        assert (await tokyo.describe())["ProvisionedThroughput"]["ReadCapacityUnits"] == 7

    in_a_world(story)


def test_a_replica_gets_settings_of_its_own_later(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        update = {"RegionName": dublin.code, "TableClassOverride": "STANDARD_INFREQUENT_ACCESS"}
        await tokyo.call("UpdateTable", TableName="orders", ReplicaUpdates=[{"Update": update}])
        await asyncio.sleep(1.0)
        shown = {replica["RegionName"]: replica for replica in (await virginia.describe())["Replicas"]}
        assert shown[dublin.code]["ReplicaTableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
        assert (await dublin.describe())["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
        assert "TableClassSummary" not in await virginia.describe()

    in_a_world(story)


def test_the_stream_of_a_member_stays_on(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        dublin = world.regions[1]
        with pytest.raises(Refusal, match="Disabling Stream is not allowed for a Global Table replica"):
            await dublin.call("UpdateTable", TableName="orders", StreamSpecification={"StreamEnabled": False})
        on = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        with pytest.raises(Refusal, match="Table already has an enabled stream: TableName: orders"):
            await dublin.call("UpdateTable", TableName="orders", StreamSpecification=on)

    in_a_world(story)


def test_a_deletion_echoes_active_and_shows_deleting(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, _ = world.regions
        answer = await tokyo.remove_replica(dublin.code)
        echoed = {replica["RegionName"]: replica["ReplicaStatus"] for replica in answer["Replicas"]}
        assert echoed[dublin.code] == "ACTIVE"
        image = await tokyo.describe()
        assert image["TableStatus"] == "UPDATING"
        await asyncio.sleep(4.0)
        image = await tokyo.describe()
        shown = {replica["RegionName"]: replica["ReplicaStatus"] for replica in image["Replicas"]}
        assert (image["TableStatus"], shown[dublin.code]) == ("ACTIVE", "DELETING")
        with pytest.raises(Refusal, match="already existed as tables"):
            await tokyo.add_replica(dublin.code)

    in_a_world(story, durations=Durations(updating_s=3.0, deleting_s=20.0))


def test_auto_scaling_is_described_for_global_tables_with_the_home_region(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        _, dublin, _ = world.regions
        for action in ("DescribeTableReplicaAutoScaling", "UpdateTableReplicaAutoScaling"):
            with pytest.raises(Refusal, match="Global table with name: 'orders' does not exist"):
                await dublin.call(action, TableName="orders")
        await world.global_table()
        answer = await dublin.call("DescribeTableReplicaAutoScaling", TableName="orders")
        replicas = answer["TableAutoScalingDescription"]["Replicas"]
        assert [replica["RegionName"] for replica in replicas] == ["ap-northeast-1", "eu-west-1", "us-east-1"]

    in_a_world(story)


def test_global_tables_of_2017_are_refused(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        with pytest.raises(Refusal, match=r"version 2017\.11\.29 is not supported"):
            await world.regions[0].call("CreateGlobalTable", GlobalTableName="orders", ReplicationGroup=[])

    in_a_world(story)


def test_a_table_is_known_by_its_arn_too() -> None:
    assert table_name("arn:aws:dynamodb:eu-west-1:000000000000:table/orders") == "orders"
    assert table_name("orders") == "orders"


def test_a_change_of_one_thing_in_a_replica_does_not_spread_its_overrides(in_a_world: Tell) -> None:
    """GT 1.29: another class or read capacity stays that replica's own; GT 1.30: so does deletion protection."""

    async def story(world: World) -> None:
        tokyo, dublin, _ = world.regions
        await dublin.create_table()
        await dublin.add_replica(tokyo.code, TableClassOverride="STANDARD_INFREQUENT_ACCESS")
        await world.are_active(regions=(tokyo, dublin))
        await tokyo.call("UpdateTable", TableName="orders", DeletionProtectionEnabled=True)
        await asyncio.sleep(1.0)
        assert "TableClassSummary" not in await dublin.describe()
        assert (await tokyo.describe())["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
        await tokyo.call("UpdateTable", TableName="orders", TableClass="STANDARD")
        await dublin.call("UpdateTable", TableName="orders", TableClass="STANDARD_INFREQUENT_ACCESS")
        await asyncio.sleep(1.0)
        for region in (tokyo, dublin):
            assert (await region.describe())["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"

    in_a_world(story)


def test_a_provisioned_table_needs_write_scaling_on_the_table_and_on_each_index(in_a_world: Tell) -> None:
    """GT 1.16."""

    async def story(world: World) -> None:
        tokyo, dublin, _ = world.regions
        units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
        index = {
            "IndexName": "by-city",
            "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": units,
        }
        await dublin.create_table(
            BillingMode="PROVISIONED",
            ProvisionedThroughput=units,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "city")],
            GlobalSecondaryIndexes=[index],
        )
        scaled: set[str | None] = set()
        dublin.replication._calls._is_scaled = lambda account, table, name: name in scaled
        with pytest.raises(Refusal, match="Table write capacity should either be Pay-Per-Request or AutoScaled"):
            await dublin.add_replica(tokyo.code)
        scaled.add(None)
        with pytest.raises(Refusal, match="GSI write capacity should either be Pay-Per-Request or AutoScaled"):
            await dublin.add_replica(tokyo.code)
        scaled.add("by-city")
        await dublin.add_replica(tokyo.code)
        await world.are_active(regions=(tokyo, dublin))

    in_a_world(story)
