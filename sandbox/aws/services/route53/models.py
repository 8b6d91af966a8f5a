"""Route 53's backend of one account: moto's zones, tags and query logging configs; records, checks and the rest ours.

moto's own ChangeResourceRecordSets deletes by set identifier whatever the name, creates a set twice, does half a batch,
drops what it does not know, and walks the zone for each change. Calls come in many threads: what changes something
holds the account's lock.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.utils import utcnow
from moto.route53.exceptions import NoSuchDelegationSet, Route53ClientError
from moto.route53.models import DelegationSet, Route53Backend, route53_backends

from sandbox.aws.services.route53 import traffic_instances
from sandbox.aws.services.route53.alarm_rules import AlarmSettings
from sandbox.aws.services.route53.alarms import read_alarm
from sandbox.aws.services.route53.change_log import Change, ChangeLog
from sandbox.aws.services.route53.check_rules import refuse_change, refuse_check
from sandbox.aws.services.route53.cidr import CidrCollection, CidrCollections
from sandbox.aws.services.route53.health_checks import CallerReferences, Check
from sandbox.aws.services.route53.name_servers import are_related, name_servers
from sandbox.aws.services.route53.query_logs import whole_arn
from sandbox.aws.services.route53.quotas import (
    AWS_QUOTAS,
    CHECKS,
    DELEGATION_SETS,
    VPCS_OF_ZONE,
    ZONES,
    ZONES_OF_SET,
    Quotas,
    refuse_more,
)
from sandbox.aws.services.route53.record_rules import problem_of_name
from sandbox.aws.services.route53.record_store import RecordSet
from sandbox.aws.services.route53.records import ZoneView, changed, normal_name
from sandbox.aws.services.route53.routing_controls import RoutingControls
from sandbox.aws.services.route53.stack_resources import KINDS
from sandbox.aws.services.route53.traffic_documents import read_document
from sandbox.aws.services.route53.traffic_policies import PolicyInstance, PolicyVersion, TrafficPolicies
from sandbox.aws.services.route53.zones import Zone, as_ours
from sandbox.kernel.dice import fresh_token
from sandbox.kernel.errors import Refusal

OWN_TYPES = ("NS", "SOA")
NOT_EMPTY = "The specified hosted zone contains non-required resource record sets and so cannot be deleted."
STACK_KINDS = KINDS  # defined by the import above, which is all that moto's CloudFormation asks for


class SandboxRoute53Backend(Route53Backend):
    """Route 53 of one account. quotas: the same for all accounts; a part of the settings, so not of what is kept."""

    quotas: Quotas = AWS_QUOTAS

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.changes = ChangeLog()
        self.cidr = CidrCollections()
        self.references = CallerReferences()
        self.traffic = TrafficPolicies()
        self.routing_controls = RoutingControls()

    def zone(self, zone_id: str) -> Zone:
        """One of our zones, or AWS's refusal."""
        found: Any = self.get_hosted_zone(zone_id)
        ours: Zone = found
        return ours

    def submitted(self, zone: Zone, comment: str | None = None) -> Change:
        """Note that a zone was changed."""
        return self.changes.submit(fresh_token(), zone.resource_id, zone.version, utcnow(), comment)

    def create_hosted_zone(
        self, name: str, private_zone: bool, caller_reference: str | None = None, *rest: Any, **options: Any
    ) -> Any:
        """As moto; a caller reference is good for one zone, and a reusable delegation set must exist."""
        with self.lock:
            if caller_reference and any(zone.caller_reference == caller_reference for zone in self.zones.values()):
                raise Route53ClientError(
                    "HostedZoneAlreadyExists",
                    f"A hosted zone has already been created with the specified caller reference: {caller_reference}",
                )
            delegation_set_id = options.get("delegation_set_id")
            if delegation_set_id and delegation_set_id not in self.delegation_sets:
                raise NoSuchDelegationSet(delegation_set_id)
            name = normal_name(name)
            if problem := problem_of_name(name) or ("*" in name.partition(".")[0] and "a wildcard is no zone"):
                raise Refusal("InvalidDomainName", f"{name} is not a valid name of a hosted zone: {problem}")
            self.refuse_zone(delegation_set_id)
            servers = [] if delegation_set_id else self.servers_for(name, caller_reference)
            before = set(self.delegation_sets)
            zone = super().create_hosted_zone(name, private_zone, caller_reference, *rest, **options)
            for unasked in set(self.delegation_sets) - before:
                del self.delegation_sets[unasked]  # moto lists the zone's own set as a reusable one
            if not delegation_set_id and zone.delegation_set is not None:
                zone.delegation_set.name_servers = servers
            return as_ours(zone)

    def servers_for(self, name: str, caller_reference: str | None) -> list[str]:
        """Name servers that no relative of the zone has, of any account."""
        accounts = [self, *(backend for backend in all_backends() if backend is not self)]
        zones = [zone for backend in accounts for zone in list(backend.zones.values()) if zone.delegation_set]
        servers = [(zone.name, zone.delegation_set.name_servers) for zone in zones]
        purpose = f"{self.account_id}/{name}/{caller_reference}/{len(self.zones)}"
        apart = [named for other, named in servers if are_related(other, name)]
        return name_servers(purpose, apart, [named for _, named in servers])

    def refuse_zone(self, delegation_set_id: str | None) -> None:
        """TooManyHostedZones: of the account, or of a reusable delegation set."""
        code, what = "TooManyHostedZones", "hosted zones"
        refuse_more(code, ZONES, what, len(self.zones), self.quotas.hosted_zones)
        if delegation_set_id:
            sharing = self.zones_sharing(delegation_set_id)
            refuse_more(code, ZONES_OF_SET, what, sharing, self.quotas.delegation_set_zones)

    def zones_sharing(self, delegation_set_id: str) -> int:
        """How many zones have the name servers of a reusable delegation set."""
        sets = [zone.delegation_set for zone in list(self.zones.values())]
        return sum(one is not None and one.id == delegation_set_id for one in sets)

    def refuse_delegation_set(self) -> None:
        """LimitsExceeded for one more reusable set. moto makes a set for each zone too, so the handler asks."""
        count, most = len(self.delegation_sets), self.quotas.delegation_sets
        refuse_more("LimitsExceeded", DELEGATION_SETS, "reusable delegation sets", count, most)

    def associate_vpc_with_hosted_zone(self, zone_id: str, vpcid: str, vpcregion: str) -> Any:
        """As moto, up to the quota."""
        with self.lock:
            count, most = len(self.zone(zone_id).vpcs), self.quotas.zone_vpcs
            refuse_more("LimitsExceeded", VPCS_OF_ZONE, "VPC associations", count, most)
            return super().associate_vpc_with_hosted_zone(zone_id, vpcid, vpcregion)

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

    def delete_hosted_zone(self, id_: str) -> Any:
        """Only a zone that has nothing but its own NS and SOA."""
        with self.lock:
            zone = self.zone(id_)
            if any(record["Type"] not in OWN_TYPES or record["Name"] != zone.name for record in zone.records.all()):
                raise Refusal("HostedZoneNotEmpty", NOT_EMPTY)
            self.resource_tags.pop(zone.resource_id, None)
            for config in [
                one for one in self.query_logging_configs.values() if one.hosted_zone_id == zone.resource_id
            ]:
                del self.query_logging_configs[config.id]
            return self.zones.pop(zone.resource_id)

    def create_query_logging_config(self, hosted_zone_id: str, log_group_arn: str) -> Any:
        """As moto; AWS takes the ARN of a log group with and without its ending."""
        zone_id = self.zone(hosted_zone_id).resource_id
        with self.lock:
            made = super().create_query_logging_config(zone_id, whole_arn(log_group_arn or ""))
            made.cloud_watch_logs_log_group_arn = log_group_arn
            return made

    def change_records(self, zone_id: str, changes: Sequence[Mapping[str, Any]], comment: str | None = None) -> Change:
        """The whole batch, or nothing and AWS's error."""
        with self.lock:
            zone = self.zone(zone_id)
            zone.change(changed(self.view_of(zone), changes))
            return self.submitted(zone, comment)

    def change_resource_record_sets(self, zoneid: str, change_list: list[dict[str, Any]]) -> None:
        """As moto's own code calls it."""
        self.change_records(zoneid, change_list)

    def view_of(self, zone: Zone) -> ZoneView:
        """What the rules for records need to know."""
        return ZoneView(
            zone_id=zone.resource_id,
            name=zone.name,
            at=zone.records.at,
            health_checks=self.health_checks,
            cidr_locations={one.id: one.locations for one in self.cidr.by_id.values()},
            instances={
                one.id: (one.name, one.policy.record_type)
                for one in self.traffic.instances.values()
                if one.zone_id == zone.resource_id
            },
            is_private=bool(zone.private_zone),
            size=len(zone.records),
            quotas=self.quotas,
        )

    def record_sets_naming(self, collection_id: str, location: str | None) -> bool:
        """Whether a record set uses a CIDR collection, or one location of it."""
        routings = (
            record_set["CidrRoutingConfig"]
            for zone in list(self.zones.values())
            for record_set in records_of(zone)
            if "CidrRoutingConfig" in record_set
        )
        return any(
            routing["CollectionId"] == collection_id and location in (None, routing["LocationName"])
            for routing in routings
        )

    def create_cidr_collection(self, name: str, caller_reference: str) -> CidrCollection:
        """A new collection."""
        with self.lock:
            return self.cidr.create(fresh_id(), name, caller_reference, self.quotas)

    def change_cidr_collection(
        self, collection_id: str, changes: Sequence[Mapping[str, Any]], version: int | None
    ) -> CidrCollection:
        """Blocks put and deleted."""
        with self.lock:
            return self.cidr.change(collection_id, changes, version, self.record_sets_naming, self.quotas)

    def delete_cidr_collection(self, collection_id: str) -> None:
        """Forget an empty one."""
        with self.lock:
            self.cidr.delete(collection_id, self.record_sets_naming)

    def create_traffic_policy(self, name: str, document: str, comment: str | None) -> PolicyVersion:
        """The first version of a policy."""
        record_type = read_document(document).record_type
        with self.lock:
            return self.traffic.create(fresh_id(), name, record_type, document, comment, self.quotas)

    def create_traffic_policy_version(self, policy_id: str, document: str, comment: str | None) -> PolicyVersion:
        """Another version."""
        record_type = read_document(document).record_type
        with self.lock:
            return self.traffic.create_version(policy_id, record_type, document, comment, self.quotas)

    def create_traffic_policy_instance(
        self, zone_id: str, name: str, ttl_s: int, policy_id: str, number: int
    ) -> PolicyInstance:
        """A policy at work."""
        with self.lock:
            policy = self.traffic.get_present(policy_id, number)
            return traffic_instances.create(self, fresh_id(), zone_id, name, ttl_s, policy)

    def update_traffic_policy_instance(
        self, instance_id: str, ttl_s: int, policy_id: str, number: int
    ) -> PolicyInstance:
        """Another version or TTL."""
        with self.lock:
            policy = self.traffic.get_present(policy_id, number)
            return traffic_instances.update(self, instance_id, ttl_s, policy)

    def delete_traffic_policy_instance(self, instance_id: str) -> None:
        """The instance and its records."""
        with self.lock:
            traffic_instances.delete(self, instance_id)

    def settle(self, zone_id: str, version: int | None) -> None:
        """All name servers have a zone up to this version (None: any)."""
        with self.lock:
            self.changes.settle(zone_id, version)
            for instance in self.traffic.instances.values():
                instance.settle(zone_id, version)

    def settle_all(self) -> None:
        """After a restart: what is kept is published."""
        with self.lock:
            self.changes.settle_all()
            for instance in self.traffic.instances.values():
                instance.settle(instance.zone_id, None)

    def create_health_check(self, caller_reference: str, config: dict[str, Any]) -> Any:
        """A new check; the one there is, when the caller repeats himself."""
        with self.lock:
            present = self.references.existing(caller_reference, config)
            if present is not None:
                return present
            refuse_check(config, self.check_types(), self.quotas)
            self.refuse_second_check(config)
            count, most = len(self.health_checks), self.quotas.health_checks
            refuse_more("TooManyHealthChecks", CHECKS, "health checks", count, most)
            made = Check(fresh_id(), caller_reference, config)
            made.alarm = self.alarm_of(made.config)
            checks: dict[str, Any] = self.health_checks
            checks[made.id] = made
            self.references.note(made)
            return made

    def update_check(
        self, check_id: str, changes: Mapping[str, Any], version: int | None, resets: Sequence[str]
    ) -> Check:
        """A new version of a check."""
        with self.lock:
            check = self.check(check_id)
            if version is not None and version != check.health_check_version:
                message = f"The version {version} of the health check is not the current one."
                raise Refusal("HealthCheckVersionMismatch", message, status=409)
            after = Check(check.id, check.caller_reference, check.config)
            after.update(changes, resets)
            refuse_change(check.config, after.config)
            refuse_check(after.config, self.check_types(), self.quotas)
            check.alarm = self.alarm_of(after.config)
            check.update(changes, resets)
            return check

    def refuse_second_check(self, config: Mapping[str, Any]) -> None:
        """One check for each routing control (fact sheet §7.2)."""
        arn = config.get("RoutingControlArn")
        if arn and any(
            check.health_check_config.get("RoutingControlArn") == arn for check in self.health_checks.values()
        ):
            raise Refusal("InvalidInput", f"Invalid parameter : a health check of the routing control {arn} exists")

    def alarm_of(self, config: Mapping[str, Any]) -> AlarmSettings | None:
        """The alarm that a CLOUDWATCH_METRIC check watches, as it is now."""
        alarm = config.get("AlarmIdentifier")
        return None if alarm is None else read_alarm(self.account_id, alarm["Region"], alarm["Name"])

    def routing_control_call(self, action: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """One call of route53-recovery-cluster."""
        with self.lock:
            configs = [check.health_check_config for check in self.health_checks.values()]
            known = {str(config["RoutingControlArn"]) for config in configs if "RoutingControlArn" in config}
            return self.routing_controls.call(action, asked, known)

    def delete_health_check(self, health_check_id: str) -> None:
        """moto forgets a check that never was without a word."""
        with self.lock:
            check = self.check(health_check_id)
            self.references.forget_check(check)
            self.routing_controls.forget(str(check.config.get("RoutingControlArn")))
            self.resource_tags.pop(health_check_id, None)
            del self.health_checks[health_check_id]

    def check(self, check_id: str) -> Check:
        """One of our checks, or AWS's refusal."""
        found: Any = self.get_health_check(check_id)
        ours: Check = found
        return ours

    def check_types(self) -> dict[str, str]:
        """The types of all checks by id."""
        return {check_id: str(check.health_check_config["Type"]) for check_id, check in self.health_checks.items()}


def fresh_id() -> str:
    """An id in the form of a UUID."""
    token = fresh_token()
    return "-".join((token[:8], token[8:12], token[12:16], token[16:20], token[20:32]))


def records_of(zone: Any) -> list[RecordSet]:
    """The record sets of one of our zones."""
    found: list[RecordSet] = zone.records.all()
    return found


def all_backends() -> list[Any]:
    """Route 53 of every account that uses it."""
    return [backend for partitions in list(route53_backends.values()) for backend in list(partitions.values())]


def install(quotas: Mapping[str, int] | None = None) -> None:
    """Make new backends ours; called before the first use of Route 53. quotas: those that are not AWS's."""
    route53_backends.backend = SandboxRoute53Backend
    if quotas is not None:
        SandboxRoute53Backend.quotas = Quotas(**quotas)
