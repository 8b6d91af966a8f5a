"""The life of a peering connection: states, who sees it for how long, how it looks from either side.

In: steps and the time. Out: states and the members of EC2's answers. Times are moto's, UTC without a zone. Source:
Amazon VPC Peering Guide, "VPC peering connection lifecycle"; the numbers are in `STAYS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, ip_network
from types import MappingProxyType
from typing import Any

FAILED_MESSAGE = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"
EXPIRES_AFTER = timedelta(hours=168)
PENDING, ACTIVE = "pending-acceptance", "active"
LIVING = (PENDING, ACTIVE)
NO_OPTIONS = MappingProxyType(
    {
        "AllowDnsResolutionFromRemoteVpc": False,
        "AllowEgressFromLocalClassicLinkToRemoteVpc": False,
        "AllowEgressFromLocalVpcToRemoteClassicLink": False,
    }
)
HOURS = timedelta(hours=1)
# State -> how long the side that brought it about and the other side see a connection that has ended.
STAYS: Mapping[str, tuple[timedelta, timedelta]] = MappingProxyType(
    {
        "failed": (2 * HOURS, timedelta(0)),
        "expired": (48 * HOURS, 48 * HOURS),
        "rejected": (2 * HOURS, 48 * HOURS),
        "deleted": (2 * HOURS, 48 * HOURS),
    }
)


@dataclass(frozen=True, kw_only=True)
class Side:
    """One VPC of a connection."""

    account: str
    region: str
    vpc_id: str


class Peering:
    """One connection, the same object in both regions."""

    def __init__(self, connection_id: str, requester: Side, accepter: Side, now: datetime) -> None:
        self.id = connection_id
        self.requester = requester
        self.accepter = accepter
        self.expires_at = now + EXPIRES_AFTER
        self.options: dict[Side, dict[str, bool]] = {side: dict(NO_OPTIONS) for side in (requester, accepter)}
        self._state = PENDING
        self._message = f"Pending Acceptance by {accepter.account}"
        self._ended_at: datetime | None = None
        self._ended_by: Side | None = None

    def state(self, now: datetime) -> str:
        """One of the status codes."""
        return "expired" if self._state == PENDING and now >= self.expires_at else self._state

    def status(self, now: datetime) -> dict[str, str]:
        """Code and message."""
        state = self.state(now)
        return {"Code": state, "Message": "Expired" if state == "expired" else self._message}

    def fail(self, now: datetime) -> None:
        """It could not be made."""
        self._end("failed", FAILED_MESSAGE, self.requester, now)

    def accept(self) -> None:
        """The accepter agrees."""
        self._state, self._message = ACTIVE, "Active"

    def reject(self, now: datetime) -> None:
        """The accepter does not."""
        self._end("rejected", "Inactive", self.accepter, now)

    def delete(self, by: Side, now: datetime) -> None:
        """Either side ends it."""
        self._end("deleted", f"Deleted by {by.account}", by, now)

    def _end(self, state: str, message: str, by: Side, now: datetime) -> None:
        self._state, self._message, self._ended_by, self._ended_at = state, message, by, now

    def side_in(self, account: str, region: str) -> Side:
        """The side that stands there; the requester when both do."""
        here = (account, region)
        return self.requester if here == (self.requester.account, self.requester.region) else self.accepter

    def is_seen(self, account: str, region: str, now: datetime) -> bool:
        """Whether a description in this account and region shows it."""
        state = self.state(now)
        if state not in STAYS:
            return True
        by_ender, by_other = STAYS[state]
        if self.requester.account == self.accepter.account and state in ("rejected", "deleted"):
            by_other = by_ender
        since = self.expires_at if self._ended_at is None else self._ended_at
        is_ender = self.side_in(account, region) == self._ended_by
        return now < since + (by_ender if is_ender else by_other)

    def view(self, vpcs: Mapping[Side, Any], now: datetime) -> dict[str, Any]:
        """Members of `VpcPeeringConnection`. vpcs: moto's VPCs that still exist."""
        is_open = self.state(now) == PENDING
        shown: dict[str, Any] = {
            "VpcPeeringConnectionId": self.id,
            "RequesterVpcInfo": self._info(self.requester, vpcs.get(self.requester)),
            "AccepterVpcInfo": self._info(self.accepter, vpcs.get(self.accepter) if self._state == ACTIVE else None),
            "Status": self.status(now),
        }
        return {**shown, "ExpirationTime": self.expires_at} if is_open else shown

    def _info(self, side: Side, vpc: Any) -> dict[str, Any]:
        """Only who and where while the accepter has not agreed."""
        who = {"OwnerId": side.account, "Region": side.region, "VpcId": side.vpc_id}
        if vpc is None:
            return who
        return {
            **who,
            "CidrBlock": vpc.cidr_block,
            "CidrBlockSet": [{"CidrBlock": str(block)} for block in blocks_of(vpc)],
            "PeeringOptions": self.options[side],
        }


def blocks_of(vpc: Any) -> list[IPv4Network]:
    """All IPv4 blocks of one of moto's VPCs."""
    return [IPv4Network(each["cidr_block"], strict=False) for each in vpc.get_cidr_block_association_set()]


def overlap(one: Any, other: Any) -> bool:
    """Whether any block of two of moto's VPCs overlaps, which forbids the peering."""
    pairs = ((a, b) for a in all_blocks(one) for b in all_blocks(other))
    return any(a.version == b.version and a.overlaps(b) for a, b in pairs)


def all_blocks(vpc: Any) -> Iterable[Any]:
    """IPv4 and IPv6."""
    for is_ipv6 in (False, True):
        for each in vpc.get_cidr_block_association_set(ipv6=is_ipv6):
            yield ip_network(each["cidr_block"], strict=False)
