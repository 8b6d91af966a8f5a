"""What instances do to a zone's records (fact sheet §3.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.aws.services.route53.models import SandboxRoute53Backend
from sandbox.kernel.errors import Refusal


def weighted(*addresses: str, **more: Any) -> str:
    endpoints = {address: {"Type": "value", "Value": address} for address in addresses}
    items = [{"EndpointReference": address, "Weight": 1, **more} for address in addresses]
    return json.dumps(
        {
            "AWSPolicyFormatVersion": "2015-10-01",
            "RecordType": "A",
            "StartRule": "r",
            "Endpoints": endpoints,
            "Rules": {"r": {"RuleType": "weighted", "Items": items}},
        }
    )


@pytest.fixture
def backend() -> Any:
    return SandboxRoute53Backend("aws", "000000000000")


@pytest.fixture
def zone(backend: Any) -> Any:
    return backend.create_hosted_zone("example.test", private_zone=False, caller_reference="1")


@pytest.fixture
def policy(backend: Any) -> str:
    made = backend.create_traffic_policy("web", weighted("198.18.1.10", "198.18.2.10"), None)
    return str(made.policy_id)


def published(zone: Any, name: str = "app.example.test.") -> list[str]:
    records = [record for record in zone.published()["records"] if record["Name"] == name and record["Type"] == "A"]
    return [record["ResourceRecords"][0]["Value"] for record in records]


def test_only_the_root_is_listed_and_all_is_published(backend: Any, zone: Any, policy: str) -> None:
    made = backend.create_traffic_policy_instance(zone.id, "App.example.test", 60, policy, 1)
    assert made.state == "Creating"
    assert zone.records.all()[2:] == [{"Name": "app.example.test.", "Type": "A", "TrafficPolicyInstanceId": made.id}]
    assert published(zone) == ["198.18.1.10", "198.18.2.10"]
    backend.settle(zone.resource_id, zone.version)
    assert made.state == "Applied"
    backend.delete_traffic_policy_instance(made.id)
    assert published(zone) == []
    assert zone.resource_record_set_count == 2


def test_an_update_puts_the_new_tree_in_place_of_the_old(backend: Any, zone: Any, policy: str) -> None:
    made = backend.create_traffic_policy_instance(zone.id, "app.example.test", 60, policy, 1)
    backend.settle_all()
    backend.create_traffic_policy_version(policy, weighted("198.18.3.10"), None)
    backend.update_traffic_policy_instance(made.id, 5, policy, 2)
    assert published(zone) == ["198.18.3.10"]
    assert (made.state, made.ttl_s, made.policy.number) == ("Updating", 5, 2)
    with pytest.raises(Refusal, match="still processing a prior request"):
        backend.delete_traffic_policy_instance(made.id)


def test_another_record_type_is_another_instance(backend: Any, zone: Any, policy: str) -> None:
    made = backend.create_traffic_policy_instance(zone.id, "app.example.test", 60, policy, 1)
    backend.settle_all()
    text = weighted("2001:db8::1").replace('"RecordType": "A"', '"RecordType": "AAAA"')
    backend.create_traffic_policy_version(policy, text, None)
    with pytest.raises(Refusal) as refused:
        backend.update_traffic_policy_instance(made.id, 60, policy, 2)
    assert refused.value.code == "ConflictingTypes"


def test_a_name_that_has_records_fails_the_instance_and_keeps_the_records(backend: Any, zone: Any, policy: str) -> None:
    record = {"Name": "app.example.test", "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": "198.18.9.9"}]}
    backend.change_records(zone.id, [{"Action": "CREATE", "ResourceRecordSet": record}])
    made = backend.create_traffic_policy_instance(zone.id, "app.example.test", 60, policy, 1)
    backend.settle_all()
    assert made.state == "Failed"
    assert "as other RRSets exist with the same name and type" in made.message
    assert published(zone) == ["198.18.9.9"]
    backend.delete_traffic_policy_instance(made.id)
    assert published(zone) == ["198.18.9.9"]


def test_a_check_that_is_not_there_fails_the_instance(backend: Any, zone: Any) -> None:
    policy = backend.create_traffic_policy("checked", weighted("198.18.1.10", HealthCheck="gone"), None)
    made = backend.create_traffic_policy_instance(zone.id, "app.example.test", 60, policy.policy_id, 1)
    backend.settle_all()
    assert (made.state, made.message) == ("Failed", "The specified health check gone does not exist")


def test_the_root_deleted_by_hand_leaves_the_instance_behind(backend: Any, zone: Any, policy: str) -> None:
    made = backend.create_traffic_policy_instance(zone.id, "app.example.test", 60, policy, 1)
    root = {"Name": "app.example.test.", "Type": "A", "TrafficPolicyInstanceId": made.id}
    backend.change_records(zone.id, [{"Action": "DELETE", "ResourceRecordSet": root}])
    assert published(zone) == []
    assert backend.traffic.instance(made.id) is made
    backend.change_records(zone.id, [{"Action": "CREATE", "ResourceRecordSet": root}])
    assert len(published(zone)) == 2


@pytest.mark.parametrize(
    ("name", "ttl_s", "words"),
    [("app.other.test", 60, "is not permitted in zone example.test."), ("app.example.test", -1, "TTL must be")],
)
def test_what_cannot_be_is_refused(backend: Any, zone: Any, policy: str, name: str, ttl_s: int, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        backend.create_traffic_policy_instance(zone.id, name, ttl_s, policy, 1)
    assert backend.traffic.instances == {}


def test_a_private_zone_takes_no_instance(backend: Any, policy: str) -> None:
    private = backend.create_hosted_zone("private.test", private_zone=True, caller_reference="2")
    with pytest.raises(Refusal, match="only in a public hosted zone"):
        backend.create_traffic_policy_instance(private.id, "app.private.test", 60, policy, 1)
