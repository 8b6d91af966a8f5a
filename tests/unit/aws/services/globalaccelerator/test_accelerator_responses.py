"""Accelerators through boto3: pages, attributes, tags."""

from __future__ import annotations

from typing import Any


def test_accelerators_are_listed_in_the_order_of_their_creation(world: Any) -> None:
    names = [world.accelerator()["Name"] for _ in range(12)]
    first = world.api.list_accelerators()
    assert [each["Name"] for each in first["Accelerators"]] == names[:10]
    pages = world.api.get_paginator("list_accelerators").paginate(PaginationConfig={"PageSize": 5})
    assert [each["Name"] for page in pages for each in page["Accelerators"]] == names
    world.refused("InvalidNextTokenException", world.api.list_accelerators, NextToken="x")
    world.refused("InvalidArgumentException", world.api.list_accelerators, MaxResults=101)


def test_attributes_say_that_nothing_is_logged(world: Any) -> None:
    arn = world.accelerator()["AcceleratorArn"]
    assert world.api.describe_accelerator_attributes(AcceleratorArn=arn)["AcceleratorAttributes"] == {
        "FlowLogsEnabled": False
    }
    asked = {"AcceleratorArn": arn, "FlowLogsEnabled": False, "FlowLogsS3Bucket": "logs", "FlowLogsS3Prefix": "p"}
    world.api.update_accelerator_attributes(**asked)
    shown = world.api.describe_accelerator_attributes(AcceleratorArn=arn)["AcceleratorAttributes"]
    assert shown == {"FlowLogsEnabled": False, "FlowLogsS3Bucket": "logs", "FlowLogsS3Prefix": "p"}


def test_times_are_those_of_the_sandbox(world: Any) -> None:
    arn = world.accelerator()["AcceleratorArn"]
    world.now_s += 3600
    world.api.update_accelerator(AcceleratorArn=arn, Name="other")
    shown = world.api.describe_accelerator(AcceleratorArn=arn)["Accelerator"]
    assert (shown["LastModifiedTime"] - shown["CreatedTime"]).total_seconds() == 3600
    assert (shown["Name"], shown["Enabled"]) == ("other", True)


def test_listeners_and_groups_have_no_tags(world: Any) -> None:
    listener = world.listener()
    tags = [{"Key": "a", "Value": "b"}]
    world.refused("AcceleratorNotFoundException", world.api.tag_resource, ResourceArn=listener, Tags=tags)
    world.refused("AcceleratorNotFoundException", world.api.untag_resource, ResourceArn=listener, TagKeys=["a"])
