"""Global Accelerator's backend of one account: what there is, and what may be changed (sections 2 and 2.6).

In: requests that the model allows, as dictionaries of AWS's members. Out: the resources; an exception in AWS's terms.
The service has one home and no regions, so an account has one backend. Calls come in many threads: what changes
something holds the account's lock.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar, TypeVar

from moto import backend_index
from moto.core.base_backend import BackendDict, BaseBackend, backend_lock
from moto.utilities.utils import PARTITION_NAMES

from sandbox.aws.services.globalaccelerator.accelerators import (
    Accelerator,
    check_accelerator,
    check_attributes,
    check_tags,
)
from sandbox.aws.services.globalaccelerator.endpoint_groups import (
    USUAL,
    EndpointGroup,
    check_endpoints,
    overrides_of,
    settings_of,
)
from sandbox.aws.services.globalaccelerator.endpoints import endpoint_of
from sandbox.aws.services.globalaccelerator.exceptions import (
    AcceleratorNotDisabledException,
    AcceleratorNotFoundException,
    AssociatedEndpointGroupFoundException,
    AssociatedListenerFoundException,
    AttachmentNotFoundException,
    EndpointGroupAlreadyExistsException,
    EndpointGroupNotFoundException,
    InvalidArgumentException,
    LimitExceededException,
    ListenerNotFoundException,
)
from sandbox.aws.services.globalaccelerator.listeners import Listener, check_ports, ranges_of
from sandbox.aws.services.globalaccelerator.places import check_region
from sandbox.aws.services.globalaccelerator.values import Surroundings
from sandbox.geography.addresses import ANYCAST_PAIRS, anycast_pair
from sandbox.kernel.dice import fresh_token

MOST_ACCELERATORS = 20  # section 2.6
MOST_LISTENERS = 10
MOST_GROUPS = 42
NAME_IN_MOTO = "moto.globalaccelerator"  # where moto looks for the backends of a service
TOKENS_KEPT = 1000  # idempotency tokens, of the newest creations

Made = TypeVar("Made", Accelerator, Listener, EndpointGroup)


class GlobalAcceleratorBackend(BaseBackend):
    """Global Accelerator of one account. around: the world of all accounts."""

    around: ClassVar[Surroundings] = Surroundings()

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.accelerators: dict[str, Accelerator] = {}
        self._tokens: dict[tuple[str, str], str] = {}  # kind, idempotency token -> ARN
        self._number = 0

    # --- accelerators

    def accelerator(self, arn: str) -> Accelerator:
        """One of this account's."""
        if arn not in self.accelerators:
            raise AcceleratorNotFoundException(arn)
        return self.accelerators[arn]

    def create_accelerator(self, asked: Mapping[str, Any]) -> Accelerator:
        """A new accelerator, with the lowest addresses that are free."""
        with self.lock:
            known = self._known("accelerator", asked, self.accelerators)
            if known is not None:
                return known
            check_accelerator(asked)
            tags = asked.get("Tags", [])
            check_tags(tags, {})
            if len(self.accelerators) >= MOST_ACCELERATORS:
                raise LimitExceededException(MOST_ACCELERATORS, "accelerators for an account")
            token = fresh_token()
            uuid = "-".join((token[:8], token[8:12], token[12:16], token[16:20], token[20:]))
            with backend_lock:  # of all accounts
                made = Accelerator(
                    arn=f"arn:{self.partition}:globalaccelerator::{self.account_id}:accelerator/{uuid}",
                    number=self._next_number(),
                    name=asked["Name"],
                    enabled=asked.get("Enabled", True),
                    addresses=free_addresses(),
                    label=f"a{fresh_token()[:16]}",
                    now_s=self.around.now_s(),
                )
                self.accelerators[made.arn] = made
            made.tags.update({tag["Key"]: tag["Value"] for tag in tags})
            self._note("accelerator", asked, made.arn)
            return made

    def update_accelerator(self, asked: Mapping[str, Any]) -> Accelerator:
        """Another name, on or off."""
        with self.lock:
            accelerator = self.accelerator(asked["AcceleratorArn"])
            check_accelerator(asked)
            accelerator.name = asked.get("Name", accelerator.name)
            accelerator.enabled = asked.get("Enabled", accelerator.enabled)
            return self._touched(accelerator)

    def delete_accelerator(self, arn: str) -> None:
        """Forget one that is disabled and has no listeners; its addresses are free (section 2.1)."""
        with self.lock:
            accelerator = self.accelerator(arn)
            if accelerator.enabled:
                raise AcceleratorNotDisabledException(arn)
            if accelerator.listeners:
                raise AssociatedListenerFoundException(arn)
            del self.accelerators[arn]

    def update_attributes(self, asked: Mapping[str, Any]) -> Accelerator:
        """Attributes of flow logs, which may be named and not enabled."""
        with self.lock:
            accelerator = self.accelerator(asked["AcceleratorArn"])
            names = ("FlowLogsEnabled", "FlowLogsS3Bucket", "FlowLogsS3Prefix")
            attributes = {**accelerator.attributes, **{name: asked[name] for name in names if name in asked}}
            check_attributes(attributes)
            accelerator.attributes = attributes
            return accelerator

    def tag(self, arn: str, tags: Sequence[Mapping[str, str]]) -> None:
        """Put tags; only accelerators have them."""
        with self.lock:
            accelerator = self.accelerator(arn)
            check_tags(tags, accelerator.tags)
            accelerator.tags.update({tag["Key"]: tag["Value"] for tag in tags})

    def tags_of(self, arn: str) -> dict[str, str]:
        """Tags of any resource; listeners and endpoint groups have none, but must be there."""
        if ":attachment/" in arn:
            raise AttachmentNotFoundException(arn)
        if "/endpoint-group/" in arn:
            self.endpoint_group(arn)
            return {}
        if "/listener/" in arn:
            self.listener(arn)
            return {}
        return dict(self.accelerator(arn).tags)

    def untag(self, arn: str, keys: Sequence[str]) -> None:
        """Take tags away, those that are there."""
        with self.lock:
            accelerator = self.accelerator(arn)
            for key in keys:
                accelerator.tags.pop(key, None)

    # --- listeners

    def listener(self, arn: str) -> tuple[Accelerator, Listener]:
        """One of this account's, and its accelerator."""
        accelerator = self.accelerators.get(arn.partition("/listener/")[0])
        if accelerator is None or arn not in accelerator.listeners:
            raise ListenerNotFoundException(arn)
        return accelerator, accelerator.listeners[arn]

    def create_listener(self, asked: Mapping[str, Any]) -> Listener:
        """A new listener."""
        with self.lock:
            accelerator = self.accelerator(asked["AcceleratorArn"])
            known = self._known("listener", asked, accelerator.listeners)
            if known is not None:
                return known
            if len(accelerator.listeners) >= MOST_LISTENERS:
                raise LimitExceededException(MOST_LISTENERS, "listeners for an accelerator")
            ranges = ranges_of(asked["PortRanges"])
            check_ports(asked["Protocol"], ranges, accelerator.listeners.values(), groups_of(accelerator))
            made = Listener(
                arn=f"{accelerator.arn}/listener/{fresh_token()[:8]}",
                number=self._next_number(),
                protocol=asked["Protocol"],
                ranges=ranges,
                affinity=asked.get("ClientAffinity", "NONE"),
            )
            accelerator.listeners[made.arn] = made
            self._touched(accelerator)
            self._note("listener", asked, made.arn)
            return made

    def update_listener(self, asked: Mapping[str, Any]) -> Listener:
        """Other ports, another protocol or affinity."""
        with self.lock:
            accelerator, listener = self.listener(asked["ListenerArn"])
            protocol = asked.get("Protocol", listener.protocol)
            ranges = ranges_of(asked["PortRanges"]) if "PortRanges" in asked else listener.ranges
            others = [other for other in accelerator.listeners.values() if other is not listener]
            check_ports(protocol, ranges, others, groups_of(accelerator))
            listener.protocol, listener.ranges = protocol, ranges
            listener.affinity = asked.get("ClientAffinity", listener.affinity)
            self._touched(accelerator)
            return listener

    def delete_listener(self, arn: str) -> None:
        """Forget one without endpoint groups."""
        with self.lock:
            accelerator, listener = self.listener(arn)
            if listener.groups:
                raise AssociatedEndpointGroupFoundException(arn)
            del accelerator.listeners[arn]
            self._touched(accelerator)

    # --- endpoint groups

    def endpoint_group(self, arn: str) -> tuple[Accelerator, Listener, EndpointGroup]:
        """One of this account's, with its listener and accelerator."""
        accelerator = self.accelerators.get(arn.partition("/listener/")[0])
        listener = None if accelerator is None else accelerator.listeners.get(arn.partition("/endpoint-group/")[0])
        if accelerator is None or listener is None or arn not in listener.groups:
            raise EndpointGroupNotFoundException(arn)
        return accelerator, listener, listener.groups[arn]

    def create_endpoint_group(self, asked: Mapping[str, Any]) -> EndpointGroup:
        """A region's endpoints behind a listener."""
        with self.lock:
            self.accelerator(asked["ListenerArn"].partition("/listener/")[0])
            accelerator, listener = self.listener(asked["ListenerArn"])
            known = self._known("endpoint group", asked, listener.groups)
            if known is not None:
                return known
            region = asked["EndpointGroupRegion"]
            check_region(region)
            if any(group.region == region for group in listener.groups.values()):
                raise EndpointGroupAlreadyExistsException(region)
            if len(groups_of(accelerator)) >= MOST_GROUPS:
                raise LimitExceededException(MOST_GROUPS, "endpoint groups for an accelerator")
            made = EndpointGroup(
                arn=f"{listener.arn}/endpoint-group/{fresh_token()[:12]}",
                number=self._next_number(),
                region=region,
                settings=settings_of(asked, {**USUAL, "HealthCheckPort": listener.ranges[0][0]}),
            )
            self._configure(accelerator, listener, made, asked)
            listener.groups[made.arn] = made
            self._touched(accelerator)
            self._note("endpoint group", asked, made.arn)
            return made

    def update_endpoint_group(self, asked: Mapping[str, Any]) -> EndpointGroup:
        """Other settings; a list of endpoints or overrides replaces the one before (section 2.3)."""
        with self.lock:
            accelerator, listener, group = self.endpoint_group(asked["EndpointGroupArn"])
            settings = settings_of(asked, group.settings)
            self._configure(accelerator, listener, group, asked)
            group.settings = settings
            self._touched(accelerator)
            return group

    def _configure(
        self, accelerator: Accelerator, listener: Listener, group: EndpointGroup, asked: Mapping[str, Any]
    ) -> None:
        """Both lists, or neither."""
        overrides, endpoints = group.overrides, group.endpoints
        if "PortOverrides" in asked:
            every = [ports for each in accelerator.listeners.values() for ports in each.ranges]
            overrides = overrides_of(asked["PortOverrides"], listener.ranges, every)
        if "EndpointConfigurations" in asked:
            configurations = asked["EndpointConfigurations"]
            endpoints = tuple(endpoint_of(each, self.account_id, group.region) for each in configurations)
            check_endpoints(endpoints)
        group.overrides, group.endpoints = overrides, endpoints

    def delete_endpoint_group(self, arn: str) -> None:
        """Forget it, with its endpoints."""
        with self.lock:
            accelerator, listener, _ = self.endpoint_group(arn)
            del listener.groups[arn]
            self._touched(accelerator)

    def add_endpoints(self, asked: Mapping[str, Any]) -> EndpointGroup:
        """These too; one that is there gets the settings asked for."""
        with self.lock:
            accelerator, _, group = self.endpoint_group(asked["EndpointGroupArn"])
            added = [endpoint_of(each, self.account_id, group.region) for each in asked["EndpointConfigurations"]]
            new = {endpoint.id: endpoint for endpoint in added}
            kept = [new.pop(endpoint.id, endpoint) for endpoint in group.endpoints]
            check_endpoints(added)
            check_endpoints([*kept, *new.values()])
            group.endpoints = (*kept, *new.values())
            self._touched(accelerator)
            return group

    def remove_endpoints(self, asked: Mapping[str, Any]) -> None:
        """All of these, or none when one is not there."""
        with self.lock:
            accelerator, _, group = self.endpoint_group(asked["EndpointGroupArn"])
            gone = [each["EndpointId"] for each in asked["EndpointIdentifiers"]]
            present = {endpoint.id for endpoint in group.endpoints}
            missing = next((endpoint_id for endpoint_id in gone if endpoint_id not in present), None)
            if missing is not None:
                raise InvalidArgumentException(f"The endpoint {missing} is not in the endpoint group {group.arn}.")
            group.endpoints = tuple(endpoint for endpoint in group.endpoints if endpoint.id not in gone)
            self._touched(accelerator)

    # --- the rest

    def _touched(self, accelerator: Accelerator) -> Accelerator:
        accelerator.changed_s = self.around.now_s()
        return accelerator

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def _known(self, kind: str, asked: Mapping[str, Any], present: Mapping[str, Made]) -> Made | None:
        """What this idempotency token made before, if it is there."""
        return present.get(self._tokens.get((kind, asked["IdempotencyToken"]), ""))

    def _note(self, kind: str, asked: Mapping[str, Any], arn: str) -> None:
        self._tokens[kind, asked["IdempotencyToken"]] = arn
        if len(self._tokens) > TOKENS_KEPT:
            del self._tokens[next(iter(self._tokens))]


