"""Claims about the life of replicas: added, removed, both at once, with regions away or restarted meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.replication import membership
from sandbox.replication.values import Durations

World = Any
Tell = Callable[..., Any]
ACCOUNT = "000000000000"


def statuses(image: dict[str, Any]) -> dict[str, str]:
    return {replica["RegionName"]: replica["ReplicaStatus"] for replica in image.get("Replicas", [])}


def test_a_new_replica_has_what_was_there_and_what_is_written_meanwhile(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        tokyo, dublin, _ = world.regions
        await dublin.create_table()
        for number in range(700):
            await dublin.put(f"item {number}", number=str(number))
        await dublin.delete("item 5")
        await dublin.add_replica(tokyo.code)
        for number in range(650, 750):
            await dublin.put(f"item {number}", late=str(number))
        await world.are_active(regions=(tokyo, dublin))
        await world.is_quiet()
        assert len(tokyo.items()) == 749
        assert tokyo.items() == dublin.items()
        assert tokyo.replication.conflicts(ACCOUNT, "orders") == []

    in_a_world(story)


def test_each_region_lists_the_others(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        codes = {region.code for region in world.regions}
        for region in world.regions:
            image = await region.describe()
            assert image["TableStatus"] == "ACTIVE"
            assert image["GlobalTableVersion"] == "2019.11.21"
            assert statuses(image) == dict.fromkeys(codes - {region.code}, "ACTIVE")
            assert f":{region.code}:" in image["TableArn"]
            assert f":{region.code}:" in image["LatestStreamArn"]
        assert len({(await region.describe())["TableId"] for region in world.regions}) == 3

    in_a_world(story)


def test_a_replica_is_said_to_be_active_once_it_serves(in_a_world: Tell) -> None:
    """Who waits for ACTIVE at the source and then reads the replica must find a table (GT 1.27)."""

    async def story(world: World) -> None:
        tokyo, dublin, _ = world.regions
        await dublin.create_table()
        await dublin.put("7", fruit="apple")
        await dublin.add_replica(tokyo.code)
        group_of, as_seen = dublin.replication.membership.group_of, dublin.replication.membership.as_seen
        await world.until(lambda: as_seen(group_of(ACCOUNT, "orders")).status_of(tokyo.code) == "ACTIVE")
        assert statuses(await dublin.describe()) == {tokyo.code: "ACTIVE"}
        assert "Item" in await tokyo.call("GetItem", TableName="orders", Key={"id": {"S": "7"}})

    in_a_world(story)


def test_the_stages_of_a_creation_take_as_long_as_they_are_set_to(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        tokyo, dublin, _ = world.regions
        await dublin.create_table()
        answer = await dublin.add_replica(tokyo.code)
        assert (answer["TableStatus"], answer["Replicas"]) == ("UPDATING", [])
        assert answer["GlobalTableVersion"] == "2019.11.21"
        await asyncio.sleep(5.0)
        assert statuses(await dublin.describe()) == {tokyo.code: "CREATING"}
        seen = await tokyo.describe()
        assert (seen["TableStatus"], statuses(seen)) == ("CREATING", {dublin.code: "ACTIVE"})
        with pytest.raises(Refusal, match="Requested resource not found: Table: orders not found"):
            await tokyo.call("GetItem", TableName="orders", Key={"id": {"S": "7"}})
        with pytest.raises(Refusal) as refusal:
            await tokyo.call("DeleteTable", TableName="orders")
        assert refusal.value.code == "ResourceInUseException"
        with pytest.raises(Refusal, match="The resource which you are attempting to change is in use"):
            await dublin.call("UpdateTable", TableName="orders", TableClass="STANDARD")
        await asyncio.sleep(6.0)
        assert (await dublin.describe())["TableStatus"] == "ACTIVE"
        assert (await tokyo.describe())["TableStatus"] == "ACTIVE"

    in_a_world(story, durations=Durations(creating_s=10.0, updating_s=3.0))


def test_a_removed_replica_goes_with_its_items_and_the_last_one_leaves_a_plain_table(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        await tokyo.put("7")
        await tokyo.remove_replica(virginia.code)
        await world.until(lambda: virginia.items() is None)
        await asyncio.sleep(1.0)
        assert statuses(await tokyo.describe()) == {dublin.code: "ACTIVE"}
        assert statuses(await dublin.describe()) == {tokyo.code: "ACTIVE"}
        await tokyo.remove_replica(dublin.code)
        await world.until(lambda: dublin.items() is None)
        await asyncio.sleep(1.0)
        plain = await tokyo.describe()
        assert not {"Replicas", "GlobalTableVersion"} & plain.keys()
        assert plain["StreamSpecification"]["StreamEnabled"], "the stream stays on (GT 1.09)"
        await tokyo.put("8")
        await tokyo.ledger.committed()
        rows = list(tokyo.ledger.items(plain["TableId"]))
        assert [row[2:] for row in rows] == [(None, None, None)] * 2, "its rows are those of a plain table again"

    in_a_world(story)


def test_a_replica_that_comes_back_starts_afresh(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        await virginia.put("7", fruit="fig")
        await world.is_quiet()
        await tokyo.remove_replica(virginia.code)
        await world.until(lambda: virginia.items() is None)
        await asyncio.sleep(1.0)
        await dublin.put("7", fruit="pear")
        await dublin.delete("7")
        await dublin.put("8")
        await dublin.add_replica(virginia.code)
        await world.are_active()
        await world.is_quiet()
        await virginia.put("9")
        await world.is_quiet()
        assert [sorted(region.items()) for region in world.regions] == [["8", "9"]] * 3

    in_a_world(story)


def test_a_table_that_was_made_plain_and_global_again_starts_a_new_history(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        tokyo, dublin = world.regions
        await world.global_table()
        await tokyo.put("7")
        await tokyo.delete("7")
        await dublin.put("8")
        await world.is_quiet()
        await tokyo.remove_replica(dublin.code)
        await world.until(lambda: dublin.items() is None)
        await asyncio.sleep(1.0)
        await tokyo.put("9")
        await tokyo.crash()
        tokyo.start()
        await tokyo.add_replica(dublin.code)
        await world.are_active()
        await world.is_quiet()
        assert tokyo.items() == dublin.items()
        assert sorted(dublin.items()) == ["8", "9"]

    in_a_world(story, regions=("ap-northeast-1", "eu-west-1"))


def test_deleting_ones_own_table_makes_the_entry_disappear_elsewhere(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        answer = await virginia.call("DeleteTable", TableName="orders")
        assert answer["TableDescription"]["TableStatus"] == "DELETING"
        await asyncio.sleep(1.0)
        assert virginia.items() is None
        assert statuses(await tokyo.describe()) == {dublin.code: "ACTIVE"}
        await dublin.put("7")
        await world.is_quiet()
        assert "7" in tokyo.items()

    in_a_world(story)


def test_a_region_that_was_a_source_today_cannot_leave(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        for call in (
            lambda: tokyo.call("DeleteTable", TableName="orders"),
            lambda: dublin.remove_replica(tokyo.code),
        ):
            with pytest.raises(Refusal, match="has acted as a source region for new replica"):
                await call()
        await asyncio.sleep(24 * 3600.0)
        await dublin.remove_replica(tokyo.code)
        await world.until(lambda: tokyo.items() is None)
        await asyncio.sleep(1.0)
        await dublin.put("7")
        await world.is_quiet()
        assert "7" in virginia.items()

    in_a_world(story)


def test_two_regions_that_add_a_replica_each_end_with_one_group_of_four(in_a_world: Tell) -> None:
    """Neither knows of the other's addition when it decides; still the two new replicas send to each other."""

    async def story(world: World) -> None:
        tokyo, dublin, virginia, oregon = world.regions
        await tokyo.create_table()
        await tokyo.add_replica(dublin.code)
        await world.are_active(regions=(tokyo, dublin))
        await asyncio.sleep(1.0)
        await asyncio.gather(tokyo.add_replica(virginia.code), dublin.add_replica(oregon.code))
        await world.are_active()
        await virginia.put("from virginia")
        await oregon.put("from oregon")
        await world.is_quiet()
        assert [sorted(region.items()) for region in world.regions] == [["from oregon", "from virginia"]] * 4

    in_a_world(story, regions=("ap-northeast-1", "eu-west-1", "us-east-1", "us-west-2"))


