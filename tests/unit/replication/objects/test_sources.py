"""Claims about the source side: intents, what is copied, order after calls of which nobody saw the end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal, unavailable
from sandbox.replication.objects.values import Happened

DUBLIN, VIRGINIA = "eu-west-1", "us-east-1"


async def begun(world: Any, *rules: dict[str, Any]) -> tuple[Any, Any]:
    dublin, virginia = world.regions[DUBLIN], world.regions[VIRGINIA]
    dublin.engine.make("b")
    virginia.engine.make("d")
    await dublin.configure("b", *rules)
    return dublin, virginia


def test_what_is_copied_is_on_disk_before_the_caller_hears_of_it(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, _ = await begun(world, rule("d"))
        world.cut_both(DUBLIN, VIRGINIA)
        version_id = await dublin.put("b", "k", b"1")
        await dublin.crash()
        dublin.start()
        assert dublin.status("b", "k", version_id) == "PENDING"
        assert list(dublin.ledger.select("SELECT * FROM intents")) == []

    in_a_world(story)


def test_a_call_that_the_engine_refused_leaves_nothing(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, _ = await begun(world, rule("d"))
        intent = await dublin.replication.sources.begin("b", "k", "object")
        await dublin.replication.sources.nothing(intent)
        await dublin.ledger.committed()
        assert list(dublin.ledger.select("SELECT * FROM intents")) == []

    in_a_world(story)


def test_a_write_that_was_not_answered_is_found_and_goes_before_the_next_of_its_key(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, virginia = await begun(world, rule("d"))
        sources = dublin.replication.sources
        intent = await sources.begin("b", "k", "object")
        first = dublin.engine._add("b", "k", b"unseen").version_id
        sources.unknown(intent)  # the engine has done it, and its answer was lost
        second = await dublin.put("b", "k", b"seen")
        await world.is_quiet()
        assert [version for version, _, _ in virginia.has("d")["k"]] == [first, second]

    in_a_world(story)


def test_what_was_there_before_the_call_is_not_taken_for_its_work(in_a_world: Any, rule: Any) -> None:
    """A4: objects older than the rule are not copied, also when the end of a call is looked for."""

    async def story(world: Any) -> None:
        dublin, virginia = world.regions[DUBLIN], world.regions[VIRGINIA]
        dublin.engine.make("b")
        virginia.engine.make("d")
        dublin.engine._add("b", "k", b"older")
        await world.until(lambda: dublin.replication is not None)
        await asyncio.sleep(2)
        await dublin.configure("b", rule("d"))
        intent = await dublin.replication.sources.begin("b", "", "object")
        dublin.replication.sources.unknown(intent)
        await world.is_quiet()
        assert virginia.has("d") == {}

    in_a_world(story)


def test_a_call_waits_only_so_long_for_an_engine_that_does_not_say(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, _ = await begun(world, rule("d"))
        sources = dublin.replication.sources
        sources.unknown(await sources.begin("b", "k", "object"))
        dublin.engine.failing = unavailable("s3", "down")
        await sources.begin("b", "k", "object")
        dublin.engine.failing = None

    in_a_world(story)


def test_tags_decide_where_a_rule_asks_for_them(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        tagged = rule("d", Filter={"Tag": {"Key": "go", "Value": "west"}})
        dublin, virginia = await begun(world, tagged)
        sources = dublin.replication.sources
        for key, tags in (("yes", (("go", "west"),)), ("no", ())):
            await dublin.put("b", key, b"1", tags)
            event = Happened(bucket="b", key=key, version_id=dublin.has("b")[key][0][0], kind="object")
            assert (await sources.complete(event, known=False)).tags == tags
            assert (await sources.complete(event, known=False)).size == 1
        await world.is_quiet()
        assert set(virginia.has("d")) == {"yes"}

    in_a_world(story)


def test_taking_the_configuration_away_fails_what_waits(in_a_world: Any, rule: Any) -> None:
    """A5: SrcBucketReplicationConfigMissing. So does a configuration without that destination."""

    async def story(world: Any, delete: bool) -> None:
        dublin, _ = await begun(world, rule("d"))
        world.cut_both(DUBLIN, VIRGINIA)
        version_id = await dublin.put("b", "k", b"1")
        if delete:
            await dublin.replication.unconfigure("b")
        else:
            await dublin.configure("b", rule("other"))
        await dublin.ledger.committed()
        assert dublin.status("b", "k", version_id) == "FAILED"
        [failed] = dublin.replication._rows.failed("b", 9)
        assert failed["reason"] == "SrcBucketReplicationConfigMissing"

    for delete in (True, False):
        in_a_world(lambda world, delete=delete: story(world, delete))


def test_a_full_disk_keeps_calls_from_the_engine(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, _ = await begun(world, rule("d"))

        def stuck() -> None:
            raise Refusal("InternalError", "full", status=500)

        dublin.ledger.refuse_if_stuck = stuck
        with pytest.raises(Refusal, match="full"):
            await dublin.put("b", "k", b"1")
        assert dublin.has("b") == {}

    in_a_world(story)
