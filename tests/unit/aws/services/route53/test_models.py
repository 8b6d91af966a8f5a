"""Our Route 53 backend on moto's."""

from __future__ import annotations

from typing import Any

import pytest
from moto.route53.exceptions import Route53ClientError

from sandbox.aws.services.route53.models import SandboxRoute53Backend, as_moto_keeps, as_record_set


@pytest.fixture
def backend() -> Any:
    return SandboxRoute53Backend("aws", "000000000000")


def test_a_zone_has_aws_name_servers_and_no_reusable_set_of_its_own(backend: Any) -> None:
    zone = backend.create_hosted_zone("Example.test", private_zone=False, caller_reference="1")
    servers = zone.delegation_set.name_servers
    assert zone.name == "example.test."
    assert len(servers) == 4
    assert backend.list_reusable_delegation_sets() == []
    records = {record["Type"]: record for record in map(as_record_set, zone.rrsets)}
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


def test_a_caller_reference_is_good_for_one_zone(backend: Any) -> None:
    backend.create_hosted_zone("one.test", private_zone=False, caller_reference="1")
    with pytest.raises(Route53ClientError) as refused:
        backend.create_hosted_zone("two.test", private_zone=False, caller_reference="1")
    assert refused.value.code == "HostedZoneAlreadyExists"


def test_a_refused_batch_leaves_the_zone_alone(backend: Any) -> None:
    zone = backend.create_hosted_zone("example.test", private_zone=False, caller_reference="1")
    record = {"Name": "a.example.test", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.18.1.10"}]}
    batch = [{"Action": "CREATE", "ResourceRecordSet": dict(record)} for _ in range(2)]
    with pytest.raises(Route53ClientError) as refused:
        backend.change_resource_record_sets(zone.id, batch)
    assert refused.value.code == "InvalidChangeBatch"
    assert len(zone.rrsets) == 2


@pytest.mark.parametrize(("kind", "port"), [("HTTP", 80), ("HTTPS", 443), ("CALCULATED", None)])
def test_a_port_left_out_is_that_of_the_type(backend: Any, kind: str, port: int | None) -> None:
    assert backend.create_health_check("c", {"type": kind}).port == port


def test_an_update_keeps_the_lists_it_does_not_name(backend: Any) -> None:
    check = backend.create_health_check("c", {"type": "CALCULATED", "children": ["a"], "health_threshold": 1})
    backend.update_health_check(check.id, {"health_threshold": 2, "children": [], "regions": []})
    assert (check.children, check.health_threshold) == (["a"], 2)


def test_a_record_set_comes_back_as_it_went_in() -> None:
    record = {
        "Name": "app.example.test.",
        "Type": "A",
        "SetIdentifier": "fr",
        "GeoLocation": {"CountryCode": "FR"},
        "TTL": 60,
        "ResourceRecords": [{"Value": "198.18.1.10"}],
    }
    assert as_record_set(as_moto_keeps(record)) == record
