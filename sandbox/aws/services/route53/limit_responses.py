"""GetAccountLimit, GetHostedZoneLimit and GetReusableDelegationSetLimit: how many there are, and how many there may be.

Counts come from the store, values from `quotas`. No count walks records.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from sandbox.aws.services.route53 import quotas
from sandbox.kernel.errors import Refusal


class LimitResponses:
    """A part of the handler. backend: our Route 53 backend."""

    backend: Any
    _get_param: Any

    def get_account_limit(self) -> Any:
        """What the account has of one kind."""
        backend, limits = self.backend, self.backend.quotas
        return self._limit(
            {
                quotas.CHECKS: (len(backend.health_checks), limits.health_checks),
                quotas.ZONES: (len(backend.zones), limits.hosted_zones),
                quotas.DELEGATION_SETS: (len(backend.delegation_sets), limits.delegation_sets),
                quotas.POLICIES: (backend.traffic.count(), limits.traffic_policies),
                quotas.INSTANCES: (len(backend.traffic.instances), limits.traffic_policy_instances),
            }
        )

    def get_hosted_zone_limit(self) -> Any:
        """What one zone has: record sets, or VPCs of a private one."""
        zone, limits = self.backend.zone(self._get_param("HostedZoneId")), self.backend.quotas
        if self._get_param("Type") == quotas.VPCS_OF_ZONE and not zone.private_zone:
            raise Refusal("HostedZoneNotPrivate", "The specified hosted zone is a public hosted zone.")
        return self._limit(
            {
                quotas.SETS_OF_ZONE: (len(zone.records), limits.record_sets),
                quotas.VPCS_OF_ZONE: (len(zone.vpcs), limits.zone_vpcs),
            }
        )

    def get_reusable_delegation_set_limit(self) -> Any:
        """The zones that share a set."""
        found = self.backend.get_reusable_delegation_set(self._get_param("DelegationSetId"))
        count = self.backend.zones_sharing(found.id)
        return self._limit({quotas.ZONES_OF_SET: (count, self.backend.quotas.delegation_set_zones)})

    def _limit(self, known: dict[str, tuple[int, int]]) -> Any:
        """The one that was asked for."""
        kind = self._get_param("Type")
        if kind not in known:
            raise Refusal("InvalidInput", f"Value '{kind}' at 'type' is not one of [{', '.join(known)}]")
        count, value = known[kind]
        return ActionResult({"Limit": {"Type": kind, "Value": value}, "Count": count})
