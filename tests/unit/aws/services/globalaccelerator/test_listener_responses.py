"""Listeners through boto3."""

from __future__ import annotations

from typing import Any


def test_a_listener_is_shown_as_it_was_made(world: Any) -> None:
    arn = world.accelerator()["AcceleratorArn"]
    ports = [{"FromPort": 8000, "ToPort": 8010}, {"FromPort": 80, "ToPort": 80}]
    listener = world.listener(arn, ports=ports, protocol="UDP", ClientAffinity="SOURCE_IP")
    assert listener.startswith(f"{arn}/listener/")
    assert len(listener.rpartition("/")[2]) == 8
    shown = world.api.describe_listener(ListenerArn=listener)["Listener"]
    assert shown == {"ListenerArn": listener, "PortRanges": ports, "Protocol": "UDP", "ClientAffinity": "SOURCE_IP"}
    world.listener(arn)
    page = world.api.list_listeners(AcceleratorArn=arn, MaxResults=1)
    assert page["Listeners"] == [shown]
    rest = world.api.list_listeners(AcceleratorArn=arn, NextToken=page["NextToken"])
    assert [each["ClientAffinity"] for each in rest["Listeners"]] == ["NONE"]
    assert "NextToken" not in rest
