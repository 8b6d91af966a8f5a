"""EC2's answers about peering connections, as each region shows them; everything else is moto's."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.exceptions import FilterNotImplementedError
from moto.ec2.responses import EC2Response

from sandbox.aws.services.ec2.filters import member_of
from sandbox.aws.services.ec2.models import vpc_of
from sandbox.aws.services.ec2.peerings import Peering

RETURN = {"Return": True}


class SandboxEC2Response(EC2Response):
    """One call."""

    def create_vpc_peering_connection(self) -> ActionResult:
        """Asks; the answer says that the request is under way."""
        tags = self._parse_tag_specification().get("vpc-peering-connection", {})
        account = self._get_param("PeerOwnerId") or self.current_account
        made = self.ec2_backend.request_peering(
            self._get_param("VpcId"),
            self._get_param("PeerVpcId"),
            account,
            self._get_param("PeerRegion") or self.region,
        )
        if tags:
            self.ec2_backend.create_tags([made.id], tags)
        return self._one(made, {"Code": "initiating-request", "Message": f"Initiating Request to {account}"})

    def accept_vpc_peering_connection(self) -> ActionResult:
        """Agrees; the answer says that the connection is being set up."""
        made = self.ec2_backend.answer_peering(self._get_param("VpcPeeringConnectionId"), "accept")
        return self._one(made, {"Code": "provisioning", "Message": "Provisioning"})

    def reject_vpc_peering_connection(self) -> ActionResult:
        """Does not agree."""
        self.ec2_backend.answer_peering(self._get_param("VpcPeeringConnectionId"), "reject")
        return ActionResult(RETURN)

    def delete_vpc_peering_connection(self) -> ActionResult:
        """Ends it."""
        self.ec2_backend.end_peering(self._get_param("VpcPeeringConnectionId"))
        return ActionResult(RETURN)

    def describe_vpc_peering_connections(self) -> ActionResult:
        """Those that this account sees in this region."""
        found = self.ec2_backend.seen_peerings()
        wanted = self._get_param("VpcPeeringConnectionIds", [])
        if wanted:
            for connection_id in wanted:
                self.ec2_backend.peering(connection_id)  # unknown ids are refused
            found = [each for each in found if each.id in wanted]
        shown = [self._view(each) for each in found]
        for name, values in self._filters_from_querystring().items():
            try:
                shown = [each for each in shown if member_of(each, name) & set(values)]
            except KeyError:
                raise FilterNotImplementedError(name, "DescribeVpcPeeringConnections") from None
        return ActionResult({"VpcPeeringConnections": shown})

    def modify_vpc_peering_connection_options(self) -> ActionResult:
        """What is not on stays off: only "false" is possible here."""
        wanted = {
            "requester": self._get_param("RequesterPeeringConnectionOptions", {}),
            "accepter": self._get_param("AccepterPeeringConnectionOptions", {}),
        }
        made = self.ec2_backend.set_peering_options(self._get_param("VpcPeeringConnectionId"), wanted)
        return ActionResult(
            {
                "RequesterPeeringConnectionOptions": made.options[made.requester],
                "AccepterPeeringConnectionOptions": made.options[made.accepter],
            }
        )

    def _one(self, made: Peering, status: dict[str, str]) -> ActionResult:
        return ActionResult({"VpcPeeringConnection": {**self._view(made), "Status": status}})

    def _view(self, made: Peering) -> dict[str, Any]:
        """Tags are those of this account in this region."""
        vpcs = {side: vpc for side in (made.requester, made.accepter) if (vpc := vpc_of(side)) is not None}
        tags = self.ec2_backend.tags.get(made.id, {})
        shown = made.view(vpcs, utcnow())
        return {**shown, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
