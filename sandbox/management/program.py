"""What every program does at its start and at its end.

In: `--hub HOST:PORT --home DIR`, the token in SANDBOX_TOKEN. Out: a `Program` with a connected spoke, a journal whose
events reach the hub, the settings, and an end that comes by SIGTERM or when the hub is gone. `run` is the whole life.
A program in a container of its own is told so (`--remote`): it listens where others can reach it, says when it leaves,
tells its memory, and notices a hub that has vanished without a word.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks
from sandbox.management.memory import descendants, pss_mb
from sandbox.management.spoke import Spoke

PR_SET_PDEATHSIG = 1  # Linux, prctl(2)
ANY_HOST = "0.0.0.0"  # every address of this machine, or of this container
LOOPBACK = "127.0.0.1"
GOODBYE_WITHIN_S = 1.0
GC_THRESHOLD = 50_000  # collect less often than by default: a full collection is a pause that every latency sees


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Where a program sits: its name, its hub, its state folder.

    listen: the address of its servers for other programs; doors: of those for people's programs. remote: the hub's
    process is not its parent. ready_file: gets the address of a server of its own once it does its work.
    """

    name: str
    host: str
    port: int
    token: str
    home: Path
    listen: str = LOOPBACK
    doors: str = LOOPBACK
    remote: bool = False
    ready_file: Path | None = None

    def arguments(self) -> list[str]:
        """The command-line form; what is as usual is left out."""
        words = ["--hub", f"{self.host}:{self.port}", "--home", str(self.home)]
        words += [] if self.listen == LOOPBACK else ["--listen", self.listen]
        words += [] if self.doors == LOOPBACK else ["--doors", self.doors]
        words += [] if self.ready_file is None else ["--ready-file", str(self.ready_file)]
        return [*words, *(["--remote"] if self.remote else [])]


def seat_from(name: str, argv: list[str], environ: Mapping[str, str]) -> Seat:
    """Read the seat from a program's command line and environment."""
    parser = argparse.ArgumentParser(prog=f"sandbox.{name}", description="A program of the multi-region sandbox.")
    parser.add_argument("--hub", required=True, metavar="HOST:PORT")
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--listen", default=LOOPBACK, metavar="HOST", help="where servers for other programs listen")
    parser.add_argument("--doors", default=LOOPBACK, metavar="HOST", help="where servers for people's programs listen")
    parser.add_argument("--ready-file", type=Path, metavar="FILE", help="gets `HOST PORT` of a server once it works")
    parser.add_argument("--remote", action="store_true", help="in a container of its own")
    arguments = parser.parse_args(argv)
    host, _, port = arguments.hub.rpartition(":")
    if not host or not port.isdecimal():
        parser.error(f"--hub is {arguments.hub!r}; it must be HOST:PORT")
    return Seat(
        name=name,
        host=host,
        port=int(port),
        token=environ.get("SANDBOX_TOKEN", ""),
        home=arguments.home,
        listen=arguments.listen,
        doors=arguments.doors,
        remote=arguments.remote,
        ready_file=arguments.ready_file,
    )


class Program:
    """A running program: spoke, journal, settings, tasks, and the wish to end."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.clock = SystemClock()
        self.journal = Journal()
        self.spoke = Spoke(seat.name, seat.host, seat.port, seat.token, remote=seat.remote)
        self.tasks = Tasks(seat.name)
        self.settings: dict[str, Any] = {}
        self.end = asyncio.Event()
        self.journal.listen(self.spoke.note)

    async def join(self) -> None:
        """Connect to the hub and wait for the settings."""
        self.spoke.on_lost = self._hub_lost
        await self.spoke.connect()
        await self.spoke.subscribe("settings", self._take_settings)
        self.spoke.handle("memory", self._memory)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.end.set)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's to handle

    async def ready(self, host: str, port: int) -> None:
        """Tell the supervisor that this program does its work now; host, port: of one of its servers."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD, 50, 100)
        await self.spoke.call("hub", "ready", program=self.seat.name)
        if self.seat.ready_file is not None:
            self.seat.ready_file.write_text(f"{LOOPBACK if host == ANY_HOST else host} {port}\n", encoding="ascii")

    async def say_goodbye(self) -> None:
        """An end in order is no crash: who watches from afar cannot tell them apart."""
        if self.seat.remote:
            with suppress(Refusal, TimeoutError):
                async with asyncio.timeout(GOODBYE_WITHIN_S):
                    await self.spoke.call("hub", "leaving", program=self.seat.name)

    async def _memory(self) -> float | None:
        return await asyncio.get_running_loop().run_in_executor(None, lambda: pss_mb(descendants(os.getpid())))

    def _take_settings(self, topic: str, value: Any) -> None:
        self.settings = value or {}

    def _hub_lost(self) -> None:
        os._exit(3)  # no owner: nothing here may outlive the supervisor


Main = Callable[[Program], Awaitable[None]]


def run(seat: Seat, main: Main) -> int:
    """Run `main(program)`; it returns after `program.end`. The exit code: 0, or 1 with one clear line on stderr."""
    die_with_parent()
    try:
        with asyncio.Runner(loop_factory=event_loop_factory()) as runner:
            runner.run(_life(seat, main))
    except Refusal as refusal:
        print(f"{seat.name}: {refusal.message}", file=sys.stderr, flush=True)
        return 1
    except OSError as error:
        print(f"{seat.name}: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


async def _life(seat: Seat, main: Main) -> None:
    program = Program(seat)
    await program.join()
    try:
        await main(program)
        await program.say_goodbye()
    finally:
        await program.tasks.close()
        await program.spoke.close()


def event_loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where it exists, asyncio's own loop elsewhere."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def die_with_parent(parent: int | None = None) -> None:
    """Have the kernel kill this process when its parent dies, even while it is stopped. Linux only; elsewhere the
    closed management channel ends it. `parent`: its id, when the caller knew it before a fork."""
    if parent is None:
        parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(3)  # it died in between


def leave(code: int) -> NoReturn:
    """End a forked process here: what it died of is told, and nothing that its parent began is ended by it."""
    if sys.exc_info()[0] is not None:
        traceback.print_exc()
        code = code or 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
