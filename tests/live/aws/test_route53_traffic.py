"""Traffic policies through boto3: versions, instances, states and AWS's errors (facts/route53.md 3)."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.config import Config

pytestmark = pytest.mark.live

WAIT_LIMIT_S = 30.0
NO_RETRY = Config(retries={"total_max_attempts": 1})  # boto3 would wait for the state by itself


def document(**members: Any) -> str:
    """Two endpoints by weight, or what the members say."""
    items = [{"EndpointReference": "one", "Weight": "3"}, {"EndpointReference": "two", "Weight": 1}]
    return json.dumps(
        {
            "AWSPolicyFormatVersion": "2015-10-01",
            "RecordType": "A",
            "StartRule": "share",
            "Endpoints": {
                "one": {"Type": "value", "Value": "198.18.1.10"},
                "two": {"Type": "value", "Value": "198.18.2.10"},
            },
            "Rules": {"share": {"RuleType": "weighted", "Items": items}},
        }
        | members
    )


def wait_for_state(route53: Any, instance_id: str, state: str) -> dict[str, Any]:
    give_up_s = time.monotonic() + WAIT_LIMIT_S
    while True:
        found: dict[str, Any] = route53.get_traffic_policy_instance(Id=instance_id)["TrafficPolicyInstance"]
        if found["State"] == state:
            return found
        assert time.monotonic() < give_up_s, found
        time.sleep(0.05)


def test_versions_of_a_policy_live_and_are_flagged(rig: Any) -> None:
    """R53 3.2."""
    route53 = rig.client("route53")
    made = route53.create_traffic_policy(Name="versions", Document=document(), Comment="first")["TrafficPolicy"]
    assert (made["Version"], made["Type"], json.loads(made["Document"])["StartRule"]) == (1, "A", "share")
    new_format = document(AWSPolicyFormatVersion="2023-05-09")
    assert route53.create_traffic_policy_version(Id=made["Id"], Document=new_format)["TrafficPolicy"]["Version"] == 2
    route53.update_traffic_policy_comment(Id=made["Id"], Version=2, Comment="second")
    versions = route53.list_traffic_policy_versions(Id=made["Id"])["TrafficPolicies"]
    assert [(version["Version"], version["Comment"]) for version in versions] == [(1, "first"), (2, "second")]
    summaries = route53.list_traffic_policies()["TrafficPolicySummaries"]
    assert [(one["LatestVersion"], one["TrafficPolicyCount"]) for one in summaries if one["Id"] == made["Id"]] == [
        (2, 2)
    ]
    errors = route53.exceptions
    with pytest.raises(errors.TrafficPolicyAlreadyExists):
        route53.create_traffic_policy(Name="versions", Document=document())
    with pytest.raises(errors.InvalidTrafficPolicyDocument, match="there is no rule gone"):
        route53.create_traffic_policy(Name="wrong", Document=document(StartRule="gone"))
    for version in (1, 2):
        route53.delete_traffic_policy(Id=made["Id"], Version=version)
    assert route53.get_traffic_policy(Id=made["Id"], Version=1)["TrafficPolicy"]["Comment"] == "first"
    with pytest.raises(errors.NoSuchTrafficPolicy):
        route53.list_traffic_policy_versions(Id=made["Id"])


def test_an_instance_becomes_records_that_only_dns_sees(rig: Any) -> None:
    """R53 3.2: Creating, Applied; the root alone is listed; by policy, by zone, count; deleted with its records."""
    route53 = rig.client("route53", config=NO_RETRY)
    zone_id = route53.create_hosted_zone(Name="flow.test", CallerReference="flow")["HostedZone"]["Id"]
    bare_id = zone_id.removeprefix("/hostedzone/")
    policy = route53.create_traffic_policy(Name="flow", Document=document())["TrafficPolicy"]["Id"]
    version = {"TrafficPolicyId": policy, "TrafficPolicyVersion": 1}
    made = route53.create_traffic_policy_instance(HostedZoneId=zone_id, Name="app.flow.test", TTL=60, **version)
    instance = made["TrafficPolicyInstance"]
    assert instance["State"] == "Creating"
    with pytest.raises(route53.exceptions.PriorRequestNotComplete):
        route53.update_traffic_policy_instance(Id=instance["Id"], TTL=5, **version)
    assert wait_for_state(route53, instance["Id"], "Applied")["Message"] == ""
    root = {"Name": "app.flow.test.", "Type": "A", "TrafficPolicyInstanceId": instance["Id"]}
    assert route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"][-1] == root
    weights = [one["Weight"] for one in rig.hub.retained[f"zone/{bare_id}"]["records"] if one["Type"] == "A"]
    assert weights == [3, 1]
    for listed in (
        route53.list_traffic_policy_instances(),
        route53.list_traffic_policy_instances_by_hosted_zone(HostedZoneId=zone_id),
        route53.list_traffic_policy_instances_by_policy(**version),
    ):
        assert [one["Id"] for one in listed["TrafficPolicyInstances"]] == [instance["Id"]]
    assert route53.get_traffic_policy_instance_count()["TrafficPolicyInstanceCount"] == 1
    check_instance_errors(route53, zone_id, version, root)
    route53.create_traffic_policy_version(Id=policy, Document=document(StartRule="", StartEndpoint="two"))
    route53.update_traffic_policy_instance(Id=instance["Id"], TTL=5, TrafficPolicyId=policy, TrafficPolicyVersion=2)
    (record,) = (one for one in rig.hub.retained[f"zone/{bare_id}"]["records"] if one["Type"] == "A")
    assert (record["TTL"], record["ResourceRecords"]) == (5, [{"Value": "198.18.2.10"}])
    wait_for_state(route53, instance["Id"], "Applied")
    route53.delete_traffic_policy_instance(Id=instance["Id"])
    assert [one["Type"] for one in rig.hub.retained[f"zone/{bare_id}"]["records"]] == ["NS", "SOA"]
    with pytest.raises(route53.exceptions.NoSuchTrafficPolicyInstance):
        route53.get_traffic_policy_instance(Id=instance["Id"])


def check_instance_errors(route53: Any, zone_id: str, version: dict[str, Any], root: dict[str, Any]) -> None:
    """What is refused while the instance is at work."""
    errors = route53.exceptions
    with pytest.raises(errors.TrafficPolicyInstanceAlreadyExists):
        route53.create_traffic_policy_instance(HostedZoneId=zone_id, Name="app.flow.test", TTL=60, **version)
    with pytest.raises(errors.TrafficPolicyInUse):
        route53.delete_traffic_policy(Id=version["TrafficPolicyId"], Version=1)
    with pytest.raises(errors.NoSuchTrafficPolicy):
        route53.create_traffic_policy_instance(
            HostedZoneId=zone_id, Name="b.flow.test", TTL=60, TrafficPolicyId="gone", TrafficPolicyVersion=1
        )
    by_hand = {"Name": root["Name"], "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": "198.18.9.9"}]}
    change = {"Action": "UPSERT", "ResourceRecordSet": by_hand}
    with pytest.raises(errors.InvalidChangeBatch, match="belongs to the traffic policy instance"):
        route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": [change]})
    with pytest.raises(errors.HostedZoneNotEmpty):
        route53.delete_hosted_zone(Id=zone_id)
