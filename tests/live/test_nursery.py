"""Claims about the warm parent of regions and the keeper of their application, with tiny children of this test."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.kernel.clock import SystemClock, pause_s

pytestmark = [pytest.mark.live, pytest.mark.skipif(sys.platform != "linux", reason="prctl and /proc are Linux's")]

WITHIN_S = 20.0

# A nursery as nursery.main makes it, but for what it preloads. The child's name says what it does.
NURSERY = """
import os, signal, sys, time
from pathlib import Path
from sandbox.management.program import Seat, die_with_parent
from sandbox.region.nursery import Nursery, keep_stdout_for_reports

def child(seat):
    print("I am", seat.name, "of", os.getpgid(0) == os.getpid(), os.read(0, 1), flush=True)
    print("open:", len(os.listdir("/proc/self/fd")) - 1, file=sys.stderr)
    match seat.name.partition(":")[2]:
        case "returns": return 3
        case "fails": raise LookupError("no such region")
        case "obeys": signal.pause()

die_with_parent()
report = keep_stdout_for_reports()
print("an import that prints")
seat = Seat(name="nursery", host="127.0.0.1", port=1, token="t", home=Path("."))
nursery = Nursery(seat, child, report)
nursery.tell({"name": "nursery", "pid": os.getpid(), "ready": True})
sys.exit(nursery.run())
"""

# A region that forks a keeper, has the application started, and passes the reports on until it is killed.
REGION = """
import os, signal, socket, sys, time
from sandbox.management.program import die_with_parent
from sandbox.region.keeper import fork_keeper

def serve(settings, ready):
    if settings["WHAT"] == "fails":
        raise LookupError("no such table")
    with socket.create_server(("127.0.0.1", 0)) as server:
        ready(server.getsockname()[1])
        while True:
            connection, _ = server.accept()
            words = os.environ["WHAT"], str(os.getpid()), os.environ.get("SANDBOX_TOKEN", "none")
            connection.sendall(" ".join(words).encode())
            connection.close()

die_with_parent()
kept = fork_keeper(serve)
kept.start({"WHAT": sys.argv[1]})
for again in sys.argv[2:]:
    kept.start({"WHAT": again, "FILL": "x" * 100_000})
print('{"keeper": %d}' % kept.pid, flush=True)
while report := os.read(kept.report, 65536):
    os.write(1, report)
