"""Claims about labs behind the event loop: what blocks does not stop it, one acts at a time, everybody is told."""

from __future__ import annotations

import asyncio
import threading

import pytest

from sandbox.console.classroom import MOST_READING, MOST_WAITING, Classroom
from sandbox.kernel.errors import Refusal

WITHIN_S = 10


class HeldLessons:
    """Lessons whose calls wait until they are let go, and count how many are under way."""

    def __init__(self):
        self.gate = threading.Event()
        self.lock = threading.Lock()
        self.under_way = self.most = 0
        self.saved = None

    def held(self, answer):
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        assert self.gate.wait(WITHIN_S)
        with self.lock:
            self.under_way -= 1
        return answer

    def labs(self, language):
        return self.held({"language": language})

    def start(self, number, language, say, *, yes):
        say(f"aws first\n> second {number}")
        return self.held({"lab": number, "language": language})

    def check(self, number, step):
        return self.held({"lab": number, "step": step, "passed": False})

    def reset(self, number, say):
        raise Refusal("NotThisLab", f"Lab {number} is not under way.", status=409)

    def progress_version(self):
        return () if self.saved is None else (id(self.saved),)

    def progress(self):
        if self.saved == "unreadable":
            raise Refusal("BadProgress", "Delete it.")
        return self.saved


def with_class(story):
    async def life():
        lessons = HeldLessons()
        classroom = Classroom(lessons, lambda: [{"name": "slow-region"}])
        try:
            async with asyncio.timeout(WITHIN_S):
                await story(lessons, classroom)
        finally:
            lessons.gate.set()

    asyncio.run(life())


async def until(holds):
    """Until it holds; that the loop goes on meanwhile is the point."""
    while not holds():  # noqa: ASYNC110 - a thread of the class has no event of the loop's
        await asyncio.sleep(0)


def test_what_changes_the_sandbox_goes_one_after_the_other_and_the_loop_goes_on():
    async def story(lessons, classroom):
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(classroom.check(1, None)) for _ in range(3)]
            await until(lambda: lessons.under_way == 1)  # the loop runs while a thread waits
            assert classroom.now()["doing"] == "the checkpoint looks"
            lessons.gate.set()
        assert [task.result()["lab"] for task in asked] == [1, 1, 1]
        assert lessons.most == 1
        assert classroom.now()["doing"] == ""

    with_class(story)


def test_few_may_wait_and_who_is_too_many_is_told():
    async def story(lessons, classroom):
        async with asyncio.TaskGroup() as group:
            for _ in range(MOST_WAITING):
                group.create_task(classroom.check(1, None))
            await until(lambda: lessons.under_way == 1)
            with pytest.raises(Refusal, match="wait for their turn") as refused:
                await classroom.check(1, None)
            assert refused.value.status == 503
            lessons.gate.set()
        lessons.gate.set()
        assert (await classroom.check(2, None))["lab"] == 2  # the places are free again

    with_class(story)


def test_readers_do_not_wait_for_who_acts_and_have_a_limit_of_their_own():
    async def story(lessons, classroom):
        async with asyncio.TaskGroup() as group:
            group.create_task(classroom.check(1, None))
            for _ in range(MOST_READING + 3):
                group.create_task(classroom.read(lambda each: each.labs("en")))
            await until(lambda: lessons.under_way == MOST_READING + 1)
            lessons.gate.set()
        assert lessons.most == MOST_READING + 1

    with_class(story)


def test_lines_that_are_typed_and_the_last_checkpoint_are_told_to_all():
    async def story(lessons, classroom):
        async with asyncio.TaskGroup() as group:
            group.create_task(classroom.start(3, "fr", yes=True))
            await until(lambda: classroom.now()["doing"] == "$ aws first")  # of a long line, its beginning
            lessons.gate.set()
        before = classroom.version
        await classroom.check(3, 0)
        assert classroom.version > before
        assert classroom.now()["checked"] == {"lab": 3, "step": 0, "passed": False}
        with pytest.raises(Refusal, match="not under way"):
            await classroom.reset(3)
        assert classroom.now()["doing"] == ""

    with_class(story)


def test_progress_that_another_process_saved_is_noticed_once():
    async def story(lessons, classroom):
        classroom.look()
        before = classroom.version
        classroom.look()
        assert classroom.version == before
        lessons.saved = {"lab": 1}
        classroom.look()
        assert (classroom.version, classroom.now()["progress"]) == (before + 1, {"lab": 1})
        lessons.saved = "unreadable"
        classroom.look()
        assert (classroom.now()["progress"], classroom.now()["wrong"]) == (None, "Delete it.")

    with_class(story)


def test_drills_are_read_in_a_thread():
    async def story(lessons, classroom):
        assert await classroom.drills() == [{"name": "slow-region"}]

    with_class(story)
