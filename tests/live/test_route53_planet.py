"""Route 53 on a whole sandbox: a bash script with the aws CLI sets it up, and name servers, TestDNSAnswer and checkers
follow (facts/route53.md 2.4, 3, 6.5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

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
def made(planet: Sandbox, run_script: Callable[..., dict[str, str]]) -> dict[str, str]:
    """What the script printed."""
    return run_script(planet, SCRIPT, region="us-east-1")


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
    said = sum("503" in one["StatusReport"]["Status"] for one in reasons)
    assert said * 2 > len(reasons), "on a loaded machine some fail by a time-out afterwards"
    assert set(answers(planet, made["ZONE"], 60)) == {"198.18.1.10", "198.18.2.10"}


ARN = "arn:aws:route53-recovery-control::000000000000:controlpanel/0123abcd/routingcontrol/{}"


def failover(check: str, role: str, number: int, name: str) -> dict[str, Any]:
    record = {"Name": name, "Type": "A", "TTL": 1, "SetIdentifier": role, "Failover": role, "HealthCheckId": check}
    return {
        "Action": "CREATE",
        "ResourceRecordSet": {**record, "ResourceRecords": [{"Value": f"198.18.{number}.10"}]},
    }


def answer(planet: Sandbox, zone: str, name: str) -> str:
    route53 = planet.client("route53", region="us-east-1")
    found = route53.test_dns_answer(HostedZoneId=zone, RecordName=name, RecordType="A")
    return str(found["RecordData"][0])


def test_routing_controls_switch_answers_without_a_probe(planet: Sandbox, made: dict[str, str]) -> None:
    """R53 7.2: both Off fails open to the primary; the cluster's data plane is asked in any running region."""
    route53, zone = planet.client("route53", region="us-east-1"), made["ZONE"]
    cluster = planet.client("route53-recovery-cluster", region="eu-west-1")
    arns = [ARN.format(number) for number in (1, 2)]
    checks = [
        route53.create_health_check(
            CallerReference=arn, HealthCheckConfig={"Type": "RECOVERY_CONTROL", "RoutingControlArn": arn}
        )["HealthCheck"]["Id"]
        for arn in arns
    ]
    name = "arc.example.test"
    changes = [failover(checks[0], "PRIMARY", 1, name), failover(checks[1], "SECONDARY", 2, name)]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    def switch(*states: str) -> None:
        entries = [
            {"RoutingControlArn": arn, "RoutingControlState": state} for arn, state in zip(arns, states, strict=True)
        ]
        cluster.update_routing_control_states(UpdateRoutingControlStateEntries=entries)

    for states, number in ((("Off", "Off"), 1), (("Off", "On"), 2), (("On", "On"), 1), (("On", "Off"), 1)):
        switch(*states)
        assert cluster.get_routing_control_state(RoutingControlArn=arns[0])["RoutingControlState"] == states[0]
        expected = f"198.18.{number}.10"
        planet.wait_until(lambda expected=expected: answer(planet, zone, name) == expected, within_s=10)
    with pytest.raises(cluster.exceptions.ResourceNotFoundException):
        cluster.get_routing_control_state(RoutingControlArn=ARN.format(9))
    with planet.fault.isolate("us-east-1"):
        check_switching_without_the_control_plane(planet, zone, name, switch)


def check_switching_without_the_control_plane(
    planet: Sandbox, zone: str, name: str, switch: Callable[[str, str], None]
) -> None:
    """R53 7.1: records cannot be changed while us-east-1 is cut off, routing controls can, and answers follow."""
    once = Config(retries={"total_max_attempts": 1})
    with pytest.raises(ClientError, match=r"ServiceUnavailable.*us-east-1 is cut off"):
        planet.client("route53", region="us-east-1", config=once).get_hosted_zone(Id=zone)

    def told() -> list[str]:
        found = planet.call("planet", "test_answer", zone=zone, name=name, rtype="A")
        return list(found["answer"][0]["values"])

    assert told() == ["198.18.1.10"]
    switch("Off", "On")
    planet.wait_until(lambda: told() == ["198.18.2.10"], within_s=10)


def test_an_alarms_metric_decides_and_its_state_does_not(planet: Sandbox, made: dict[str, str]) -> None:
    """R53 2.3, at speed 10: a period of 60 s is 6 s here; LastKnownStatus once the data are too old."""
    route53, zone = planet.client("route53", region="us-east-1"), made["ZONE"]
    cloudwatch = planet.client("cloudwatch", region="eu-west-1")
    alarm = {"Namespace": "App", "MetricName": "Errors", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    cloudwatch.put_metric_alarm(
        AlarmName="errors", Threshold=5, ComparisonOperator="GreaterThanThreshold", TreatMissingData="missing", **alarm
    )
    made_check = route53.create_health_check(
        CallerReference="alarm",
        HealthCheckConfig={
            "Type": "CLOUDWATCH_METRIC",
            "AlarmIdentifier": {"Region": "eu-west-1", "Name": "errors"},
            "InsufficientDataHealthStatus": "LastKnownStatus",
        },
    )["HealthCheck"]
    assert made_check["CloudWatchAlarmConfiguration"]["Threshold"] == 5
    name = "alarm.example.test"
    second = failover(made["CHECK2"], "SECONDARY", 2, name)
    changes = [failover(made_check["Id"], "PRIMARY", 1, name), second]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    assert answer(planet, zone, name) == "198.18.1.10"
    cloudwatch.put_metric_data(Namespace="App", MetricData=[{"MetricName": "Errors", "Value": 9}])
    planet.wait_until(lambda: answer(planet, zone, name) == "198.18.2.10", within_s=10)
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="by hand")
    assert answer(planet, zone, name) == "198.18.2.10"
    why = planet.wait_until(
        lambda: next(
            (
                one["why"]
                for one in planet.call("planet", "health")
                if one["id"] == made_check["Id"] and "InsufficientData" in one["why"]
            ),
            "",
        ),
        within_s=60,
    )
    assert "LastKnownStatus" in why
    assert answer(planet, zone, name) == "198.18.2.10", "the last that was known is unhealthy"
    cloudwatch.put_metric_data(Namespace="App", MetricData=[{"MetricName": "Errors", "Value": 1}])
    planet.wait_until(lambda: answer(planet, zone, name) == "198.18.1.10", within_s=10)


