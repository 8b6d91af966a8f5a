"""Who is behind a virtual address now.

In: the address plan, and what each region says of its ports ("region/<code>" topics). Out: the place that owns an
address and the real endpoint there. A region that does not run owns its addresses all the same: they refuse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.geography.addresses import REPLICATION_PORT, AddressPlan
from sandbox.geography.values import Owner
from sandbox.kernel.errors import Refusal
from sandbox.network.values import Endpoint

HOST = "127.0.0.1"  # of a region that says nothing else
NOBODY = Endpoint(host=HOST, port=0)  # connecting to port 0 is refused by every platform
PORT_NAMES = {
    ("app", 80): "app",
    ("app", 443): "app_tls",
    ("aws", 80): "aws",
    ("aws", 443): "aws_tls",
    ("aws", REPLICATION_PORT): "replication",
}


UDP_PORT_NAMES = {("app", 7): "echo"}


class Owners:
    """Virtual address and port -> place and endpoint."""

    def __init__(self, plan: AddressPlan) -> None:
        self._plan = plan
        self._regions: dict[str, Mapping[str, Any]] = {}

    def put_region(self, code: str, ports: Mapping[str, Any] | None) -> None:
        """What a region says of itself; None when its process has ended."""
        if ports is None:
            self._regions.pop(code, None)
        else:
            self._regions[code] = ports

    def regions(self) -> Sequence[str]:
        """Those of this sandbox, running or not."""
        return self._plan.regions

    def application(self, region: str, port: int) -> Endpoint:
        """Where a region's application listens for one of its ports."""
        return self.find(self._plan.region_address(region, "app"), port)[1]

    def running(self) -> list[str]:
        """Regions whose process lives."""
        return sorted(self._regions)

    def find(self, address: str, port: int) -> tuple[str, Endpoint]:
        """Place and endpoint; a Refusal when the address is nobody's on this planet."""
        owner = self._plan.owner(address)
        if owner is None:
            raise Refusal("NotOnThePlanet", f"{address} is not an address of this planet.", status=403)
        return self._at(owner, PORT_NAMES.get((owner.role, port)))

    def find_udp(self, address: str, port: int) -> tuple[str, Endpoint]:
        """The same for datagrams."""
        owner = self._plan.owner(address)
        if owner is None:
            raise Refusal("NotOnThePlanet", f"{address} is not an address of this planet.", status=403)
        return self._at(owner, UDP_PORT_NAMES.get((owner.role, port)))

    def _at(self, owner: Owner, name: str | None) -> tuple[str, Endpoint]:
        ports = self._regions.get(owner.place)
        number = ports.get(name) if ports is not None and name is not None else None
        if ports is None or not number:
            return owner.place, NOBODY
        return owner.place, Endpoint(host=ports.get("host", HOST), port=number)

    def owner_of(self, address: str) -> str | None:
        """The place that owns an address."""
        owner = self._plan.owner(address)
        return None if owner is None else owner.place
