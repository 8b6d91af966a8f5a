"""Claims about version 2017.11.29 where a sandbox has it: tables that were there become one, and part again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.replication.api import REPLICA_MEMBERS

World = Any
Region = Any
Tell = Callable[..., Any]
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
NAME = {"GlobalTableName": "orders"}


INDEXED = {
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "day")],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-day",
            "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


async def make(world: World, regions: Sequence[Region] = (), **more: Any) -> None:
    """Tables in every region of the world, and a global table of these."""
    for region in world.regions:
        await region.create_table(StreamSpecification=STREAM, **more)
    members = list(regions or world.regions)
    group = [{"RegionName": region.code} for region in members]
    await members[0].call("CreateGlobalTable", **NAME, ReplicationGroup=group)
    await world.are_active(regions=members)


async def described(region: Region) -> dict[str, Any]:
    return dict((await region.call("DescribeGlobalTable", **NAME))["GlobalTableDescription"])


async def change(region: Region, verb: str, other: Region) -> None:
    await region.call("UpdateGlobalTable", **NAME, ReplicaUpdates=[{verb: {"RegionName": other.code}}])


def plain(items: dict[str, Any]) -> dict[str, Any]:
    return {key: {n: v for n, v in item.items() if not n.startswith("aws:rep:")} for key, item in items.items()}


def records(region: Region) -> list[tuple[str, list[str]]]:
    table = region.tables.catalogue.tables["orders"]
    return [(change.cause, sorted(change.new or {})) for change in region.seen if change.table_id == table.table_id]


def test_tables_that_were_there_become_one_global_table(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await make(world)
        tokyo, dublin, virginia = world.regions
        ids = [(await region.describe())["TableId"] for region in world.regions]
        for number, region in enumerate(world.regions):
            shown = await described(region)
            assert shown["GlobalTableStatus"] == "ACTIVE"
            assert [each["RegionName"] for each in shown["ReplicationGroup"]] == [r.code for r in world.regions]
            image = await region.describe()
            assert image["TableId"] == ids[number]
            assert not {"Replicas", "GlobalTableVersion"} & image.keys()
            assert [t["GlobalTableName"] for t in (await region.call("ListGlobalTables"))["GlobalTables"]] == ["orders"]
        await dublin.put("7", fruit="pear")
        await world.is_quiet()
        assert tokyo.items() == dublin.items() == virginia.items()
        assert plain(tokyo.items()) == {"7": {"id": {"S": "7"}, "fruit": {"S": "pear"}}}
        with pytest.raises(Refusal, match="does not exist"):
            await tokyo.call("DescribeTableReplicaAutoScaling", TableName="orders")

    in_a_world(story, legacy=True)


def test_indexes_must_be_alike_and_are_each_regions_own_from_then_on(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await make(world, **INDEXED)
        tokyo, dublin, _ = world.regions
        await tokyo.call(
            "UpdateTable", TableName="orders", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-day"}}]
        )
        await asyncio.sleep(1.0)
        assert "GlobalSecondaryIndexes" not in await tokyo.describe()
        assert len((await dublin.describe())["GlobalSecondaryIndexes"]) == 1
        await dublin.call("UpdateGlobalTableSettings", **NAME, GlobalTableBillingMode="PAY_PER_REQUEST")
        await asyncio.sleep(1.0)
        assert "GlobalSecondaryIndexes" not in await tokyo.describe()

    in_a_world(story, legacy=True)


def test_items_say_when_and_where_they_were_written_in_all_regions(in_a_world: Tell) -> None:
    """GT 2.11; also after the region that wrote has restarted from its ledger."""

    async def story(world: World) -> None:
        await make(world)
        tokyo, dublin, _ = world.regions
        await dublin.put("7")
        own = dublin.items()["7"]
        assert own["aws:rep:updateregion"] == {"S": "eu-west-1"}
        assert own["aws:rep:deleting"] == {"BOOL": False}
        await dublin.crash()
        dublin.start()
        assert dublin.items()["7"] == own
        await world.is_quiet()
        assert tokyo.items()["7"] == own
        await tokyo.put("7")
        await world.is_quiet()
        later = dublin.items()["7"]
        assert later["aws:rep:updateregion"] == {"S": "ap-northeast-1"}
        assert float(later["aws:rep:updatetime"]["N"]) > float(own["aws:rep:updatetime"]["N"])

    in_a_world(story, legacy=True)


def test_a_write_is_two_records_where_it_was_made_and_one_elsewhere_a_delete_the_other_way(in_a_world: Tell) -> None:
    """GT 2.12."""

    async def story(world: World) -> None:
        await make(world)
        tokyo, dublin, _ = world.regions
        marks = ["aws:rep:deleting", "aws:rep:updateregion", "aws:rep:updatetime", "id"]
        await dublin.put("7")
        await world.is_quiet()
        assert records(dublin) == [("user", ["id"]), ("replication", marks)]
        assert records(tokyo) == [("replication", marks)]
        await dublin.delete("7")
        await world.is_quiet()
        assert records(dublin)[2:] == [("user", [])]
        assert records(tokyo)[1:] == [("replication", marks), ("replication", [])]
        assert tokyo.items() == dublin.items() == {}

    in_a_world(story, legacy=True)


def test_a_replica_that_leaves_goes_on_as_a_table_of_its_own(in_a_world: Tell) -> None:
    """GT 2.10; it may come back once all are empty."""

    async def story(world: World) -> None:
        await make(world)
        tokyo, dublin, virginia = world.regions
        await dublin.put("7")
        await world.is_quiet()
        await change(tokyo, "Delete", virginia)
        await world.until(lambda: not virginia.replication.membership.live())
        assert set(virginia.items()) == {"7"}
        await virginia.put("8")
        await dublin.put("9")
        await asyncio.sleep(2.0)
        assert (set(virginia.items()), set(tokyo.items())) == ({"7", "8"}, {"7", "9"})
        assert "aws:rep:updatetime" not in virginia.items()["8"]
        with pytest.raises(Refusal, match="is not empty"):
            await change(tokyo, "Create", virginia)
        for region, keys in ((virginia, "78"), (dublin, "79")):
            for key in keys:
                await region.delete(key)
        await world.is_quiet()
        await change(tokyo, "Create", virginia)
        await world.are_active()
        await virginia.put("10")
        await world.is_quiet()
        assert set(tokyo.items()) == set(dublin.items()) == {"10"}
        await virginia.crash()
        virginia.start()
        await tokyo.put("11")
        await world.is_quiet()
        assert set(virginia.items()) == {"10", "11"}

    in_a_world(story, legacy=True)


def test_a_region_leaves_by_its_own_call_and_a_deleted_table_leaves_too(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await make(world)
        tokyo, dublin, virginia = world.regions
        await change(virginia, "Delete", virginia)
        await world.until(lambda: not virginia.replication.membership.live())
        assert virginia.items() == {}
        await world.until(
            lambda: "us-east-1" not in [m.region for m in tokyo.replication.membership.live()[0].others("")]
        )
        await dublin.call("DeleteTable", TableName="orders")
        assert dublin.items() is None
        await world.until(lambda: not tokyo.replication.membership.live())
        assert tokyo.items() == {}

    in_a_world(story, legacy=True)


def test_time_to_live_and_indexes_belong_to_one_region(in_a_world: Tell) -> None:
    """GT 2.13: what expires is deleted where it expires, and nowhere else."""

    async def story(world: World) -> None:
        await make(world)
        tokyo, dublin, _ = world.regions
        until = {"Enabled": True, "AttributeName": "until"}
        await dublin.call("UpdateTimeToLive", TableName="orders", TimeToLiveSpecification=until)
        past = str(int(dublin.clock.wall_s()) - 60)
        await tokyo.call("PutItem", TableName="orders", Item={"id": {"S": "7"}, "until": {"N": past}})
        await world.is_quiet()
        assert tokyo.tables.expire(tokyo.clock.wall_s()) == 0
        assert dublin.tables.expire(dublin.clock.wall_s()) == 1
        await asyncio.sleep(2.0)
        assert dublin.items() == {}
        assert set(tokyo.items()) == {"7"}
        await dublin.crash()
        dublin.start()
        await asyncio.sleep(2.0)
        assert set(tokyo.items()) == {"7"}
        await tokyo.put("7", again="yes")
        await world.is_quiet()
        assert set(dublin.items()) == {"7"}

    in_a_world(story, legacy=True)


PROVISIONED = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}}


def test_write_capacity_is_set_for_all_and_read_capacity_for_each(in_a_world: Tell) -> None:
    """GT 2.07."""

    async def story(world: World) -> None:
        await make(world, **PROVISIONED)
        tokyo, dublin, _ = world.regions
        reads = {"RegionName": dublin.code, "ReplicaProvisionedReadCapacityUnits": 9}
        await tokyo.call(
            "UpdateGlobalTableSettings",
            **NAME,
            GlobalTableProvisionedWriteCapacityUnits=8,
            ReplicaSettingsUpdate=[reads],
        )
        await asyncio.sleep(1.0)
        answer = await dublin.call("DescribeGlobalTableSettings", **NAME)
        shown = {each["RegionName"]: each for each in answer["ReplicaSettings"]}
        assert {each["ReplicaProvisionedWriteCapacityUnits"] for each in shown.values()} == {8}
        assert {code: each["ReplicaProvisionedReadCapacityUnits"] for code, each in shown.items()} == {
            "ap-northeast-1": 3,
            "eu-west-1": 9,
            "us-east-1": 3,
        }
        await dublin.call("UpdateGlobalTableSettings", **NAME, GlobalTableBillingMode="PAY_PER_REQUEST")
        await asyncio.sleep(1.0)
        assert (await tokyo.describe())["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        with pytest.raises(Refusal, match="does not emulate GlobalTableGlobalSecondaryIndexSettingsUpdate"):
            await dublin.call("UpdateGlobalTableSettings", **NAME, GlobalTableGlobalSecondaryIndexSettingsUpdate=[])

    in_a_world(story, legacy=True)


def test_a_region_that_does_not_answer_shows_its_state_alone(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await make(world)
        await world.regions[2].crash()
        answer = await world.regions[0].call("DescribeGlobalTableSettings", **NAME)
        assert "ReplicaBillingModeSummary" in answer["ReplicaSettings"][0]
        assert answer["ReplicaSettings"][2] == {"RegionName": "us-east-1", "ReplicaStatus": "ACTIVE"}

    in_a_world(story, legacy=True)


async def refused(region: Region, action: str, **body: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        await region.call(action, **body)
    return f"{refusal.value.code}: {refusal.value.message}"


def test_what_does_not_fit_is_refused(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        tokyo, dublin, virginia = world.regions

        async def creating(*regions: Region, at: Region = tokyo) -> str:
            group = [{"RegionName": region.code} for region in regions]
            return await refused(at, "CreateGlobalTable", **NAME, ReplicationGroup=group)

        assert "Value null at 'globalTableName'" in await refused(tokyo, "DescribeGlobalTable")
        assert "Value null at 'replicationGroup'" in await refused(tokyo, "CreateGlobalTable", **NAME)
        assert "TableNotFoundException" in await creating(tokyo, dublin)
        await tokyo.create_table(StreamSpecification=STREAM)
        assert "TableNotFoundException: Table not found: orders in region eu-west-1" in await creating(tokyo, dublin)
        assert "not of several regions" in await creating(tokyo)
        assert "not of several regions" in await creating(dublin, virginia)
        await dublin.create_table()
        assert "needs a stream" in await creating(tokyo, dublin)
        await virginia.create_table(StreamSpecification=STREAM)
        await virginia.crash()
        assert "us-east-1" in await creating(tokyo, virginia)
        virginia.start()
        group = [{"RegionName": "us-east-1"}, {"RegionName": "eu-west-2"}]
        assert "does not run" in await refused(virginia, "CreateGlobalTable", **NAME, ReplicationGroup=group)
        await tokyo.call(
            "CreateGlobalTable", **NAME, ReplicationGroup=[{"RegionName": r.code} for r in (tokyo, virginia)]
        )
        assert "GlobalTableAlreadyExistsException" in await creating(tokyo, virginia)
        await world.are_active(regions=(tokyo, virginia))
        updates = [{"Create": {"RegionName": virginia.code}}]
        assert "ReplicaAlreadyExists" in await refused(tokyo, "UpdateGlobalTable", **NAME, ReplicaUpdates=updates)
        updates = [{"Delete": {"RegionName": dublin.code}}]
        assert "ReplicaNotFound" in await refused(tokyo, "UpdateGlobalTable", **NAME, ReplicaUpdates=updates)
        for action in ("DescribeGlobalTable", "DescribeGlobalTableSettings"):
            assert "GlobalTableNotFoundException" in await refused(dublin, action, **NAME)

    in_a_world(story, legacy=True)


def test_a_member_keeps_its_stream_and_is_not_changed_by_calls_of_the_later_version(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await make(world)
        tokyo, dublin, _ = world.regions
        off = {"StreamEnabled": False}
        assert "Disabling Stream" in await refused(tokyo, "UpdateTable", TableName="orders", StreamSpecification=off)
        assert REPLICA_MEMBERS[0] == "ReplicaUpdates"
        updates = [{"Delete": {"RegionName": dublin.code}}]
        assert "2017.11.29" in await refused(tokyo, "UpdateTable", TableName="orders", ReplicaUpdates=updates)
        await tokyo.call("UpdateTable", TableName="orders", TableClass="STANDARD_INFREQUENT_ACCESS")
        await asyncio.sleep(1.0)
        assert "TableClassSummary" not in await dublin.describe()

    in_a_world(story, legacy=True)


def test_a_table_of_the_later_version_is_not_made_one_of_the_earlier(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.later_global_table()
        tokyo, dublin, _ = world.regions
        group = [{"RegionName": region.code} for region in (tokyo, dublin)]
        assert "version 2019.11.21" in await refused(tokyo, "CreateGlobalTable", **NAME, ReplicationGroup=group)
        assert (await tokyo.call("ListGlobalTables")) == {"GlobalTables": []}

    in_a_world(story, legacy=True)
