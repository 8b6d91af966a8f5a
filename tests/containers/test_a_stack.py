"""Claims about the sandbox as containers: who reaches whom, what containers may do, and what the host sees."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import localstack_client.session
import pytest

from sandbox.client.sandbox import Sandbox

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
KNOCK = """
import json, socket
from concurrent.futures import ThreadPoolExecutor
def knock(host, port):
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError as error:
        return type(error).__name__
    return "open"
with ThreadPoolExecutor(50) as many:
    print(json.dumps(list(many.map(lambda door: knock(*door), {doors}))))
"""


def knocks(stack: Any, service: str, doors: list[tuple[str, int]]) -> list[str]:
    found: list[str] = stack.python(service, KNOCK.replace("{doors}", repr(doors)))
    return found


def test_regions_do_not_reach_each_other(stack: Any, planet: Sandbox) -> None:
    """By name, by every address that the others have, at every port that one listens to; and by control's relays."""
    addresses = stack.addresses()
    value = planet.status()["regions"]["eu-west-1"]
    ports = [port for name, port in value.items() if isinstance(port, int) and not isinstance(port, bool)]
    assert len(ports) >= 5
    doors = [(host, port) for host in ("eu-west-1", *addresses["eu-west-1"]) for port in ports]
    doors += [(host, planet.ports["regions"]["eu-west-1"]) for host in ("control", *addresses["control"])]
    doors += [(host, planet.ports["aws"]) for host in ("control", *addresses["control"])]
    doors += [("198.51.100.7", 443), ("pypi.org", 443)]
    assert set(knocks(stack, "us-east-1", doors)) <= {"gaierror", "TimeoutError", "OSError", "ConnectionRefusedError"}


def test_regions_reach_the_planet_and_control_and_through_the_planet_each_other(stack: Any, planet: Sandbox) -> None:
    """The proof that the test above would have found an open door."""
    engine = planet.call("planet", "status") and planet.status()["regions"]["us-east-1"]
    assert engine["host"] in stack.addresses()["us-east-1"]
    assert (
        knocks(stack, "us-east-1", [("planet", planet.ports["proxy"]), ("planet", stack.ports["HUB"])]) == ["open"] * 2
    )
    code = (
        "import json, urllib.request as r; opener = r.build_opener(r.ProxyHandler({'http': "
        f"'http://us-east-1:x@planet:{planet.ports['proxy']}'}})); "
        "print(opener.open('http://198.18.2.10/', timeout=5).read().decode())"
    )
    assert stack.python("us-east-1", code)["region"] == "eu-west-1"


@pytest.mark.parametrize("service", ["planet", "control", "us-east-1"])
def test_containers_run_as_nobody_with_no_rights_on_a_disk_they_cannot_write(stack: Any, up: Any, service: str) -> None:
    code = (
        "import json, os; status = dict(line.split(':', 1) for line in open('/proc/1/status'))\n"
        "try:\n    open('/opt/sandbox/new', 'w')\nexcept OSError as error:\n    why = error.strerror\n"
        "print(json.dumps([os.getuid(), int(status['CapEff'], 16), status['NoNewPrivs'].strip(), why]))"
    )
    assert stack.python(service, code) == [10001, 0, "1", "Read-only file system"]
    if service != "planet":
        trust = (
            "import json; print(json.dumps([line.split()[3] for line in open('/proc/mounts') if '/state/ca ' in line]))"
        )
        assert [options.split(",")[0] for options in stack.python(service, trust)] == ["ro"]


def test_the_host_finds_the_stack_and_every_command_works(stack: Any, planet: Sandbox) -> None:
    status = json.loads(stack.sandbox("status", "--json").stdout)
    assert {program["state"] for program in status["programs"]} == {"running"}
    assert all(status["pss_mb"][f"region:{code}"] > 10 for code in REGIONS)
    assert stack.sandbox("dig", "dynamodb.eu-west-1.amazonaws.com", "--from", "paris").returncode == 0
    visit = stack.sandbox("curl", "http://198.18.2.10/", "--from", "paris")
    assert json.loads(visit.stdout)["region"] == "eu-west-1", visit.stderr
    secure = stack.sandbox("curl", "https://dynamodb.eu-west-1.amazonaws.com/", "--from", "paris")
    assert secure.returncode == 0, secure.stderr  # by the CA whose bundle was fetched from the planet
    down = stack.sandbox("down")
    assert (down.returncode, f"docker compose -p {stack.project} down" in down.stderr) == (2, True)
    place = stack.sandbox("place", "open", "paris")
    assert (place.returncode, "cannot publish a port" in place.stderr) == (1, True)


