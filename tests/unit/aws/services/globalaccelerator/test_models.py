"""What there is and what may be changed, through boto3 (fact sheet, sections 2 and 2.5; section 8, checks 1, 2)."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from sandbox.aws.services.globalaccelerator.exceptions import LimitExceededException
from sandbox.aws.services.globalaccelerator.models import TOKENS_KEPT, GlobalAcceleratorBackend, backends

PORTS = [{"FromPort": 80, "ToPort": 80}]


def test_a_new_accelerator_has_two_addresses_a_name_and_is_in_progress(world: Any) -> None:
    made = world.accelerator(Name="shop")
    assert re.fullmatch(r"arn:aws:globalaccelerator::\d{12}:accelerator/[0-9a-f-]{36}", made["AcceleratorArn"])
    assert re.fullmatch(r"a[0-9a-f]{16}\.awsglobalaccelerator\.com", made["DnsName"])
    assert made["IpSets"][0]["IpAddresses"] == ["192.0.2.1", "198.51.100.1"]
    assert (made["Name"], made["Enabled"], made["IpAddressType"]) == ("shop", True, "IPV4")
    assert made["Status"] == "IN_PROGRESS"


def test_a_change_below_an_accelerator_is_in_progress_until_it_is_deployed(world: Any) -> None:
    arn = world.accelerator()["AcceleratorArn"]

    def status() -> str:
        return str(world.api.describe_accelerator(AcceleratorArn=arn)["Accelerator"]["Status"])

    world.now_s += 9.9
    assert status() == "IN_PROGRESS"
    world.now_s += 0.2
    assert status() == "DEPLOYED"
    listener = world.listener(arn)
    assert status() == "IN_PROGRESS"
    world.now_s += 11
    group = world.group(listener)["EndpointGroupArn"]
    assert status() == "IN_PROGRESS"
    world.now_s += 11
    world.api.update_endpoint_group(EndpointGroupArn=group, TrafficDialPercentage=10)
    assert status() == "IN_PROGRESS"
    world.now_s += 11
    assert status() == "DEPLOYED"


def test_addresses_are_kept_while_disabled_and_lost_by_deleting(world: Any) -> None:
    first, second = world.accelerator(), world.accelerator()
    arn = first["AcceleratorArn"]
    assert second["IpSets"][0]["IpAddresses"] == ["192.0.2.2", "198.51.100.2"]
    disabled = world.api.update_accelerator(AcceleratorArn=arn, Enabled=False)["Accelerator"]
    assert disabled["IpSets"] == first["IpSets"]
    assert world.accelerator()["IpSets"][0]["IpAddresses"] == ["192.0.2.3", "198.51.100.3"]
    world.api.delete_accelerator(AcceleratorArn=arn)
    assert world.accelerator()["IpSets"] == first["IpSets"]


def test_accounts_share_the_addresses(world: Any) -> None:
    world.accelerator()
    other = GlobalAcceleratorBackend("aws", "111122223333")
    made = other.create_accelerator({"Name": "b", "IdempotencyToken": "t"})
    assert made.addresses == ("192.0.2.2", "198.51.100.2")
    assert [account for account, _ in backends()] == ["123456789012"]


def test_things_are_deleted_from_below(world: Any) -> None:
    """Section 2.1: disable, then groups, listeners, accelerator."""
    api, arn = world.api, world.accelerator()["AcceleratorArn"]
    listener = world.listener(arn)
    group = world.group(listener)["EndpointGroupArn"]
    assert "Disable it" in world.refused("AcceleratorNotDisabledException", api.delete_accelerator, AcceleratorArn=arn)
    api.update_accelerator(AcceleratorArn=arn, Enabled=False)
    world.refused("AssociatedListenerFoundException", api.delete_accelerator, AcceleratorArn=arn)
    world.refused("AssociatedEndpointGroupFoundException", api.delete_listener, ListenerArn=listener)
    api.delete_endpoint_group(EndpointGroupArn=group)
    api.delete_listener(ListenerArn=listener)
    api.delete_accelerator(AcceleratorArn=arn)
    assert api.list_accelerators()["Accelerators"] == []


def test_what_is_not_there_is_named(world: Any) -> None:
    api = world.api
    accelerator = "arn:aws:globalaccelerator::123456789012:accelerator/0"
    listener = f"{world.accelerator()['AcceleratorArn']}/listener/0123abcd"
    group = f"{world.listener()}/endpoint-group/0123456789ab"
    of_accelerators = """
        describe_accelerator update_accelerator delete_accelerator list_listeners describe_accelerator_attributes
        update_accelerator_attributes
    """
    asked = [
        ("AcceleratorNotFoundException", of_accelerators, {"AcceleratorArn": accelerator}),
        (
            "ListenerNotFoundException",
            "describe_listener update_listener delete_listener list_endpoint_groups",
            {"ListenerArn": listener},
        ),
        (
            "EndpointGroupNotFoundException",
            "describe_endpoint_group update_endpoint_group delete_endpoint_group",
            {"EndpointGroupArn": group},
        ),
    ]
    for code, calls, names in asked:
        for call in calls.split():
            assert next(iter(names.values())) in world.refused(code, getattr(api, call), **names)
    world.refused(
        "AcceleratorNotFoundException",
        api.create_listener,
        AcceleratorArn=accelerator,
        PortRanges=PORTS,
        Protocol="TCP",
    )
    world.refused(
        "ListenerNotFoundException", api.create_endpoint_group, ListenerArn=listener, EndpointGroupRegion="eu-west-1"
    )
    world.refused(
        "EndpointGroupNotFoundException", api.add_endpoints, EndpointGroupArn=group, EndpointConfigurations=[]
    )
    world.refused("AcceleratorNotFoundException", api.list_tags_for_resource, ResourceArn=accelerator)


def test_quotas() -> None:
    """Section 2.6: 20 accelerators, 10 listeners, 42 endpoint groups over all listeners."""
    backend, tokens = GlobalAcceleratorBackend("aws", "111122223333"), itertools.count()

    def new(**asked: Any) -> dict[str, Any]:
        return {"IdempotencyToken": str(next(tokens)), **asked}

    def new_listener(port: int) -> dict[str, Any]:
        return new(AcceleratorArn=arn, Protocol="TCP", PortRanges=[{"FromPort": port, "ToPort": port}])

    def new_group(number: int) -> dict[str, Any]:
        regions = ["eu-west-1", "eu-west-2", "eu-west-3", "us-east-1", "us-east-2"]
        return new(ListenerArn=listeners[number % 10], EndpointGroupRegion=regions[number // 10])

    arn, *_ = [backend.create_accelerator(new(Name="a")).arn for _ in range(20)]
    with pytest.raises(LimitExceededException, match="20 accelerators"):
        backend.create_accelerator(new(Name="a"))
    listeners = [backend.create_listener(new_listener(port)).arn for port in range(1, 11)]
    with pytest.raises(LimitExceededException, match="10 listeners"):
        backend.create_listener(new_listener(11))
    for number in range(42):
        backend.create_endpoint_group(new_group(number))
    with pytest.raises(LimitExceededException, match="42 endpoint groups"):
        backend.create_endpoint_group(new_group(42))


def test_a_limit_is_an_error_of_the_model(world: Any) -> None:
    ports = [{"FromPort": port, "ToPort": port} for port in range(1, 12)]
    asked = {"AcceleratorArn": world.accelerator()["AcceleratorArn"], "PortRanges": ports, "Protocol": "TCP"}
    assert "10 port ranges" in world.refused("LimitExceededException", world.api.create_listener, **asked)


def test_a_repeated_token_gives_the_same_thing(world: Any) -> None:
    """Section 1, derived from the purpose of the field."""
    api = world.api
    first = api.create_accelerator(Name="a", IdempotencyToken="t")["Accelerator"]
    arn = first["AcceleratorArn"]
    assert api.create_accelerator(Name="a", IdempotencyToken="t")["Accelerator"]["AcceleratorArn"] == arn
    asked = {"AcceleratorArn": arn, "PortRanges": PORTS, "Protocol": "TCP", "IdempotencyToken": "t"}
    listener = api.create_listener(**asked)["Listener"]["ListenerArn"]
    assert api.create_listener(**asked)["Listener"]["ListenerArn"] == listener
    asked = {"ListenerArn": listener, "EndpointGroupRegion": "eu-west-1", "IdempotencyToken": "t"}
    group = api.create_endpoint_group(**asked)["EndpointGroup"]["EndpointGroupArn"]
    assert api.create_endpoint_group(**asked)["EndpointGroup"]["EndpointGroupArn"] == group
    api.delete_endpoint_group(EndpointGroupArn=group)
    assert api.create_endpoint_group(**asked)["EndpointGroup"]["EndpointGroupArn"] != group


def test_old_tokens_are_forgotten() -> None:
    backend = GlobalAcceleratorBackend("aws", "111122223333")
    for number in range(TOKENS_KEPT + 1):
        made = backend.create_accelerator({"Name": "a", "IdempotencyToken": str(number), "Enabled": False})
        backend.delete_accelerator(made.arn)
    assert len(backend._tokens) == TOKENS_KEPT
    assert ("accelerator", "0") not in backend._tokens


def test_one_group_of_a_region_for_each_listener(world: Any) -> None:
    listener = world.listener()
    world.group(listener)
    asked = {"ListenerArn": listener, "EndpointGroupRegion": "eu-west-1"}
    assert "eu-west-1" in world.refused("EndpointGroupAlreadyExistsException", world.api.create_endpoint_group, **asked)
    world.group(listener, region="us-east-1")


def test_an_update_of_a_group_replaces_its_endpoints_and_keeps_the_rest(world: Any, balancer: Any) -> None:
    group = world.group(EndpointConfigurations=[{"EndpointId": balancer("eu-west-1")}], ThresholdCount=1)
    arn = group["EndpointGroupArn"]
    network = balancer("eu-west-1").replace("/app/app/", "/net/app/")
    after = world.api.update_endpoint_group(
        EndpointGroupArn=arn, EndpointConfigurations=[{"EndpointId": network, "Weight": 0}]
    )
    assert [each["EndpointId"] for each in after["EndpointGroup"]["EndpointDescriptions"]] == [network]
    assert after["EndpointGroup"]["ThresholdCount"] == 1
    after = world.api.update_endpoint_group(EndpointGroupArn=arn, TrafficDialPercentage=12.5)["EndpointGroup"]
    assert (len(after["EndpointDescriptions"]), after["TrafficDialPercentage"]) == (1, 12.5)


def test_a_change_that_is_refused_changes_nothing(world: Any, balancer: Any) -> None:
    arn = world.group(EndpointConfigurations=[{"EndpointId": balancer("eu-west-1")}])["EndpointGroupArn"]
    before = world.api.describe_endpoint_group(EndpointGroupArn=arn)["EndpointGroup"]
    overrides = [{"ListenerPort": 80, "EndpointPort": 8080}]
    unknown = [{"EndpointId": "eipalloc-0"}]
    for asked in (
        {"PortOverrides": overrides, "EndpointConfigurations": unknown, "TrafficDialPercentage": 0},
        {"TrafficDialPercentage": 0, "HealthCheckIntervalSeconds": 20},
    ):
        world.refused("InvalidArgumentException", world.api.update_endpoint_group, EndpointGroupArn=arn, **asked)
        assert world.api.describe_endpoint_group(EndpointGroupArn=arn)["EndpointGroup"] == before


def test_endpoints_are_added_and_removed_one_by_one(world: Any, balancer: Any) -> None:
    one = balancer("eu-west-1")
    two = one.replace("/app/app/", "/net/app/")
    arn = world.group(EndpointConfigurations=[{"EndpointId": one}])["EndpointGroupArn"]

    def weights() -> dict[str, int]:
        group = world.api.describe_endpoint_group(EndpointGroupArn=arn)["EndpointGroup"]
        return {each["EndpointId"]: each["Weight"] for each in group["EndpointDescriptions"]}

    added = world.api.add_endpoints(EndpointGroupArn=arn, EndpointConfigurations=[{"EndpointId": two, "Weight": 3}])
    assert [each["EndpointId"] for each in added["EndpointDescriptions"]] == [two]
    assert weights() == {one: 128, two: 3}
    world.api.add_endpoints(EndpointGroupArn=arn, EndpointConfigurations=[{"EndpointId": one, "Weight": 5}])
    assert weights() == {one: 5, two: 3}
    world.api.remove_endpoints(EndpointGroupArn=arn, EndpointIdentifiers=[{"EndpointId": one}])
    assert weights() == {two: 3}
    words = world.refused(
        "InvalidArgumentException",
        world.api.remove_endpoints,
        EndpointGroupArn=arn,
        EndpointIdentifiers=[{"EndpointId": two}, {"EndpointId": one}],
    )
    assert one in words
    assert weights() == {two: 3}


def test_tags(world: Any) -> None:
    arn = world.accelerator(Tags=[{"Key": "a", "Value": "1"}])["AcceleratorArn"]
    world.api.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}])
    world.api.untag_resource(ResourceArn=arn, TagKeys=["b", "never"])
    assert world.api.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "3"}]


@pytest.mark.parametrize("call", ["create_listener", "update_listener"])
def test_two_listeners_of_a_protocol_share_no_port(world: Any, call: str) -> None:
    """Section 2.2; UDP has ports of its own."""
    arn = world.accelerator()["AcceleratorArn"]
    world.listener(arn, ports=[{"FromPort": 80, "ToPort": 90}])
    other = world.listener(arn, ports=[{"FromPort": 91, "ToPort": 99}])
    world.listener(arn, ports=[{"FromPort": 85, "ToPort": 85}], protocol="UDP")
    names = {"AcceleratorArn": arn, "Protocol": "TCP"} if call == "create_listener" else {"ListenerArn": other}
    overlapping = [{"FromPort": 90, "ToPort": 95}]
    assert "80-90" in world.refused(
        "InvalidPortRangeException", getattr(world.api, call), PortRanges=overlapping, **names
    )


def test_an_update_of_a_listener_keeps_what_it_does_not_name(world: Any) -> None:
    arn = world.listener(ClientAffinity="SOURCE_IP")
    after = world.api.update_listener(ListenerArn=arn, PortRanges=[{"FromPort": 1, "ToPort": 65535}])["Listener"]
    assert (after["ClientAffinity"], after["Protocol"]) == ("SOURCE_IP", "TCP")
    assert after["PortRanges"] == [{"FromPort": 1, "ToPort": 65535}]
    assert world.api.update_listener(ListenerArn=arn, Protocol="UDP")["Listener"]["Protocol"] == "UDP"