def groups_of(accelerator: Accelerator) -> list[EndpointGroup]:
    """All endpoint groups of an accelerator."""
    return [group for listener in accelerator.listeners.values() for group in listener.groups.values()]


def free_addresses() -> tuple[str, str]:
    """The lowest pair that no accelerator of any account has."""
    taken = {accelerator.addresses for _, backend in backends() for accelerator in list(backend.accelerators.values())}
    pair = next((pair for pair in map(anycast_pair, range(1, ANYCAST_PAIRS + 1)) if pair not in taken), None)
    if pair is None:
        raise LimitExceededException(ANYCAST_PAIRS, "accelerators in this sandbox")
    return pair


globalaccelerator_backends = BackendDict(
    GlobalAcceleratorBackend, "globalaccelerator", use_boto3_regions=False, additional_regions=PARTITION_NAMES
)


def backends() -> list[tuple[str, GlobalAcceleratorBackend]]:
    """Every account and its backend."""
    accounts = list(globalaccelerator_backends.items())
    return [(account, backend) for account, partitions in accounts for backend in list(partitions.values())]


def install(around: Surroundings) -> None:
    """Have moto serve this as one of its own services; called before its first use. Stacks need `stack_resources`."""
    GlobalAcceleratorBackend.around = around
    if NAME_IN_MOTO in sys.modules:
        return
    sys.modules[NAME_IN_MOTO] = sys.modules[__name__]
    urls = import_module("sandbox.aws.services.globalaccelerator.urls")
    index: Any = backend_index.backend_url_patterns
    index.extend(("globalaccelerator", re.compile(base)) for base in urls.url_bases)
