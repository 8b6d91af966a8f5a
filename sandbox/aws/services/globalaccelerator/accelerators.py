"""An accelerator: two static addresses, a DNS name, attributes, tags (section 2.1). Rules and values, nothing stored.

Times are Unix seconds. Every change below an accelerator makes it IN_PROGRESS for a while.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.aws.services.globalaccelerator.exceptions import InvalidArgumentException
from sandbox.aws.services.globalaccelerator.listeners import Listener
from sandbox.aws.services.globalaccelerator.values import Surroundings, as_time
from sandbox.kernel.errors import not_emulated

MOST_TAGS = 50  # of any AWS resource
LONGEST_NAME = 64
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
DOMAIN = "awsglobalaccelerator.com"


class Accelerator:
    """One accelerator. number: rises in the order of creation. addresses: one of each network zone."""

    def __init__(
        self, *, arn: str, number: int, name: str, enabled: bool, addresses: Sequence[str], label: str, now_s: float
    ) -> None:
        self.arn = arn
        self.number = number
        self.name = name
        self.enabled = enabled
        self.addresses = tuple(addresses)
        self.dns_name = f"{label}.{DOMAIN}"
        self.created_s = self.changed_s = now_s
        self.attributes: dict[str, Any] = {"FlowLogsEnabled": False}
        self.tags: dict[str, str] = {}
        self.listeners: dict[str, Listener] = {}

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition("/")[2]

    def status(self, around: Surroundings) -> str:
        """IN_PROGRESS right after a change, then DEPLOYED."""
        return "IN_PROGRESS" if around.now_s() < self.changed_s + around.deploy_s else "DEPLOYED"

    def image(self, around: Surroundings) -> dict[str, Any]:
        """As AWS shows it."""
        addresses = list(self.addresses)
        return {
            "AcceleratorArn": self.arn,
            "Name": self.name,
            "IpAddressType": "IPV4",
            "Enabled": self.enabled,
            "IpSets": [{"IpFamily": "IPv4", "IpAddresses": addresses, "IpAddressFamily": "IPv4"}],
            "DnsName": self.dns_name,
            "Status": self.status(around),
            "CreatedTime": as_time(self.created_s),
            "LastModifiedTime": as_time(self.changed_s),
            "Events": [],
        }

    def published(self, account: str, around: Surroundings) -> dict[str, Any]:
        """As the data plane gets it; the room `accelerator` says what each member means."""
        return {
            "arn": self.arn,
            "name": self.name,
            "account": account,
            "dns_name": self.dns_name,
            "enabled": self.enabled,
            "addresses": list(self.addresses),
            "listeners": [listener.published(account, around) for listener in self.listeners.values()],
        }


def check_accelerator(asked: Mapping[str, Any]) -> None:
    """What CreateAccelerator and UpdateAccelerator may say."""
    name = asked.get("Name")
    if name is not None and (len(name) > LONGEST_NAME or not NAME.fullmatch(name)):
        raise InvalidArgumentException(
            f"The name {name!r} is not valid: up to {LONGEST_NAME} letters, digits, periods and hyphens, with no "
            "hyphen or period at either end."
        )
    if asked.get("IpAddressType") == "DUAL_STACK":
        raise not_emulated("IpAddressType DUAL_STACK of Global Accelerator", instead="The planet has IPv4 only.")
    if asked.get("IpAddresses"):
        raise not_emulated("IpAddresses of one's own (BYOIP) of Global Accelerator", instead="Leave them out.")


def check_attributes(attributes: Mapping[str, Any]) -> None:
    """What UpdateAcceleratorAttributes may come to."""
    if attributes["FlowLogsEnabled"]:
        raise not_emulated("flow logs of Global Accelerator", instead="See: sandbox events")


def check_tags(tags: Sequence[Mapping[str, str]], present: Mapping[str, str]) -> None:
    """What tags may be put to those that are there."""
    keys = [tag["Key"] for tag in tags]
    if len(set(keys)) < len(keys):
        raise InvalidArgumentException("A tag key comes twice.")
    if any(key.lower().startswith("aws:") for key in keys):
        raise InvalidArgumentException("Tag keys must not begin with aws:")
    if len({*present, *keys}) > MOST_TAGS:
        raise InvalidArgumentException(f"A resource has at most {MOST_TAGS} tags.")