def test_without_a_word_the_only_stack_is_meant(stack: Any, planet: Sandbox) -> None:
    """No variable, no folder: what runs is found; several stacks are named."""
    variables = {name: value for name, value in stack.environment().items() if name != "SANDBOX_COMPOSE_PROJECT"}
    command = [stack.sandbox("version").args[0], "status"]
    said = subprocess.run(command, env=variables, cwd=stack.folder, capture_output=True, text=True, check=False)
    assert stack.project in said.stdout + said.stderr


def test_aws_s_clients_find_all_regions_at_their_ports(stack: Any, planet: Sandbox) -> None:
    for code in REGIONS:
        queue = planet.client("sqs", region=code).create_queue(QueueName="orders")["QueueUrl"]
        planet.client("sqs", region=code).send_message(QueueUrl=queue, MessageBody="1")
    session = localstack_client.session.Session(localstack_host=f"127.0.0.1:{planet.ports['aws']}")
    session.client("s3", region_name="us-east-1").create_bucket(Bucket="from-localstack-client")
    assert "from-localstack-client" in str(planet.client("s3", region="us-east-1").list_buckets()["Buckets"])


@pytest.mark.parametrize("path", ["/", "/api/v1/status", "/api/docs", "/metrics"])
def test_the_console_answers_behind_its_published_port_to_this_machine_s_names_only(
    stack: Any, planet: Sandbox, path: str
) -> None:
    """The port is SANDBOX_CONSOLE_PORT, not the usual one; a foreign name is one that a page could have bent here."""
    port = stack.ports["CONSOLE"]
    assert planet.ports["console"] == port != 4500

    def asked_as(host: str) -> tuple[int, bytes]:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    for host in (f"localhost:{port}", f"127.0.0.1:{port}"):
        status, body = asked_as(host)
        assert (status, bool(body)) == (200, True)
    for host in ("evil.example", f"planet:{port}", f"host.docker.internal:{port}"):
        status, body = asked_as(host)
        assert (status, b"ForeignHost" in body) == (421, True)


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_of_the_host_shows_the_stack(stack: Any, planet: Sandbox) -> None:
    """The page has drawn its regions from the API, which it reached by the published port."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=flags) as browser:
        page = browser.new_page()
        page.goto(f"http://localhost:{stack.ports['CONSOLE']}/")
        for code in REGIONS:
            page.get_by_text(code, exact=True).first.wait_for(timeout=60_000)


def test_objects_are_replicated_through_the_planet(stack: Any, planet: Sandbox) -> None:
    """S3 replication goes the same way between containers as between processes: by the planet's door."""
    here, there = planet.client("s3", region="us-east-1"), planet.client("s3", region="eu-west-1")
    here.create_bucket(Bucket="from-virginia")
    there.create_bucket(Bucket="to-ireland", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for s3, bucket in ((here, "from-virginia"), (there, "to-ireland")):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "ID": "all",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": "arn:aws:s3:::to-ireland"},
    }
    role = "arn:aws:iam::000000000000:role/replication"
    here.put_bucket_replication(Bucket="from-virginia", ReplicationConfiguration={"Role": role, "Rules": [rule]})
    here.put_object(Bucket="from-virginia", Key="apples", Body=b"seven")
    planet.wait_until(lambda: "Contents" in there.list_objects_v2(Bucket="to-ireland"), within_s=20)
    copy = there.get_object(Bucket="to-ireland", Key="apples")
    assert (copy["Body"].read(), copy["ReplicationStatus"]) == (b"seven", "REPLICA")


def test_compose_takes_the_file_with_four_lines_more(containers: Any, tmp_path: Path) -> None:
    """tests/unit/cli/test_compose_file.py shows that four lines make this file; here, what compose makes of it."""
    more = containers.Stack((*REGIONS, "us-west-2"), tmp_path, {"COMPOSE_PROFILES": "localstack"})
    made = json.loads(more.compose("config", "--format", "json"))
    assert {"us-west-2", "us-west-2-localstack"} <= set(made["services"])
    assert set(made["services"]["us-west-2"]["networks"]) == {"us-west-2"} <= set(made["volumes"])
    assert made["networks"]["us-west-2"]["internal"] is True
    assert made["services"]["planet"]["environment"]["SANDBOX_REGIONS"].split(",")[-1] == "us-west-2"
