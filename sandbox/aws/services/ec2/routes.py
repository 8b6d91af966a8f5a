"""A route of a route table: moto's, whose state follows the peering connection it leads to."""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models.route_tables import Route

from sandbox.aws.services.ec2.peerings import ACTIVE


class SandboxRoute(Route):
    """One row."""

    vpc_pcx: Any

    @property
    def state(self) -> str:
        """ "blackhole" while the connection is not active; the route itself stays. [Route.State]"""
        if self.vpc_pcx is not None and self.vpc_pcx.state(utcnow()) != ACTIVE:
            return "blackhole"
        return "active"


def as_ours(route: Any) -> Any:
    """moto makes routes by name of its class; they become ours afterwards."""
    route.__class__ = SandboxRoute
    return route
