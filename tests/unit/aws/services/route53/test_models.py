"""Our Route 53 backend on moto's."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from moto.route53.exceptions import NoSuchHealthCheck, Route53ClientError

from sandbox.aws.moto_state import dumps
from sandbox.aws.services.route53.models import SandboxRoute53Backend
from sandbox.kernel.errors import Refusal


@pytest.fixture
def backend() -> Any:
    return SandboxRoute53Backend("aws", "000000000000")


def test_a_zone_has_aws_name_servers_and_no_reusable_set_of_its_own(backend: Any) -> None:
    zone = backend.create_hosted_zone("Example.test", private_zone=False, caller_reference="1")
    servers = zone.delegation_set.name_servers
    assert zone.name == "example.test."
    assert len(servers) == 4
    assert backend.list_reusable_delegation_sets() == []
    records = {record["Type"]: record for record in zone.records.all()}
    assert [value["Value"] for value in records["NS"]["ResourceRecords"]] == [f"{server}." for server in servers]
    assert records["SOA"]["ResourceRecords"][0]["Value"].startswith(f"{servers[0]}. awsdns-hostmaster.amazon.com. 1 ")


def test_two_zones_have_different_servers_unless_they_share_a_set(backend: Any) -> None:
    one = backend.create_hosted_zone("one.test", private_zone=False, caller_reference="1")
    two = backend.create_hosted_zone("two.test", private_zone=False, caller_reference="2")
    assert one.delegation_set.name_servers != two.delegation_set.name_servers
    shared = backend.create_reusable_delegation_set("3")
    zones = [
        backend.create_hosted_zone(f"{n}.test", False, f"{n}", delegation_set_id=shared.id) for n in ("three", "four")
    ]
    assert [zone.delegation_set.name_servers for zone in zones] == [shared.name_servers] * 2
    with pytest.raises(Route53ClientError):
        backend.create_hosted_zone("five.test", False, "5", delegation_set_id="none")
    for number, name in enumerate(("three.test", "sub.three.test")):  # R53 4.6: one name, parent and child
        with pytest.raises(Route53ClientError) as refused:
            backend.create_hosted_zone(name, False, f"6{number}", delegation_set_id=shared.id)
        assert refused.value.code == "ConflictingDomainExists"


def test_a_caller_reference_is_good_for_one_zone(backend: Any) -> None:
    backend.create_hosted_zone("one.test", private_zone=False, caller_reference="1")
    with pytest.raises(Route53ClientError) as refused:
        backend.create_hosted_zone("two.test", private_zone=False, caller_reference="1")
    assert refused.value.code == "HostedZoneAlreadyExists"


def a(name: str = "a.example.test", **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.18.1.10"}], **more}


def create(*record_sets: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"Action": "CREATE", "ResourceRecordSet": record_set} for record_set in record_sets]


@pytest.fixture
def zone(backend: Any) -> Any:
    return backend.create_hosted_zone("example.test", private_zone=False, caller_reference="1")


def test_a_refused_batch_leaves_the_zone_alone(backend: Any, zone: Any) -> None:
    with pytest.raises(Refusal) as refused:
        backend.change_records(zone.id, create(a(), a()))
    assert refused.value.code == "InvalidChangeBatch"
    assert zone.resource_record_set_count == 2


def test_a_change_is_pending_until_its_version_has_settled(backend: Any, zone: Any) -> None:
    change = backend.change_records(zone.id, create(a()), "why")
    assert (change.status, change.comment) == ("PENDING", "why")
    backend.changes.settle(zone.resource_id, zone.version - 1)
    assert backend.changes.get(change.id).status == "PENDING"
    backend.changes.settle(zone.resource_id, zone.version)
    assert backend.changes.get(change.id).status == "INSYNC"


def test_a_zone_with_records_of_its_own_is_not_deleted(backend: Any, zone: Any) -> None:
    backend.change_records(zone.id, create(a()))
    with pytest.raises(Refusal) as refused:  # R53 6.3, Other codes
        backend.delete_hosted_zone(zone.id)
    assert (refused.value.code, refused.value.status, refused.value.message) == (
        "HostedZoneNotEmpty",
        400,
        "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
    )
    backend.change_records(zone.id, [{"Action": "DELETE", "ResourceRecordSet": a()}])
    assert backend.delete_hosted_zone(zone.id) is zone
    assert backend.zones == {}


def test_all_eight_policies_are_kept_as_they_came(backend: Any, zone: Any) -> None:
    """moto's own store drops two of them (fact sheet §1.2)."""
    collection = backend.create_cidr_collection("offices", "r")
    put = {"LocationName": "paris", "Action": "PUT", "CidrList": ["100.64.1.0/24"]}
    backend.change_cidr_collection(collection.id, [put], 1)
    check = backend.create_health_check("c", {"Type": "TCP", "IPAddress": "198.18.1.10", "Port": 80})
    policies = (
        {},
        {"Weight": 0},
        {"Region": "eu-west-1"},
        {"Failover": "PRIMARY", "HealthCheckId": check.id},
        {"GeoLocation": {"CountryCode": "*"}},
        {"GeoProximityLocation": {"Coordinates": {"Latitude": "48.85", "Longitude": "2.35"}, "Bias": -10}},
        {"CidrRoutingConfig": {"CollectionId": collection.id, "LocationName": "paris"}},
        {"MultiValueAnswer": True},
    )
    sets = [
        a(f"p{number}.example.test.", **policy, **({"SetIdentifier": "s"} if policy else {}))
        for number, policy in enumerate(policies)
    ]
    backend.change_records(zone.id, create(*sets))
    assert zone.records.all()[2:] == sets
    assert backend.record_sets_naming(collection.id, "paris")
    with pytest.raises(Refusal, match="in use by a resource record set"):
        backend.change_cidr_collection(collection.id, [{**put, "Action": "DELETE_IF_EXISTS"}], None)


