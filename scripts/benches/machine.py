"""What the benches ask of the machine: its facts, the programs that make load, processor time, ports."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from benches.values import BenchFailed

LOOK_S = 1.0
IDLE, WAITING = 3, 4  # columns of /proc/stat
PACKAGES = ("uvloop", "httptools", "moto", "boto3", "orjson")
INSTALL = {
    "wrk": "Debian and Ubuntu: sudo apt install wrk. macOS: brew install wrk",
    "dnsperf": "Debian and Ubuntu: sudo apt install dnsperf. macOS: brew install dnsperf",
}


def facts() -> dict[str, Any]:
    """The machine and the versions, for the JSON file."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": processor(),
        "cores": os.cpu_count(),
        "load_average": list(os.getloadavg()),
        "busy_before_share": busy_share(),
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in PACKAGES},
    }


def busy_share() -> float | None:
    """How much of all processors other programs use just now, 0 to 1; None where there is no /proc."""
    before = processor_ticks()
    time.sleep(LOOK_S)
    after = processor_ticks()
    if not before or not after:
        return None
    ticks = [now - then for then, now in zip(before, after, strict=True)]
    return round(1 - (ticks[IDLE] + ticks[WAITING]) / max(1, sum(ticks)), 2)


def processor_ticks() -> list[int]:
    """User, nice, system, idle, waiting, ... of all processors together."""
    try:
        first = Path("/proc/stat").read_text().partition("\n")[0]
    except OSError:
        return []
    return [int(ticks) for ticks in first.split()[1:9]]


def processor() -> str:
    """Its name, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def need(program: str) -> str:
    """The path of a program that makes load; says how to install it when it is missing."""
    path = shutil.which(program)
    if path is None:
        raise BenchFailed(f"{program} is not installed. {INSTALL[program]}")
    return path


def cpu_s(pid: int) -> float:
    """Processor seconds that a process has used; not a number where there is no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return float("nan")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Resident memory of a process; not a number where there is no /proc."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return float("nan")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at now, for TCP."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def python(*words: str) -> list[str]:
    """A command line of this Python."""
    return [sys.executable, *words]
