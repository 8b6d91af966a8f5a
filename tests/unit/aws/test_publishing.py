"""What is published, and that nothing is published twice."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.publishing import Publisher, differences, pace_s
from sandbox.kernel.clock import LoopClock
from sandbox.sim.loop import run_virtual

TOPICS = st.dictionaries(st.sampled_from(["zone/a", "zone/b", "health-check/c"]), st.integers(0, 2))


@given(TOPICS, TOPICS)
def test_the_differences_lead_from_one_reading_to_the_other(before: dict[str, int], after: dict[str, int]) -> None:
    kept: dict[str, Any] = dict(before)
    for topic, value in differences(before, after).items():
        assert kept.get(topic) != value, "published although nothing changed"
        if value is None:
            del kept[topic]
        else:
            kept[topic] = value
    assert kept == after


def test_only_what_changed_is_published() -> None:
    now: dict[str, Any] = {"zone/a": 1, "zone/b": 1}
    told: list[tuple[str, Any]] = []
    arrivals: list[str] = []

    async def read() -> dict[str, Any]:
        return dict(now)

    async def scenario() -> None:
        async def arrived(topic: str) -> None:
            assert topic in [each for each, _ in told], "waited for before it was told"
            arrivals.append(topic)

        publisher = Publisher(read, lambda topic, value: told.append((topic, value)), arrived, clock=LoopClock())
        publisher.retained("zone/a", 1)
        publisher.retained("zone/gone", 1)
        publisher.retained("zone/taken back", 1)
        publisher.retained("zone/taken back", None)
        await publisher.update()
        assert told == [("zone/b", 1), ("zone/gone", None)]
        await publisher.update()
        assert len(told) == 2
        assert arrivals == ["zone/b", "zone/gone"]
        assert publisher.ids("zone/") == {"a", "b"}

    asyncio.run(scenario())


def zone(version: int, records: int) -> dict[str, Any]:
    return {"version": version, "records": [{"Name": "x"}] * records}


def test_a_large_zone_is_published_at_its_pace_and_its_last_state_follows_by_itself() -> None:
    """1000 changes in a second to a zone of 10,000 records cost three publications, not 1000."""
    now: dict[str, Any] = {"zone/big": zone(0, 10_000), "zone/small": zone(0, 10)}
    told: list[tuple[str, int]] = []
    heard: list[str] = []

    async def read() -> dict[str, Any]:
        return dict(now)

    async def scenario() -> None:
        publisher = Publisher(
            read,
            lambda topic, value: told.append((topic, value["version"])),
            clock=LoopClock(),
            on_published=lambda topic, value: heard.append(topic),
        )
        for version in range(1, 1001):
            now.update({"zone/big": zone(version, 10_000), "zone/small": zone(version, 10)})
            await publisher.update()
            await asyncio.sleep(0.001)
        await asyncio.sleep(1)
        await publisher.close()

    run_virtual(scenario())
    assert [version for topic, version in told if topic == "zone/small"] == list(range(1, 1001))
    big = [version for topic, version in told if topic == "zone/big"]
    assert big[0] == 1
    assert big[-1] == 1000
    assert 3 <= len(big) <= 4
    assert heard == [topic for topic, _ in told]


def test_only_large_zones_wait() -> None:
    assert [pace_s(value) for value in (None, {"id": "c"}, zone(1, 1000))] == [0, 0, 0]
    assert pace_s(zone(1, 10_000)) == 0.5
