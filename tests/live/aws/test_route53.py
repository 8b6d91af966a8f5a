"""Route 53 through boto3, and what is published of it."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

pytestmark = pytest.mark.live


def test_zones_and_records_are_published_as_boto3_has_them(rig: Any) -> None:
    route53 = rig.client("route53", region="eu-west-1")
    made = route53.create_hosted_zone(Name="example.test", CallerReference="1")
    zone_id = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
    servers = made["DelegationSet"]["NameServers"]
    assert [server.rpartition("awsdns-")[2].partition(".")[2] for server in servers] == ["com", "net", "org", "co.uk"]
    check = route53.create_health_check(
        CallerReference="c",
        HealthCheckConfig={"Type": "HTTPS", "FullyQualifiedDomainName": "app.example.test", "ResourcePath": "/health"},
    )["HealthCheck"]["Id"]
    for region, address in (("us-east-1", "198.18.1.10"), ("eu-west-1", "198.18.2.10")):
        change(route53, zone_id, "UPSERT", latency_record(region, address, check))
    published = rig.hub.retained[f"zone/{zone_id}"]
    assert published["name"] == "example.test."
    assert published["name_servers"] == servers
    assert published["private"] is False
    assert [record for record in published["records"] if record["Type"] == "A"] == [
        latency_record("us-east-1", "198.18.1.10", check),
        latency_record("eu-west-1", "198.18.2.10", check),
    ]
    config = rig.hub.retained[f"health-check/{check}"]["config"]
    assert (config["Type"], config["Port"], config["RequestInterval"]) == ("HTTPS", 443, 30)
    change(route53, zone_id, "DELETE", latency_record("us-east-1", "198.18.1.10", check))
    assert len(rig.hub.retained[f"zone/{zone_id}"]["records"]) == 3
    assert len(route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]) == 3


def latency_record(region: str, address: str, check: str) -> dict[str, Any]:
    """One of a latency group."""
    return {
        "Name": "app.example.test.",
        "Type": "A",
        "SetIdentifier": region,
        "Region": region,
        "HealthCheckId": check,
        "TTL": 60,
        "ResourceRecords": [{"Value": address}],
    }


def change(route53: Any, zone_id: str, action: str, record: dict[str, Any]) -> None:
    """One change."""
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)


def test_route53_refuses_in_its_own_words(rig: Any) -> None:
    route53 = rig.client("route53")
    zone_id = route53.create_hosted_zone(Name="strict.test", CallerReference="s")["HostedZone"]["Id"]
    record = {"Name": "a.strict.test", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.18.1.10"}]}
    change(route53, zone_id, "CREATE", record)
    with pytest.raises(
        route53.exceptions.InvalidChangeBatch, match=r"name='a.strict.test.', type='A'\] but it already"
    ):
        change(route53, zone_id, "CREATE", record)
    near = {**record, "SetIdentifier": "x", "GeoProximityLocation": {"AWSRegion": "eu-west-1", "Bias": 100}}
    with pytest.raises(route53.exceptions.InvalidInput, match="Bias must be between -99 and 99"):
        change(route53, zone_id, "CREATE", {**near, "Name": "b.strict.test"})
    with pytest.raises(route53.exceptions.InvalidInput, match="AlarmIdentifier must be specified"):
        route53.create_health_check(CallerReference="m", HealthCheckConfig={"Type": "CLOUDWATCH_METRIC"})


def test_the_state_of_a_check_is_what_the_planet_published(rig: Any) -> None:
    route53 = rig.client("route53")
    check = route53.create_health_check(
        CallerReference="h", HealthCheckConfig={"Type": "TCP", "IPAddress": "198.18.1.10", "Port": 80}
    )["HealthCheck"]["Id"]
    assert route53.get_health_check_status(HealthCheckId=check)["HealthCheckObservations"] == []
    seen = {
        "Region": "us-east-1",
        "IPAddress": "198.18.1.30",
        "StatusReport": {"Status": "Failure: Connection refused", "CheckedTime": "2026-01-01T00:00:00Z"},
    }
    rig.loop.call_soon_threadsafe(rig.hub.publish, f"health/{check}", {"healthy": False, "observations": [seen]})
    time.sleep(0.2)
    for answer in (
        route53.get_health_check_status(HealthCheckId=check),
        route53.get_health_check_last_failure_reason(HealthCheckId=check),
    ):
        assert answer["HealthCheckObservations"][0]["StatusReport"]["Status"] == "Failure: Connection refused"
    with pytest.raises(route53.exceptions.NoSuchHealthCheck):
        route53.get_health_check_status(HealthCheckId="none")


def test_a_home_that_is_cut_off_refuses_changes_but_regional_calls_go_on(rig: Any) -> None:
    rig.cut_off.add("us-east-1")
    try:
        options = {"config": Config(retries={"max_attempts": 1})}
        with pytest.raises(ClientError, match=r"ServiceUnavailable.*us-east-1 is cut off"):
            rig.client("route53", region="eu-west-1", **options).list_hosted_zones()
        with pytest.raises(ClientError, match=r"ServiceUnavailable.*us-east-1 is cut off"):
            rig.client("iam", **options).list_roles()
        rig.client("sqs").list_queues()
    finally:
        rig.cut_off.clear()


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"not xml at all", "MalformedInput", "it is not XML"),
        (b"<Wrong/>", "MalformedInput", "its root is Wrong"),
        (b"<ChangeResourceRecordSetsRequest><a>", "MalformedInput", "it is not XML"),
        (b"<ChangeResourceRecordSetsRequest/>", "InvalidInput", "Missing required parameter in input: &quot;ChangeBat"),
    ],
)
def test_a_body_that_is_not_what_the_call_expects_is_refused(rig: Any, body: bytes, code: str, words: str) -> None:
    """R53 6.2 and 6.3: the envelope, word for word, and MalformedInput."""
    zone_id = rig.client("route53").create_hosted_zone(Name="raw.test", CallerReference=repr(body))["HostedZone"]
    path = f"/2013-04-01{zone_id['Id']}/rrset/"
    scope = "Credential=test/20260101/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=0"
    answer = httpx.post(rig.gateway + path, content=body, headers={"Authorization": f"AWS4-HMAC-SHA256 {scope}"})
    assert answer.status_code == 400
    envelope = (
        r"<ErrorResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Error><Type>Sender</Type>"
        r"<Code>(\w+)</Code><Message>(.*)</Message></Error><RequestId>[^<]+</RequestId></ErrorResponse>"
    )
    found = re.search(envelope, answer.text)
    assert found is not None, answer.text
    assert (found[1], words.replace("&quot;", '"') in found[2].replace("&quot;", '"')) == (code, True), found[2]


def test_zones_are_paged_by_name_and_wildcards_are_no_zones(rig: Any) -> None:
    """R53 4.5; and a page of one, as ACME clients ask for it, begins at the name."""
    route53 = rig.client("route53")
    for name in ("page.test", "b.page.test"):
        route53.create_hosted_zone(Name=name, CallerReference=name)
    page = route53.list_hosted_zones_by_name(DNSName="page.test", MaxItems="1")
    assert [zone["Name"] for zone in page["HostedZones"]] == ["page.test."]
    assert (page["IsTruncated"], page["NextDNSName"]) == (True, "b.page.test.")
    with pytest.raises(route53.exceptions.InvalidDomainName):
        route53.create_hosted_zone(Name="*.page.test", CallerReference="*")
