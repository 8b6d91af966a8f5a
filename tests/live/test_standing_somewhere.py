"""Claims about standing in a city with the tools people have: curl, dig, the aws CLI, boto3. All by real ports."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.client.sandbox import Sandbox

pytestmark = pytest.mark.live

REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
NEAREST = {"new-york": 1, "paris": 2, "tokyo": 3}
NAME = "app.example.test"


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    """Three regions, app.example.test: latency records with TTL 60."""
    with Sandbox(regions=REGIONS, seed=1) as started:
        route53 = started.client("route53", region="us-east-1")
        zone = route53.create_hosted_zone(Name="example.test", CallerReference="standing")["HostedZone"]["Id"]
        changes = [
            {
                "Action": "CREATE",
                "ResourceRecordSet": {
                    "Name": NAME,
                    "Type": "A",
                    "SetIdentifier": region,
                    "Region": region,
                    "TTL": 60,
                    "ResourceRecords": [{"Value": f"198.18.{number}.10"}],
                },
            }
            for number, region in enumerate(REGIONS, start=1)
        ]
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
        started.wait_until(lambda: started.resolve(NAME, "berlin").addresses, within_s=5)
        yield started


def run(*words: str, environment: dict[str, str] | None = None) -> str:
    """A program's stdout; the test fails with its stderr."""
    program = shutil.which(words[0])
    if program is None:
        pytest.skip(f"{words[0]} is not installed; .ci/run installs it")
    done = subprocess.run(
        [program, *words[1:]], capture_output=True, text=True, timeout=60, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def curl(planet: Sandbox, *words: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run("curl", "-s", *words))
    return answer


@pytest.mark.parametrize(("city", "number"), NEAREST.items())
def test_every_door_shows_the_same_planet(planet: Sandbox, city: str, number: int) -> None:
    """HTTP proxy, SOCKS5, the authority asked with the city's subnet, and the city's own ports."""
    proxy, region = planet.ports["proxy"], REGIONS[number - 1]
    address = f"198.18.{number}.10"
    assert curl(planet, "-x", f"http://{city}:x@127.0.0.1:{proxy}", f"http://{NAME}/")["region"] == region
    socks = f"socks5h://{city}:x@127.0.0.1:{proxy}"
    assert curl(planet, "--proxy", socks, f"http://{NAME}/")["region"] == region
    subnet = next(place["subnet"] for place in planet.call("planet", "places") if place["code"] == city)
    asked = ("dig", "@127.0.0.1", "-p", str(planet.ports["dns"]), NAME)
    assert re.search(rf"IN\s+A\s+{re.escape(address)}", run(*asked, f"+subnet={subnet}"))
    door = planet.call("planet", "place_open", place=city)
    assert run("dig", "@127.0.0.1", "-p", str(door["dns_port"]), NAME, "+short").strip() == address
    assert curl(planet, "-x", f"http://127.0.0.1:{door['proxy_port']}", f"http://{NAME}/")["region"] == region


def test_a_question_without_a_subnet_stands_in_the_default_place(planet: Sandbox) -> None:
    asked = ("dig", "@127.0.0.1", "-p", str(planet.ports["dns"]), NAME, "+short")
    assert run(*asked).strip() == "198.18.2.10", "paris"
    assert run(*asked, "+tcp").strip() == "198.18.2.10"


def test_dig_at_a_citys_own_port_sees_the_ttl_count_down(planet: Sandbox) -> None:
    port = str(planet.call("planet", "place_open", place="sydney")["dns_port"])

    def ttl_s() -> int:
        found = re.search(rf"^{re.escape(NAME)}\.\s+(\d+)\s", run("dig", "@127.0.0.1", "-p", port, NAME), re.MULTILINE)
        assert found is not None
        return int(found[1])

    first = ttl_s()
    assert planet.wait_until(lambda: ttl_s() < first, within_s=5)


def test_https_to_the_application_is_trusted_with_the_sandboxes_ca(planet: Sandbox) -> None:
    proxy = f"http://tokyo:x@127.0.0.1:{planet.ports['proxy']}"
    answer = curl(planet, "-x", proxy, "--cacert", planet.card["ca_bundle"], f"https://{NAME}/")
    assert answer["region"] == "ap-northeast-1"


def test_an_unmodified_aws_cli_talks_to_the_region_it_names_from_where_it_stands(planet: Sandbox) -> None:
    """No endpoint anywhere: names under amazonaws.com resolve in the planet, TLS is by its CA."""
    aws = str(Path(sys.executable).parent / "aws")
    if not Path(aws).exists():
        pytest.skip("the aws CLI is not installed; scripts/test installs it")
    there = planet.place("tokyo").environment()
    assert not any("ENDPOINT_URL" in name for name in there if name.startswith("AWS_ENDPOINT"))
    made = run(aws, "sqs", "create-queue", "--queue-name", "cli", "--region", "eu-west-1", environment=there)
    assert "eu-west-1" in json.loads(made)["QueueUrl"]
    connected = [event for event in planet.events(kinds=["connected"]) if event["place"] == "tokyo"]
    assert connected[-1]["owner"] == "eu-west-1"
    assert connected[-1]["connect_ms"] > 150, "Tokyo is an ocean away from Ireland"
    assert json.loads(run(aws, "sts", "get-caller-identity", environment=there))["Account"] == "000000000000"
    script = "import boto3; print(boto3.client('dynamodb', region_name='ap-northeast-1').list_tables()['TableNames'])"
    assert run(sys.executable, "-c", script, environment=there).strip() == "[]"


def test_hosts_outside_the_planet_are_refused_by_name(planet: Sandbox) -> None:
    proxy = f"http://paris:x@127.0.0.1:{planet.ports['proxy']}"
    said = run("curl", "-s", "-w", "%{http_code}", "-x", proxy, "http://www.example.com/")
    assert said.endswith("403")
    assert "--allow-internet" in said


def test_a_name_in_no_zone_is_said_to_be_in_none(planet: Sandbox) -> None:
    """REFUSED alone tells a learner nothing: a zone may be missing, or written wrong."""
    environment = {**os.environ, "SANDBOX_HOME": str(planet.home)}
    for words in (["dig", "app.exmaple.test", "--from", "paris"], ["traceroute", "app.exmaple.test"]):
        done = subprocess.run(
            [sys.executable, "-m", "sandbox.cli", *words], capture_output=True, text=True, env=environment, timeout=30
        )
        assert done.returncode == 1
        assert "no zone of this planet holds this name" in done.stdout + done.stderr


def test_a_port_that_is_taken_is_one_line(planet: Sandbox, tmp_path: Path) -> None:
    port = planet.ports["aws"]
    words = ["up", "-d", "--ports", f"auto,aws={port}"]
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.cli", "--home", str(tmp_path / "home"), *words],
        capture_output=True,
        text=True,
        env={**os.environ, "SANDBOX_HOME": ""},
        timeout=60,
    )
    assert done.returncode == 1
    assert (done.stdout + done.stderr).count(f"Port {port} (AWS endpoint) is taken.") == 1


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["up", "--regions", "us-est-1"], 2, "us-east-1"),
        (["dig", NAME, "--from", "pari"], 2, "paris"),
        (["fault", "isolate", "eu-wst-1"], 2, "eu-west-1"),
        (["fault", "stop", "contrl"], 2, "control"),
        (["fault", "heal", "isolate-99"], 2, "isolate-99"),
        (["up"], 1, "already runs"),
    ],
)
def test_mistakes_get_one_clear_line_and_an_exit_code(planet: Sandbox, words: list[str], code: int, says: str) -> None:
    environment = {**os.environ, "SANDBOX_HOME": str(planet.home)}
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.cli", *words], capture_output=True, text=True, env=environment, timeout=30
    )
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith("sandbox: ")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
