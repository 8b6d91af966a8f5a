"""Which control plane makes a resource of a stack, where that one stands in one region for all. Pure.

A stack of any region asks it there, as everybody does: while its home is cut off or stopped, what the stack wants of it
fails in the words in which a direct call fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SERVICES: Mapping[str, str] = MappingProxyType(
    {
        "AWS::CloudFront::": "cloudfront",
        "AWS::GlobalAccelerator::": "globalaccelerator",
        "AWS::IAM::": "iam",
        "AWS::NetworkManager::": "networkmanager",
        "AWS::Organizations::": "organizations",
        "AWS::Route53::": "route53",
        "AWS::Route53RecoveryControl::": "route53-recovery-control-config",
        "AWS::Route53RecoveryReadiness::": "route53-recovery-readiness",
        "AWS::WAF::": "waf",
    }
)


def service_of(resource_type: str) -> str:
    """The global service that makes resources of a type; "" when its own region's does."""
    return next((service for prefix, service in SERVICES.items() if resource_type.startswith(prefix)), "")
