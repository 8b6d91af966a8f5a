"""Accelerators of CloudFormation stacks: made, changed in place or anew, and taken away."""

from __future__ import annotations

import re
from typing import Any

import pytest
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

from sandbox.aws.services.globalaccelerator.exceptions import AcceleratorNotFoundException, InvalidArgumentException
from sandbox.aws.services.globalaccelerator.models import GlobalAcceleratorBackend
from sandbox.aws.services.globalaccelerator.stack_resources import (
    StackAccelerator,
    StackEndpointGroup,
    StackListener,
    backend_of,
)
from sandbox.kernel.errors import Refusal

ACCOUNT = "123456789012"


@pytest.fixture
def backend(world: Any) -> GlobalAcceleratorBackend:
    return backend_of(ACCOUNT)


def make(kind: Any, **properties: Any) -> Any:
    return kind.create_from_cloudformation_json("x", {"Properties": properties}, ACCOUNT, "eu-west-1")


def update(resource: Any, **properties: Any) -> Any:
    return resource.update_from_cloudformation_json(resource, "x", {"Properties": properties}, ACCOUNT, "eu-west-1")


def listener(accelerator: Any, **more: Any) -> Any:
    asked = {"AcceleratorArn": accelerator.physical_resource_id, "PortRanges": [{"FromPort": "80", "ToPort": "80"}]}
    return make(StackListener, **asked | {"Protocol": "TCP"} | more)


def test_an_accelerator_has_its_attributes(backend: GlobalAcceleratorBackend) -> None:
    made = make(StackAccelerator, Name="shop", Enabled="true", Tags=[{"Key": "a", "Value": "1"}])
    accelerator = backend.accelerator(made.physical_resource_id)
    assert made.get_cfn_attribute("AcceleratorArn") == accelerator.arn
    assert made.get_cfn_attribute("DnsName") == accelerator.dns_name
    assert made.get_cfn_attribute("Ipv4Addresses") == ["192.0.2.1", "198.51.100.1"]
    assert (accelerator.enabled, accelerator.tags) == (True, {"a": "1"})
    with pytest.raises(UnformattedGetAttTemplateException):
        made.get_cfn_attribute("Colour")


def test_two_resources_of_one_template_are_two_accelerators(backend: GlobalAcceleratorBackend) -> None:
    assert (
        make(StackAccelerator, Name="a").physical_resource_id != make(StackAccelerator, Name="a").physical_resource_id
    )


def test_an_accelerator_changes_in_place(backend: GlobalAcceleratorBackend) -> None:
    made = make(StackAccelerator, Name="a", Enabled=False, Tags=[{"Key": "a", "Value": "1"}])
    assert update(made, Name="b", Tags=[{"Key": "b", "Value": "2"}]) is made
    accelerator = backend.accelerator(made.physical_resource_id)
    assert (accelerator.name, accelerator.enabled, accelerator.tags) == ("b", True, {"b": "2"})


def test_a_whole_stack_is_taken_away_though_its_accelerator_is_enabled(backend: GlobalAcceleratorBackend) -> None:
    accelerator = make(StackAccelerator, Name="a")
    made = listener(accelerator)
    group = make(StackEndpointGroup, ListenerArn=made.physical_resource_id, EndpointGroupRegion="eu-west-1")
    assert made.get_cfn_attribute("ListenerArn") == made.physical_resource_id
    assert group.get_cfn_attribute("EndpointGroupArn") == group.physical_resource_id
    for resource in (group, made, accelerator):
        resource.delete(ACCOUNT, "eu-west-1")
    assert backend.accelerators == {}


def test_a_listener_changes_in_place_and_moves_to_another_accelerator_anew(backend: GlobalAcceleratorBackend) -> None:
    one, two = make(StackAccelerator, Name="a"), make(StackAccelerator, Name="b")
    made = listener(one, ClientAffinity="SOURCE_IP")
    ports = {"PortRanges": [{"FromPort": 81, "ToPort": 81}], "Protocol": "UDP"}
    assert update(made, AcceleratorArn=one.physical_resource_id, **ports) is made
    now = backend.listener(made.physical_resource_id)[1]
    assert (now.ranges, now.protocol, now.affinity) == (((81, 81),), "UDP", "NONE")
    moved = update(made, AcceleratorArn=two.physical_resource_id, **ports)
    assert moved.physical_resource_id.startswith(two.physical_resource_id)


def test_what_a_template_leaves_out_goes_back_to_the_default(backend: GlobalAcceleratorBackend, balancer: Any) -> None:
    made = listener(make(StackAccelerator, Name="a"))
    where = {"ListenerArn": made.physical_resource_id, "EndpointGroupRegion": "eu-west-1"}
    endpoints = [{"EndpointId": balancer("eu-west-1"), "Weight": "5"}]
    more = {
        "TrafficDialPercentage": "20",
        "HealthCheckProtocol": "HTTP",
        "HealthCheckPath": "/health",
        "HealthCheckPort": "8080",
        "PortOverrides": [{"ListenerPort": 80, "EndpointPort": 8080}],
    }
    group = make(StackEndpointGroup, **where, EndpointConfigurations=endpoints, **more)
    assert backend.endpoint_group(group.physical_resource_id)[2].endpoints[0].weight == 5
    assert update(group, **where) is group
    now = backend.endpoint_group(group.physical_resource_id)[2]
    assert (now.endpoints, now.overrides) == ((), ())
    assert now.settings["TrafficDialPercentage"] == 100
    assert now.settings["HealthCheckPort"] == 80
    assert now.image({})["HealthCheckPath"] is None
    moved = update(group, **where | {"EndpointGroupRegion": "us-east-1"})
    assert moved.physical_resource_id != group.physical_resource_id


@pytest.mark.parametrize(
    ("kind", "properties", "where"),
    [
        (StackAccelerator, {"Name": "a", "Colour": "red"}, "#: extraneous key [Colour]"),
        (StackAccelerator, {"Name": "a", "IdempotencyToken": "t"}, "#: extraneous key [IdempotencyToken]"),
        (StackListener, {"PortRanges": [{"FromPort": 1, "Till": 2}]}, "#/PortRanges/0: extraneous key [Till]"),
        (
            StackEndpointGroup,
            {"EndpointConfigurations": [{"Id": "x"}]},
            "#/EndpointConfigurations/0: extraneous key [Id]",
        ),
    ],
)
def test_a_property_that_nobody_reads_is_refused(
    backend: GlobalAcceleratorBackend, kind: Any, properties: dict[str, Any], where: str
) -> None:
    with pytest.raises(Refusal, match=re.escape(where)):
        make(kind, **properties)
    assert backend.accelerators == {}


def test_the_rules_are_those_of_the_api(backend: GlobalAcceleratorBackend) -> None:
    with pytest.raises(InvalidArgumentException, match="'name' failed to satisfy"):
        make(StackAccelerator)
    with pytest.raises(AcceleratorNotFoundException):
        make(StackEndpointGroup, ListenerArn="l", EndpointGroupRegion="eu-west-1")