"""


class Reports:
    """A process whose stdout is JSON lines."""

    def __init__(self, script: str, *words: str, environ: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environ or {})},
        )
        self._unread = b""

    def next(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        while b"\n" not in self._unread:
            readable, _, _ = select.select([self.process.stdout], [], [], WITHIN_S)
            assert readable, "no report in time"
            chunk = os.read(self.process.stdout.fileno(), 65536)
            assert chunk, self.errors()
            self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\n")
        report: dict[str, Any] = json.loads(line)
        return report

    def order(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def errors(self) -> str:
        """What it wrote to stderr; it must have ended."""
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for end in (self.process.stdin, self.process.stdout, self.process.stderr):
            if end is not None:
                end.close()


@pytest.fixture
def nursery() -> Iterator[Reports]:
    reports = Reports(NURSERY)
    assert reports.next() == {"name": "nursery", "pid": reports.process.pid, "ready": True}
    yield reports
    reports.close()


def wait_for_words(log: Path) -> None:
    clock = SystemClock()
    give_up_at_s = clock.now_s() + WITHIN_S
    while not (log.exists() and log.read_text()):
        assert clock.now_s() < give_up_at_s, "nothing in the log in time"
        pause_s(0.01)


def ended(*processes: psutil.Process) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=WITHIN_S)
    return not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_births_and_ends_are_told_with_pid_and_status(nursery: Reports, tmp_path: Path) -> None:
    nursery.order({"fork": "region:returns", "log": str(tmp_path / "log")})
    born = nursery.next()
    assert born == {"name": "region:returns", "pid": born["pid"]}
    assert nursery.next() == {"name": "region:returns", "pid": born["pid"], "status": 3}
    said, opened = (tmp_path / "log").read_text().splitlines()
    assert said == "I am region:returns of True b''", "a group of its own, and nothing on stdin"
    assert opened == "open: 3", "none of the nursery's pipes: a pipe held open here would never end there"
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_a_region_that_fails_leaves_its_traceback_in_its_log(nursery: Reports, tmp_path: Path) -> None:
    nursery.order({"fork": "region:fails", "log": str(tmp_path / "log")})
    nursery.next()
    assert nursery.next()["status"] == 1
    assert (tmp_path / "log").read_text().splitlines()[-1] == "LookupError: no such region"


def test_several_orders_at_once_are_obeyed_and_a_kill_is_told_as_a_signal(nursery: Reports, tmp_path: Path) -> None:
    assert nursery.process.stdin is not None
    orders = [{"fork": f"region-{n}:obeys", "log": str(tmp_path / f"log{n}")} for n in range(3)]
    nursery.process.stdin.write(b"".join(json.dumps(order).encode() + b"\n" for order in orders))
    nursery.process.stdin.flush()
    births = [nursery.next() for _ in orders]
    assert [birth["name"] for birth in births] == [order["fork"] for order in orders]
    os.kill(births[1]["pid"], signal.SIGKILL)
    assert nursery.next() == {**births[1], "status": -signal.SIGKILL}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_regions_die_with_the_nursery_even_when_frozen(nursery: Reports, tmp_path: Path, number: int) -> None:
    nursery.order({"fork": "region:obeys", "log": str(tmp_path / "log")})
    region = psutil.Process(nursery.next()["pid"])
    wait_for_words(tmp_path / "log")  # it has tied its life to the nursery's by then
    region.suspend()
    nursery.process.send_signal(number)
    assert ended(region)


def test_a_nursery_ends_when_its_orders_end(nursery: Reports) -> None:
    assert nursery.process.stdin is not None
    nursery.process.stdin.close()
    assert nursery.process.wait(WITHIN_S) == 0
    assert nursery.errors() == "an import that prints\n", "what is printed there is in the log, not in the reports"


def answer_of(port: int) -> list[str]:
    with socket.create_connection(("127.0.0.1", port), timeout=WITHIN_S) as connection:
        return connection.makefile().read().split(" ")


@pytest.fixture
def start_region() -> Iterator[Any]:
    started: list[Reports] = []

    def start(*what: str) -> Reports:
        started.append(Reports(REGION, *what, environ={"SANDBOX_TOKEN": "secret"}))
        return started[-1]

    yield start
    for reports in started:
        reports.close()


def test_an_application_that_is_killed_comes_back_with_the_same_variables(start_region: Any) -> None:
    region = start_region("orders")
    region.next()
    what, pid, token = answer_of(region.next()["app_port"])
    assert (what, token) == ("orders", "none"), "the token of the management channel is not the application's"
    waits = []
    for _ in range(2):
        os.kill(int(pid), signal.SIGKILL)
        report = region.next()
        assert report["app_ended"] == -signal.SIGKILL
        waits.append(report["restart_in_s"])
        what, pid, *_ = answer_of(region.next()["app_port"])
        assert what == "orders"
    assert waits == [0.2, 0.5], "each restart in a row waits longer"


def test_an_application_that_fails_tells_why(start_region: Any) -> None:
    region = start_region("fails")
    region.next()
    assert region.next() == {"app_ended": 1, "restart_in_s": 0.2}
    assert region.next() == {"app_ended": 1, "restart_in_s": 0.5}
    region.process.kill()
    assert "LookupError: no such table" in region.errors()


def test_a_second_order_replaces_the_application(start_region: Any) -> None:
    """Orders may be long, and may come in one piece; the last one counts, and one application runs."""
    region = start_region("orders", "baskets", "returns")
    keeper = psutil.Process(region.next()["keeper"])
    served = ""
    while served != "returns":
        with suppress(ConnectionError):  # of one that has been replaced since it told its port
            served = answer_of(region.next()["app_port"])[0]
    assert len([child for child in keeper.children() if child.status() != psutil.STATUS_ZOMBIE]) == 1


@pytest.mark.parametrize("frozen", [False, True], ids=["running", "frozen"])
def test_keeper_and_application_die_with_their_region(start_region: Any, frozen: bool) -> None:
    region = start_region("orders")
    keeper = psutil.Process(region.next()["keeper"])
    application = psutil.Process(int(answer_of(region.next()["app_port"])[1]))
    for process in (keeper, application) if frozen else ():
        process.suspend()
    region.process.kill()
    region.process.wait(WITHIN_S)
    assert ended(keeper, application)


def test_an_application_dies_with_its_keeper(start_region: Any) -> None:
    region = start_region("orders")
    keeper = psutil.Process(region.next()["keeper"])
    application = psutil.Process(int(answer_of(region.next()["app_port"])[1]))
    keeper.kill()
    assert ended(application)
    assert region.process.wait(WITHIN_S) == 0, "the region sees the end of the reports"