def test_a_target_that_is_cut_off_becomes_a_replica_when_it_is_back(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        tokyo, dublin, _ = world.regions
        await dublin.create_table()
        await dublin.put("7")
        world.ocean.cut_both(tokyo.code, dublin.code)
        await dublin.add_replica(tokyo.code)
        await asyncio.sleep(60.0)
        assert statuses(await dublin.describe()) == {tokyo.code: "CREATING"}
        await dublin.crash()
        dublin.start()
        await dublin.put("8")
        world.ocean.heal()
        await world.are_active(regions=(tokyo, dublin))
        await world.is_quiet()
        assert sorted(tokyo.items()) == ["7", "8"]

    in_a_world(story)


def test_a_creation_that_fails_later_leaves_no_entry(in_a_world: Tell) -> None:
    """The target was cut off when it was asked, and has a table of that name, which is never adopted."""

    async def story(world: World) -> None:
        tokyo, dublin, _ = world.regions
        await dublin.create_table()
        await tokyo.create_table()
        await tokyo.put("mine")
        world.ocean.cut_both(tokyo.code, dublin.code)
        await dublin.add_replica(tokyo.code)
        world.ocean.heal()
        await asyncio.sleep(10.0)
        assert "Replicas" not in await dublin.describe()
        assert "Replicas" not in await tokyo.describe()
        assert list(tokyo.items()) == ["mine"]
        await dublin.put("7")
        assert list(tokyo.items()) == ["mine"]

    in_a_world(story)


def test_a_replica_that_is_removed_while_its_region_is_down_goes_when_it_is_back(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        await virginia.crash()
        await tokyo.remove_replica(virginia.code)
        await asyncio.sleep(60.0)
        assert statuses(await dublin.describe())[virginia.code] == "DELETING"
        virginia.start()
        await world.until(lambda: virginia.items() is None)
        await asyncio.sleep(5.0)
        assert statuses(await dublin.describe()) == {tokyo.code: "ACTIVE"}
        await virginia.crash()
        virginia.start()
        await asyncio.sleep(5.0)
        assert virginia.items() is None, "it does not come back with its ledger"

    in_a_world(story)


def test_what_a_leaving_region_had_told_only_one_other_reaches_all(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        world.ocean.cut_both(virginia.code, dublin.code)
        await virginia.put("7")
        await asyncio.sleep(5.0)
        assert "7" in tokyo.items()
        assert "7" not in dublin.items()
        await tokyo.remove_replica(virginia.code)
        await world.until(lambda: "7" in dublin.items())

    in_a_world(story)


def test_members_and_settings_survive_restarts(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        for region in world.regions:
            await region.crash()
        for region in world.regions:
            region.start()
        for region in world.regions:
            assert list(statuses(await region.describe()).values()) == ["ACTIVE", "ACTIVE"]
        await world.regions[2].put("7")
        await world.is_quiet()
        assert all("7" in region.items() for region in world.regions)

    in_a_world(story)


def test_what_all_regions_share_is_changed_everywhere_and_the_rest_is_not(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        await dublin.put("7", color="red")
        await world.is_quiet()
        await tokyo.call(
            "UpdateTable",
            TableName="orders",
            AttributeDefinitions=[
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "color", "AttributeType": "S"},
            ],
            GlobalSecondaryIndexUpdates=[
                {
                    "Create": {
                        "IndexName": "by-color",
                        "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"}],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                }
            ],
        )
        await virginia.call("UpdateTable", TableName="orders", DeletionProtectionEnabled=True)
        until = {"Enabled": True, "AttributeName": "until"}
        await dublin.call("UpdateTimeToLive", TableName="orders", TimeToLiveSpecification=until)
        await asyncio.sleep(2.0)
        protections = []
        for region in world.regions:
            image = await region.describe()
            assert [(index["IndexName"], index["ItemCount"]) for index in image["GlobalSecondaryIndexes"]] == [
                ("by-color", 1)
            ]
            protections.append(image["DeletionProtectionEnabled"])
            described = (await region.call("DescribeTimeToLive", TableName="orders"))["TimeToLiveDescription"]
            assert described["TimeToLiveStatus"] == "ENABLED"
        assert protections == [False, False, True]

    in_a_world(story)


def test_settings_that_were_changed_on_both_sides_of_a_cut_end_alike(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, _ = world.regions
        world.ocean.cut_both(tokyo.code, dublin.code)
        for region, name in ((tokyo, "until"), (dublin, "expires")):
            until = {"Enabled": True, "AttributeName": name}
            await region.call("UpdateTimeToLive", TableName="orders", TimeToLiveSpecification=until)
        world.ocean.heal()
        await asyncio.sleep(10.0)
        found = [
            (await region.call("DescribeTimeToLive", TableName="orders"))["TimeToLiveDescription"]["AttributeName"]
            for region in world.regions
        ]
        assert found == ["expires"] * 3, "the last writer wins"

    in_a_world(story)


def test_no_more_groups_that_are_over_are_remembered_than_the_limit(
    in_a_world: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(world: World) -> None:
        tokyo, dublin, _ = world.regions
        for number in range(4):
            name = f"table-{number}"
            await tokyo.create_table(name)
            await tokyo.add_replica(dublin.code, name)
            await world.are_active(name, (tokyo, dublin))
            await tokyo.remove_replica(dublin.code, name)
            await asyncio.sleep(3.0)
        assert len(list(tokyo.ledger.groups())) == len(list(dublin.ledger.groups())) == 2

    monkeypatch.setattr(membership, "MOST_REMEMBERED", 2)
    in_a_world(story)
