"""Resources of stacks in regions whose engine is not moto, as moto's CloudFormation makes, changes and deletes them.

moto calls `create_from_cloudformation_json` and the like on what stands in its map of models; `install` puts ours in
front of moto's. Where the region's engine is moto, moto's own model goes on as before. What an engine cannot be given
by calls of ours is refused by name, and so is what control's moto would make where nobody looks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cloudformation.parsing import get_model_map, get_name_type_map

from sandbox.aws.services.engine_resources.buckets import BUCKET, BUCKET_POLICY
from sandbox.aws.services.engine_resources.messages import PARAMETER, QUEUE, SUBSCRIPTION, TOPIC
from sandbox.aws.services.engine_resources.values import MOTO, DoorCall, DoorClients, Given, ResourceType
from sandbox.kernel.errors import Refusal, not_emulated

TYPES = (BUCKET, BUCKET_POLICY, QUEUE, TOPIC, SUBSCRIPTION, PARAMETER)
# What control serves in every region, whatever its engine (`IN_CONTROL` in engine_endpoint.py), or what regions do.
EVERYWHERE = (
    "AWS::ApplicationAutoScaling",
    "AWS::CloudFormation",
    "AWS::CloudFront",
    "AWS::CloudWatch",
    "AWS::DynamoDB",
    "AWS::EC2",
    "AWS::ElasticLoadBalancing",
    "AWS::FIS",
    "AWS::GlobalAccelerator",
    "AWS::IAM",
    "AWS::Logs",
    "AWS::Route53",
)


class EngineResource:
    """A resource that a stack has made through a front door: plain values, saved with the stack."""

    def __init__(self, kind: str, physical_id: str, given: Given, attributes: Mapping[str, str]) -> None:
        self.kind = kind
        self.physical_resource_id = physical_id
        self.given = dict(given)
        self.attributes = dict(attributes)

    def is_created(self) -> bool:
        """Always: the call was answered."""
        return True

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Fn::GetAtt."""
        if attribute_name not in self.attributes:
            raise UnformattedGetAttTemplateException()
        return self.attributes[attribute_name]


class BehindMoto:
    """A model of moto's, and what is asked before it."""

    def __init__(self, clients: DoorClients, original: Any) -> None:
        self._clients = clients
        self._original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


