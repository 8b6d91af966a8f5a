"""Route 53 on a whole sandbox: a bash script with the aws CLI sets it up, and name servers, TestDNSAnswer and checkers
follow (facts/route53.md 2.4, 3, 6.5).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.client.sandbox import Sandbox

pytestmark = pytest.mark.live

REGIONS = ["us-east-1", "eu-west-1"]
SCRIPT = Path(__file__).with_name("route53_setup.sh")
NAME = "app.example.test"


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    with Sandbox(regions=REGIONS, speed=10, seed=1) as started:
        yield started


@pytest.fixture(scope="module")
def made(planet: Sandbox) -> dict[str, str]:
    """What the script printed: NAME=value lines."""
    aws = shutil.which("aws") or str(Path(sys.executable).with_name("aws"))
    if not Path(aws).exists():
        pytest.skip("the aws CLI is not installed; scripts/test installs it")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "PATH": f"{Path(aws).parent}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": planet.endpoint_url(),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "",
    }
    done = subprocess.run(["bash", str(SCRIPT)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


def answers(planet: Sandbox, zone: str, times: int) -> Counter[str]:
    """How often each address is the answer of a name server; TestDNSAnswer asks without a cache."""
    route53 = planet.client("route53", region="us-east-1")
    asked = {"HostedZoneId": zone, "RecordName": NAME, "RecordType": "A"}
    return Counter(route53.test_dns_answer(**asked)["RecordData"][0] for _ in range(times))


def test_the_script_makes_checks_with_tags_and_an_applied_instance(planet: Sandbox, made: dict[str, str]) -> None:
    route53 = planet.client("route53", region="us-east-1")
    assert made["STATE"] == "Applied"
    for number in ("1", "2"):
        tags = route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=made[f"CHECK{number}"])
        assert tags["ResourceTagSet"]["Tags"] == [{"Key": "Name", "Value": f"region-{number}"}]
    listed = route53.list_resource_record_sets(HostedZoneId=made["ZONE"])["ResourceRecordSets"]
    assert [one.get("TrafficPolicyInstanceId") for one in listed][-1] == made["INSTANCE"]


def test_answers_follow_the_weights_of_the_policy(planet: Sandbox, made: dict[str, str]) -> None:
    """3 to 1: of 200 draws 150 are expected, with a standard deviation of 6; five of them are allowed."""
    counts = answers(planet, made["ZONE"], 200)
    assert set(counts) == {"198.18.1.10", "198.18.2.10"}
    assert 120 <= counts["198.18.1.10"] <= 180
    lookup = planet.resolve(NAME, "paris")
    assert lookup.addresses[0] in counts


def test_the_answer_to_a_test_is_the_name_servers_own(planet: Sandbox, made: dict[str, str]) -> None:
    route53 = planet.client("route53", region="us-east-1")
    asked = {"HostedZoneId": made["ZONE"], "RecordType": "A"}
    found = route53.test_dns_answer(RecordName=NAME, ResolverIP="100.64.1.1", EDNS0ClientSubnetIP="100.64.2.0", **asked)
    assert (found["ResponseCode"], found["Protocol"], found["RecordName"]) == ("NOERROR", "UDP", NAME)
    assert ".awsdns-" in found["Nameserver"]
    missing = route53.test_dns_answer(RecordName="no.example.test", **asked)
    assert (missing["ResponseCode"], missing["RecordData"]) == ("NXDOMAIN", [])
    many = [{"Value": f'"{"x" * 200}{number}"'} for number in range(30)]
    record = {"Name": "long.example.test", "Type": "TXT", "TTL": 60, "ResourceRecords": many}
    change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=made["ZONE"], ChangeBatch=change)
    long = route53.test_dns_answer(HostedZoneId=made["ZONE"], RecordName="long.example.test", RecordType="TXT")
    assert (long["Protocol"], len(long["RecordData"])) == ("TCP", 30)


def test_a_region_that_fails_leaves_the_answers_and_its_checkers_say_why(planet: Sandbox, made: dict[str, str]) -> None:
    route53 = planet.client("route53", region="us-east-1")

    def statuses(check: str) -> set[str]:
        seen = route53.get_health_check_status(HealthCheckId=made[check])["HealthCheckObservations"]
        return {one["StatusReport"]["Status"] for one in seen}

    planet.wait_until(lambda: statuses("CHECK2") == {"Success: HTTP Status Code 200, OK"}, within_s=30)
    with planet.fault.fail_app("eu-west-1", status=503):
        planet.wait_until(lambda: set(answers(planet, made["ZONE"], 20)) == {"198.18.1.10"}, within_s=60)
        assert any("503" in status for status in statuses("CHECK2"))
    planet.wait_until(lambda: statuses("CHECK2") == {"Success: HTTP Status Code 200, OK"}, within_s=60)
    reasons: list[Any] = route53.get_health_check_last_failure_reason(HealthCheckId=made["CHECK2"])[
        "HealthCheckObservations"
    ]
    assert len(reasons) >= 9, "each checker keeps its own last failure"
    assert all("503" in one["StatusReport"]["Status"] for one in reasons)
    assert set(answers(planet, made["ZONE"], 60)) == {"198.18.1.10", "198.18.2.10"}
