"""Claims about tombstones: they go when every member is past them, and what they stopped stays stopped."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.replication.collector import MOST_AT_ONCE
from sandbox.replication.settled import Said
from sandbox.replication.values import Durations, Pause, Replicated, Version
from sandbox.replication.wire import BATCH, SETTLED, encode_batch, encode_entry

World = Any
Region = Any
Tell = Callable[..., Any]
ACCOUNT = "000000000000"
SOON = Durations(collect_every_s=0.5, source_rule_s=0.0)
ROUNDS_S = 5.0


def replica_in(region: Region) -> Any:
    [replica] = region.replication.changes.replicas()
    return replica


def tombstones(world: World) -> list[int]:
    return [len(replica_in(region).versions.tombstones) for region in world.regions]


def rows(region: Region) -> int:
    return int(region.ledger.database.execute("SELECT count(*) FROM items").fetchone()[0])


def test_tombstones_go_from_every_region_and_its_ledger(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, virginia = world.regions
        for key in ("a", "b", "c"):
            await dublin.put(key)
        await world.is_quiet()
        await tokyo.delete("a")
        await virginia.delete("b")
        await asyncio.sleep(0.2)
        assert tombstones(world) == [2, 2, 2]
        await asyncio.sleep(ROUNDS_S)
        assert tombstones(world) == [0, 0, 0]
        assert [rows(region) for region in world.regions] == [1, 1, 1]
        asked = len(world.ocean.sent)
        await asyncio.sleep(60.0)
        assert len(world.ocean.sent) == asked, "without tombstones nobody asks"

    in_a_world(story, durations=SOON)


def test_many_tombstones_go_in_one_round_a_lot_at_a_time(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        dublin = world.regions[1]
        count = 2 * MOST_AT_ONCE + 7
        for number in range(count):
            dublin.tables.execute("PutItem", {"TableName": "orders", "Item": {"id": {"S": str(number)}}}, 1.0)
        for number in range(count):
            dublin.tables.execute("DeleteItem", {"TableName": "orders", "Key": {"id": {"S": str(number)}}}, 1.0)
        assert len(replica_in(dublin).versions.tombstones) == count
        await world.is_quiet()
        await asyncio.sleep(4 * ROUNDS_S)
        assert tombstones(world) == [0, 0, 0]
        assert [rows(region) for region in world.regions] == [0, 0, 0]
        assert {region.replication.collector.collected for region in world.regions} == {count}

    in_a_world(story, durations=Durations(collect_every_s=ROUNDS_S))


@pytest.mark.parametrize("trouble", ["cut", "paused", "stopped"])
def test_a_member_that_is_away_holds_tombstones_up_until_it_is_back(trouble: str, in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        _, dublin, virginia = world.regions
        await dublin.put("a")
        await world.is_quiet()
        if trouble == "cut":
            world.ocean.cut_both(virginia.code, dublin.code)
        elif trouble == "paused":
            for region in world.regions:
                region.replication.set_paused([Pause("orders", virginia.code)])
        else:
            await virginia.crash()
        await dublin.delete("a")
        await asyncio.sleep(60.0)
        assert len(replica_in(dublin).versions.tombstones) == 1
        world.ocean.heal()
        for region in world.regions:
            region.replication.set_paused([])
        if not virginia.running:
            virginia.start()
        await asyncio.sleep(ROUNDS_S + 5.0)
        assert tombstones(world) == [0, 0, 0]
        assert [region.items() for region in world.regions] == [{}, {}, {}]

    in_a_world(story, durations=SOON)


def test_a_late_copy_of_an_old_write_does_not_bring_a_deleted_item_back(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        _, dublin, virginia = world.regions
        await virginia.put("a")
        old = replica_in(virginia).encode(b'{"id":{"S":"a"}}')
        await world.is_quiet()
        await dublin.delete("a")
        await asyncio.sleep(ROUNDS_S)
        await dublin.crash()
        dublin.start()
        assert tombstones(world) == [0, 0, 0]
        body = encode_batch(replica_in(dublin).group_id, virginia.code, 1, [old])
        assert (await dublin.replication.receive(BATCH, body))[0] == 200
        assert dublin.items() == {}

    in_a_world(story, durations=SOON)


def test_a_clock_that_falls_back_after_a_restart_does_not_write_what_others_hold_for_settled(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, _ = world.regions
        await dublin.put("a")
        await dublin.delete("a")
        await asyncio.sleep(ROUNDS_S)
        dublin.skew_ms = -3_600_000
        await dublin.crash()
        dublin.start()
        await dublin.put("b")
        await world.is_quiet()
        assert set(tokyo.items()) == {"b"}

    in_a_world(story, durations=SOON)


def test_a_new_member_with_a_slow_clock_writes_nothing_that_others_hold_for_settled(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        tokyo, dublin, virginia = world.regions
        await dublin.create_table()
        await dublin.add_replica(tokyo.code)
        await world.are_active(regions=(tokyo, dublin))
        await dublin.put("a")
        await dublin.delete("a")
        await asyncio.sleep(ROUNDS_S)
        assert replica_in(tokyo).settling.horizon_us > 0
        virginia.skew_ms = -3_600_000
        virginia.replication.set_skew_ms(virginia.skew_ms)
        await dublin.add_replica(virginia.code)
        await world.are_active()
        await virginia.put("b")
        await world.is_quiet()
        assert set(tokyo.items()) == set(dublin.items()) == {"b"}

    in_a_world(story, durations=SOON)


def test_a_put_over_a_forgotten_delete_is_no_conflict(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        tokyo, dublin, _ = world.regions
        await dublin.put("a")
        await dublin.delete("a")
        await asyncio.sleep(0.2)
        replica = replica_in(tokyo)
        key = b'{"id":{"S":"a"}}'
        delete = replica.versions.of(key, None)
        for peer in (tokyo, world.regions[2]):  # they have forgotten, the one that deleted has not
            settling = replica_in(peer).settling
            settling.horizon_us, settling.horizon_regions = delete.stamp_us, tuple(r.code for r in world.regions)
            replica_in(peer).versions.forget(key)
        await tokyo.put("a", again="yes")
        await world.is_quiet()
        assert all(region.items()["a"]["again"] == {"S": "yes"} for region in world.regions)
        assert dublin.replication.conflicts(ACCOUNT, "orders") == []

    in_a_world(story, durations=Durations(collect_every_s=1e6))


def come_and_go(tell: Tell, seed: int) -> bool:
    """Keys are put and deleted in all regions while one of them leaves and returns and copies of messages are late.

    Whether all members end with the same items and no tombstone.
    """

    async def story(world: World) -> bool:
        dice = random.Random(seed)
        await world.global_table()
        world.ocean.delay_s, world.ocean.duplicate = (0.01, 0.4), 0.3
        for _ in range(12):
            for _ in range(dice.randrange(25)):
                region, key = dice.choice(world.regions), dice.choice("abcdef")
                deletes = dice.random() < 0.6
                with suppress(Refusal):  # there may be no table here now
                    await (region.delete(key) if deletes else region.put(key, by=region.code))
                await asyncio.sleep(dice.choice([0.0, 0.05, 0.3]))
            one, other = dice.sample(world.regions, 2)
            with suppress(Refusal):  # another change may be under way, or it is gone itself
                await (one.add_replica(other.code) if other.items() is None else one.remove_replica(other.code))
            await asyncio.sleep(dice.choice([0.0, 0.5, 4.0]))
        world.ocean.duplicate = 0.0
        await asyncio.sleep(20.0)
        await world.is_quiet()
        members = [region for region in world.regions if region.items() is not None]
        left = [len(r.versions.tombstones) for m in members for r in m.replication.changes.replicas()]
        return all(member.items() == members[0].items() for member in members) and not any(left)

    return bool(tell(story, seed=seed, durations=SOON))


@pytest.mark.parametrize("seed", range(40))
def test_members_that_come_and_go_bring_nothing_back(seed: int, in_a_world: Tell) -> None:
    assert come_and_go(in_a_world, seed), f"replay: seed {seed} of {__name__}"


def test_what_is_no_message_or_of_another_table_is_refused(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        receive = world.regions[0].replication.receive
        assert (await receive(SETTLED, b'{"group": "other", "members": "", "said": {}}'))[0] == 404
        assert (await receive(SETTLED, b'{"group": "other"}'))[0] == 400
        assert (await receive(SETTLED, b'{"group": "g", "members": "", "said": {"us-east-1": [1]}}'))[0] == 400

    in_a_world(story, durations=SOON)


def test_an_old_member_list_is_answered_with_what_is_true_now(in_a_world: Tell) -> None:
    async def story(world: World) -> None:
        await world.global_table()
        await world.regions[0].put("a")
        replica = replica_in(world.regions[0])
        replica.settling.hear("an older list", {world.regions[1].code: Said(floor_us=10**18)})
        assert replica.settling.said.get(world.regions[1].code) is None

    in_a_world(story, durations=SOON)


def test_an_older_write_of_a_key_that_was_never_here_is_taken(in_a_world: Tell) -> None:
    """Nothing is settled before all have said so: only then is what is old a copy."""

    async def story(world: World) -> None:
        await world.global_table()
        dublin = world.regions[1]
        group_id = replica_in(dublin).group_id
        version = Version(stamp_us=1, region="us-east-1", vector={"us-east-1": 1})
        entry = encode_entry(b'{"id":{"S":"x"}}', Replicated(item={"id": {"S": "x"}}, version=version))
        await dublin.replication.receive(BATCH, encode_batch(group_id, "us-east-1", 1, [entry]))
        assert set(dublin.items()) == {"x"}

    in_a_world(story, durations=SOON)
