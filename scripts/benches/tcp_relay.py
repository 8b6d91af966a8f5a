"""haproxy in TCP mode before an end of the benches: what a relay costs that is nothing but a relay."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benches.machine import free_ports, listens
from benches.values import BenchFailed

PACKAGE = "Debian and Ubuntu: sudo apt install haproxy. macOS: brew install haproxy"
SBIN = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"
START_WITHIN_S, LOOK_EVERY_S = 10.0, 0.05
END_WITHIN_S = 10.0
# One thread, as the planet has one; no splicing, which would leave the kernel to do the copying.
CONFIGURATION = """global
    nbthread 1
    maxconn 8000
defaults
    mode tcp
    timeout connect 10s
    timeout client 60s
    timeout server 60s
listen relay
    bind 127.0.0.1:{port}
    server end 127.0.0.1:{to}
"""


@dataclass(frozen=True, kw_only=True)
class Relay:
    """A running haproxy."""

    port: int
    pid: int


@contextmanager
def haproxy(to: int) -> Iterator[Relay | None]:
    """For the time of a `with`; None when it is not installed."""
    program = shutil.which("haproxy") or shutil.which("haproxy", path=SBIN)
    if program is None:
        yield None
        return
    with TemporaryDirectory(prefix="sandbox-bench-") as folder:
        [port] = free_ports(1)
        path = Path(folder) / "haproxy.cfg"
        path.write_text(CONFIGURATION.format(port=port, to=to))
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen([program, "-db", "-f", str(path)], stdout=log, stderr=log)
        try:
            wait_for(process, port, Path(folder) / "log")
            yield Relay(port=port, pid=process.pid)
        finally:
            process.terminate()
            process.wait(END_WITHIN_S)


def wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until it listens."""
    give_up_at_s = time.monotonic() + START_WITHIN_S
    while not listens(port):
        if process.poll() is not None or time.monotonic() > give_up_at_s:
            raise BenchFailed(f"haproxy does not listen: {log.read_text()[-500:]}")
        time.sleep(LOOK_EVERY_S)
