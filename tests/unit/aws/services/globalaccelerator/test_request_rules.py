"""What AWS's model asks of a request, in the words that AWS's services share."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.globalaccelerator.exceptions import InvalidArgumentException, SerializationException
from sandbox.aws.services.globalaccelerator.request_reading import input_shape
from sandbox.aws.services.globalaccelerator.request_rules import checked, from_template

GROUP = {"ListenerArn": "l", "EndpointGroupRegion": "eu-west-1", "IdempotencyToken": "t"}
LISTENER = {
    "AcceleratorArn": "a",
    "Protocol": "TCP",
    "PortRanges": [{"FromPort": 80, "ToPort": 80}],
    "IdempotencyToken": "t",
}


@pytest.mark.parametrize(
    ("operation", "given", "problem"),
    [
        (
            "CreateEndpointGroup",
            GROUP | {"TrafficDialPercentage": 101},
            "Value '101' at 'trafficDialPercentage' failed to satisfy constraint: Member must have value less than or "
            "equal to 100",
        ),
        (
            "CreateEndpointGroup",
            GROUP | {"TrafficDialPercentage": -0.5},
            "Member must have value greater than or equal to 0",
        ),
        ("CreateEndpointGroup", GROUP | {"ThresholdCount": 11}, "at 'thresholdCount'"),
        ("CreateEndpointGroup", GROUP | {"HealthCheckPort": 0}, "at 'healthCheckPort'"),
        ("CreateEndpointGroup", GROUP | {"HealthCheckIntervalSeconds": 5}, "at 'healthCheckIntervalSeconds'"),
        (
            "CreateEndpointGroup",
            GROUP | {"HealthCheckPath": "health"},
            "Member must satisfy regular expression pattern: ^/",
        ),
        ("CreateEndpointGroup", GROUP | {"HealthCheckPath": "/a\n"}, "regular expression"),
        (
            "CreateEndpointGroup",
            GROUP | {"HealthCheckProtocol": "UDP"},
            "Member must satisfy enum value set: [TCP, HTTP, HTTPS]",
        ),
        (
            "CreateEndpointGroup",
            GROUP | {"EndpointConfigurations": [{"EndpointId": "e", "Weight": 256}]},
            "Value '256' at 'endpointConfigurations.1.member.weight'",
        ),
        (
            "CreateEndpointGroup",
            {"EndpointGroupRegion": "r"},
            "2 validation errors detected: Value null at 'listenerArn' failed to satisfy constraint: Member must not "
            "be null; Value null at 'idempotencyToken'",
        ),
        ("CreateListener", LISTENER | {"PortRanges": []}, "Member must have length greater than or equal to 1"),
        ("CreateListener", LISTENER | {"PortRanges": [{"FromPort": 0, "ToPort": 65536}]}, "2 validation errors"),
        ("CreateListener", LISTENER | {"ClientAffinity": "SOURCE"}, "[NONE, SOURCE_IP]"),
        ("ListAccelerators", {"MaxResults": 101}, "less than or equal to 100"),
        ("ListAccelerators", {"MaxResults": 0}, "greater than or equal to 1"),
        ("TagResource", {"ResourceArn": "a", "Tags": [{"Key": "k"}]}, "Value null at 'tags.1.member.value'"),
        ("CreateAccelerator", {"Name": "x" * 256, "IdempotencyToken": "t"}, "length less than or equal to 255"),
    ],
)
def test_what_the_model_does_not_allow_is_an_invalid_argument(operation: str, given: Any, problem: str) -> None:
    with pytest.raises(InvalidArgumentException) as caught:
        checked(input_shape(operation), given)
    assert problem in caught.value.message


@pytest.mark.parametrize(
    "given", [[], {"MaxResults": "5"}, {"MaxResults": True}, {"NextToken": 5}, {"MaxResults": 1.5}]
)
def test_json_of_another_shape_cannot_be_read(given: Any) -> None:
    with pytest.raises(SerializationException):
        checked(input_shape("ListAccelerators"), given)


def test_lists_that_are_too_long_are_left_to_their_quotas() -> None:
    """Section 2.6: LimitExceededException."""
    given = LISTENER | {"PortRanges": [{"FromPort": n, "ToPort": n} for n in range(1, 12)]}
    assert checked(input_shape("CreateListener"), given) == given


def test_null_and_unknown_members_are_passed_over() -> None:
    given = GROUP | {"PortOverrides": None, "Colour": "red", "EndpointConfigurations": [{"EndpointId": "e", "Size": 1}]}
    assert checked(input_shape("CreateEndpointGroup"), given) == GROUP | {
        "EndpointConfigurations": [{"EndpointId": "e"}]
    }


def test_templates_may_write_numbers_and_booleans_as_text() -> None:
    shape = input_shape("CreateEndpointGroup")
    given = {
        "ThresholdCount": "3",
        "TrafficDialPercentage": "50.5",
        "PortOverrides": [{"ListenerPort": "80"}],
        "X": "1",
    }
    assert from_template(shape, given) == {
        "ThresholdCount": 3,
        "TrafficDialPercentage": 50.5,
        "PortOverrides": [{"ListenerPort": 80}],
        "X": "1",
    }
    assert from_template(input_shape("CreateAccelerator"), {"Enabled": "false", "Name": "7"}) == {
        "Enabled": False,
        "Name": "7",
    }
    assert from_template(shape, {"ThresholdCount": "three", "PortOverrides": "none"}) == {
        "ThresholdCount": "three",
        "PortOverrides": "none",
    }
