"""Processes of programs: made, watched, signalled, ended.

In: commands and signals from the supervisor. Out: `on_start(name, pid)` and `on_end(name, pid, status)`, status as
subprocess's returncode. Planet and control are executed; regions are forked by the nursery, a warm parent, so that
three start in about the time of one and share its memory.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sandbox.kernel.tasks import Tasks
from sandbox.management.messages import decode, encode

TERM_GRACE_S = 5.0  # after SIGTERM a program has this long before SIGKILL
TAIL_BYTES = 4096

OnStart = Callable[[str, int], None]
OnEnd = Callable[[str, int, int], None]
OnReady = Callable[[str], None]


def signal_group(pid: int, number: int) -> None:
    """Signal a process group whose leader is `pid`; gone already is fine."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def last_words(log: Path, since_byte: int = 0) -> str:
    """The last line a program wrote."""
    try:
        with log.open("rb") as file:
            file.seek(max(since_byte, log.stat().st_size - TAIL_BYTES))
            lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        return ""
    return lines[-1] if lines else ""


class Processes:
    """All child processes of a sandbox, by program name."""

    def __init__(
        self, home: Path, environ: Mapping[str, str], on_start: OnStart, on_end: OnEnd, on_ready: OnReady
    ) -> None:
        self.home = home
        self.logs = home / "logs"
        self._environ = dict(environ)
        self._on_start = on_start
        self._on_end = on_end
        self._on_ready = on_ready
        self._tasks = Tasks("processes")
        self._ended: dict[int, asyncio.Event] = {}  # of the processes that live
        self._asked_for: dict[str, None] = {}  # regions to be forked, not yet born
        self._nursery: asyncio.subprocess.Process | None = None
        self._log_from: dict[str, int] = {}

    def log_of(self, name: str) -> Path:
        """Where a program's stdout and stderr go."""
        return self.logs / f"{name.replace(':', '-')}.log"

    def last_words(self, name: str) -> str:
        """The last line a program wrote since it was last started."""
        return last_words(self.log_of(name), self._log_from.get(name, 0))

    def _open_log(self, name: str) -> int:
        log = self.log_of(name)
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._log_from[name] = os.fstat(handle).st_size
        return handle

    async def execute(self, name: str, module: str, arguments: list[str], *, sockets: Sequence[int] = ()) -> int:
        """Start `python -m module arguments` in a process group of its own, with these open files; its pid."""
        log = self._open_log(name)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, *arguments,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                env=self._environ, process_group=0, pass_fds=tuple(sockets),
            )  # fmt: skip
        finally:
            os.close(log)
        self._born(name, process.pid)
        self._tasks.start(self._watch(name, process), f"watch {name}")
        return process.pid

    async def _watch(self, name: str, process: asyncio.subprocess.Process) -> None:
        status = await process.wait()
        self._died(name, process.pid, status)

    def _born(self, name: str, pid: int) -> None:
        self._ended[pid] = asyncio.Event()
        self._on_start(name, pid)

    def _died(self, name: str, pid: int, status: int) -> None:
        signal_group(pid, signal.SIGKILL)  # whatever its leader left behind
        ended = self._ended.pop(pid, None)
        if ended is not None:
            ended.set()
        self._on_end(name, pid, status)

    async def open_nursery(self, arguments: list[str]) -> None:
        """Start the warm parent of regions."""
        log = self._open_log("nursery")
        try:
            self._nursery = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "sandbox.region.nursery", *arguments,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
                env=self._environ, process_group=0,
            )  # fmt: skip
        finally:
            os.close(log)
        self._born("nursery", self._nursery.pid)
        for name in self._asked_for:  # of a nursery that died before it did it
            self._ask(self._nursery, name)
        self._tasks.start(self._listen_to_nursery(self._nursery), "nursery")

    async def _listen_to_nursery(self, nursery: asyncio.subprocess.Process) -> None:
        assert nursery.stdout is not None
        alive: dict[str, int] = {}
        while line := await nursery.stdout.readline():
            message: dict[str, Any] = decode(line)
            name, pid = message["name"], message["pid"]
            if message.get("ready"):
                self._on_ready(name)
            elif "status" in message:
                alive.pop(name, None)
                self._died(name, pid, message["status"])
            else:
                alive[name] = pid
                self._asked_for.pop(name, None)
                self._born(name, pid)
        status = await nursery.wait()
        self._nursery = None
        for name, pid in alive.items():
            self._died(name, pid, -signal.SIGKILL)  # a dead nursery's regions are nobody's
        self._died("nursery", nursery.pid, status)

    def fork(self, name: str) -> None:
        """Ask the nursery for a region's process: this one, or the next when it has died."""
        os.close(self._open_log(name))
        self._asked_for[name] = None
        if self._nursery is not None:
            self._ask(self._nursery, name)

    def _ask(self, nursery: asyncio.subprocess.Process, name: str) -> None:
        assert nursery.stdin is not None
        nursery.stdin.write(encode({"fork": name, "log": str(self.log_of(name))}))

    async def end(self, pid: int) -> None:
        """SIGTERM, then SIGKILL when that is not obeyed; returns when the process has ended."""
        ended = self._ended.get(pid)
        if ended is None:
            return
        signal_group(pid, signal.SIGCONT)
        try:
            os.kill(pid, signal.SIGTERM)
            async with asyncio.timeout(TERM_GRACE_S):
                await ended.wait()
        except ProcessLookupError:
            pass  # it ended just now
        except TimeoutError:
            await self.kill(pid)

    async def kill(self, pid: int) -> None:
        """SIGKILL to the whole group; returns when the leader has ended. (Its id may be another's once it has.)"""
        ended = self._ended.get(pid)
        if ended is not None:
            signal_group(pid, signal.SIGKILL)
            await ended.wait()

    async def close(self) -> None:
        """Stop watching."""
        await self._tasks.close()
