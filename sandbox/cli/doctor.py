"""`doctor`: whether this machine can run a sandbox. Collects facts; `doctor_checks` judges them."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from sandbox.cli import doctor_checks as checks
from sandbox.cli.options import NO_HOME, AsJson, Home
from sandbox.cli.output import FAILED, say, show_json, show_table
from sandbox.client.finding import find_card

DOCKER_TIMEOUT_S = 2.0
DOCKER_SOCKETS = ("/var/run/docker.sock", "~/.docker/run/docker.sock", "~/.orbstack/run/docker.sock")
WAITS = 20


def doctor(
    config: Annotated[Path | None, typer.Option(envvar="SANDBOX_CONFIG", help="Settings file.")] = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Check what a sandbox needs: platform, ports, Docker, memory, clock, disk."""
    findings = list(_look(home, config))
    if as_json:
        show_json([{"what": f.what, "ok": f.ok, "needed": f.needed, "says": f.says} for f in findings])
    else:
        show_table(("check", "", "finding"), [(f.what, f.verdict, f.says) for f in findings])
        say("A sandbox can run here." if checks.all_needed(findings) else "A sandbox cannot run here as it is.")
    if not checks.all_needed(findings):
        raise typer.Exit(FAILED)


def _look(home: Path, config: Path | None) -> Iterator[checks.Finding]:
    yield checks.platform(platform.system(), platform.release())
    yield checks.python(sys.version_info[:3])
    yield from _ports(home, config)
    yield checks.memory(_available_mb())
    yield checks.clock(*_clock())
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    yield checks.disk(shutil.disk_usage(there).free // 1_000_000, str(there))
    yield checks.open_files(_open_files())
    yield checks.uvloop(_uvloop_problem())
    yield checks.docker(*_docker())


def _ports(home: Path, config: Path | None) -> Iterator[checks.Finding]:
    from sandbox.supervisor.ports import is_free
    from sandbox.supervisor.settings_sources import load_settings

    card = find_card(home)
    if card is not None:
        chosen: dict[str, Any] = card["ports"]
        ours = {*chosen["regions"].values(), *(port for name, port in chosen.items() if name != "regions")}
        named = {**chosen, **chosen["regions"]}
    else:
        ports = load_settings(flags={}, variables=os.environ, config=config, folder=Path.cwd()).ports
        ours = set()
        named = {"aws": ports.aws, "dns": ports.dns, "proxy": ports.proxy, "console": ports.console, **ports.regions}
    for name, port in named.items():
        if name != "regions":
            free = port == 0 or is_free(port, udp=name == "dns")
            yield checks.port(name, port, is_free=free, is_ours=port in ours and not free)


def _available_mb() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        pass  # macOS: all of it, which is the best that can be said without its own tools
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1_000_000
    except (ValueError, OSError):
        return None


def _clock() -> tuple[float, float]:
    """How long a wait of 1 ms takes, and the date."""
    from statistics import median

    from sandbox.kernel.clock import SystemClock, pause_s

    clock = SystemClock()
    waits = []
    for _ in range(WAITS):
        began_s = clock.now_s()
        pause_s(0.001)
        waits.append((clock.now_s() - began_s) * 1000)
    return median(waits), clock.wall_s()


def _open_files() -> int:
    import resource

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return 2**31 if hard == resource.RLIM_INFINITY else hard


def _uvloop_problem() -> str:
    try:
        importlib.import_module("uvloop")
    except ImportError as error:
        return str(error)
    return ""


def _docker() -> tuple[str, str]:
    """Its version, and what is wrong."""
    host = os.environ.get("DOCKER_HOST", "")
    if host.startswith("tcp://"):
        name, _, port = host.removeprefix("tcp://").partition(":")
        return _ask_docker(socket.AF_INET, (name, int(port) if port.isdigit() else 2375))
    candidates = [host.removeprefix("unix://")] if host else [str(Path(path).expanduser()) for path in DOCKER_SOCKETS]
    path = next((path for path in candidates if Path(path).exists()), None)
    if path is None:
        return "", f"no Docker at {candidates[0]}"
    return _ask_docker(socket.AF_UNIX, path)


def _ask_docker(family: int, address: Any) -> tuple[str, str]:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as client:
            client.settimeout(DOCKER_TIMEOUT_S)
            client.connect(address)
            client.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            head = client.recv(4096).decode("latin-1")
    except OSError as error:
        return "", f"Docker does not answer at {address} ({error.strerror or error})"
    lines = [line.partition(":") for line in head.split("\r\n")]
    found = next((value.strip() for name, _, value in lines if name.lower() == "api-version"), "")
    return (f"API {found}", "") if " 200 " in head.split("\r\n")[0] else ("", f"Docker says {head[:40]!r}")
