"""Filters of DescribeVpcPeeringConnections: which values of a described connection each of them looks at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

Look = Callable[[Mapping[str, Any]], set[str]]


def _of_side(side: str, member: str) -> Look:
    return lambda shown: {shown[side][member]} if member in shown[side] else set()


FILTERS: Mapping[str, Look] = MappingProxyType(
    {
        "vpc-peering-connection-id": lambda shown: {shown["VpcPeeringConnectionId"]},
        "status-code": lambda shown: {shown["Status"]["Code"]},
        "status-message": lambda shown: {shown["Status"]["Message"]},
        "tag-key": lambda shown: {tag["Key"] for tag in shown["Tags"]},
        "requester-vpc-info.cidr-block": _of_side("RequesterVpcInfo", "CidrBlock"),
        "requester-vpc-info.owner-id": _of_side("RequesterVpcInfo", "OwnerId"),
        "requester-vpc-info.vpc-id": _of_side("RequesterVpcInfo", "VpcId"),
        "accepter-vpc-info.cidr-block": _of_side("AccepterVpcInfo", "CidrBlock"),
        "accepter-vpc-info.owner-id": _of_side("AccepterVpcInfo", "OwnerId"),
        "accepter-vpc-info.vpc-id": _of_side("AccepterVpcInfo", "VpcId"),
    }
)


def member_of(shown: Mapping[str, Any], name: str) -> set[str]:
    """The values that a filter compares. Raises KeyError for a filter that EC2 has not."""
    if name.startswith("tag:"):
        return {tag["Value"] for tag in shown["Tags"] if tag["Key"] == name.removeprefix("tag:")}
    return FILTERS[name](shown)
