"""AWS::EC2::VPCPeeringConnection in CloudFormation stacks: with PeerRegion, and accepted at once in one's own account.

moto looks for the accepter's VPC in the stack's own region, and deletes nothing. The class takes the place of moto's:
of several for one type the last one defined counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.ec2.models import ec2_backends

from sandbox.aws.services.stack_resource import StackResource
from sandbox.kernel.errors import Refusal, not_emulated

TYPE = "AWS::EC2::VPCPeeringConnection"


class StackPeering(StackResource, CloudFormationModel):
    """One connection of a stack. Fn::GetAtt Id is the same as Ref."""

    @staticmethod
    def cloudformation_type() -> str:
        return TYPE

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> StackPeering:
        """Ask and, in one's own account, accept."""
        properties: Mapping[str, Any] = cloudformation_json["Properties"]
        account = properties.get("PeerOwnerId") or account_id
        region = properties.get("PeerRegion") or region_name
        if account != account_id:
            raise not_emulated(f"{TYPE} with another account's VPC", instead="Accept it there with the aws CLI.")
        backend: Any = ec2_backends[account_id][region_name]
        made = backend.request_peering(properties["VpcId"], properties["PeerVpcId"], account, region)
        for tag in properties.get("Tags", ()):
            backend.create_tags([made.id], {tag["Key"]: tag["Value"]})
        if made.status(made.expires_at)["Code"] == "failed":
            raise Refusal("GeneralServiceException", made.status(made.expires_at)["Message"])
        accepter: Any = ec2_backends[account][region]
        accepter.answer_peering(made.id, "accept")
        return cls(made.id, {"Id": made.id})

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        """resource_name: the connection's id."""
        backend: Any = ec2_backends[account_id][region_name]
        backend.end_peering(resource_name)


KINDS = (StackPeering,)
