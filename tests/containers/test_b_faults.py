"""Claims about regions that are lost as containers are: killed, frozen, stopped, off their network; and return."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.client.sandbox import Sandbox
from sandbox.kernel.errors import Refusal

VICTIM = "eu-west-1"
PROGRAM = f"region:{VICTIM}"
IMPATIENT = Config(retries={"total_max_attempts": 1}, read_timeout=5, connect_timeout=5)
ENOUGH = 500


def state_of(sandbox: Sandbox, program: str) -> str:
    return str(next(one["state"] for one in sandbox.status()["programs"] if one["name"] == program))


def visit(sandbox: Sandbox, url: str = "http://198.18.2.10/") -> bool:
    return sandbox.place("paris").probe(url, timeout_s=2).ok


@contextmanager
def agent_of(stack: Any, planet: Sandbox) -> Iterator[None]:
    """`sandbox agent`, in the foreground of another terminal."""
    command = [stack.sandbox("version").args[0], "agent"]
    with subprocess.Popen(command, env=stack.environment(), cwd=stack.folder, stdout=subprocess.DEVNULL) as agent:
        try:
            planet.wait_until(lambda: planet.call("hub", "has_agent"), within_s=15)
            yield
        finally:
            agent.terminate()
    planet.wait_until(lambda: not planet.call("hub", "has_agent"), within_s=15)


def test_a_stop_kills_the_container_and_the_heal_starts_it(stack: Any, planet: Sandbox) -> None:
    said = stack.sandbox("fault", "stop", VICTIM)
    assert said.returncode == 0, said.stderr
    assert (stack.state_of(VICTIM), state_of(planet, PROGRAM)) == ("exited", "stopped by fault")
    assert not visit(planet)
    events = planet.events(kinds=["fault_injected", "program_ended"])
    assert (events[-2]["fault"], events[-1]["why"]) == ("stop", f"killed by fault {events[-2]['id']}")
    assert stack.sandbox("fault", "heal", "--all").returncode == 0
    assert (stack.state_of(VICTIM), state_of(planet, PROGRAM)) == ("running", "running")
    assert visit(planet)


def test_a_frozen_container_thaws_in_time(stack: Any, planet: Sandbox) -> None:
    """The agent that the command line has started stays for as long as it is needed."""
    said = stack.sandbox("fault", "freeze", VICTIM, "--for", "5s")
    assert said.returncode == 0, said.stderr
    assert (stack.state_of(VICTIM), state_of(planet, PROGRAM)) == ("paused", "frozen")
    assert not visit(planet)
    planet.wait_until(lambda: state_of(planet, PROGRAM) == "running", within_s=20)
    assert stack.state_of(VICTIM) == "running"
    planet.wait_until(lambda: visit(planet), within_s=10)
    assert planet.fault.list() == []
    planet.wait_until(lambda: not planet.call("hub", "has_agent"), within_s=20)


def test_control_s_container_stops_and_dns_goes_on(stack: Any, planet: Sandbox) -> None:
    with planet.fault.stop("control"):
        assert stack.state_of("control") == "exited"
        assert visit(planet)
        assert planet.resolve("dynamodb.eu-west-1.amazonaws.com", "paris").addresses
    assert state_of(planet, "control") == "running"


def test_without_an_agent_others_are_told_to_start_one(stack: Any, planet: Sandbox) -> None:
    """What console, API and FIS do is a call of the hub, as this is."""
    planet.wait_until(lambda: not planet.call("hub", "has_agent"), within_s=20)
    with pytest.raises(Refusal, match="Start it: sandbox agent"):
        planet.call("hub", "fault_inject", kind="stop", target=[VICTIM])
    assert state_of(planet, PROGRAM) == "running"
    with agent_of(stack, planet):
        fault = planet.call("hub", "fault_inject", kind="stop", target=[VICTIM])
        assert stack.state_of(VICTIM) == "exited"
        planet.call("hub", "fault_heal", id=fault["id"])
        assert state_of(planet, PROGRAM) == "running"


def test_isolation_is_the_planet_s_and_leaves_operators_a_way_in(stack: Any, planet: Sandbox) -> None:
    with planet.fault.isolate(VICTIM):
        assert not visit(planet)
        assert planet.client("dynamodb", region=VICTIM).list_tables()["TableNames"] == []
    assert visit(planet)


def test_docker_stop_ends_a_region_in_order_and_docker_start_brings_it_back(stack: Any, planet: Sandbox) -> None:
    stack.compose("stop", VICTIM)
    assert state_of(planet, PROGRAM) == "ended"
    stack.compose("start", VICTIM)
    planet.wait_until(lambda: visit(planet), within_s=30)


def test_a_region_off_its_network_is_lost_and_comes_back(stack: Any, planet: Sandbox) -> None:
    """No packet says goodbye: the planet and the region both have to notice by themselves."""
    network, container = f"{stack.project}_{VICTIM}", stack.container(VICTIM)
    subprocess.run(["docker", "network", "disconnect", network, container], check=True)
    try:
        assert not visit(planet)
        planet.wait_until(lambda: state_of(planet, PROGRAM) == "restarting", within_s=30)
    finally:
        subprocess.run(["docker", "network", "connect", "--alias", VICTIM, network, container], check=True)
    planet.wait_until(lambda: state_of(planet, PROGRAM) == "running" and visit(planet), within_s=60)


class Writers:
    """Clients of a region, each with keys of its own, until they fail. acknowledged: keys that got their 200."""

    def __init__(self, planet: Sandbox, table: str) -> None:
        self.acknowledged: list[str] = []
        self._client = planet.client("dynamodb", region=VICTIM, config=IMPATIENT)
        self._table = table
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(4)]
        for thread in self._threads:
            thread.start()

    def _write(self, number: int) -> None:
        count = 0
        while True:
            key = f"{number}-{count}"
            try:
                self._client.put_item(TableName=self._table, Item={"id": {"S": key}})
            except (BotoCoreError, ClientError):
                return
            self.acknowledged.append(key)
            count += 1

    def join(self) -> list[str]:
        for thread in self._threads:
            thread.join()
        return self.acknowledged


def keys_in(planet: Sandbox, region: str, table: str) -> set[str]:
    pages = planet.client("dynamodb", region=region).get_paginator("scan").paginate(TableName=table)
    return {item["id"]["S"] for page in pages for item in page["Items"]}


def test_a_region_killed_under_load_keeps_every_acknowledged_write(stack: Any, planet: Sandbox) -> None:
    """`docker kill` by hand, in the middle of writes: users move away; started again, it has all and sends it on."""
    here = planet.client("dynamodb", region=VICTIM)
    here.create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    here.update_table(TableName="orders", ReplicaUpdates=[{"Create": {"RegionName": "us-east-1"}}])
    planet.wait_until(
        lambda: (
            [r["ReplicaStatus"] for r in here.describe_table(TableName="orders")["Table"].get("Replicas", ())]
            == ["ACTIVE"]
        ),
        within_s=20,
    )
    with planet.fault.partition("us-east-1", VICTIM):  # so that what was written is nowhere else
        writers = Writers(planet, "orders")
        planet.wait_until(lambda: len(writers.acknowledged) >= ENOUGH, within_s=60)
        subprocess.run(["docker", "kill", stack.container(VICTIM)], check=True, capture_output=True)
        acknowledged = set(writers.join())
        assert not keys_in(planet, "us-east-1", "orders") & acknowledged
        assert not visit(planet)
        assert visit(planet, "http://198.18.1.10/")
    stack.compose("start", VICTIM)
    planet.wait_until(lambda: state_of(planet, PROGRAM) == "running", within_s=60)
    assert acknowledged <= keys_in(planet, VICTIM, "orders")
    planet.wait_until(lambda: acknowledged <= keys_in(planet, "us-east-1", "orders"), within_s=60)
