"""Route 53's resources in CloudFormation stacks, made through our backend with all members and rules.

In: a template's properties. Out: zones, record sets, checks and CIDR collections as the API would make them; a Refusal
with Route 53's words where the API would refuse. moto finds the classes by their `cloudformation_type`; the last one
defined for a type counts, so these take the place of moto's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.route53.models import route53_backends

from sandbox.aws.services.route53.record_store import key_of
from sandbox.aws.services.route53.records import normal, normal_name
from sandbox.aws.services.route53.stack_properties import RECORD_MEMBERS, checked
from sandbox.aws.services.stack_resource import StackResource
from sandbox.kernel.errors import Refusal


def backend_of(account_id: str) -> Any:
    """Route 53 of an account; it has no Regions."""
    return route53_backends[account_id]["aws"]


class StackZone(StackResource, CloudFormationModel):
    """AWS::Route53::HostedZone."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Route53::HostedZone"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> StackZone:
        """A zone with its comment, VPCs, tags and query log."""
        properties = checked(cls.cloudformation_type(), cloudformation_json)
        backend = backend_of(account_id)
        networks = properties.get("VPCs") or [{}]
        zone = backend.create_hosted_zone(
            properties["Name"],
            bool(properties.get("VPCs")),
            None,
            vpcid=networks[0].get("VPCId"),
            vpcregion=networks[0].get("VPCRegion"),
            comment=(properties.get("HostedZoneConfig") or {}).get("Comment"),
        )
        for network in networks[1:]:
            backend.associate_vpc_with_hosted_zone(zone.resource_id, network["VPCId"], network["VPCRegion"])
        backend.change_tags_for_resource("hostedzone", zone.resource_id, properties.get("HostedZoneTags") or [], [])
        set_query_log(backend, zone.resource_id, properties.get("QueryLoggingConfig"))
        return cls(zone.resource_id, {"Id": zone.resource_id, "NameServers": list(zone.delegation_set.name_servers)})

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> Any:
        """Comment, tags, VPCs and query log change in place; another name, or private or not, is another zone."""
        properties, backend = checked(cls.cloudformation_type(), cloudformation_json), backend_of(account_id)
        zone = backend.zone(original_resource.physical_resource_id)
        networks = [(one["VPCId"], one["VPCRegion"]) for one in properties.get("VPCs") or ()]
        if normal_name(properties["Name"]) != zone.name or bool(networks) != bool(zone.private_zone):
            return cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
        zone.comment = (properties.get("HostedZoneConfig") or {}).get("Comment")
        present = [(one["vpc_id"], one["vpc_region"]) for one in zone.vpcs]
        for network in networks:
            if network not in present:
                backend.associate_vpc_with_hosted_zone(zone.resource_id, *network)
        for network_id, region in present:
            if (network_id, region) not in networks:
                backend.disassociate_vpc_from_hosted_zone(zone.resource_id, network_id)
        set_query_log(backend, zone.resource_id, properties.get("QueryLoggingConfig"))
        set_tags(backend, "hostedzone", zone.resource_id, properties.get("HostedZoneTags"))
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        """With its query log; a zone with records of others refuses."""
        backend_of(account_id).delete_hosted_zone(self.physical_resource_id)


