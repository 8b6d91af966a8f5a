"""The calls about hosted zones and reusable delegation sets: moto's, with changes, quotas and pages of ours."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.route53.responses import Route53

from sandbox.aws.services.route53.paging import checked_most, page
from sandbox.aws.services.route53.record_store import place_of
from sandbox.aws.services.route53.records import normal_name
from sandbox.kernel.errors import Refusal


class ZoneResponses(Route53):
    """A part of the handler. backend: our Route 53 backend."""

    def create_hosted_zone(self) -> Any:
        """As moto, with a change of its own."""
        answer: Any = super().create_hosted_zone()
        return self._with_change(answer, str(answer.result["HostedZone"].resource_id))

    def create_reusable_delegation_set(self) -> Any:
        """As moto, up to the quota."""
        backend: Any = self.backend
        backend.refuse_delegation_set()
        return super().create_reusable_delegation_set()

    def delete_hosted_zone(self) -> Any:
        """The zone and nothing else in it."""
        backend: Any = self.backend
        zone = backend.delete_hosted_zone(self._get_param("Id"))
        return ActionResult({"ChangeInfo": backend.submitted(zone).info()})

    def associate_vpc_with_hosted_zone(self) -> Any:
        """As moto, with a change of its own."""
        return self._with_change(super().associate_vpc_with_hosted_zone(), self._get_param("HostedZoneId"))

    def disassociate_vpc_from_hosted_zone(self) -> Any:
        """As moto, with a change of its own."""
        return self._with_change(super().disassociate_vpc_from_hosted_zone(), self._get_param("HostedZoneId"))

    def _with_change(self, answer: Any, zone_id: str) -> Any:
        backend: Any = self.backend
        zone = backend.zone(zone_id)
        zone.version += 1
        change = backend.submitted(zone, self._get_param("Comment"))
        return ActionResult({**answer.result, "ChangeInfo": change.info()})

    def list_hosted_zones_by_name(self) -> Any:
        """A page of all zones from a name on, sorted by reversed labels; moto would give the zones of that name."""
        name, zone_id, most = (self._get_param(member) for member in ("DNSName", "HostedZoneId", "MaxItems"))
        if zone_id and not name:
            raise Refusal("InvalidInput", "The input is not valid: HostedZoneId needs a DNSName")
        zones = sorted(self.backend.zones.values(), key=place_of_zone)
        start = (place_of(normal_name(name), "", None), (zone_id or "").rpartition("/")[2]) if name else None
        listed, following = page(zones, place_of_zone, start, most)
        result = {
            "DNSName": name,
            "HostedZoneId": zone_id,
            "HostedZones": listed,
            "IsTruncated": following is not None,
            "MaxItems": str(checked_most(most)),
        }
        if following is not None:
            after = next(zone for zone in zones if place_of_zone(zone) == following)
            result["NextDNSName"], result["NextHostedZoneId"] = after.name, after.resource_id
        return ActionResult(result)


def place_of_zone(zone: Any) -> tuple[Any, str]:
    """Where a zone stands in ListHostedZonesByName."""
    return place_of(zone.name, "", None), str(zone.resource_id)
