"""A whole sandbox for the time of a bench: `sandbox up` on free ports in a state folder of its own, and its end.

In: the regions and flags. Out: ports, `status`, and what is left of it after `down`: processes and ports that should
have gone.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benches.machine import free_ports, listens, python
from benches.values import BenchFailed

START_WITHIN_S = 90.0
GONE_WITHIN_S = 5.0
POLL_S = 0.01


class Life:
    """One sandbox. started_s: when `up` was called, on time.monotonic."""

    def __init__(self, folder: Path, regions: Sequence[str]) -> None:
        self.home = folder / "sandbox"
        self.regions = list(regions)
        self.aws, self.dns, self.proxy, self.console, *fronts = free_ports(4 + len(regions))
        self.fronts = dict(zip(regions, fronts, strict=True))
        self.log = folder / "up.log"
        self.started_s = 0.0
        self._folder = folder
        self._up: subprocess.Popen[bytes] | None = None

    def up(self, *flags: str) -> None:
        """Call `sandbox up`; it goes on by itself."""
        config = self._folder / "sandbox.yaml"
        lines = ["regions:", *(f"  - {code}" for code in self.regions), "ports:"]
        lines += [f"  aws: {self.aws}", f"  dns: {self.dns}", f"  proxy: {self.proxy}"]
        lines += [f"  console: {self.console}", "  regions:"]
        lines += [f"    {code}: {port}" for code, port in self.fronts.items()]
        config.write_text("\n".join(lines) + "\n")
        with self.log.open("wb") as log:
            self.started_s = time.monotonic()
            words = ["up", "--config", str(config), "--home", str(self.home), *flags]
            self._up = subprocess.Popen(self._command(*words), cwd=self._folder, stdout=log, stderr=log)

    def _command(self, *words: str) -> list[str]:
        return python("-m", "sandbox.cli", *words)

    def wait_for_port(self, port: int) -> None:
        """Until somebody listens there; what `up` said when it has ended instead."""
        assert self._up is not None
        while not listens(port):
            if self._up.poll() is not None or time.monotonic() - self.started_s > START_WITHIN_S:
                raise BenchFailed(f"`sandbox up` did not come up: {self.log.read_text()[-1000:]}")
            time.sleep(POLL_S)

    def wait_until_ready(self) -> float:
        """Until `up` has written its card; seconds since it was called."""
        while not (self.home / "sandbox.json").exists():
            if time.monotonic() - self.started_s > START_WITHIN_S:
                raise BenchFailed(f"`sandbox up` is not ready: {self.log.read_text()[-1000:]}")
            time.sleep(POLL_S)
        return time.monotonic() - self.started_s

    def status(self) -> dict[str, Any]:
        """`sandbox status --json`."""
        asked = subprocess.run(
            self._command("status", "--json", "--home", str(self.home)), capture_output=True, text=True, check=False
        )
        if asked.returncode != 0:
            raise BenchFailed(f"`sandbox status` failed: {asked.stderr[-500:]}")
        found: dict[str, Any] = json.loads(asked.stdout)
        return found

    def pid_of(self, program: str) -> int:
        """The process of "region:us-east-1", "planet", ..."""
        pids = {one["name"]: one["pid"] for one in self.status()["programs"]}
        return int(pids[program])

    def inject(self, *words: str) -> None:
        """`sandbox fault ...`."""
        asked = subprocess.run(
            self._command("fault", *words, "--home", str(self.home)), capture_output=True, text=True, check=False
        )
        if asked.returncode != 0:
            raise BenchFailed(f"`sandbox fault {' '.join(words)}` failed: {asked.stderr[-500:]}")

    def down(self) -> tuple[float, list[str]]:
        """`sandbox down`: its seconds, and what is left: processes of this sandbox and ports that still answer."""
        assert self._up is not None
        ours = processes_below(self._up.pid)
        began_s = time.monotonic()
        subprocess.run(self._command("down", "--home", str(self.home)), capture_output=True, check=False)
        took_s = time.monotonic() - began_s
        self._up.wait(GONE_WITHIN_S)
        left = [f"process {pid}" for pid, born in ours.items() if birth_of(pid) == born]
        left += [f"port {port}" for port in (self.aws, self.proxy, *self.fronts.values()) if listens(port)]
        return took_s, left

    def close(self) -> None:
        """Whatever happened: no process of it outlives the bench."""
        if self._up is not None and self._up.poll() is None:
            self._up.terminate()
            try:
                self._up.wait(GONE_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._up.kill()
                self._up.wait()


def processes_below(pid: int) -> dict[int, str]:
    """A process and all that it started, each with its birth (a pid may be given again); empty without /proc."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        fields = stat_of(int(entry.name))
        if fields:
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, wave = {}, [pid]
    while wave:
        found.update({one: birth_of(one) for one in wave})
        wave = [child for one in wave for child in parents.get(one, [])]
    return {one: born for one, born in found.items() if born}


def birth_of(pid: int) -> str:
    """When a process started, in clock ticks; empty when there is none, or only its zombie."""
    fields = stat_of(pid)
    return fields[19] if fields and fields[0] != "Z" else ""


def stat_of(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def variables() -> dict[str, str]:
    """For AWS clients of a bench: keys of the default account, no configuration of the user's."""
    nothing = os.devnull
    return {
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": nothing,
        "AWS_SHARED_CREDENTIALS_FILE": nothing,
    }
