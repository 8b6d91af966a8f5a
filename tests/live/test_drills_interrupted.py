"""Claims about a drill that does not come to its end: nothing of it stays, in whatever phase it was interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from sandbox.client.sandbox import Sandbox
from sandbox.client.starting import has_ended, surroundings
from sandbox.kernel.clock import SystemClock, pause_s

pytestmark = pytest.mark.live

REGIONS = ["us-east-1", "eu-west-1"]
STANDS = {"max_ttl_s": 200, "client_subnet": False}  # what the user has set in Paris
WITHIN_S = 60.0
FAULT = "kind: skew, target: us-east-1, parameters: {ms: 5}"
REFUSED = "kind: isolate, target: tokyo}\n  - {at: 0.5, kind: isolate, target: tokyo"  # twice means nothing
ENDS_WITHIN_S = 20.0  # of the signal; to wait for replicas takes longer
DRILL = """\
name: interrupted
regions: [us-east-1, eu-west-1]
places: {paris: {min_ttl_s: 300}}
architecture:
  - service: dynamodb
    operation: create_table
    arguments:
      TableName: baskets
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  - service: dynamodb
    operation: update_table
    arguments: {TableName: baskets, ReplicaUpdates: [{Create: {RegionName: eu-west-1}}]}
  - service: dynamodb
    operation: describe_table
    arguments: {TableName: baskets}
    query: Table.TableStatus
    until: ACTIVE
  - script: setup.sh
load:
  - {cities: [paris], url: dynamodb://us-east-1/, table: baskets, writes: 1, rate_per_s: 5, duration_s: LENGTH}
timeline:
  - {at: 0.2, kind: slow, target: [paris, us-east-1], parameters: {add_ms: 5}}
  - {at: 0.4, FAULT}
objectives: {availability: 0}
"""


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    with Sandbox(regions=REGIONS, seed=1, speed=10) as started:
        yield started


@pytest.fixture
def standing(planet: Sandbox) -> Sandbox:
    """Empty, but for settings of the user's own."""
    planet.reset()
    planet.set_place("paris", usual=True, **STANDS)
    return planet


class Command:
    """`sandbox drill run` as a process whose temporary files are in a folder of its own; `said` grows by its lines."""

    def __init__(self, folder: Path, *words: str, script: str = "true", length_s: int = 60, fault: str = "") -> None:
        text = DRILL.replace("LENGTH", str(length_s)).replace("FAULT", fault or FAULT)
        (folder / "drill.yaml").write_text(text)
        (folder / "setup.sh").write_text(script)
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.cli", "drill", "run", str(folder / "drill.yaml"), *words],
            env={**surroundings(os.environ), "TMPDIR": str(self.temporary), "FOLDER": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        self.said.extend(iter(self.process.stdout.readline, ""))

    def processes(self) -> dict[int, str]:
        """It and all that came of it, by command line: what it starts has its variables."""
        mark, found = f"TMPDIR={self.temporary}\0".encode(), {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes() and not has_ended(int(folder.name)):
                    found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue  # it has just ended
        return found

    def wait_until(self, reached: Callable[[], object]) -> None:
        give_up_at_s = SystemClock().now_s() + WITHIN_S
        while not reached():
            assert self.process.poll() is None, self.said
            assert SystemClock().now_s() < give_up_at_s, self.said
            pause_s(0.01)

    def interrupt(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.ends(ENDS_WITHIN_S)

    def ends(self, within_s: float = WITHIN_S) -> int:
        """Its exit code; `said` is whole then."""
        code = self.process.wait(within_s)
        self._listener.join(within_s)
        return code


def is_starting(command: Command) -> bool:
    return any("sandbox.supervisor" in words for words in command.processes().values())


def is_making(command: Command) -> bool:
    return (command.temporary.parent / "reached").exists()


def is_under_load(command: Command) -> bool:
    return any("the clock of us-east-1 is wrong" in line for line in command.said)


def is_settling(command: Command) -> bool:
    return any("waiting until the replicas have settled" in line for line in command.said)


@pytest.mark.parametrize(
    ("reached", "more"),
    [
        (is_starting, {}),
        (is_making, {"script": 'touch "$FOLDER/reached"; sleep 600 & wait'}),
        (is_settling, {"script": "sandbox fault pause-replication baskets us-east-1", "length_s": 1}),
    ],
)
def test_ctrl_c_leaves_nothing(tmp_path: Path, reached: Callable[[Command], bool], more: dict[str, object]) -> None:
    command = Command(tmp_path, **more)  # type: ignore[arg-type]
    command.wait_until(lambda: reached(command))
    assert command.interrupt() == 130, command.said
    assert "Traceback" not in "".join(command.said)
    assert command.processes() == {}
    assert list(command.temporary.iterdir()) == []


def attached(planet: Sandbox) -> tuple[str, ...]:
    return "--attach", "--home", str(planet.home)


def as_before(planet: Sandbox) -> bool:
    return planet.settings_of_place("paris") == STANDS and planet.fault.list() == []


@pytest.mark.parametrize("numbers", [[signal.SIGINT, signal.SIGINT], [signal.SIGTERM]])
def test_an_attached_sandbox_goes_on_as_it_was(standing: Sandbox, tmp_path: Path, numbers: list[int]) -> None:
    """Impatience changes nothing. (Once all is mended a second Ctrl-C may end the process itself.)"""
    command = Command(tmp_path, *attached(standing))
    command.wait_until(lambda: is_under_load(command))
    assert standing.settings_of_place("paris") == {"min_ttl_s": 300}
    assert {fault.kind for fault in standing.fault.list()} == {"slow", "skew"}
    first, *more = numbers
    command.process.send_signal(first)
    pause_s(0.05)
    for number in more:
        command.process.send_signal(number)
    assert command.ends(ENDS_WITHIN_S) in (130, *(-number for number in more))
    assert as_before(standing)
    assert command.processes() == {}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"fault": REFUSED}, "tokyo is cut off from every other place already"),
        ({"script": "echo cannot do it; false"}, "setup.sh ended with 1: cannot do it"),
    ],
)
def test_what_fails_half_way_leaves_a_sandbox_as_it_was(
    standing: Sandbox, tmp_path: Path, more: dict[str, str], told: str
) -> None:
    command = Command(tmp_path, *attached(standing), **more)  # type: ignore[arg-type]
    assert command.ends() in (1, 2)
    assert told in command.said[-1]
    assert "Traceback" not in "".join(command.said)
    assert as_before(standing)


def test_a_drill_does_not_begin_beside_a_fault_and_leaves_it_alone(standing: Sandbox, tmp_path: Path) -> None:
    with standing.fault.skew("eu-west-1", ms=50) as fault:
        command = Command(tmp_path, *attached(standing))
        assert command.ends() == 1
        [line] = command.said
        assert f"Heal it first: sandbox fault heal {fault.id}" in line
        assert [each.id for each in standing.fault.list()] == [fault.id]
    assert as_before(standing)
    assert standing.client("dynamodb", region="us-east-1").list_tables()["TableNames"] == []
