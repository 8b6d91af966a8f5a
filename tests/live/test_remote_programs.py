"""Claims about programs that no supervisor started: in containers they join the hub by themselves.

Here they are processes, each on a loopback address of its own, as containers have addresses of their own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox.client import starting
from sandbox.client.sandbox import Sandbox
from sandbox.kernel.errors import Refusal
from sandbox.supervisor.ports import pick_free

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8, and signals to wait for"),
]

REGIONS = {"us-east-1": "127.0.0.11", "eu-west-1": "127.0.0.12"}
END_WITHIN_S = 10


@dataclass
class Stack:
    """A supervisor that awaits, and outposts with control and the regions. Each is one Popen, for a container."""

    folder: Path
    ports: dict[str, int]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        home = self.folder / name
        home.mkdir(exist_ok=True)
        ready = ["--ready-file", str(home / "ready")]
        if name == "planet":
            words = ["sandbox.supervisor.stack", "--home", str(home), "--listen", "127.0.0.1", *ready]
        else:
            if not (home / "ca").exists():
                (home / "ca").symlink_to(self.folder / "planet" / "ca")
            program = ["sandbox.control"] if name == "control" else ["sandbox.region", name]
            listen = ["--listen", REGIONS.get(name, "127.0.0.10")]
            token = ["--token-file", str(home / "ca" / "token")]
            hub = ["--hub", f"127.0.0.1:{self.ports['hub']}", "--home", str(home)]
            words = ["sandbox.supervisor.outpost", *program, *hub, *ready, *token, *listen]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *words], env=self.environment(), stdout=log, stderr=log, start_new_session=True
            )

    def environment(self) -> dict[str, str]:
        chosen = {f"SANDBOX_{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        own = {"SANDBOX_REGIONS": ",".join(REGIONS), "SANDBOX_SPEED": "10", "SANDBOX_SEED": "1"}
        return {**starting.surroundings(os.environ), **own, **chosen}

    def kill(self, name: str) -> None:
        """What `docker kill` does: every process of it at once."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(END_WITHIN_S)

    def end(self, name: str) -> int:
        """What `docker stop` does."""
        process = self.running.pop(name)
        process.terminate()
        return process.wait(END_WITHIN_S)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    names = ["hub", "aws", "dns", "proxy", "console"]
    free = pick_free(len(names) + 40, os.getpid() * 50)
    run = next(port for port in free if {port + 1} <= set(free))  # front doors are counted from the first one
    others = (port for port in free if port not in (run, run + 1))
    made = Stack(tmp_path_factory.mktemp("stack"), {**{name: next(others) for name in names}, "regions": run})
    for name in ("eu-west-1", "control", "us-east-1", "planet"):  # the planet last: the others wait for it
        made.start(name)
    yield made
    for name in list(made.running):
        made.end(name)


@pytest.fixture
def planet(stack: Stack) -> Iterator[Sandbox]:
    with attached(stack) as sandbox:
        sandbox.wait_until(lambda: states(sandbox) == {"running"}, within_s=30)
        yield sandbox


def attached(stack: Stack) -> Sandbox:
    home = stack.folder / "planet"
    for _ in range(600):
        try:
            return Sandbox.attach(home)
        except Refusal:
            starting.pause_s(0.05)
    raise AssertionError((stack.folder / "planet.log").read_text())


def states(sandbox: Sandbox) -> set[str]:
    return {program["state"] for program in sandbox.status()["programs"]}


def state_of(sandbox: Sandbox, name: str) -> str:
    return str(next(program["state"] for program in sandbox.status()["programs"] if program["name"] == name))


def visit(sandbox: Sandbox, url: str = "http://198.18.2.10/") -> bool:
    return sandbox.place("paris").probe(url, timeout_s=2).ok


