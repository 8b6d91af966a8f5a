"""Global Accelerator's control plane on a whole sandbox: a bash script with the aws CLI sets it up, names answer, its
home is lost (facts/global-accelerator.md 1, 2.1; DESIGN: control-plane homes).
"""

from __future__ import annotations

import itertools
import json
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


def test_a_stack_makes_no_accelerator_without_its_home_and_deletes_none(planet: Sandbox) -> None:
    """The stack is Dublin's, what it asks for Oregon's: it fails in the words of the direct call, and goes back."""
    stacks, sqs = planet.client("cloudformation", region=DUBLIN), planet.client("sqs", region=DUBLIN)
    accelerator = {"Type": "AWS::GlobalAccelerator::Accelerator", "Properties": {"Name": "stacked"}}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "stacked"}}
    numbers = itertools.count()
    body = json.dumps({"Resources": {"Queue": queue, "Accelerator": accelerator}})

    def reasons(name: str, status: str) -> list[str]:
        events = stacks.describe_stack_events(StackName=name)["StackEvents"]
        return [event["ResourceStatusReason"] for event in events if event["ResourceStatus"] == status]

    def status_of(name: str) -> str:
        return str(stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])

    def make(wanted: str) -> str:
        """The name of a stack that ended so; "" when control had not heard of the fault, or of its end, yet."""
        name = f"stack-{next(numbers)}"
        stacks.create_stack(StackName=name, TemplateBody=body)
        if status_of(name) == wanted:
            return name
        stacks.delete_stack(StackName=name)
        return ""

    made = planet.wait_until(lambda: make("CREATE_COMPLETE"))
    with planet.fault.isolate(HOME):
        body = body.replace("stacked", "stacked-too")
        [why] = reasons(planet.wait_until(lambda: make("ROLLBACK_COMPLETE")), "CREATE_FAILED")
        assert f"the control plane of globalaccelerator is not available: its home {HOME} is cut off" in why
        stacks.delete_stack(StackName=made)
        assert status_of(made) == "DELETE_FAILED"
        assert any(f"its home {HOME} is cut off" in why for why in reasons(made, "DELETE_FAILED"))

    def delete() -> bool:
        stacks.delete_stack(StackName=made)
        return made not in [each["StackName"] for each in stacks.describe_stacks()["Stacks"]]

    assert planet.wait_until(delete)
    left = planet.client("globalaccelerator").list_accelerators()["Accelerators"]
    assert not [each["Name"] for each in left if each["Name"].startswith("stacked")]
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="stacked")
