"""Every row of the fact sheet's table of errors (2.5), operation by operation, through boto3.

The table is AWS's model: the first test says that no error of an operation that is served here is left out, but for
those that never happen here (README of aws, "Where it differs from AWS").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from moto.core.utils import camelcase_to_underscores, get_service_model, method_names_from_class

from sandbox.aws.services.globalaccelerator.request_reading import SERVICE
from sandbox.aws.services.globalaccelerator.responses import GlobalAcceleratorResponse

NEVER = {
    "AccessDeniedException",
    "ConflictException",
    "InternalServiceErrorException",
    "TransactionInProgressException",
}
ARN = "arn:aws:globalaccelerator::123456789012:accelerator/0"
LISTENER = f"{ARN}/listener/0123abcd"
ATTACHMENT = "arn:aws:globalaccelerator::123456789012:attachment/0"
GROUP = f"{LISTENER}/endpoint-group/0123456789ab"
LONG = "x" * 256
PORTS = [{"FromPort": 80, "ToPort": 80}]
DUBLIN = {"EndpointGroupRegion": "eu-west-1"}
TCP = {"PortRanges": PORTS, "Protocol": "TCP"}
MANY = [{"FromPort": port, "ToPort": port} for port in range(1, 12)]


def balancers(count: int) -> list[dict[str, str]]:
    """Endpoints that are there: the built-in load balancer answers to any 16 hexadecimal digits."""
    balancer = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/app/{:016x}"
    return [{"EndpointId": balancer.format(number)} for number in range(count)]


def arn(world: Any, **options: Any) -> str:
    return str(world.accelerator(**options)["AcceleratorArn"])


def group(world: Any) -> str:
    return str(world.group()["EndpointGroupArn"])


def listener_of(group_arn: str) -> str:
    return group_arn.partition("/endpoint-group/")[0]


def accelerator_of(group_arn: str) -> str:
    return group_arn.partition("/listener/")[0]


def full(world: Any) -> dict[str, Any]:
    """An account with as many accelerators as it may have."""
    for _ in range(20):
        world.accelerator()
    return {"Name": "more"}


def in_use(world: Any) -> dict[str, str]:
    """A disabled accelerator with a listener."""
    listener = world.listener(arn(world, Enabled=False))
    return {"AcceleratorArn": accelerator_of(listener)}


def taken(world: Any) -> dict[str, str]:
    """A listener whose group of eu-west-1 is there."""
    return {"ListenerArn": listener_of(group(world)), "EndpointGroupRegion": "eu-west-1"}


Asked = Callable[[Any], dict[str, Any]]
ROWS: dict[tuple[str, str], Asked] = {
    ("CreateAccelerator", "InvalidArgument"): lambda world: {"Name": "-a"},
    ("CreateAccelerator", "LimitExceeded"): full,
    ("DescribeAccelerator", "AcceleratorNotFound"): lambda world: {"AcceleratorArn": ARN},
    ("DescribeAccelerator", "InvalidArgument"): lambda world: {"AcceleratorArn": LONG},
    ("UpdateAccelerator", "AcceleratorNotFound"): lambda world: {"AcceleratorArn": ARN},
    ("UpdateAccelerator", "InvalidArgument"): lambda world: {"AcceleratorArn": arn(world), "Name": "a_b"},
    ("DeleteAccelerator", "AcceleratorNotFound"): lambda world: {"AcceleratorArn": ARN},
    ("DeleteAccelerator", "AcceleratorNotDisabled"): lambda world: {"AcceleratorArn": arn(world)},
    ("DeleteAccelerator", "AssociatedListenerFound"): in_use,
    ("DeleteAccelerator", "InvalidArgument"): lambda world: {"AcceleratorArn": LONG},
    ("ListAccelerators", "InvalidArgument"): lambda world: {"MaxResults": 101},
    ("ListAccelerators", "InvalidNextToken"): lambda world: {"NextToken": "x"},
    ("DescribeAcceleratorAttributes", "AcceleratorNotFound"): lambda world: {"AcceleratorArn": ARN},
    ("DescribeAcceleratorAttributes", "InvalidArgument"): lambda world: {"AcceleratorArn": LONG},
    ("UpdateAcceleratorAttributes", "AcceleratorNotFound"): lambda world: {"AcceleratorArn": ARN},
    ("UpdateAcceleratorAttributes", "InvalidArgument"): lambda world: {
        "AcceleratorArn": arn(world),
        "FlowLogsS3Bucket": LONG,
    },
    ("TagResource", "AcceleratorNotFound"): lambda world: {"ResourceArn": ARN, "Tags": []},
    ("TagResource", "InvalidArgument"): lambda world: {
        "ResourceArn": arn(world),
        "Tags": [{"Key": "aws:a", "Value": "b"}],
    },
    ("UntagResource", "AcceleratorNotFound"): lambda world: {"ResourceArn": ARN, "TagKeys": []},
    ("UntagResource", "InvalidArgument"): lambda world: {"ResourceArn": arn(world), "TagKeys": [LONG]},
    ("ListTagsForResource", "AcceleratorNotFound"): lambda world: {"ResourceArn": ARN},
    ("ListTagsForResource", "AttachmentNotFound"): lambda world: {
        "ResourceArn": ARN.replace("accelerator/", "attachment/")
    },
    ("ListTagsForResource", "EndpointGroupNotFound"): lambda world: {"ResourceArn": GROUP},
    ("ListTagsForResource", "ListenerNotFound"): lambda world: {"ResourceArn": LISTENER},
    ("ListTagsForResource", "InvalidArgument"): lambda world: {"ResourceArn": LONG * 4},
    ("CreateListener", "AcceleratorNotFound"): lambda world: {
        "AcceleratorArn": ARN,
        "PortRanges": PORTS,
        "Protocol": "TCP",
    },
    ("CreateListener", "InvalidArgument"): lambda world: {
        "AcceleratorArn": arn(world),
        "PortRanges": PORTS,
        "Protocol": "ICMP",
    },
    ("CreateListener", "InvalidPortRange"): lambda world: {
        "AcceleratorArn": accelerator_of(world.listener()),
        "PortRanges": [{"FromPort": 70, "ToPort": 90}],
        "Protocol": "TCP",
    },
    ("CreateListener", "LimitExceeded"): lambda world: {
        "AcceleratorArn": arn(world),
        "PortRanges": MANY,
        "Protocol": "TCP",
    },
    ("DescribeListener", "ListenerNotFound"): lambda world: {"ListenerArn": LISTENER},
    ("DescribeListener", "InvalidArgument"): lambda world: {"ListenerArn": LONG},
    ("UpdateListener", "ListenerNotFound"): lambda world: {"ListenerArn": LISTENER},
    ("UpdateListener", "InvalidArgument"): lambda world: {"ListenerArn": world.listener(), "ClientAffinity": "ALL"},
    ("UpdateListener", "InvalidPortRange"): lambda world: {
        "ListenerArn": world.listener(),
        "PortRanges": [{"FromPort": 2, "ToPort": 1}],
    },
    ("UpdateListener", "LimitExceeded"): lambda world: {"ListenerArn": world.listener(), "PortRanges": MANY},
    ("DeleteListener", "ListenerNotFound"): lambda world: {"ListenerArn": LISTENER},
    ("DeleteListener", "AssociatedEndpointGroupFound"): lambda world: {"ListenerArn": listener_of(group(world))},
    ("DeleteListener", "InvalidArgument"): lambda world: {"ListenerArn": LONG},
    ("ListListeners", "AcceleratorNotFound"): lambda world: {"AcceleratorArn": ARN},
    ("ListListeners", "InvalidArgument"): lambda world: {"AcceleratorArn": arn(world), "MaxResults": 101},
    ("ListListeners", "InvalidNextToken"): lambda world: {"AcceleratorArn": arn(world), "NextToken": "x"},
    ("CreateEndpointGroup", "AcceleratorNotFound"): lambda world: {"ListenerArn": LISTENER, **DUBLIN},
    ("CreateEndpointGroup", "ListenerNotFound"): lambda world: {"ListenerArn": f"{arn(world)}/listener/0", **DUBLIN},
    ("CreateEndpointGroup", "EndpointGroupAlreadyExists"): taken,
    ("CreateEndpointGroup", "InvalidArgument"): lambda world: {
        "ListenerArn": world.listener(),
        "EndpointGroupRegion": "eu-west-1",
        "TrafficDialPercentage": 101,
    },
    ("CreateEndpointGroup", "LimitExceeded"): lambda world: {
        "ListenerArn": world.listener(),
        "EndpointGroupRegion": "eu-west-1",
        "EndpointConfigurations": balancers(11),
    },
    ("DescribeEndpointGroup", "EndpointGroupNotFound"): lambda world: {"EndpointGroupArn": GROUP},
    ("DescribeEndpointGroup", "InvalidArgument"): lambda world: {"EndpointGroupArn": LONG},
    ("UpdateEndpointGroup", "EndpointGroupNotFound"): lambda world: {"EndpointGroupArn": GROUP},
    ("UpdateEndpointGroup", "InvalidArgument"): lambda world: {"EndpointGroupArn": group(world), "ThresholdCount": 11},
    ("UpdateEndpointGroup", "LimitExceeded"): lambda world: {
        "EndpointGroupArn": group(world),
        "PortOverrides": [{"ListenerPort": 80, "EndpointPort": 8000 + number} for number in range(11)],
    },
    ("DeleteEndpointGroup", "EndpointGroupNotFound"): lambda world: {"EndpointGroupArn": GROUP},
    ("DeleteEndpointGroup", "InvalidArgument"): lambda world: {"EndpointGroupArn": LONG},
    ("ListEndpointGroups", "ListenerNotFound"): lambda world: {"ListenerArn": LISTENER},
    ("ListEndpointGroups", "InvalidArgument"): lambda world: {"ListenerArn": world.listener(), "MaxResults": 101},
    ("ListEndpointGroups", "InvalidNextToken"): lambda world: {"ListenerArn": world.listener(), "NextToken": "x"},
    ("AddEndpoints", "EndpointGroupNotFound"): lambda world: {"EndpointGroupArn": GROUP, "EndpointConfigurations": []},
    ("AddEndpoints", "InvalidArgument"): lambda world: {
        "EndpointGroupArn": group(world),
        "EndpointConfigurations": [{"EndpointId": "eipalloc-0"}],
    },
    ("AddEndpoints", "LimitExceeded"): lambda world: {
        "EndpointGroupArn": group(world),
        "EndpointConfigurations": balancers(11),
    },
    ("RemoveEndpoints", "EndpointGroupNotFound"): lambda world: {
        "EndpointGroupArn": GROUP,
        "EndpointIdentifiers": [{"EndpointId": "i-0"}],
    },
    ("RemoveEndpoints", "InvalidArgument"): lambda world: {
        "EndpointGroupArn": group(world),
        "EndpointIdentifiers": [{"EndpointId": "i-0"}],
    },
}


def test_no_error_of_the_model_is_left_out() -> None:
    model, methods = get_service_model(SERVICE), set(method_names_from_class(GlobalAcceleratorResponse))
    served = [name for name in model.operation_names if camelcase_to_underscores(name) in methods]
    expected = {
        (name, shape.name.removesuffix("Exception"))
        for name in served
        for shape in model.operation_model(name).error_shapes
        if shape.name not in NEVER
    }
    assert set(ROWS) == expected


@pytest.mark.parametrize(("operation", "code"), ROWS)
def test_the_row(world: Any, operation: str, code: str) -> None:
    asked = ROWS[operation, code](world)
    world.refused(f"{code}Exception", getattr(world.api, camelcase_to_underscores(operation)), **asked)
