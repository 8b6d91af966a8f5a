"""Route 53's handler: moto's, with records, checks, changes and what moto lacks answered by our backend.

One mixin per kind of resource; moto finds the method of an operation by its name. A Refusal that leaves a method is
rendered by the host in Route 53's XML.
"""

from __future__ import annotations

from typing import Any

from moto.core.parse import RequestParserError
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import get_service_model

from sandbox.aws.services.route53.bodies import invalid_shape, malformed, refuse_root
from sandbox.aws.services.route53.cidr_responses import CidrResponses
from sandbox.aws.services.route53.geo_responses import GeoResponses
from sandbox.aws.services.route53.limit_responses import LimitResponses
from sandbox.aws.services.route53.paging import checked_most, page
from sandbox.aws.services.route53.record_store import place_of
from sandbox.aws.services.route53.records import listed_name, normal_name
from sandbox.aws.services.route53.traffic_responses import TrafficResponses
from sandbox.aws.services.route53.zone_responses import ZoneResponses
from sandbox.kernel.errors import Refusal

LOCATION = "https://route53.amazonaws.com/2013-04-01"
LONGEST_ZONE_ID = 32
SHAPE_FAILURES = (AttributeError, IndexError, KeyError, TypeError, ValueError)  # over a member that is not there
MOST_RECORD_SETS = 300  # on a page of ListResourceRecordSets


class Route53Response(CidrResponses, GeoResponses, LimitResponses, TrafficResponses, ZoneResponses):
    """One call."""

    def parse_parameters(self, request: Any) -> None:
        """MalformedInput for a body that is not the operation's XML."""
        refuse_root(request.data, self._input_shape().serialization.get("name"))
        try:
            super().parse_parameters(request)
        except RequestParserError as error:
            raise malformed("it is not XML") from error

    def call_action(self) -> Any:
        """InvalidInput when a call failed over a request that the model does not allow."""
        try:
            return super().call_action()
        except SHAPE_FAILURES as failure:
            refusal = invalid_shape(self._input_shape(), self.params)
            if refusal is None:
                raise
            raise refusal from failure

    def _input_shape(self) -> Any:
        return get_service_model("route53").operation_model(self._get_action()).input_shape

    def get_change(self) -> Any:
        """PENDING until all name servers have it."""
        backend: Any = self.backend
        return ActionResult({"ChangeInfo": backend.changes.get(self._get_param("Id")).info()})

    def change_resource_record_sets(self) -> Any:
        """The whole batch or nothing."""
        backend: Any = self.backend
        change = backend.change_records(
            self._get_param("HostedZoneId"),
            self._get_param("ChangeBatch.Changes"),
            self._get_param("ChangeBatch.Comment"),
        )
        return ActionResult({"ChangeInfo": change.info()})

    def list_resource_record_sets(self) -> Any:
        """A page, in AWS's order."""
        backend: Any = self.backend
        name, kind = self._get_param("StartRecordName"), self._get_param("StartRecordType")
        identifier = self._get_param("StartRecordIdentifier")
        if (kind and not name) or (identifier and not kind):
            raise Refusal(
                "InvalidInput", "The input is not valid: a start needs a name, then a type, then an identifier"
            )
        most = checked_most(self._get_param("MaxItems"), MOST_RECORD_SETS)
        start = place_of(normal_name(name), kind or "", identifier) if name else ((), "", "")
        sets, following = backend.zone(self._get_param("HostedZoneId")).records.page(start, most)
        result = {
            "ResourceRecordSets": [{**one, "Name": listed_name(one["Name"])} for one in sets],
            "IsTruncated": following is not None,
            "MaxItems": str(most),
        }
        if following is not None:
            result["NextRecordName"], result["NextRecordType"] = listed_name(following[0]), following[1]
            result["NextRecordIdentifier"] = following[2]
        return ActionResult(result)

    def change_tags_for_resource(self) -> Any:
        """As moto, of a zone or check that is there."""
        self._check_tagged(self._get_param("ResourceId"))
        return super().change_tags_for_resource()

    def list_tags_for_resource(self) -> Any:
        """As moto, of a zone or check that is there."""
        self._check_tagged(self._get_param("ResourceId"))
        return super().list_tags_for_resource()

    def list_tags_for_resources(self) -> Any:
        """As moto, of zones or checks that are there."""
        for resource_id in self._get_param("ResourceIds"):
            self._check_tagged(resource_id)
        return super().list_tags_for_resources()

    def _check_tagged(self, resource_id: str) -> None:
        """NoSuchHostedZone or NoSuchHealthCheck; a full id with its path is left to moto's own words."""
        backend: Any = self.backend
        if self._get_param("ResourceType") == "healthcheck":
            backend.check(resource_id)
        elif len(resource_id) <= LONGEST_ZONE_ID:
            backend.zone(resource_id)

    def list_query_logging_configs(self) -> Any:
        """All, or that of one zone, which moto does not find."""
        backend: Any = self.backend
        zone_id = self._get_param("HostedZoneId")
        wanted = backend.zone(zone_id).resource_id if zone_id else None
        configs = sorted(backend.query_logging_configs.values(), key=lambda config: config.id)
        chosen = [config for config in configs if wanted in (None, config.hosted_zone_id)]
        listed, following = page(
            chosen, lambda config: config.id, self._get_param("NextToken"), self._get_param("MaxResults")
        )
        return ActionResult({"QueryLoggingConfigs": listed, "NextToken": following})

    def create_health_check(self) -> Any:
        """A check of any type."""
        backend: Any = self.backend
        check = backend.create_health_check(self._get_param("CallerReference"), self._get_param("HealthCheckConfig"))
        return ActionResult({"HealthCheck": check, "Location": f"{LOCATION}/healthcheck/{check.id}"})

    def update_health_check(self) -> Any:
        """A new version of the check."""
        backend: Any = self.backend
        version = self._get_int_param("HealthCheckVersion")
        check = backend.update_check(
            self._get_param("HealthCheckId"), self.params, version, self._get_param("ResetElements") or ()
        )
        return ActionResult({"HealthCheck": check})

    def list_health_checks(self) -> Any:
        """A page of them."""
        checks = sorted(self.backend.list_health_checks(), key=lambda check: check.id)
        marker, most = self._get_param("Marker"), self._get_param("MaxItems")
        listed, following = page(checks, lambda check: check.id, marker, most)
        return ActionResult(
            {
                "HealthChecks": listed,
                "Marker": marker or "",
                "IsTruncated": following is not None,
                "NextMarker": following,
                "MaxItems": str(checked_most(most)),
            }
        )

    def get_health_check_count(self) -> Any:
        """How many there are."""
        return ActionResult({"HealthCheckCount": len(self.backend.health_checks)})

    def delete_health_check(self) -> Any:
        """Forget it."""
        self.backend.delete_health_check(self._get_param("HealthCheckId"))
        return EmptyResult()
