"""Settings of Route 53 on a whole sandbox: quotas, the rate of calls, and a zone as large as they allow (R53 2.5)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.client.sandbox import Sandbox

pytestmark = pytest.mark.live

OWN_SETS = 9998  # with NS and SOA 10,000
QUOTAS = {"hosted_zones": 2, "health_checks": 20}


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    settings: dict[str, Any] = {"route53_quotas": QUOTAS, "route53_throttling": True}
    with Sandbox(regions=["us-east-1"], app=False, **settings) as started:
        yield started


def test_a_zone_of_10000_record_sets_answers(planet: Sandbox) -> None:
    """The issue's figure is 10 s for loading; tests/live/aws/ measures it. Here DNS has all of it."""
    route53 = planet.client("route53")
    zone = route53.create_hosted_zone(Name="large.test", CallerReference="large")["HostedZone"]["Id"]
    for start in range(0, OWN_SETS, 500):
        changes = [
            {
                "Action": "UPSERT",
                "ResourceRecordSet": {
                    "Name": f"n{number}.large.test",
                    "Type": "A",
                    "TTL": 60,
                    "ResourceRecords": [{"Value": f"10.0.{number // 250}.{number % 250}"}],
                },
            }
            for number in range(start, min(start + 500, OWN_SETS))
        ]
        change = route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    planet.wait_until(lambda: route53.get_change(Id=change["ChangeInfo"]["Id"])["ChangeInfo"]["Status"] == "INSYNC")
    for number in (0, 4999, OWN_SETS - 1):
        assert planet.resolve(f"n{number}.large.test", "paris").addresses == [f"10.0.{number // 250}.{number % 250}"]


def test_quotas_are_the_settings_for_the_aws_cli_too(planet: Sandbox) -> None:
    aws = shutil.which("aws") or str(Path(sys.executable).with_name("aws"))
    if not Path(aws).exists():
        pytest.skip("the aws CLI is not installed; scripts/test installs it")
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {**kept, **keys, "AWS_ENDPOINT_URL": planet.endpoint_url()}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([aws, "route53", *words], env=environment, capture_output=True, text=True, check=False)

    limit = ("get-account-limit", "--type", "MAX_HOSTED_ZONES_BY_OWNER", "--output", "text")
    before = run(*limit, "--query", "[Count, Limit.Value]").stdout.split()
    assert before[1] == "2"
    for number in range(2 - int(before[0])):
        assert (
            run("create-hosted-zone", "--name", f"z{number}.test", "--caller-reference", f"z{number}").returncode == 0
        )
    refused = run("create-hosted-zone", "--name", "more.test", "--caller-reference", "more")
    assert "(TooManyHostedZones)" in refused.stderr
    assert "Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER - Cannot create more hosted zones." in refused.stderr


def test_calls_that_come_too_fast_are_throttled_and_retried_by_clients(planet: Sandbox) -> None:
    """300 calls take less than 25 s, in which 250 tokens come in."""
    eager = planet.client("route53", config=Config(retries={"total_max_attempts": 1}))

    with pytest.raises(ClientError) as refused:  # noqa: PT012 - one of many calls is the one that is refused
        for _ in range(300):
            eager.get_hosted_zone_count()
    answer = refused.value.response
    assert (answer["Error"]["Code"], answer["Error"]["Message"]) == ("Throttling", "Rate exceeded")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    patient = planet.client("route53", config=Config(retries={"total_max_attempts": 10, "mode": "standard"}))
    assert patient.get_hosted_zone_count()["HostedZoneCount"] == 2
