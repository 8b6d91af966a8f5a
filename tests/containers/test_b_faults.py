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
    said = stack.sandbox("fault", "freeze", VICTIM, "--for", "8s")
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


def test_isolation_unplugs_the_planet_and_leaves_operators_a_way_in(stack: Any, planet: Sandbox) -> None:
    """Users fail over, the operator's port serves and takes writes, the heal brings the wire and the writes back."""
    fail_over(planet, "shop.cut.test", VICTIM, "us-east-1")
    planet.wait_until(lambda: served_by(planet, "shop.cut.test") == VICTIM, within_s=30)
    here = replicated_table(planet, "baskets")
    before = process_of(stack, VICTIM)
    assert "planet" in stack.plugged_into(VICTIM)

    said = stack.sandbox("fault", "isolate", VICTIM)
    assert said.returncode == 0, said.stderr
    assert stack.plugged_into(VICTIM) == {"control", VICTIM}
    assert (state_of(planet, PROGRAM), planet.fault.list()[0].kind) == ("isolated", "isolate")
    assert not visit(planet)
    here.put_item(TableName="baskets", Item={"id": {"S": "written on the island"}})
    assert keys_in(planet, VICTIM, "baskets") == {"written on the island"}
    assert keys_in(planet, "us-east-1", "baskets") == set()
    planet.wait_until(lambda: served_by(planet, "shop.cut.test") == "us-east-1", within_s=30)
    planet.wait_until(lambda: knows_no_hub(stack, VICTIM), within_s=30)  # and goes on
    here.put_item(TableName="baskets", Item={"id": {"S": "and later"}})
    assert (state_of(planet, PROGRAM), state_of(planet, "control")) == ("isolated", "running")

    healed = stack.sandbox("fault", "heal", "--all")
    assert healed.returncode == 0, healed.stderr
    assert stack.plugged_into(VICTIM) == {"planet", "control", VICTIM}
    assert (state_of(planet, PROGRAM), process_of(stack, VICTIM)) == ("running", before)
    assert visit(planet)
    wanted = {"written on the island", "and later"}
    planet.wait_until(lambda: keys_in(planet, "us-east-1", "baskets") == wanted, within_s=30)
    planet.wait_until(lambda: served_by(planet, "shop.cut.test") == VICTIM, within_s=30)


def test_an_isolation_ends_in_time_with_no_command_line_there(stack: Any, planet: Sandbox) -> None:
    """And a region that is unplugged already is unplugged: neither the fault nor its heal minds."""
    stack.unplug(VICTIM)
    said = stack.sandbox("fault", "isolate", VICTIM, "--for", "4s")
    assert said.returncode == 0, said.stderr
    assert (stack.plugged_into(VICTIM), state_of(planet, PROGRAM)) == ({"control", VICTIM}, "isolated")
    planet.wait_until(lambda: stack.plugged_into(VICTIM) == {"planet", "control", VICTIM}, within_s=20)
    assert planet.fault.list() == []
    planet.wait_until(lambda: state_of(planet, PROGRAM) == "running" and visit(planet), within_s=20)


def test_a_planet_that_was_unplugged_by_hand_is_plugged_in_by_heal_all(stack: Any, planet: Sandbox) -> None:
    """No fault tells of it: status shows a region that is not heard of; it goes on by itself and is the same after."""
    before = process_of(stack, VICTIM)
    stack.unplug(VICTIM)
    planet.wait_until(lambda: state_of(planet, PROGRAM) == "restarting", within_s=30)
    healed = stack.sandbox("fault", "heal", "--all")
    assert healed.returncode == 0, healed.stderr
    assert "planet" in stack.plugged_into(VICTIM)
    planet.wait_until(lambda: state_of(planet, PROGRAM) == "running" and visit(planet), within_s=30)
    assert process_of(stack, VICTIM) == before


def test_without_an_agent_isolation_is_the_planet_s_rule_alone_and_says_so(stack: Any, planet: Sandbox) -> None:
    planet.wait_until(lambda: not planet.call("hub", "has_agent"), within_s=20)
    fault = planet.call("hub", "fault_inject", kind="isolate", target=[VICTIM])
    assert "no `sandbox agent` runs" in fault["why"]
    assert (stack.plugged_into(VICTIM), state_of(planet, PROGRAM)) == ({"planet", "control", VICTIM}, "running")
    assert not visit(planet)
    planet.call("hub", "fault_heal", id=fault["id"])
    planet.wait_until(lambda: visit(planet), within_s=10)


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


def fail_over(planet: Sandbox, name: str, primary: str, secondary: str) -> None:
    """A zone whose one name is served by `primary` while it is healthy, and else by `secondary`."""
    route53 = planet.client("route53", region="us-east-1")
    zone = route53.create_hosted_zone(Name=name.split(".", 1)[1], CallerReference=name)["HostedZone"]["Id"]
    address = {code: f"198.18.{number}.10" for number, code in enumerate(planet.regions, 1)}
    probe = {"IPAddress": address[primary], "Port": 80, "Type": "HTTP", "ResourcePath": "/"}
    config = {**probe, "RequestInterval": 10, "FailureThreshold": 1}
    check = route53.create_health_check(CallerReference=name, HealthCheckConfig=config)["HealthCheck"]["Id"]
    changes = []
    for role, code in (("PRIMARY", primary), ("SECONDARY", secondary)):
        record = {"Name": name, "Type": "A", "TTL": 5, "SetIdentifier": code, "Failover": role}
        record["ResourceRecords"] = [{"Value": address[code]}]
        changes.append({"Action": "CREATE", "ResourceRecordSet": record})
    changes[0]["ResourceRecordSet"]["HealthCheckId"] = check
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def served_by(planet: Sandbox, name: str) -> str | None:
    return planet.place("paris").probe(f"http://{name}/", timeout_s=2).served_by


def process_of(stack: Any, service: str) -> str:
    """When the container's program began: another number for another process."""
    code = (
        "import json, pathlib\n"
        "for path in pathlib.Path('/proc').glob('[0-9]*/cmdline'):\n"
        "    words = path.read_bytes().split(b'\\0')\n"
        "    if b'sandbox.region' in words and b'sandbox.supervisor.outpost' not in words:\n"
        "        print(json.dumps((path.parent / 'stat').read_text().rsplit(')', 1)[1].split()[19]))\n"
        "        break\n"
    )
    return str(stack.python(service, code))


def knows_no_hub(stack: Any, service: str) -> bool:
    """Whether no connection of the container to the hub's port is established."""
    code = (
        "import json; rows = [line.split() for line in open('/proc/net/tcp').readlines()[1:]]\n"
        f"print(json.dumps([row for row in rows if row[3] == '01' and row[2].endswith(':{stack.ports['HUB']:04X}')]))"
    )
    return stack.python(service, code) == []


def replicated_table(planet: Sandbox, name: str) -> Any:
    """A table of the victim with a replica in us-east-1; the victim's client."""
    here = planet.client("dynamodb", region=VICTIM)
    here.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    here.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": "us-east-1"}}])
    planet.wait_until(
        lambda: (
            [replica["ReplicaStatus"] for replica in here.describe_table(TableName=name)["Table"].get("Replicas", ())]
            == ["ACTIVE"]
        ),
        within_s=20,
    )
    return here


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
    replicated_table(planet, "orders")
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