class StackRecordSets(StackResource):
    """Record sets that a stack owns: one, or a group. The batch that makes them is undone whole."""

    def __init__(self, physical_id: str, zone_id: str, record_sets: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(physical_id, {})
        self.zone_id = zone_id
        self.record_sets = [dict(record_set) for record_set in record_sets]

    @classmethod
    def made(cls, properties: Mapping[str, Any], account_id: str, *, upsert: bool = False) -> Any:
        """Make them in their zone."""
        zone_id, comment = zone_of(properties, account_id), properties.get("Comment")
        sets = [record_set_of(one) for one in properties.get("RecordSets", [properties])]
        action = "UPSERT" if upsert else "CREATE"
        backend_of(account_id).change_records(
            zone_id, [{"Action": action, "ResourceRecordSet": record_set} for record_set in sets], comment
        )
        name = f"arn:aws:route53:::hostedzone/{zone_id}" if "RecordSets" in properties else sets[0]["Name"]
        return cls(name, zone_id, sets)

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> Any:
        """As CREATE."""
        return cls.made(checked(cls.cloudformation_type(), cloudformation_json), account_id)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> Any:
        """One batch: what is gone deleted, what is there put."""
        properties = checked(cls.cloudformation_type(), cloudformation_json)
        if zone_of(properties, account_id) != original_resource.zone_id:
            made = cls.made(properties, account_id)
            original_resource.delete(account_id, region_name)
            return made
        sets = [record_set_of(one) for one in properties.get("RecordSets", [properties])]
        kept = {key_of(record_set) for record_set in sets}
        gone = [one for one in original_resource.present(account_id) if key_of(one) not in kept]
        batch = [{"Action": "DELETE", "ResourceRecordSet": one} for one in gone]
        batch += [{"Action": "UPSERT", "ResourceRecordSet": one} for one in sets]
        backend_of(account_id).change_records(original_resource.zone_id, batch, properties.get("Comment"))
        return cls(original_resource.physical_resource_id, original_resource.zone_id, sets)

    def present(self, account_id: str) -> list[dict[str, Any]]:
        """Those of its sets that the zone has, as they are now."""
        zone = backend_of(account_id).zone(self.zone_id)
        wanted = {key_of(record_set) for record_set in self.record_sets}
        names = sorted({record_set["Name"] for record_set in self.record_sets})
        return [one for name in names for one in zone.records.at(name) if key_of(one) in wanted]

    def delete(self, account_id: str, region_name: str) -> None:
        """Take away what is still there."""
        batch = [{"Action": "DELETE", "ResourceRecordSet": one} for one in self.present(account_id)]
        if batch:
            backend_of(account_id).change_records(self.zone_id, batch)


class StackRecordSet(StackRecordSets, CloudFormationModel):
    """AWS::Route53::RecordSet."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Route53::RecordSet"


class StackRecordSetGroup(StackRecordSets, CloudFormationModel):
    """AWS::Route53::RecordSetGroup."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Route53::RecordSetGroup"


class StackCheck(StackResource, CloudFormationModel):
    """AWS::Route53::HealthCheck."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Route53::HealthCheck"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> StackCheck:
        """A check with its tags."""
        properties, backend = checked(cls.cloudformation_type(), cloudformation_json), backend_of(account_id)
        check = backend.create_health_check(resource_name, properties["HealthCheckConfig"])
        backend.change_tags_for_resource("healthcheck", check.id, properties.get("HealthCheckTags") or [], [])
        return cls(check.id, {"HealthCheckId": check.id})

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> Any:
        """In place where UpdateHealthCheck can; another type or interval is another check."""
        properties, backend = checked(cls.cloudformation_type(), cloudformation_json), backend_of(account_id)
        check, config = backend.check(original_resource.physical_resource_id), properties["HealthCheckConfig"]
        if any(str(config.get(name)) != str(check.asked_for.get(name)) for name in ("Type", "RequestInterval")):
            return cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
        backend.update_check(check.id, config, None, ())
        set_tags(backend, "healthcheck", check.id, properties.get("HealthCheckTags"))
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        """As DeleteHealthCheck."""
        backend_of(account_id).delete_health_check(self.physical_resource_id)


class StackCidrCollection(StackResource, CloudFormationModel):
    """AWS::Route53::CidrCollection."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Route53::CidrCollection"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> StackCidrCollection:
        """A collection with its locations."""
        properties, backend = checked(cls.cloudformation_type(), cloudformation_json), backend_of(account_id)
        collection = backend.create_cidr_collection(properties["Name"], resource_name)
        cls.put_locations(collection, properties, backend)
        return cls(collection.id, {"Id": collection.id, "Arn": collection.arn})

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> Any:
        """Locations change in place; another name is another collection."""
        properties, backend = checked(cls.cloudformation_type(), cloudformation_json), backend_of(account_id)
        collection = backend.cidr.get(original_resource.physical_resource_id)
        if properties["Name"] != collection.name:
            return cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
        cls.put_locations(collection, properties, backend)
        return original_resource

    @staticmethod
    def put_locations(collection: Any, properties: Mapping[str, Any], backend: Any) -> None:
        """Give the collection exactly these locations."""
        wanted = {one["LocationName"]: list(one["CidrList"]) for one in properties.get("Locations") or []}
        changes = [
            {"LocationName": name, "Action": "DELETE_IF_EXISTS", "CidrList": gone}
            for name, blocks in collection.locations.items()
            if (gone := [block for block in blocks if block not in wanted.get(name, ())])
        ]
        changes += [{"LocationName": name, "Action": "PUT", "CidrList": blocks} for name, blocks in wanted.items()]
        if changes:
            backend.change_cidr_collection(collection.id, changes, None)

    def delete(self, account_id: str, region_name: str) -> None:
        """Its blocks, then itself."""
        backend = backend_of(account_id)
        self.put_locations(backend.cidr.get(self.physical_resource_id), {}, backend)
        backend.delete_cidr_collection(self.physical_resource_id)


def zone_of(properties: Mapping[str, Any], account_id: str) -> str:
    """The id of the zone that HostedZoneId or HostedZoneName names."""
    backend = backend_of(account_id)
    if properties.get("HostedZoneId"):
        return str(backend.zone(properties["HostedZoneId"]).resource_id)
    name = normal_name(properties.get("HostedZoneName") or "")
    found = [zone.resource_id for zone in list(backend.zones.values()) if zone.name == name]
    if len(found) != 1:
        raise Refusal("InvalidInput", f"{len(found)} hosted zones have the name {name}; one is needed.")
    return str(found[0])


def record_set_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """A template's record set in boto3's shape."""
    kept = {name: value for name, value in properties.items() if name in RECORD_MEMBERS}
    values = [{"Value": str(value)} for value in properties.get("ResourceRecords") or ()]
    return normal({**kept, "ResourceRecords": values})


def set_query_log(backend: Any, zone_id: str, wanted: Mapping[str, Any] | None) -> None:
    """Exactly this query log, or none."""
    arn = (wanted or {}).get("CloudWatchLogsLogGroupArn")
    present = [one for one in list(backend.query_logging_configs.values()) if one.hosted_zone_id == zone_id]
    for config in present:
        if config.cloud_watch_logs_log_group_arn != arn:
            backend.delete_query_logging_config(config.id)
    if arn and all(config.cloud_watch_logs_log_group_arn != arn for config in present):
        backend.create_query_logging_config(zone_id, arn)


def set_tags(backend: Any, kind: str, resource_id: str, tags: Sequence[Mapping[str, str]] | None) -> None:
    """Exactly these tags."""
    wanted = {tag["Key"] for tag in tags or ()}
    gone = [key for key in backend.list_tags_for_resource(resource_id) if key not in wanted]
    backend.change_tags_for_resource(kind, resource_id, list(tags or ()), gone)


KINDS = (StackZone, StackRecordSet, StackRecordSetGroup, StackCheck, StackCidrCollection)
