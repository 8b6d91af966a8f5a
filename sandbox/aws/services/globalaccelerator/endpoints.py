"""Which endpoint an id names (section 2.4), and where the sandbox has it. Reads moto's load balancers and EC2.

    arn:aws:elasticloadbalancing:R:A:loadbalancer/app/app/<16 hex>   the load balancer before the application of region
    arn:aws:elasticloadbalancing:R:A:loadbalancer/net/app/<16 hex>   R, in every account A: app.R.elb.amazonaws.com
    the ARN of a load balancer that CreateLoadBalancer made in R     }
    eipalloc-...  that AllocateAddress made in R                     } they lead to that application too
    i-...         that RunInstances made in R                        }

So whatever R's endpoint is, its address is 198.18.n.10; what differs is the kind, hence who checks its health and
whether it sees the client's address. An id that leads nowhere is an InvalidArgumentException (section 2.5).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.aws.services.globalaccelerator.exceptions import InvalidArgumentException
from sandbox.kernel.errors import not_emulated

Kind = Literal["ALB", "NLB", "EIP", "EC2"]

LOAD_BALANCER = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:([a-z0-9-]+):(\d{12}):loadbalancer/(app|net)/([A-Za-z0-9-]{1,32})/([0-9a-f]{16})"
)
OUR_LOAD_BALANCER = "app"
USUAL_WEIGHT = 128
GONE = "terminated"
# Whether the client's address is preserved: by default, and what else it may be (section 2.4). An NLB can have it with
# security groups, which moto's need not have.
PRESERVES: Mapping[Kind, tuple[bool, frozenset[bool]]] = {
    "ALB": (True, frozenset({True, False})),
    "NLB": (False, frozenset({True, False})),
    "EIP": (False, frozenset({False})),
    "EC2": (True, frozenset({True})),
}
AT_WORK = frozenset({"pending", "running"})  # instances in other states take no flow
INTERNAL_ALB = frozenset({True})


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One endpoint of a group. weight: 0 to 255."""

    id: str
    kind: Kind
    weight: int = USUAL_WEIGHT
    preserves_client: bool = False

    def published(self, address: str, account: str, region: str) -> dict[str, Any]:
        """As the data plane gets it. missing: why nothing is behind the id, which may have been deleted since."""
        told = {
            "endpoint_id": self.id,
            "kind": self.kind,
            "address": address,
            "weight": self.weight,
            "client_ip_preservation": self.preserves_client,
        }
        missing = self.missing(account, region)
        return {**told, "missing": missing} if missing else told

    def missing(self, account: str, region: str) -> str:
        """ "" as long as what the id names is there and can take flows."""
        if self.kind == "EIP":
            there = self.id in allocations(account, region)
            return "" if there else f"the Elastic IP address {self.id} was released"
        if self.kind == "EC2":
            state = instances(account, region).get(self.id, GONE)
            return "" if state in AT_WORK else f"the instance {self.id} is {state}"
        match = LOAD_BALANCER.fullmatch(self.id)
        is_ours = match is not None and match[4] == OUR_LOAD_BALANCER
        there = is_ours or self.id in load_balancers(account, region)
        return "" if there else f"the load balancer {self.id.partition(':loadbalancer/')[2]} was deleted"


def endpoint_of(asked: Mapping[str, Any], account: str, region: str) -> Endpoint:
    """An EndpointConfiguration of a group in a region; an InvalidArgumentException for what is not there."""
    endpoint_id = asked.get("EndpointId")
    if not endpoint_id:
        raise InvalidArgumentException("An endpoint configuration needs an EndpointId.")
    if asked.get("AttachmentArn"):
        raise not_emulated("endpoints of other accounts of Global Accelerator (AttachmentArn)")
    kind, is_internal = kind_of(endpoint_id, account, region)
    usual, allowed = PRESERVES[kind]
    preserves = asked.get("ClientIPPreservationEnabled", usual)
    if preserves not in (INTERNAL_ALB if is_internal else allowed):
        how = "is always" if usual else "cannot be"
        raise InvalidArgumentException(f"Client IP address preservation {how} enabled for the endpoint {endpoint_id}.")
    return Endpoint(
        id=endpoint_id, kind=kind, weight=asked.get("Weight", USUAL_WEIGHT), preserves_client=bool(preserves)
    )


def kind_of(endpoint_id: str, account: str, region: str) -> tuple[Kind, bool]:
    """What an id names in a region, and whether it is an internal load balancer."""
    match = LOAD_BALANCER.fullmatch(endpoint_id)
    if match is not None:
        return load_balancer(endpoint_id, match, account, region)
    if endpoint_id.startswith("eipalloc-") and endpoint_id in allocations(account, region):
        return "EIP", False
    if endpoint_id.startswith("i-") and instances(account, region).get(endpoint_id, GONE) != GONE:
        return "EC2", False
    raise no_such_endpoint(endpoint_id, region)


def load_balancer(arn: str, match: re.Match[str], account: str, region: str) -> tuple[Kind, bool]:
    """What kind a load balancer's ARN names."""
    its_region, its_account, family, name = match[1], match[2], match[3], match[4]
    if its_account != account:
        raise not_emulated(f"endpoints of other accounts of Global Accelerator ({arn})")
    if its_region != region:
        raise InvalidArgumentException(f"The endpoint {arn} is in {its_region}, its endpoint group in {region}.")
    made = load_balancers(account, region).get(arn)
    if made is not None:
        kind: Kind = "NLB" if made.type == "network" else "ALB"
        return kind, kind == "ALB" and made.scheme == "internal"
    if name == OUR_LOAD_BALANCER:
        return ("ALB" if family == "app" else "NLB"), False
    raise no_such_endpoint(arn, region)


def no_such_endpoint(endpoint_id: str, region: str) -> InvalidArgumentException:
    """For an id that leads nowhere."""
    return InvalidArgumentException(
        f"The endpoint {endpoint_id} is not a load balancer, Elastic IP address or EC2 instance of this account in "
        f"{region}."
    )


def load_balancers(account: str, region: str) -> Mapping[str, Any]:
    """By ARN; a service that nobody has used has none, and is not loaded for the question."""
    module = sys.modules.get("moto.elbv2.models")
    found: Mapping[str, Any] = {} if module is None else module.elbv2_backends[account][region].load_balancers
    return found


def allocations(account: str, region: str) -> set[str]:
    """Ids of the Elastic IP addresses that are allocated."""
    module = sys.modules.get("moto.ec2.models")
    if module is None:
        return set()
    return {str(address.allocation_id) for address in module.ec2_backends[account][region].describe_addresses()}


def instances(account: str, region: str) -> dict[str, str]:
    """Id and state of each instance, the terminated too."""
    module = sys.modules.get("moto.ec2.models")
    if module is None:
        return {}
    present = module.ec2_backends[account][region].all_instances()
    return {str(instance.id): str(instance.state) for instance in present}
