"""Stacks make what the API makes, by the API's rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto.cloudformation.parsing import get_model_map
from moto.route53.models import route53_backends

from sandbox.aws.services.route53 import models, stack_resources
from sandbox.kernel.errors import Refusal

ACCOUNT, REGION = "111122223333", "eu-west-1"


@pytest.fixture
def backend() -> Iterator[Any]:
    models.install()
    made = route53_backends[ACCOUNT]["aws"]
    yield made
    made.reset()


def make(kind: Any, **properties: Any) -> Any:
    return kind.create_from_cloudformation_json("stack-name", {"Properties": properties}, ACCOUNT, REGION)


def update(resource: Any, **properties: Any) -> Any:
    template = {"Properties": properties}
    return type(resource).update_from_cloudformation_json(resource, "stack-name-2", template, ACCOUNT, REGION)


def a(name: str, value: str = "198.18.1.10", **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": "60", "ResourceRecords": [value], **more}


def test_moto_takes_ours_for_all_five_types() -> None:
    names = ("HostedZone", "RecordSet", "RecordSetGroup", "HealthCheck", "CidrCollection")
    assert tuple(get_model_map()[f"AWS::Route53::{name}"] for name in names) == models.STACK_KINDS


def test_a_zone_has_its_comment_tags_and_name_servers(backend: Any) -> None:
    tags = [{"Key": "team", "Value": "web"}]
    zone = make(stack_resources.StackZone, Name="s.test", HostedZoneConfig={"Comment": "c"}, HostedZoneTags=tags)
    kept = backend.zone(zone.physical_resource_id)
    assert (kept.name, kept.comment, kept.private_zone) == ("s.test.", "c", False)
    assert backend.list_tags_for_resource(kept.resource_id) == {"team": "web"}
    assert len(zone.get_cfn_attribute("NameServers")) == 4
    assert update(zone, Name="s.test", HostedZoneConfig={"Comment": "d"}) is zone
    assert (kept.comment, dict(backend.list_tags_for_resource(kept.resource_id))) == ("d", {})
    assert update(zone, Name="other.test").physical_resource_id != zone.physical_resource_id
    zone.delete(ACCOUNT, REGION)
    assert kept.resource_id not in backend.zones


def test_records_with_every_member_are_made_changed_and_taken_away(backend: Any) -> None:
    zone = make(stack_resources.StackZone, Name="s.test")
    near = {"SetIdentifier": "n", "GeoProximityLocation": {"AWSRegion": "eu-west-1", "Bias": "7"}}
    one = make(stack_resources.StackRecordSet, HostedZoneId=zone.physical_resource_id, **a("x.s.test", **near))
    kept = backend.zone(zone.physical_resource_id).records
    assert kept.all()[2] == {
        "Name": "x.s.test.",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": "198.18.1.10"}],
        "SetIdentifier": "n",
        "GeoProximityLocation": {"AWSRegion": "eu-west-1", "Bias": 7},
    }
    two = update(one, HostedZoneName="s.test.", **a("y.s.test", "198.18.2.10"))
    assert [record["Name"] for record in kept.all()[2:]] == ["y.s.test."]
    two.delete(ACCOUNT, REGION)
    assert len(kept) == 2


def test_a_group_is_made_whole_or_not_at_all(backend: Any) -> None:
    zone = make(stack_resources.StackZone, Name="s.test")
    target = {"HostedZoneId": zone.physical_resource_id, "DNSName": "b.s.test"}
    sets = [{"Name": "a.s.test", "Type": "A", "AliasTarget": target}, a("b.s.test")]
    group = make(stack_resources.StackRecordSetGroup, HostedZoneId=zone.physical_resource_id, RecordSets=sets)
    kept = backend.zone(zone.physical_resource_id).records
    assert len(kept) == 4
    with pytest.raises(Refusal, match="but it already exists"):
        make(stack_resources.StackRecordSetGroup, HostedZoneName="s.test", RecordSets=[a("c.s.test"), a("b.s.test")])
    assert len(kept) == 4
    group = update(group, HostedZoneId=zone.physical_resource_id, RecordSets=[a("b.s.test")])
    assert len(kept) == 3
    group.delete(ACCOUNT, REGION)
    zone.delete(ACCOUNT, REGION)
    with pytest.raises(Refusal, match="0 hosted zones have the name"):
        make(stack_resources.StackRecordSet, HostedZoneName="s.test", **a("b.s.test"))


def test_a_check_changes_in_place_but_for_its_type(backend: Any) -> None:
    config = {"Type": "HTTP", "IPAddress": "198.18.1.10", "Port": "8080"}
    check = make(stack_resources.StackCheck, HealthCheckConfig=config, HealthCheckTags=[{"Key": "Name", "Value": "x"}])
    kept = backend.check(check.get_cfn_attribute("HealthCheckId"))
    assert kept.health_check_config["Port"] == 8080
    assert backend.list_tags_for_resource(kept.id) == {"Name": "x"}
    assert update(check, HealthCheckConfig={**config, "FailureThreshold": "1"}) is check
    assert (kept.health_check_config["FailureThreshold"], kept.health_check_version) == (1, 2)
    other = update(check, HealthCheckConfig={**config, "Type": "TCP"})
    assert other.physical_resource_id != check.physical_resource_id
    check.delete(ACCOUNT, REGION)
    assert list(backend.health_checks) == [other.physical_resource_id]


def test_a_collection_follows_its_template(backend: Any) -> None:
    places = [{"LocationName": "paris", "CidrList": ["100.64.1.0/24", "100.64.2.0/24"]}]
    made = make(stack_resources.StackCidrCollection, Name="offices", Locations=places)
    kept = backend.cidr.get(made.physical_resource_id)
    assert kept.locations == {"paris": ("100.64.1.0/24", "100.64.2.0/24")}
    assert made.get_cfn_attribute("Arn") == kept.arn
    update(made, Name="offices", Locations=[{"LocationName": "rome", "CidrList": ["100.64.2.0/24"]}])
    assert kept.locations == {"rome": ("100.64.2.0/24",)}
    made.delete(ACCOUNT, REGION)
    assert backend.cidr.by_id == {}


def test_a_private_zone_of_a_stack_changes_its_networks_in_place(backend: Any) -> None:
    one, two, three = ({"VPCId": f"vpc-{number}", "VPCRegion": "eu-west-1"} for number in (1, 2, 3))
    zone = make(stack_resources.StackZone, Name="p.test", VPCs=[one, two])
    kept = backend.zone(zone.physical_resource_id)
    assert update(zone, Name="p.test", VPCs=[three, two]) is zone
    assert sorted(network["vpc_id"] for network in kept.vpcs) == ["vpc-2", "vpc-3"]
    public = update(zone, Name="p.test")
    assert public.physical_resource_id != zone.physical_resource_id


def test_a_property_that_nobody_reads_is_refused(backend: Any) -> None:
    with pytest.raises(Refusal, match=r"extraneous key \[Bogus\] is not permitted"):
        make(stack_resources.StackZone, Name="s.test", Bogus=1)
    assert backend.zones == {}
