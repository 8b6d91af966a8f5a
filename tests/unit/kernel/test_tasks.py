"""Claims about tasks: a name, an owner, an end, and no error that nobody hears of."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.kernel.tasks import Tasks


async def for_ever() -> None:
    await asyncio.get_running_loop().create_future()


def test_a_task_is_named_after_its_owner() -> None:
    async def story() -> None:
        tasks = Tasks("planet")
        assert tasks.start(for_ever(), "probe").get_name() == "planet:probe"
        await tasks.close()

    asyncio.run(story())


def test_closing_ends_every_task_and_waits_for_it() -> None:
    ended = []

    async def slow_to_end() -> None:
        try:
            await for_ever()
        finally:
            await asyncio.sleep(0)
            ended.append("slow")

    async def story() -> None:
        tasks = Tasks("planet")
        tasks.start(slow_to_end(), "slow")
        tasks.start(for_ever(), "other")
        await asyncio.sleep(0)
        assert len(tasks) == 2
        await tasks.close()
        assert len(tasks) == 0

    asyncio.run(story())
    assert ended == ["slow"]


def test_closing_ends_also_what_an_ending_task_starts() -> None:
    async def story() -> None:
        tasks = Tasks("planet")

        async def last_will() -> None:
            try:
                await for_ever()
            finally:
                tasks.start(for_ever(), "heir")

        tasks.start(last_will(), "testator")
        await asyncio.sleep(0)
        await tasks.close()
        assert len(tasks) == 0

    asyncio.run(story())


def test_an_error_is_told_to_the_owner_with_the_tasks_name() -> None:
    told: list[tuple[str, BaseException]] = []

    async def fails() -> None:
        raise ValueError("no such zone")

    async def story() -> None:
        tasks = Tasks("control", on_error=lambda name, error: told.append((name, error)))
        tasks.start(fails(), "push")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(tasks) == 0, "an ended task is forgotten"

    asyncio.run(story())
    assert [(name, str(error)) for name, error in told] == [("control:push", "no such zone")]


def test_an_error_that_nobody_asked_for_is_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    async def fails() -> None:
        raise ValueError("no such zone")

    async def story() -> None:
        Tasks("control").start(fails(), "push")
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(story())
    printed = capsys.readouterr().err
    assert "task control:push failed" in printed
    assert "Traceback" in printed


def test_being_cancelled_is_no_error() -> None:
    told: list[str] = []

    async def story() -> None:
        tasks = Tasks("planet", on_error=lambda name, error: told.append(name))
        task = tasks.start(for_ever(), "probe")
        await asyncio.sleep(0)
        task.cancel()
        await tasks.close()

    asyncio.run(story())
    assert told == []
