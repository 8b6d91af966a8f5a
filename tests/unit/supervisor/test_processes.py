"""Claims about processes: each is told of when it is born and when it dies, and a group leaves nobody behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.management.memory import descendants
from sandbox.supervisor.processes import TAIL_BYTES, Processes, last_words, signal_group

WITHIN_S = 20.0


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (b"", ""),
        (b"\n  \n", ""),
        (b"one\ntwo\n", "two"),
        (b"one\n  planet: Port 8053 is taken.  \n\n", "planet: Port 8053 is taken."),
        (b"\xff\xfe broken\n", "�� broken"),
        (b"x" * (3 * TAIL_BYTES) + b"\nthe last\n", "the last"),
    ],
)
def test_the_last_words_are_the_last_line(tmp_path: Path, written: bytes, words: str) -> None:
    log = tmp_path / "planet.log"
    log.write_bytes(written)
    assert last_words(log) == words


def test_words_of_an_earlier_start_are_not_the_last(tmp_path: Path) -> None:
    log = tmp_path / "planet.log"
    log.write_bytes(b"failed yesterday\n")
    assert last_words(log, since_byte=log.stat().st_size) == ""


def test_who_never_wrote_has_no_last_words(tmp_path: Path) -> None:
    assert last_words(tmp_path / "planet.log") == ""


def test_a_log_is_named_after_its_program(tmp_path: Path) -> None:
    processes = Processes(tmp_path, {}, *[lambda *_: None] * 3)
    assert processes.log_of("region:us-east-1") == tmp_path / "logs" / "region-us-east-1.log"


SLEEPER = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("asleep", flush=True)
import time
time.sleep(600)
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEPER


class Watch:
    """Processes in a folder, and what was told of them."""

    def __init__(self, home: Path) -> None:
        (home / "logs").mkdir()
        self.home = home
        self.told: list[tuple[Any, ...]] = []
        environ = {**os.environ, "PYTHONPATH": str(home)}
        self.processes = Processes(
            home,
            environ,
            lambda name, pid: self.told.append(("born", name)),
            lambda name, pid, status: self.told.append(("died", name, status)),
            lambda name: self.told.append(("ready", name)),
        )

    async def execute(self, name: str, script: str) -> int:
        (self.home / f"{name}_script.py").write_text(script)
        return await self.processes.execute(name, f"{name}_script", [])

    async def says(self, name: str, words: str) -> None:
        while self.processes.last_words(name) != words:  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.01)


@pytest.fixture
def watch(tmp_path: Path) -> Callable[[Callable[[Watch], Awaitable[None]]], None]:
    def run(story: Callable[[Watch], Awaitable[None]]) -> None:
        async def life() -> None:
            watch = Watch(tmp_path)
            try:
                async with asyncio.timeout(WITHIN_S):
                    await story(watch)
            finally:
                await watch.processes.close()

        asyncio.run(life())

    return run


@pytest.mark.live
def test_an_end_is_told_with_its_status(watch: Any) -> None:
    async def story(watch: Watch) -> None:
        await watch.execute("planet", "print('Port 8053 is taken.')\nraise SystemExit(3)")
        while ("died", "planet", 3) not in watch.told:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert watch.told == [("born", "planet"), ("died", "planet", 3)]
        assert watch.processes.last_words("planet") == "Port 8053 is taken."

    watch(story)


@pytest.mark.live
@pytest.mark.parametrize(("script", "status"), [(SLEEPER, -signal.SIGTERM), (STUBBORN, -signal.SIGKILL)])
def test_ending_a_program_ends_its_children_and_kills_it_if_it_must(watch: Any, script: str, status: int) -> None:
    async def story(watch: Watch) -> None:
        pid = await watch.execute("planet", script)
        await watch.says("planet", "asleep")
        family = descendants(pid)
        assert len(family) == 2 or sys.platform != "linux"
        await watch.processes.end(pid)
        assert watch.told[-1] == ("died", "planet", status)
        await gone(family)
        await watch.processes.end(pid)
        await watch.processes.kill(pid)
        assert len(watch.told) == 2, "an end is told once, and a dead pid is not signalled"

    watch(story)


@pytest.mark.live
def test_a_frozen_program_is_killed_with_its_children(watch: Any) -> None:
    async def story(watch: Watch) -> None:
        pid = await watch.execute("planet", SLEEPER)
        await watch.says("planet", "asleep")
        family = descendants(pid)
        signal_group(pid, signal.SIGSTOP)
        await watch.processes.kill(pid)
        assert watch.told[-1] == ("died", "planet", -signal.SIGKILL)
        await gone(family)

    watch(story)


@pytest.mark.live
def test_a_leader_that_crashes_leaves_nobody_behind(watch: Any) -> None:
    async def story(watch: Watch) -> None:
        pid = await watch.execute("planet", SLEEPER)
        await watch.says("planet", "asleep")
        family = descendants(pid)
        os.kill(pid, signal.SIGKILL)
        await gone(family)
        assert watch.told[-1] == ("died", "planet", -signal.SIGKILL)

    watch(story)


async def gone(pids: list[int]) -> None:
    """Until none of them lives (a zombie that its new parent has not collected is dead)."""
    while any(is_running(pid) for pid in pids):  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