def test_10000_record_sets_cost_the_same_each(backend: Any, zone: Any) -> None:
    """The work is counted, not timed: a set is compared with those of its own name only."""
    asked: list[str] = []
    look = zone.records.at
    zone.records.at = lambda name: asked.append(name) or look(name)
    for start in range(0, 10_000, 1000):
        names = [f"n{number}.example.test." for number in range(start, min(start + 1000, 9998))]
        backend.change_records(zone.id, create(*map(a, names)))
    assert zone.resource_record_set_count == 10_000
    assert len(asked) <= 3 * 10_000
    page, following = zone.records.page(((), "", ""), 300)
    assert len(page) == 300
    assert following is not None


def test_a_check_is_updated_by_version(backend: Any) -> None:
    check = backend.create_health_check("c", {"Type": "HTTP", "IPAddress": "198.18.1.10"})
    assert backend.create_health_check("c", {"Type": "HTTP", "IPAddress": "198.18.1.10"}) is check
    backend.update_check(check.id, {"FailureThreshold": 1}, 1, ())
    assert (check.health_check_config["FailureThreshold"], check.health_check_version) == (1, 2)
    with pytest.raises(Refusal) as refused:
        backend.update_check(check.id, {"FailureThreshold": 2}, 1, ())
    assert (refused.value.code, refused.value.status) == ("HealthCheckVersionMismatch", 409)
    with pytest.raises(Refusal, match="between 1 and 10"):
        backend.update_check(check.id, {"FailureThreshold": 11}, 2, ())
    backend.delete_health_check(check.id)
    with pytest.raises(NoSuchHealthCheck):
        backend.check(check.id)


def test_the_account_comes_back_after_pickling_with_a_lock(backend: Any, zone: Any) -> None:
    backend.change_records(zone.id, create(a()))
    content = {"route53": {"000000000000": {"aws": backend}}}
    again = pickle.loads(dumps(content)[0])["route53"]["000000000000"]["aws"]
    again.change_records(zone.id, create(a("b.example.test")))
    assert again.zone(zone.id).resource_record_set_count == 4


def test_a_control_whose_check_was_deleted_begins_off_again(backend: Any) -> None:
    """R53 7.2: it exists while a check names it."""
    arn = "arn:aws:route53-recovery-control::000000000000:controlpanel/0123abcd/routingcontrol/4567ef"
    for reference in ("first", "second"):
        check = backend.create_health_check(reference, {"Type": "RECOVERY_CONTROL", "RoutingControlArn": arn})
        assert backend.routing_controls.state(arn) == "Off"
        on = {"RoutingControlArn": arn, "RoutingControlState": "On"}
        backend.routing_control_call("UpdateRoutingControlState", on)
        backend.delete_health_check(check.id)
