"""Route 53's backend: moto's, with name servers as AWS names them, and record changes by the rules of `records.py`.

moto's own ChangeResourceRecordSets deletes by set identifier whatever the name, creates a set twice and does half a
batch.
"""

from __future__ import annotations

from typing import Any

from moto.route53.exceptions import NoSuchDelegationSet, Route53ClientError
from moto.route53.models import DelegationSet, FakeZone, HealthCheck, Route53Backend, route53_backends
from moto.route53.models import RecordSet as MotoRecordSet

from sandbox.aws.services.route53.check_rules import refuse_check
from sandbox.aws.services.route53.name_servers import name_servers
from sandbox.aws.services.route53.records import ZoneView, changed, normal, normal_name
from sandbox.kernel.errors import Refusal


class Zone(FakeZone):
    """A hosted zone that a stack can delete again."""

    def delete(self, account_id: str, region: str) -> None:
        """CloudFormation: the stack is deleted."""
        route53_backends[account_id]["aws"].delete_hosted_zone(self.resource_id)


class SandboxRoute53Backend(Route53Backend):
    """Route 53 of one account."""

    def create_hosted_zone(
        self, name: str, private_zone: bool, caller_reference: str | None = None, *rest: Any, **options: Any
    ) -> Any:
        """As moto; a caller reference is good for one zone, and a reusable delegation set must exist."""
        if caller_reference and any(zone.caller_reference == caller_reference for zone in self.zones.values()):
            raise Route53ClientError(
                "HostedZoneAlreadyExists",
                f"A hosted zone has already been created with the specified caller reference: {caller_reference}",
            )
        delegation_set_id = options.get("delegation_set_id")
        if delegation_set_id and delegation_set_id not in self.delegation_sets:
            raise NoSuchDelegationSet(delegation_set_id)
        before = set(self.delegation_sets)
        zone = super().create_hosted_zone(normal_name(name), private_zone, caller_reference, *rest, **options)
        for unasked in set(self.delegation_sets) - before:
            del self.delegation_sets[unasked]  # moto lists the zone's own set as a reusable one
        made: Any = zone
        made.__class__ = Zone
        write_soa(zone)
        return zone

    def create_reusable_delegation_set(
        self, caller_reference: str, delegation_set_id: str | None = None, hosted_zone_id: str | None = None
    ) -> Any:
        """The set asked for, or a new one with names of its own."""
        if delegation_set_id is not None and delegation_set_id in self.delegation_sets:
            return self.delegation_sets[delegation_set_id]
        if hosted_zone_id is not None:
            return super().create_reusable_delegation_set(caller_reference, delegation_set_id, hosted_zone_id)
        purpose = f"{self.account_id}/{caller_reference}/{len(self.zones)}/{len(self.delegation_sets)}"
        made = DelegationSet(caller_reference, name_servers(purpose), delegation_set_id)
        self.delegation_sets[made.id] = made
        return made

    def create_health_check(self, caller_reference: str, health_check_args: dict[str, Any]) -> Any:
        """As moto, but the port left out is that of the type."""
        kind = health_check_args["type"]
        made = super().create_health_check(caller_reference, health_check_args)
        if not health_check_args.get("port"):
            made.port = DEFAULT_PORTS.get(kind)
        return made

    def update_health_check(self, health_check_id: str, health_check_args: dict[str, Any]) -> Any:
        """As moto, but lists that the caller left out stay as they are."""
        given = {name: value for name, value in health_check_args.items() if value not in (None, [])}
        return super().update_health_check(health_check_id, given)

    def change_resource_record_sets(self, zoneid: str, change_list: list[dict[str, Any]]) -> None:
        """The whole batch, or nothing and AWS's error."""
        zone = self.get_hosted_zone(zoneid)
        view = ZoneView(
            zone_id=zone.resource_id,
            name=normal_name(zone.name),
            record_sets=[as_record_set(record_set) for record_set in zone.rrsets],
            health_checks=self.health_checks,
        )
        try:
            after = changed(view, change_list)
        except Refusal as refusal:
            raise Route53ClientError(refusal.code, refusal.message) from refusal
        zone.rrsets = [as_moto_keeps(record_set) for record_set in after]


DEFAULT_PORTS = {"HTTP": 80, "HTTP_STR_MATCH": 80, "HTTPS": 443, "HTTPS_STR_MATCH": 443}
CHECK_MEMBERS = {
    "IPAddress": "ip_address",
    "Port": "port",
    "Type": "type",
    "ResourcePath": "resource_path",
    "FullyQualifiedDomainName": "fqdn",
    "SearchString": "search_string",
    "RequestInterval": "request_interval",
    "FailureThreshold": "failure_threshold",
    "HealthThreshold": "health_threshold",
    "MeasureLatency": "measure_latency",
    "Inverted": "inverted",
    "Disabled": "disabled",
    "EnableSNI": "enable_sni",
    "ChildHealthChecks": "children",
    "Regions": "regions",
}


def check_of_stack(
    _: type[HealthCheck], /, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **__: Any
) -> Any:
    """AWS::Route53::HealthCheck with all of its members; moto's own drops half of them."""
    config = cloudformation_json["Properties"]["HealthCheckConfig"]
    try:
        refuse_check(config)
    except Refusal as refusal:
        raise Route53ClientError(refusal.code, refusal.message) from refusal
    arguments = {ours: config[member] for member, ours in CHECK_MEMBERS.items() if member in config}
    return route53_backends[account_id]["aws"].create_health_check(resource_name, arguments)


def write_soa(zone: Any) -> None:
    """AWS's SOA in place of moto's."""
    for record_set in zone.rrsets:
        if record_set.type == "SOA":
            server = zone.delegation_set.name_servers[0]
            record_set.records = [f"{server}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"]
        elif record_set.type == "NS":
            record_set.ttl = 172800
            record_set.records = [f"{name}." for name in zone.delegation_set.name_servers]


MEMBERS = {
    "Name": "name",
    "Type": "type",
    "SetIdentifier": "set_identifier",
    "Weight": "weight",
    "Region": "region",
    "Failover": "failover",
    "GeoLocation": "geo_location",
    "MultiValueAnswer": "multi_value_answer",
    "HealthCheckId": "health_check_id",
    "TTL": "ttl",
    "ResourceRecords": "resource_records",
    "AliasTarget": "alias_target",
}


def as_record_set(kept: Any) -> dict[str, Any]:
    """What moto keeps, in boto3's shape; sets made by a stack have numbers as text and names without a dot."""
    return normal({member: getattr(kept, attribute) for member, attribute in MEMBERS.items()})


def as_moto_keeps(record_set: dict[str, Any]) -> Any:
    """A record set in boto3's shape as moto keeps it."""
    values = [record["Value"] for record in record_set.get("ResourceRecords", ())]
    kind: Any = MotoRecordSet
    return kind({**record_set, "ResourceRecords": values} if values else record_set)


def install() -> None:
    """Make new backends ours; called before the first use of Route 53."""
    route53_backends.backend = SandboxRoute53Backend
    stack_resource: Any = HealthCheck
    stack_resource.create_from_cloudformation_json = classmethod(check_of_stack)
