"""Claims about auto scaling of replicas: writes scale alike everywhere, reads where they are told to (GT 1.39)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.replication.scaling import OFF

World = Any
Tell = Callable[..., Any]
UPDATE, DESCRIBE = "UpdateTableReplicaAutoScaling", "DescribeTableReplicaAutoScaling"


def units(least: int, most: int, target: float = 70.0) -> dict[str, Any]:
    configuration = {"TargetValue": target}
    policy = {"PolicyName": "mine", "TargetTrackingScalingPolicyConfiguration": configuration}
    return {"MinimumUnits": least, "MaximumUnits": most, "ScalingPolicyUpdate": policy}


def by_region(answer: dict[str, Any]) -> dict[str, Any]:
    return {replica["RegionName"]: replica for replica in answer["TableAutoScalingDescription"]["Replicas"]}


async def described(region: Any) -> dict[str, Any]:
    return by_region(await region.call(DESCRIBE, TableName="orders"))


def test_nothing_scales_until_it_is_told_to(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        shown = await described(world.regions[1])
        assert list(shown) == ["ap-northeast-1", "eu-west-1", "us-east-1"]
        assert all(
            replica["ReplicaProvisionedWriteCapacityAutoScalingSettings"] == OFF
            and replica["ReplicaProvisionedReadCapacityAutoScalingSettings"] == OFF
            and replica["ReplicaStatus"] == "ACTIVE"
            for replica in shown.values()
        )

    in_a_world(story)


def test_writes_scale_alike_in_all_regions_and_reads_in_the_replica_that_was_named(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        reads = {"RegionName": virginia.code, "ReplicaProvisionedReadCapacityAutoScalingUpdate": units(1, 9)}
        answer = await dublin.call(
            UPDATE,
            TableName="orders",
            ProvisionedWriteCapacityAutoScalingUpdate=units(5, 50),
            ReplicaUpdates=[reads],
        )
        assert answer["TableAutoScalingDescription"]["TableStatus"] == "UPDATING"
        await asyncio.sleep(1.0)
        for region in (tokyo, dublin, virginia):
            shown = await described(region)
            writes = [each["ReplicaProvisionedWriteCapacityAutoScalingSettings"] for each in shown.values()]
            assert all((each["MinimumUnits"], each["MaximumUnits"]) == (5, 50) for each in writes)
            assert writes[0]["ScalingPolicies"] == [
                {
                    "PolicyName": "mine",
                    "TargetTrackingScalingPolicyConfiguration": {"DisableScaleIn": False, "TargetValue": 70.0},
                }
            ]
            assert ":role/aws-service-role/" in writes[0]["AutoScalingRoleArn"]
            read = {code: each["ReplicaProvisionedReadCapacityAutoScalingSettings"] for code, each in shown.items()}
            assert read[virginia.code]["MaximumUnits"] == 9
            assert read[tokyo.code] == read[dublin.code] == OFF
        await virginia.crash()
        virginia.start()
        assert (await described(virginia))[virginia.code]["ReplicaProvisionedReadCapacityAutoScalingSettings"] != OFF

    in_a_world(story)


def test_a_change_keeps_what_it_does_not_name_and_off_ends_it(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        dublin = world.regions[1]

        async def writes(**update: Any) -> dict[str, Any]:
            await dublin.call(UPDATE, TableName="orders", ProvisionedWriteCapacityAutoScalingUpdate=update)
            shown = (await described(dublin))[dublin.code]
            return dict(shown["ReplicaProvisionedWriteCapacityAutoScalingSettings"])

        await writes(**units(5, 50))
        changed = await writes(MaximumUnits=60)
        assert (changed["MinimumUnits"], changed["MaximumUnits"], len(changed["ScalingPolicies"])) == (5, 60, 1)
        assert await writes(AutoScalingDisabled=True) == OFF

    in_a_world(story)


def test_indexes_scale_too(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        tokyo, dublin, _ = world.regions
        index = {
            "IndexName": "by-day",
            "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        types = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "day")]
        await dublin.create_table(AttributeDefinitions=types, GlobalSecondaryIndexes=[index])
        await dublin.add_replica(tokyo.code)
        await world.are_active(regions=(tokyo, dublin))
        await asyncio.sleep(0.1)
        writes = {"IndexName": "by-day", "ProvisionedWriteCapacityAutoScalingUpdate": units(2, 4)}
        reads = {"IndexName": "by-day", "ProvisionedReadCapacityAutoScalingUpdate": units(3, 6)}
        replica = {"RegionName": tokyo.code, "ReplicaGlobalSecondaryIndexUpdates": [reads]}
        await dublin.call(UPDATE, TableName="orders", GlobalSecondaryIndexUpdates=[writes], ReplicaUpdates=[replica])
        await asyncio.sleep(1.0)
        [shown] = (await described(dublin))[tokyo.code]["GlobalSecondaryIndexes"]
        assert (shown["IndexName"], shown["IndexStatus"]) == ("by-day", "ACTIVE")
        assert shown["ProvisionedWriteCapacityAutoScalingSettings"]["MaximumUnits"] == 4
        assert shown["ProvisionedReadCapacityAutoScalingSettings"]["MaximumUnits"] == 6
        with pytest.raises(Refusal, match="does not have the specified index: other"):
            await dublin.call(
                UPDATE, TableName="orders", GlobalSecondaryIndexUpdates=[{**writes, "IndexName": "other"}]
            )

    in_a_world(story)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "At least one of"),
        ({"ProvisionedWriteCapacityAutoScalingUpdate": {"MinimumUnits": 5}}, "MinimumUnits and MaximumUnits"),
        ({"ProvisionedWriteCapacityAutoScalingUpdate": units(9, 5)}, "at most MaximumUnits"),
        ({"ProvisionedWriteCapacityAutoScalingUpdate": units(1, 5, 95.0)}, "TargetValue must be from 20 to 90"),
        ({"ReplicaUpdates": [{"RegionName": "eu-north-1"}]}, "were not part of the global table"),
    ],
)
def test_what_makes_no_sense_is_refused(body: dict[str, Any], problem: str, in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        with pytest.raises(Refusal, match=problem) as refusal:
            await world.regions[0].call(UPDATE, TableName="orders", **body)
        assert refusal.value.code == "ValidationException"

    in_a_world(story)


def test_a_group_that_scales_its_writes_may_get_another_provisioned_replica(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        tokyo, dublin, virginia = world.regions
        throughput = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
        await dublin.create_table(BillingMode="PROVISIONED", ProvisionedThroughput=throughput)
        dublin.replication._calls._is_scaled = lambda account, table, index: True
        await dublin.add_replica(tokyo.code)
        await world.are_active(regions=(tokyo, dublin))
        await asyncio.sleep(1.0)
        with pytest.raises(Refusal, match="Table write capacity should either be"):
            await tokyo.add_replica(virginia.code)
        await dublin.call(UPDATE, TableName="orders", ProvisionedWriteCapacityAutoScalingUpdate=units(5, 50))
        await asyncio.sleep(1.0)
        await tokyo.add_replica(virginia.code)
        await world.are_active()

    in_a_world(story)
