"""EC2's backend of one account in one region: moto's, with peering connections and routes of our own.

moto's peering knows neither overlaps nor failures, shows a region's objects to all, and routes stay active over a
connection that is gone. A connection is one object that both regions' backends hold. Calls come in many threads; what
changes a connection holds the lock of all, for it belongs to two backends.
"""

from __future__ import annotations

import threading
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.exceptions import InvalidVPCIdError, InvalidVPCPeeringConnectionIdError
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.utils import random_vpc_peering_connection_id

from sandbox.aws.services.ec2 import errors
from sandbox.aws.services.ec2.peerings import ACTIVE, LIVING, PENDING, Peering, Side, overlap
from sandbox.aws.services.ec2.routes import as_ours
from sandbox.aws.services.ec2.stack_resources import KINDS
from sandbox.kernel.errors import not_emulated

STACK_KINDS = KINDS  # defined by the import above, which is all that moto's CloudFormation asks for
ACTIVE_MOST, OUTSTANDING_MOST = 50, 25  # of a VPC; of an account in a region
LOCK = threading.RLock()


class SandboxEC2Backend(EC2Backend):
    """EC2 of one account in one region."""

    vpc_pcxs: dict[str, Any]

    def peering(self, connection_id: str) -> Peering:
        """A connection that this account sees here, or EC2's refusal."""
        found = self.vpc_pcxs.get(connection_id)
        if found is None or not found.is_seen(self.account_id, self.region_name, utcnow()):
            raise InvalidVPCPeeringConnectionIdError(connection_id)
        connection: Peering = found
        return connection

    def get_vpc_peering_connection(self, vpc_pcx_id: str) -> Any:
        """What a route may name."""
        return self.peering(vpc_pcx_id)

    def request_peering(self, vpc_id: str, peer_vpc_id: str, account: str, region: str) -> Peering:
        """Ask another VPC. Always a connection; one that cannot be is failed."""
        now = utcnow()
        with LOCK:
            mine = self.get_vpc(vpc_id)
            requester = Side(account=self.account_id, region=self.region_name, vpc_id=vpc_id)
            accepter = Side(account=account, region=region, vpc_id=peer_vpc_id)
            self._refuse_one_more({requester, accepter})
            made = Peering(random_vpc_peering_connection_id(), requester, accepter, now)
            theirs = vpc_of(accepter)
            self.vpc_pcxs[made.id] = made
            if theirs is None or accepter == requester or overlap(mine, theirs):
                made.fail(now)
            else:
                backend_of(accepter).vpc_pcxs[made.id] = made
            return made

    def _refuse_one_more(self, sides: set[Side]) -> None:
        now = utcnow()
        mine = [each for each in self.vpc_pcxs.values() if each.state(now) in LIVING]
        for each in mine:
            if {each.requester, each.accepter} == sides:
                raise errors.already_exists(each.id)
        asked = [each for each in mine if each.state(now) == PENDING and self._is(each.requester)]
        if len(asked) >= OUTSTANDING_MOST:
            raise errors.too_many_outstanding(OUTSTANDING_MOST)

    def _is(self, side: Side) -> bool:
        return (side.account, side.region) == (self.account_id, self.region_name)

    def answer_peering(self, connection_id: str, verb: str) -> Peering:
        """verb: "accept" or "reject", in the accepter's account and region."""
        now = utcnow()
        with LOCK:
            connection = self.peering(connection_id)
            if connection.accepter.account != self.account_id:
                raise errors.not_yours(self.account_id, connection_id, verb)
            if connection.accepter.region != self.region_name:
                done = "accepted" if verb == "accept" else "accepted or rejected"
                raise errors.wrong_region(self.region_name, connection_id, connection.accepter.region, done)
            if connection.state(now) != PENDING:
                raise errors.wrong_state(connection_id)
            if verb == "reject":
                connection.reject(now)
            else:
                for side in (connection.requester, connection.accepter):
                    refuse_one_more_active(side)
                connection.accept()
            return connection

    def end_peering(self, connection_id: str) -> Peering:
        """From either side; a request only by who made it, where accounts differ."""
        now = utcnow()
        with LOCK:
            connection = self.peering(connection_id)
            state = connection.state(now)
            if state not in LIVING:
                raise errors.wrong_state(connection_id)
            if state == PENDING and connection.requester.account != self.account_id:
                raise errors.not_yours(self.account_id, connection_id, "delete")
            connection.delete(connection.side_in(self.account_id, self.region_name), now)
            return connection

    def set_peering_options(self, connection_id: str, options: dict[str, dict[str, Any]]) -> Peering:
        """options: "requester" and "accepter" -> what is to be; each in its own account and region."""
        with LOCK:
            connection = self.peering(connection_id)
            if connection.state(utcnow()) != ACTIVE:
                raise errors.wrong_state(connection_id)
            for role, wanted in options.items():
                side = connection.requester if role == "requester" else connection.accepter
                if wanted and side.account != self.account_id:
                    raise errors.not_yours(self.account_id, connection_id, "modify")
                if wanted and side.region != self.region_name:
                    raise errors.wrong_region(self.region_name, connection_id, side.region, "modified")
                for name, value in wanted.items():
                    if str(value).lower() == "true":
                        raise not_emulated(f"{name} of VPC peering connections")
            return connection

    def seen_peerings(self) -> list[Peering]:
        """All that a description shows."""
        now = utcnow()
        return [each for each in list(self.vpc_pcxs.values()) if each.is_seen(self.account_id, self.region_name, now)]

    def create_route(self, *arguments: Any, **options: Any) -> Any:
        """As moto; the state of a route follows its connection."""
        return as_ours(super().create_route(*arguments, **options))

    def delete_vpc(self, vpc_id: str) -> Any:
        """As moto; active connections end, and a request of another account must be answered first."""
        now = utcnow()
        with LOCK:
            mine = [each for each in self.vpc_pcxs.values() if vpc_id in (each.requester.vpc_id, each.accepter.vpc_id)]
            for each in mine:
                if each.state(now) == PENDING and each.requester.account != self.account_id:
                    raise errors.has_requests(vpc_id)
            gone = super().delete_vpc(vpc_id)
            for each in mine:
                if each.state(now) in LIVING:
                    each.delete(each.side_in(self.account_id, self.region_name), now)
            return gone


def backend_of(side: Side) -> Any:
    """EC2 where a side stands."""
    return ec2_backends[side.account][side.region]


def vpc_of(side: Side) -> Any | None:
    """moto's VPC, None when there is none."""
    try:
        return backend_of(side).get_vpc(side.vpc_id)
    except (InvalidVPCIdError, KeyError):  # KeyError: no such region
        return None


def refuse_one_more_active(side: Side) -> None:
    """The quota of a VPC."""
    now = utcnow()
    active = [each for each in backend_of(side).vpc_pcxs.values() if each.state(now) == ACTIVE]
    if sum(side in (each.requester, each.accepter) for each in active) >= ACTIVE_MOST:
        raise errors.too_many_active(side.vpc_id, ACTIVE_MOST)


def install() -> None:
    """Make new backends ours; called before the first use of EC2."""
    ec2_backends.backend = SandboxEC2Backend
