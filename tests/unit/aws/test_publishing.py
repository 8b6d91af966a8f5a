"""What is published, and that nothing is published twice."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.publishing import Publisher, differences

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

        publisher = Publisher(read, lambda topic, value: told.append((topic, value)), arrived)
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
