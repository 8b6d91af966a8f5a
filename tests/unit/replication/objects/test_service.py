"""Claims about a region's S3 replication as a whole: destinations, pauses, names of versions, resets."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.replication.objects import wire
from sandbox.replication.values import Pause

DUBLIN, VIRGINIA = "eu-west-1", "us-east-1"


async def begun(world: Any, *rules: Any) -> tuple[Any, Any]:
    dublin, virginia = world.regions[DUBLIN], world.regions[VIRGINIA]
    dublin.engine.make("b")
    dublin.engine.make("near")
    virginia.engine.make("d")
    await dublin.configure("b", *rules)
    return dublin, virginia


def test_a_bucket_of_the_same_region_is_a_destination_that_no_cut_concerns(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, virginia = await begun(world, rule("near"), rule("d", "far", 2))
        world.cut_both(DUBLIN, VIRGINIA)
        version_id = await dublin.put("b", "k", b"1")
        await world.until(lambda: "k" in dublin.has("near"))
        assert dublin.status("b", "k", version_id) == "PENDING", "the other one has it not"
        world.heal()
        await world.is_quiet()
        assert dublin.status("b", "k", version_id) == "COMPLETED"
        assert dublin.has("near") == virginia.has("d")

    in_a_world(story)


def test_a_pause_of_either_bucket_holds_versions_back(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, virginia = await begun(world, rule("d"), rule("near", "near", 2))
        for pause in (Pause("b", DUBLIN, VIRGINIA), Pause("d", VIRGINIA)):
            dublin.replication.set_paused([pause])
            version_id = await dublin.put("b", pause.table, b"1")
            await asyncio.sleep(30)
            assert pause.table not in virginia.has("d")
            assert pause.table in dublin.has("near")
            dublin.replication.set_paused([])
            await world.is_quiet()
            assert dublin.status("b", pause.table, version_id) == "COMPLETED"

    in_a_world(story)


def test_a_rule_that_is_disabled_holds_what_waits_and_copies_nothing_new(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, virginia = await begun(world, rule("d"))
        world.cut_both(DUBLIN, VIRGINIA)
        before = await dublin.put("b", "before", b"1")
        await asyncio.sleep(5)
        await dublin.configure("b", rule("d", Status="Disabled"))
        during = await dublin.put("b", "during", b"1")
        world.heal()
        await asyncio.sleep(30)
        assert dublin.status("b", "before", before) == "PENDING"
        assert dublin.status("b", "during", during) is None
        await dublin.configure("b", rule("d"))
        await world.is_quiet()
        assert set(virginia.has("d")) == {"before"}

    in_a_world(story)


def test_changes_of_a_replica_travel_back_and_stop_there(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        both = {"SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}}}
        dublin, virginia = await begun(world, rule("d", **both))
        await virginia.configure("d", rule("b", **both))
        version_id = await dublin.put("b", "k", b"1")
        await world.is_quiet()
        await virginia.tag("d", "k", version_id, ("a", "1"))
        assert virginia.status("d", "k", version_id) == "PENDING"
        await world.is_quiet()
        assert virginia.status("d", "k", version_id) == "REPLICA"
        assert dublin.has("b") == virginia.has("d") == {"k": [(version_id, b"1", (("a", "1"),))]}

    in_a_world(story)


def test_a_version_has_one_name_for_users_and_one_for_the_engine(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, virginia = await begun(world, rule("d"))
        version_id = await dublin.put("b", "k", b"1")
        await world.is_quiet()
        engine_id = virginia.replication.engine_id("d", version_id)
        assert engine_id != version_id
        assert virginia.replication.public_id("d", engine_id) == version_id
        assert virginia.replication.public_id("d", "own") == virginia.replication.engine_id("d", "own") == "own"
        assert dublin.replication.engine_id("b", version_id) == version_id
        virginia.replication.deleted("d", "k", version_id)
        dublin.replication.deleted("b", "k", version_id)
        await virginia.ledger.committed()
        await dublin.ledger.committed()
        assert virginia.status("d", "k", version_id) is None
        assert dublin.status("b", "k", version_id) is None

    in_a_world(story)


def test_a_bucket_that_is_deleted_and_a_reset_leave_nothing(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any, everything: bool) -> None:
        dublin, virginia = await begun(world, rule("d"))
        await dublin.put("b", "done", b"1")
        await world.is_quiet()
        world.cut_both(DUBLIN, VIRGINIA)
        await dublin.put("b", "waits", b"1")
        if everything:
            dublin.replication.reset()
        else:
            await dublin.replication.forget_bucket("b")
        await dublin.ledger.committed()
        for table in ("configurations", "intents", "copies", "replicas"):
            assert list(dublin.ledger.select(f"SELECT * FROM {table}")) == []
        assert not dublin.replication.concerns("b")
        world.heal()
        await asyncio.sleep(10)
        assert set(virginia.has("d")) <= {"done", "waits"}

    for everything in (True, False):
        in_a_world(lambda world, everything=everything: story(world, everything))


def test_other_messages_are_refused_and_buckets_are_told_of(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, _ = await begun(world, rule("d"))
        assert (await dublin.replication.receive("/_sandbox/objects/else", b""))[0] == 404
        assert (await dublin.replication.receive(wire.VERSION, b"{}"))[0] == 400
        facts = await dublin.replication.facts("d", VIRGINIA)
        assert facts is not None
        assert (facts.region, facts.versioning) == (VIRGINIA, "Enabled")
        assert await dublin.replication.facts("nowhere", VIRGINIA) is None
        world.cut_both(DUBLIN, VIRGINIA)
        with pytest.raises(Refusal, match="does not answer, so it cannot be checked"):
            await dublin.replication.facts("d", VIRGINIA)

    in_a_world(story)
