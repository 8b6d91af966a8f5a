"""`python -m sandbox.supervisor --home DIR --settings JSON [--fresh]`: one sandbox, in the foreground."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from sandbox.kernel.clock import pause_s
from sandbox.kernel.dice import dice, fresh_seed
from sandbox.kernel.errors import Refusal
from sandbox.management.client import CARD, LOCK
from sandbox.supervisor.ports import pick_free, require_free
from sandbox.supervisor.service import Supervisor, refuse_a_second
from sandbox.supervisor.settings import Settings
from sandbox.supervisor.values import Stack

SPACE_NEEDED_BYTES = 8 * 1024 * 1024  # CA, logs, first state
OWN_LOG = "supervisor.log"  # whoever starts a supervisor in the background sends its output there
OURS = b"state folder of a sandbox; --fresh empties it\n"  # in the lock file of a folder that was ours from the start
PREPARED = {LOCK, "logs", ".gitignore"}  # what may be there before us


def main(argv: list[str]) -> int:
    """The exit code: 0 after an orderly end, 1 when it could not start, 2 for bad settings."""
    parser = argparse.ArgumentParser(prog="sandbox.supervisor")
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--settings", required=True)
    parser.add_argument("--fresh", action="store_true", help="start empty")
    parser.add_argument("--owned", action="store_true", help="end when stdin closes")
    parser.add_argument("--await", dest="hub", metavar="HOST:PORT", help="await all but the planet at this hub")
    parser.add_argument("--ready-file", type=Path, metavar="FILE", help="with --await: as of a program in a container")
    arguments = parser.parse_args(argv)
    try:
        settings = Settings.from_json(arguments.settings)
    except Refusal as refusal:
        return _say(refusal, 2)
    try:
        home = arguments.home.resolve()
        lock = _take(home, fresh=arguments.fresh)
        try:
            settings = settings if settings.seed is not None else replace(settings, seed=fresh_seed())
            stack = stack_of(arguments.hub, arguments.ready_file)
            settings = with_free_ports(settings) if stack is None else settings  # others are in other containers
            asyncio.run(Supervisor(home, settings, os.environ, stack=stack).run(owned=arguments.owned))
        finally:
            os.close(lock)
    except Refusal as refusal:
        return _say(refusal, 1)
    except OSError as error:
        return _say(Refusal("OSError", f"{error.strerror or error}: {error.filename or arguments.home}"), 1)
    return 0


def stack_of(hub: str | None, ready_file: Path | None) -> Stack | None:
    """How programs of other containers find this one; None when there are none."""
    if hub is None:
        return None
    host, _, port = hub.rpartition(":")
    return Stack(listen=host, hub_port=int(port), ready_file=ready_file)


def _say(refusal: Refusal, code: int) -> int:
    print(f"sandbox: {refusal.message}", file=sys.stderr, flush=True)
    return code


def _take(home: Path, *, fresh: bool) -> int:
    """Make the state folder and hold its lock: one sandbox a folder. Whoever has the lock knows that a card in the
    folder is a dead sandbox's, even if its pid is somebody's again (in a container it always is)."""
    home.mkdir(parents=True, exist_ok=True)
    lock = os.open(home / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    if not _locked(lock):
        os.close(lock)
        refuse_a_second(home)
        raise Refusal("AlreadyRunning", f"A sandbox is starting or ending in {home}. See: sandbox status")
    if not {entry.name for entry in home.iterdir()} - PREPARED:
        os.pwrite(lock, OURS, 0)
    elif fresh:
        if os.pread(lock, len(OURS), 0) != OURS:
            raise Refusal(
                "NotASandbox", f"{home} held other files before; --fresh would delete them. Empty it by hand."
            )
        empty(home)
    (home / CARD).unlink(missing_ok=True)
    (home / "logs").mkdir(exist_ok=True)
    refuse_a_full_disk(home)
    return lock


def refuse_a_full_disk(home: Path) -> None:
    """A Refusal when the first files would not fit. A disk that fills up later is told, and survived."""
    free_bytes = shutil.disk_usage(home).free
    if free_bytes < SPACE_NEEDED_BYTES:
        raise Refusal(
            "DiskFull",
            f"No space left on device for {home}: {free_bytes // 1024} KB free, a sandbox needs "
            f"{SPACE_NEEDED_BYTES // 1024 // 1024} MB. Free some, or choose another folder: SANDBOX_HOME",
        )


def _locked(lock: int) -> bool:
    for _ in range(5):  # a client that reads the card holds the lock for a moment
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pause_s(0.02)
        else:
            return True
    return False


def empty(home: Path) -> None:
    """Delete everything but the lock and our own log, which is being written."""
    for entry in (*home.iterdir(), *(home / "logs").glob("*")):
        if entry.name in (LOCK, OWN_LOG, "logs"):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def with_free_ports(settings: Settings) -> Settings:
    """Check the chosen ports, and choose those that were left open (0)."""
    ports = settings.ports
    chosen = {"aws": ports.aws, "dns": ports.dns, "proxy": ports.proxy, "console": ports.console}
    regions = {code: ports.regions.get(code, 0) for code in settings.regions}
    for what, name in (("AWS endpoint", "aws"), ("DNS", "dns"), ("proxy", "proxy"), ("console", "console")):
        if chosen[name]:
            require_free(chosen[name], what, name, f"SANDBOX_{name.upper()}_PORT", udp=name == "dns")
    for code, port in regions.items():
        if port:
            require_free(port, f"front door of {code}", "regions", "SANDBOX_REGIONS_PORT")
    open_names = [name for name, port in chosen.items() if not port]
    open_regions = [code for code, port in regions.items() if not port]
    start = dice(os.getpid(), "supervisor:ports").randrange(100_000)
    free = iter(pick_free(len(open_names) + len(open_regions), start, [*chosen.values(), *regions.values()]))
    chosen.update({name: next(free) for name in open_names})
    regions.update({code: next(free) for code in open_regions})
    return replace(settings, ports=replace(ports, **chosen, regions=regions))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