def test_questions_to_a_logged_zone_reach_its_log_group(planet: Sandbox, made: dict[str, str]) -> None:
    """A question from Tokyo, by Tokyo's resolver with its client subnet, in Route 53's format."""
    route53, logs = planet.client("route53", region="us-east-1"), planet.client("logs", region="us-east-1")
    zone_id, group = made["ZONE"].removeprefix("/hostedzone/"), "/aws/route53/example.test"
    logs.create_log_group(logGroupName=group)
    arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["arn"]
    config = route53.create_query_logging_config(HostedZoneId=zone_id, CloudWatchLogsLogGroupArn=arn)
    config_id = config["QueryLoggingConfig"]["Id"]
    with pytest.raises(route53.exceptions.QueryLoggingConfigAlreadyExists):
        route53.create_query_logging_config(HostedZoneId=zone_id, CloudWatchLogsLogGroupArn=arn)
    listed = route53.list_query_logging_configs(HostedZoneId=zone_id)["QueryLoggingConfigs"]
    assert [one["Id"] for one in listed] == [config_id]
    planet.resolve("log.example.test", "tokyo")

    def lines() -> list[str]:
        found = logs.filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in found if "log.example.test" in event["message"]]

    version, at, zone, name, kind, rcode, protocol, edge, resolver, subnet = planet.wait_until(lines, within_s=20)[
        0
    ].split()
    assert (version, zone, name, kind, rcode, protocol) == ("1.0", zone_id, "log.example.test", "A", "NXDOMAIN", "UDP")
    assert at.endswith("Z")
    assert (edge, resolver.rpartition(".")[0]) == ("NRT", subnet.rpartition(".")[0])
    assert subnet.endswith(".0/24")
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert f"{zone_id}/NRT" in [stream["logStreamName"] for stream in streams]
    route53.delete_query_logging_config(Id=config_id)
    with pytest.raises(route53.exceptions.NoSuchQueryLoggingConfig):
        route53.get_query_logging_config(Id=config_id)


def test_records_by_place_and_by_network_answer_as_the_api_was_told(planet: Sandbox, made: dict[str, str]) -> None:
    """R53 1.2: a collection that is made, used and changed through the API; a bias that moves a border."""
    route53, zone = planet.client("route53", region="us-east-1"), made["ZONE"]
    collection = route53.create_cidr_collection(Name="offices", CallerReference="o")["Collection"]["Id"]

    def put(location: str, block: str, action: str = "PUT") -> None:
        change = {"LocationName": location, "Action": action, "CidrList": [block]}
        route53.change_cidr_collection(Id=collection, Changes=[change])

    def record(name: str, identifier: str, number: int, **policy: Any) -> dict[str, Any]:
        fields = {"Name": name, "Type": "A", "TTL": 1, "SetIdentifier": identifier, **policy}
        return {
            "Action": "UPSERT",
            "ResourceRecordSet": {**fields, "ResourceRecords": [{"Value": f"198.18.{number}.10"}]},
        }

    def seen_from(name: str, address: str) -> str:
        asked = {"HostedZoneId": zone, "RecordName": name, "RecordType": "A", "ResolverIP": address}
        return str(route53.test_dns_answer(**asked)["RecordData"][0])

    put("paris", "100.64.16.0/24")
    changes = [
        record("ip.example.test", name, number, CidrRoutingConfig={"CollectionId": collection, "LocationName": name})
        for number, name in ((1, "*"), (2, "paris"))
    ]
    changes += [
        record("near.example.test", region, number, GeoProximityLocation={"AWSRegion": region, "Bias": 0})
        for number, region in ((1, "us-east-1"), (2, "eu-west-1"))
    ]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    assert [seen_from("ip.example.test", f"100.64.{n}.1") for n in (16, 17)] == ["198.18.2.10", "198.18.1.10"]
    put("paris", "100.64.17.0/24")
    planet.wait_until(lambda: seen_from("ip.example.test", "100.64.17.1") == "198.18.2.10", within_s=10)
    paris = next(one["subnet"] for one in planet.call("planet", "places") if one["code"] == "paris")
    client = paris.removesuffix("0/24") + "1"
    assert seen_from("near.example.test", client) == "198.18.2.10"
    asked = {"HostedZoneId": zone, "RecordName": "near.example.test", "RecordType": "A"}
    assert route53.test_dns_answer(**asked)["RecordData"] == ["198.18.1.10"], "R53 6.5: by default from us-east-1"
    far = {"AWSRegion": "us-east-1", "Bias": 99}
    changed = record("near.example.test", "us-east-1", 1, GeoProximityLocation=far)
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [changed]})
    planet.wait_until(lambda: seen_from("near.example.test", client) == "198.18.1.10", within_s=10)
