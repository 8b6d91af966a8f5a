"""Endpoint groups through boto3: defaults, pages, health as the edges saw it (section 2.3)."""

from __future__ import annotations

from typing import Any


def test_a_group_of_nothing_but_a_region_has_the_defaults(world: Any) -> None:
    listener = world.listener(ports=[{"FromPort": 8443, "ToPort": 8450}, {"FromPort": 80, "ToPort": 80}])
    group = world.group(listener)
    assert len(group.pop("EndpointGroupArn").removeprefix(f"{listener}/endpoint-group/")) == 12
    assert group == {
        "EndpointGroupRegion": "eu-west-1",
        "EndpointDescriptions": [],
        "TrafficDialPercentage": 100.0,
        "HealthCheckPort": 8443,
        "HealthCheckProtocol": "TCP",
        "HealthCheckIntervalSeconds": 30,
        "ThresholdCount": 3,
        "PortOverrides": [],
    }


def test_health_is_what_the_edges_last_saw(world: Any, balancer: Any) -> None:
    group = world.group(EndpointConfigurations=[{"EndpointId": balancer("eu-west-1")}])
    arn = group["EndpointGroupArn"]
    accelerator_id = arn.partition("/listener/")[0].rpartition("/")[2]
    world.seen[accelerator_id] = {arn: {balancer("eu-west-1"): {"state": "HEALTHY", "reason": "200 from all edges"}}}
    listed = world.api.list_endpoint_groups(ListenerArn=arn.partition("/endpoint-group/")[0])["EndpointGroups"]
    described = world.api.describe_endpoint_group(EndpointGroupArn=arn)["EndpointGroup"]
    assert listed == [described]
    [endpoint] = described["EndpointDescriptions"]
    assert (endpoint["HealthState"], endpoint["HealthReason"]) == ("HEALTHY", "200 from all edges")


def test_groups_come_in_pages(world: Any) -> None:
    listener = world.listener()
    regions = ["us-east-1", "eu-west-1", "ap-northeast-1"]
    for region in regions:
        world.group(listener, region=region)
    pages = world.api.get_paginator("list_endpoint_groups").paginate(
        ListenerArn=listener, PaginationConfig={"PageSize": 2}
    )
    assert [each["EndpointGroupRegion"] for page in pages for each in page["EndpointGroups"]] == regions


def test_a_group_of_no_region_is_refused(world: Any) -> None:
    asked = {"ListenerArn": world.listener(), "EndpointGroupRegion": "eu-west-9"}
    assert "eu-west-9" in world.refused("InvalidArgumentException", world.api.create_endpoint_group, **asked)


def test_a_dial_of_101_is_refused(world: Any) -> None:
    asked = {"ListenerArn": world.listener(), "EndpointGroupRegion": "eu-west-1", "TrafficDialPercentage": 101}
    words = world.refused("InvalidArgumentException", world.api.create_endpoint_group, **asked)
    assert "less than or equal to 100" in words
