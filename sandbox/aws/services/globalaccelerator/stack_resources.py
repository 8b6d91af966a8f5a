"""Global Accelerator's resources in CloudFormation stacks, made, changed and deleted as the API would.

In: a template's properties. Out: accelerators, listeners and endpoint groups; an exception with the service's words
where the API would refuse. moto finds the classes by their `cloudformation_type`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.common_models import CloudFormationModel

from sandbox.aws.services.globalaccelerator.accelerators import Accelerator
from sandbox.aws.services.globalaccelerator.endpoint_groups import USUAL, USUAL_PATH
from sandbox.aws.services.globalaccelerator.models import GlobalAcceleratorBackend, globalaccelerator_backends
from sandbox.aws.services.globalaccelerator.request_reading import checked_input, input_shape
from sandbox.aws.services.globalaccelerator.request_rules import from_template
from sandbox.aws.services.stack_resource import StackResource
from sandbox.kernel.dice import fresh_token
from sandbox.kernel.errors import Refusal


def backend_of(account_id: str) -> GlobalAcceleratorBackend:
    """Global Accelerator of an account; it has no Regions."""
    return globalaccelerator_backends[account_id]["aws"]


def request(operation: str, properties: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A template's properties as the request of an operation."""
    shape = input_shape(operation)
    given = {name: value for name, value in {**properties, **more}.items() if name in shape.members}
    if "IdempotencyToken" in shape.members:
        given["IdempotencyToken"] = fresh_token()
    return checked_input(operation, from_template(shape, given))


def properties_of(operation: str, template: Mapping[str, Any]) -> Mapping[str, Any]:
    """A resource's properties; a Refusal in CloudFormation's words for one that the operation has not."""
    properties = template.get("Properties") or {}
    refuse_extraneous(input_shape(operation), properties, "#")
    return dict(properties)


def refuse_extraneous(shape: Any, given: Any, where: str) -> None:
    """A property that nobody reads would be an empty success."""
    if shape.type_name == "list" and isinstance(given, list):
        for number, each in enumerate(given):
            refuse_extraneous(shape.member, each, f"{where}/{number}")
    elif shape.type_name == "structure" and isinstance(given, Mapping):
        for name, value in given.items():
            if name not in shape.members or name == "IdempotencyToken":
                problem = f"{where}: extraneous key [{name}] is not permitted"
                raise Refusal("InvalidRequest", f"Properties validation failed with message: {problem}")
            refuse_extraneous(shape.members[name], value, f"{where}/{name}")


class StackAccelerator(StackResource, CloudFormationModel):
    """AWS::GlobalAccelerator::Accelerator."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::GlobalAccelerator::Accelerator"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> StackAccelerator:
        """As CreateAccelerator."""
        asked = request("CreateAccelerator", properties_of("CreateAccelerator", cloudformation_json))
        return cls.standing_for(backend_of(account_id).create_accelerator(asked))

    @classmethod
    def standing_for(cls, accelerator: Accelerator) -> StackAccelerator:
        """What a stack keeps of it."""
        addresses = list(accelerator.addresses)
        known = {"AcceleratorArn": accelerator.arn, "DnsName": accelerator.dns_name, "Ipv4Addresses": addresses}
        return cls(accelerator.arn, known)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> Any:
        """Name, switch and tags change in place."""
        properties, backend = properties_of("CreateAccelerator", cloudformation_json), backend_of(account_id)
        arn = original_resource.physical_resource_id
        backend.update_accelerator(request("UpdateAccelerator", {"Enabled": True, **properties}, AcceleratorArn=arn))
        set_tags(backend, arn, properties.get("Tags") or ())
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        """Disabled first, as CloudFormation does."""
        backend = backend_of(account_id)
        backend.update_accelerator({"AcceleratorArn": self.physical_resource_id, "Enabled": False})
        backend.delete_accelerator(self.physical_resource_id)


class StackListener(StackResource, CloudFormationModel):
    """AWS::GlobalAccelerator::Listener."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::GlobalAccelerator::Listener"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> StackListener:
        """As CreateListener."""
        asked = request("CreateListener", properties_of("CreateListener", cloudformation_json))
        made = backend_of(account_id).create_listener(asked)
        return cls(made.arn, {"ListenerArn": made.arn})

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> Any:
        """In place; another accelerator is another listener."""
        properties = properties_of("CreateListener", cloudformation_json)
        arn = original_resource.physical_resource_id
        if properties.get("AcceleratorArn") != arn.partition("/listener/")[0]:
            return cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
        asked = request("UpdateListener", {"ClientAffinity": "NONE", **properties}, ListenerArn=arn)
        backend_of(account_id).update_listener(asked)
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        """As DeleteListener."""
        backend_of(account_id).delete_listener(self.physical_resource_id)


class StackEndpointGroup(StackResource, CloudFormationModel):
    """AWS::GlobalAccelerator::EndpointGroup."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::GlobalAccelerator::EndpointGroup"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> StackEndpointGroup:
        """As CreateEndpointGroup."""
        asked = request("CreateEndpointGroup", properties_of("CreateEndpointGroup", cloudformation_json))
        made = backend_of(account_id).create_endpoint_group(asked)
        return cls(made.arn, {"EndpointGroupArn": made.arn})

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> Any:
        """In place, with defaults for what is left out; another listener or region is another group."""
        properties, backend = properties_of("CreateEndpointGroup", cloudformation_json), backend_of(account_id)
        arn = original_resource.physical_resource_id
        _, listener, group = backend.endpoint_group(arn)
        if (properties.get("ListenerArn"), properties.get("EndpointGroupRegion")) != (listener.arn, group.region):
            return cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
        usual = {
            "EndpointConfigurations": [],
            "PortOverrides": [],
            "HealthCheckPort": listener.ranges[0][0],
            **USUAL,
            "HealthCheckPath": USUAL_PATH,
        }
        backend.update_endpoint_group(request("UpdateEndpointGroup", {**usual, **properties}, EndpointGroupArn=arn))
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        """As DeleteEndpointGroup."""
        backend_of(account_id).delete_endpoint_group(self.physical_resource_id)


def set_tags(backend: GlobalAcceleratorBackend, arn: str, tags: Sequence[Mapping[str, str]]) -> None:
    """Exactly these tags."""
    wanted = {tag["Key"] for tag in tags}
    backend.untag(arn, [key for key in backend.accelerator(arn).tags if key not in wanted])
    backend.tag(arn, tags)