def test_everything_joins_and_answers(planet: Sandbox, stack: Stack) -> None:
    """A user's request, an AWS call on 4566, one at a region's port (which control relays), one region to another."""
    assert visit(planet)
    for client in (planet.client("s3", region="eu-west-1"), planet.client("sqs", region="us-east-1")):
        assert client.meta.endpoint_url in [planet.endpoint_url(region) for region in REGIONS]
    planet.client("s3", region="us-east-1").create_bucket(Bucket="relayed")
    dynamodb = planet.client("dynamodb", region="us-east-1")
    make_global(dynamodb, "stock")
    dynamodb.put_item(TableName="stock", Item={"id": {"S": "1"}})
    there = planet.client("dynamodb", region="eu-west-1")
    planet.wait_until(lambda: replica_of(dynamodb, "stock") == "ACTIVE", within_s=10)
    planet.wait_until(lambda: there.scan(TableName="stock")["Count"] == 1, within_s=10)
    memory = planet.status()["pss_mb"]
    assert {"control", "planet", "supervisor", "region:us-east-1", "region:eu-west-1"} <= set(memory)
    assert all(memory.values())


def replica_of(dynamodb, table: str) -> str:  # type: ignore[no-untyped-def]
    replicas = dynamodb.describe_table(TableName=table)["Table"].get("Replicas", [])
    return str(replicas[0]["ReplicaStatus"]) if replicas else "none"


def make_global(dynamodb, table: str) -> None:  # type: ignore[no-untyped-def]
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    dynamodb.update_table(TableName=table, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])


def test_a_crashed_program_is_brought_back_by_its_outpost(planet: Sandbox, stack: Stack) -> None:
    pid = next(p["pid"] for p in planet.status()["programs"] if p["name"] == "region:eu-west-1")
    planet.bookmark()
    os.kill(pid, signal.SIGKILL)
    ended = planet.wait_for_event("program_ended", program="region:eu-west-1", within_s=5)
    assert ended["why"] == "it has left the hub"
    started = planet.wait_for_event("program_started", program="region:eu-west-1", within_s=20)
    assert started["pid"] != pid
    assert visit(planet)


def test_a_killed_container_is_restarting_and_a_stopped_one_has_ended(planet: Sandbox, stack: Stack) -> None:
    """The planet cannot tell whether somebody brings a killed one back; one that was asked to end says so."""
    stack.kill("eu-west-1")
    planet.wait_until(lambda: state_of(planet, "region:eu-west-1") == "restarting", within_s=5)
    assert not visit(planet)
    assert "eu-west-1" not in planet.status()["regions"]
    stack.start("eu-west-1")
    planet.wait_until(lambda: visit(planet), within_s=20)
    assert stack.end("eu-west-1") == 0
    assert state_of(planet, "region:eu-west-1") == "ended"
    stack.start("eu-west-1")
    planet.wait_until(lambda: visit(planet), within_s=20)


def test_a_lost_planet_takes_all_down_and_all_come_back(planet: Sandbox, stack: Stack) -> None:
    """The hub is in the planet's container; outposts wait for the next one. A program without a hub would be blind."""
    stack.kill("planet")
    stack.start("planet")
    with attached(stack) as again:
        assert again.card["management"]["token"] == planet.card["management"]["token"]
        again.wait_until(lambda: states(again) == {"running"}, within_s=30)
        assert visit(again)


def test_control_may_be_away(planet: Sandbox, stack: Stack) -> None:
    """Static stability: what the hub keeps is with the planet, not with control."""
    stack.kill("control")
    planet.wait_until(lambda: state_of(planet, "control") == "restarting", within_s=5)
    assert visit(planet)
    stack.start("control")
    planet.wait_until(lambda: state_of(planet, "control") == "running", within_s=20)


@pytest.mark.parametrize(("kind", "target"), [("stop", "eu-west-1"), ("freeze", "us-east-1"), ("stop", "control")])
def test_what_only_the_host_can_do_is_refused_without_an_agent(planet: Sandbox, kind: str, target: str) -> None:
    with pytest.raises(Refusal, match="sandbox agent"):
        planet.fault.inject(kind, target)
    assert planet.fault.list() == []
    assert states(planet) == {"running"}


def test_what_the_network_can_do_needs_no_agent(planet: Sandbox) -> None:
    with planet.fault.isolate("eu-west-1", reset=True):
        assert not visit(planet)
    assert visit(planet)
