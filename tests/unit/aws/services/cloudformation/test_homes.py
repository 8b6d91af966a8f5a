"""Which types of a template a global control plane makes."""

from __future__ import annotations

import pytest

from sandbox.aws.naming import GLOBAL_HOMES
from sandbox.aws.services.cloudformation.homes import SERVICES, service_of


@pytest.mark.parametrize(
    ("resource_type", "service"),
    [
        ("AWS::Route53::RecordSet", "route53"),
        ("AWS::GlobalAccelerator::Listener", "globalaccelerator"),
        ("AWS::IAM::Role", "iam"),
        ("AWS::Route53RecoveryControl::Cluster", "route53-recovery-control-config"),
        ("AWS::Route53Resolver::ResolverRule", ""),
        ("AWS::WAFv2::WebACL", ""),
        ("AWS::DynamoDB::GlobalTable", ""),
        ("AWS::SQS::Queue", ""),
    ],
)
def test_types_of_global_services_are_known(resource_type: str, service: str) -> None:
    assert service_of(resource_type) == service


def test_each_of_them_has_a_home() -> None:
    assert set(SERVICES.values()) <= set(GLOBAL_HOMES)