class NotThere(BehindMoto):
    """A type that a foreign engine is not given."""

    def create_from_cloudformation_json(
        self, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        """moto's, where moto is the engine."""
        engine = self._clients.engine_of(region_name)
        if engine != MOTO:
            kind = self._original.cloudformation_type()
            raise not_emulated(
                f"{kind} in stacks of {region_name}, whose engine is {engine}",
                instead="Make it by its own API, or give the region the engine moto.",
            )
        return self._original.create_from_cloudformation_json(
            resource_name, cloudformation_json, account_id, region_name, **kwargs
        )


class ThroughTheDoor(BehindMoto):
    """A type that is made by calls. Where moto has no model of it, in every region."""

    def __init__(self, clients: DoorClients, original: Any, resource_type: ResourceType) -> None:
        super().__init__(clients, original)
        self._type = resource_type

    def cloudformation_type(self) -> str:
        """The type in templates."""
        return self._type.kind

    def cloudformation_name_type(self) -> str:
        """The property that names it."""
        return self._type.name_property

    def has_cfn_attr(self, attr: str) -> bool:
        """Whether Fn::GetAtt may ask for it."""
        return attr in self._type.attributes("/0/x", {}, "") or (
            self._original is not None and bool(self._original.has_cfn_attr(attr))
        )

    def create_from_cloudformation_json(
        self, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        """A new one, with all its settings."""
        given = cloudformation_json.get("Properties", {})
        if not self._is_ours(region_name, given):
            return self._original.create_from_cloudformation_json(
                resource_name, cloudformation_json, account_id, region_name, **kwargs
            )
        self._refuse_unknown(given, region_name)
        kind = self._type
        answer = self._call(account_id, region_name, kind.creation(resource_name, given, region_name))
        physical_id = kind.identify(answer, resource_name, given)
        try:
            for name, setting in kind.settings.items():
                if name in given and self._is_apart(name):
                    self._call(account_id, region_name, setting.put(physical_id, given[name]))
        except Refusal:
            self._delete(account_id, region_name, physical_id, given)
            raise
        return EngineResource(kind.kind, physical_id, given, kind.attributes(physical_id, given, region_name))

    def update_from_cloudformation_json(
        self,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        """The same, changed; or another in its place."""
        if not isinstance(original_resource, EngineResource):
            return self._original.update_from_cloudformation_json(
                original_resource=original_resource,
                new_resource_name=new_resource_name,
                cloudformation_json=cloudformation_json,
                account_id=account_id,
                region_name=region_name,
            )
        given, before = cloudformation_json.get("Properties", {}), original_resource.given
        self._refuse_unknown(given, region_name)
        changed = {name for name in before.keys() | given.keys() if before.get(name) != given.get(name)}
        if any(self._replaces(name, given) for name in changed):
            made = self.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
            self._delete(account_id, region_name, original_resource.physical_resource_id, before)
            return made
        physical_id = original_resource.physical_resource_id
        for name in sorted(changed):
            setting = self._type.settings[name]
            call = setting.put(physical_id, given[name]) if name in given else None
            if call is None and setting.remove is not None:
                call = setting.remove(physical_id)
            if call is not None:
                self._call(account_id, region_name, call)
        attributes = self._type.attributes(physical_id, given, region_name)
        return EngineResource(self._type.kind, physical_id, given, attributes)

    def delete_from_cloudformation_json(
        self, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        """Take it away."""
        given = cloudformation_json.get("Properties", {})
        if self._is_ours(region_name, given):
            self._delete(account_id, region_name, resource_name, given)
        else:
            self._original.delete_from_cloudformation_json(resource_name, cloudformation_json, account_id, region_name)

    def _is_ours(self, region: str, given: Given) -> bool:
        """moto knows nothing of replication either: a bucket that has it is made by calls in every region."""
        return self._original is None or self._clients.engine_of(region) != MOTO or "ReplicationConfiguration" in given

    def _is_apart(self, name: str) -> bool:
        """Whether creation leaves it to a call of its own: S3 takes settings one by one, others with the creation."""
        return self._type is BUCKET and name in self._type.settings

    def _replaces(self, name: str, given: Given) -> bool:
        if name == self._type.name_property and name not in given:
            return False  # its generated name is another each time it is asked for
        return name not in self._type.settings

    def _refuse_unknown(self, given: Given, region: str) -> None:
        unknown = sorted(given.keys() - self._type.known)
        if unknown:
            raise not_emulated(f"{', '.join(unknown)} of {self._type.kind} in stacks of {region}")

    def _delete(self, account: str, region: str, physical_id: str, given: Given) -> None:
        call = self._type.deletion(physical_id, given)
        if call is not None:
            self._call(account, region, call)

    def _call(self, account: str, region: str, call: DoorCall) -> dict[str, Any]:
        return self._clients.call(account, region, self._type.service, call)


def install(clients: DoorClients) -> None:
    """Have moto's CloudFormation make these through front doors, and refuse others where the engine is not moto."""
    models: Any = get_model_map()
    names = get_name_type_map()
    types = {each.kind: each for each in TYPES}
    for kind, resource_type in types.items():
        original = models.get(kind)
        if not isinstance(original, BehindMoto):
            models[kind] = ThroughTheDoor(clients, original, resource_type)
            names[kind] = resource_type.name_property
    for kind, original in list(models.items()):
        if kind not in types and not kind.startswith(EVERYWHERE) and not isinstance(original, BehindMoto):
            models[kind] = NotThere(clients, original)
