"""Global Accelerator's control plane on a whole sandbox: a bash script with the aws CLI sets it up, names answer, its
home is lost (facts/global-accelerator.md 1, 2.1; DESIGN: control-plane homes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.client.sandbox import Sandbox

pytestmark = pytest.mark.live

HOME, DUBLIN = "us-west-2", "eu-west-1"
SCRIPT = Path(__file__).with_name("global_accelerator_setup.sh")
ADDRESSES = ["192.0.2.1", "198.51.100.1"]


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    with Sandbox(regions=[HOME, DUBLIN], speed=10, seed=1, app=False) as started:
        yield started


@pytest.fixture(scope="module")
def made(planet: Sandbox, run_script: Callable[..., dict[str, str]]) -> dict[str, str]:
    """What the script printed."""
    return run_script(planet, SCRIPT, DUBLIN, region=HOME)


def addresses(planet: Sandbox, name: str, place: str) -> list[str]:
    return sorted(answer.data for answer in planet.resolve(name, place).answers)


def test_the_script_makes_an_accelerator_that_boto3_reads(planet: Sandbox, made: dict[str, str]) -> None:
    api = planet.client("globalaccelerator")
    accelerator = api.describe_accelerator(AcceleratorArn=made["accelerator"])["Accelerator"]
    assert (accelerator["Status"], accelerator["IpSets"][0]["IpAddresses"]) == ("DEPLOYED", ADDRESSES)
    group = api.describe_endpoint_group(EndpointGroupArn=made["group"])["EndpointGroup"]
    assert (group["EndpointGroupRegion"], group["TrafficDialPercentage"]) == (DUBLIN, 50.0)
    assert group["EndpointDescriptions"][0]["Weight"] == 100


def test_its_name_and_an_alias_to_it_answer_with_both_addresses(planet: Sandbox, made: dict[str, str]) -> None:
    """R53 1.3, 1.4: aliases to accelerators name the zone Z2BJ6XQ5FK7U4H."""
    route53 = planet.client("route53")
    zone = route53.create_hosted_zone(Name="anycast.test", CallerReference="t")["HostedZone"]["Id"]
    target = {"HostedZoneId": "Z2BJ6XQ5FK7U4H", "DNSName": made["name"], "EvaluateTargetHealth": True}
    alias = {"Name": "www.anycast.test", "Type": "A", "AliasTarget": target}
    route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": alias}]}
    )
    assert addresses(planet, made["name"], "paris") == addresses(planet, "www.anycast.test", "tokyo") == ADDRESSES
    lookup = planet.resolve(made["name"], "paris", "AAAA")
    assert (lookup.status, lookup.answers) == ("NOERROR", ())


def test_flows_and_health_become_metrics(planet: Sandbox, made: dict[str, str]) -> None:
    """Section 3.7, in us-west-2. No application runs here; a flow ends at the edge location all the same."""
    cloudwatch = planet.client("cloudwatch", region=HOME)

    def total(name: str) -> float:
        now = datetime.now(UTC)
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/GlobalAccelerator",
            MetricName=name,
            Dimensions=[{"Name": "Accelerator", "Value": made["accelerator"].rpartition("/")[2]}],
            StartTime=now - timedelta(minutes=10),
            EndTime=now + timedelta(minutes=1),
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        return float(sum(point["Sum"] for point in points))

    before = total("NewFlowCount")
    for _ in range(3):
        planet.place("paris").probe(f"http://{made['name']}/")
    assert planet.wait_until(lambda: total("NewFlowCount") >= before + 3, within_s=10)


@pytest.mark.parametrize("fault", ["isolate", "stop"])
def test_without_its_home_nothing_is_changed_and_names_go_on(planet: Sandbox, made: dict[str, str], fault: str) -> None:
    """Static stability: control calls fail, DNS answers; each place is asked for the first time, so no cache helps."""
    once = Config(retries={"max_attempts": 1})
    api = planet.client("globalaccelerator", endpoint_url=planet.endpoint_url(), config=once)
    with getattr(planet.fault, fault)(HOME):
        with pytest.raises(ClientError) as caught:
            api.update_accelerator(AcceleratorArn=made["accelerator"], Name="other")
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        assert caught.value.response["Error"]["Code"] == "ServiceUnavailableException"
        assert addresses(planet, made["name"], {"isolate": "london", "stop": "sydney"}[fault]) == ADDRESSES

    def name() -> str:
        try:
            return str(api.describe_accelerator(AcceleratorArn=made["accelerator"])["Accelerator"]["Name"])
        except ClientError:  # a region that was stopped starts again
            return ""

    assert planet.wait_until(name, within_s=20) == "shop"
