"""Claims about following commits: nobody is told before the disk has it, also when the disk is full for a while."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks
from sandbox.replication.commits import Commits
from sandbox.replication.rows import Keeping
from sandbox.sim.loop import run_virtual


class Disk:
    """`committed` of a ledger that tries again."""

    def __init__(self) -> None:
        self.full = False
        self.asked = 0

    async def committed(self) -> None:
        self.asked += 1
        await asyncio.sleep(1.0)
        if self.full:
            raise Refusal("InternalServerError", "full", status=500)


def follow(story: Any) -> None:
    async def run() -> None:
        disk = Disk()
        commits, tasks = Commits(cast(Keeping, disk)), Tasks("test")
        tasks.start(commits.follow(), "follow")
        try:
            await story(commits, disk)
        finally:
            await tasks.close()

    run_virtual(run())


def test_waiters_wake_when_their_write_is_on_disk_and_not_before() -> None:
    async def story(commits: Commits, disk: Disk) -> None:
        loop = asyncio.get_running_loop()
        first, second = loop.create_future(), loop.create_future()
        commits.note(first)
        one = asyncio.create_task(commits.reached(commits.noted))
        commits.note(second)
        two = asyncio.create_task(commits.reached(commits.noted))
        await asyncio.sleep(1.0)
        assert not one.done()
        second.set_result(None)
        await asyncio.sleep(1.0)
        assert one.done()
        assert two.done()
        await commits.reached(2)

    follow(story)


def test_a_failed_commit_keeps_its_waiters_until_it_was_tried_again() -> None:
    async def story(commits: Commits, disk: Disk) -> None:
        promise: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        commits.note(promise)
        disk.full = True
        promise.set_exception(Refusal("InternalServerError", "full", status=500))
        waiter = asyncio.create_task(commits.reached(1))
        await asyncio.sleep(10.0)
        assert not waiter.done()
        disk.full = False
        await asyncio.sleep(2.0)
        assert waiter.done()

    follow(story)
