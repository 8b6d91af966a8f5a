"""AWS::EC2::VPCPeeringConnection in CloudFormation stacks: with PeerRegion, and accepted at once in one's own account.

moto looks for the accepter's VPC in the stack's own region, and deletes nothing. The class takes the place of moto's:
of several for one type the last one defined counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.ec2.models import ec2_backends

from sandbox.kernel.errors import Refusal, not_emulated

TYPE = "AWS::EC2::VPCPeeringConnection"


class StackPeering(CloudFormationModel):
    """One connection of a stack."""

    def __init__(self, connection_id: str) -> None:
        self.physical_resource_id = connection_id

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        return TYPE

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr == "Id"

    def get_cfn_attribute(self, attribute_name: str) -> Any:
        """Fn::GetAtt: Id, the same as Ref."""
        return self.physical_resource_id

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
        return cls(made.id)

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        """resource_name: the connection's id."""
        backend: Any = ec2_backends[account_id][region_name]
        backend.end_peering(resource_name)


KINDS = (StackPeering,)
