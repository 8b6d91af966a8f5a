"""CIDR collections of one account, for IP-based routing: blocks in locations in collections (fact sheet §1.2, §2.5).

In: names and changes in boto3's shape. Out: collections; a Refusal with AWS's code for what cannot be. The value that
is pushed to the planet as "cidr/<id>" is `pushed`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv6Network, ip_network
from typing import Any

from sandbox.aws.services.route53.quotas import AWS_QUOTAS, Quotas
from sandbox.kernel.errors import Refusal

COLLECTION_NAME = re.compile(r"[0-9A-Za-z_-]{1,64}")
LOCATION_NAME = re.compile(r"[0-9A-Za-z_-]{1,16}")
ACTIONS = ("PUT", "DELETE_IF_EXISTS")
LONGEST_IPV4, LONGEST_IPV6 = 24, 48

IsUsed = Callable[[str, str | None], bool]  # collection id, location name or None for any -> named by a record set


@dataclass
class CidrCollection:
    """One collection. locations: sorted blocks by location name; one without blocks does not exist."""

    id: str
    name: str
    caller_reference: str
    version: int = 1
    locations: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:route53:::cidrcollection/{self.id}"

    def summary(self) -> dict[str, Any]:
        """As the API shows it."""
        return {"Arn": self.arn, "Id": self.id, "Name": self.name, "Version": self.version}

    def pushed(self) -> dict[str, Any]:
        """As the planet is told."""
        locations = {name: list(blocks) for name, blocks in self.locations.items()}
        return {"id": self.id, "name": self.name, "version": self.version, "locations": locations}

    def blocks(self, location: str | None) -> list[dict[str, str]]:
        """The blocks of a location, or of all."""
        if location is not None and location not in self.locations:
            message = f"The CIDR location {location} does not exist in the collection {self.id}."
            raise Refusal("NoSuchCidrLocationException", message, status=404)
        return [
            {"CidrBlock": block, "LocationName": name}
            for name in sorted(self.locations)
            if location in (None, name)
            for block in self.locations[name]
        ]


class CidrCollections:
    """All collections of an account, by id."""

    def __init__(self) -> None:
        self.by_id: dict[str, CidrCollection] = {}

    def get(self, collection_id: str) -> CidrCollection:
        """The collection, or AWS's refusal."""
        found = self.by_id.get(collection_id)
        if found is None:
            message = f"The CIDR collection {collection_id} does not exist."
            raise Refusal("NoSuchCidrCollectionException", message, status=404)
        return found

    def create(
        self, collection_id: str, name: str, caller_reference: str, quotas: Quotas = AWS_QUOTAS
    ) -> CidrCollection:
        """A new collection; the one there is, when the caller repeats himself."""
        if not COLLECTION_NAME.fullmatch(name):
            raise Refusal(
                "InvalidInput", f"Invalid CIDR collection name: {name!r} does not match [0-9A-Za-z_-]{{1,64}}"
            )
        for present in self.by_id.values():
            if present.name == name:
                if present.caller_reference == caller_reference:
                    return present
                message = f"A CIDR collection with the name {name} and a different caller reference already exists."
                raise Refusal("CidrCollectionAlreadyExistsException", message)
        if len(self.by_id) >= quotas.cidr_collections:
            raise Refusal("LimitsExceeded", f"An account may have {quotas.cidr_collections} CIDR collections.")
        made = self.by_id[collection_id] = CidrCollection(
            id=collection_id, name=name, caller_reference=caller_reference
        )
        return made

    def change(
        self,
        collection_id: str,
        changes: Sequence[Mapping[str, Any]],
        version: int | None,
        is_used: IsUsed,
        quotas: Quotas = AWS_QUOTAS,
    ) -> CidrCollection:
        """Do all changes or none; the version must be the present one if it is named."""
        collection = self.get(collection_id)
        if version is not None and version != collection.version:
            message = f"The version {version} of the CIDR collection is not the current one, {collection.version}."
            raise Refusal("CidrCollectionVersionMismatchException", message, status=409)
        after = changed_locations(collection.locations, changes, quotas)
        for name in collection.locations:
            if name not in after and is_used(collection_id, name):
                message = f"The CIDR location {name} is in use by a resource record set and must keep a block."
                raise Refusal("CidrBlockInUseException", message)
        collection.locations = after
        collection.version += 1
        return collection

    def delete(self, collection_id: str, is_used: IsUsed) -> None:
        """Forget an empty collection that no record set names."""
        collection = self.get(collection_id)
        if collection.locations:
            raise Refusal("CidrCollectionInUseException", "The CIDR collection must be empty before it can be deleted.")
        if is_used(collection_id, None):
            message = "The CIDR collection is in use by a resource record set."
            raise Refusal("CidrCollectionInUseException", message)
        del self.by_id[collection_id]


def changed_locations(
    locations: Mapping[str, tuple[str, ...]], changes: Sequence[Mapping[str, Any]], quotas: Quotas = AWS_QUOTAS
) -> dict[str, tuple[str, ...]]:
    """The locations after the changes; InvalidInput and others for what cannot be."""
    if sum(len(change["CidrList"]) for change in changes) > quotas.batch_cidr_blocks:
        raise Refusal("LimitsExceeded", f"One request may name {quotas.batch_cidr_blocks} CIDR blocks.")
    owner = {block: name for name, blocks in locations.items() for block in blocks}
    for change in changes:
        name, action = change["LocationName"], change["Action"]
        if not LOCATION_NAME.fullmatch(name):
            raise Refusal("InvalidInput", f"Invalid CIDR location name: {name!r} does not match [0-9A-Za-z_-]{{1,16}}")
        if action not in ACTIONS:
            raise Refusal("InvalidInput", f"Value '{action}' is not one of [{', '.join(ACTIONS)}]")
        for block in map(checked_block, change["CidrList"]):
            if action == "PUT":
                if owner.setdefault(block, name) != name:
                    message = f"The CIDR block {block} is already in use in the location {owner[block]}."
                    raise Refusal("CidrBlockInUseException", message)
            elif owner.get(block) == name:
                del owner[block]
    if len(owner) > quotas.cidr_blocks:
        raise Refusal("LimitsExceeded", f"A CIDR collection may have {quotas.cidr_blocks} blocks.")
    after: dict[str, list[str]] = {}
    for block in sorted(owner):
        after.setdefault(owner[block], []).append(block)
    return {name: tuple(blocks) for name, blocks in after.items()}


def checked_block(text: str) -> str:
    """A block in its shortest spelling; IPv4 /1 to /24, IPv6 /1 to /48."""
    try:
        network = ip_network(text)
    except ValueError as error:
        raise Refusal("InvalidInput", f"Invalid CIDR block {text}: {error}") from error
    longest = LONGEST_IPV6 if isinstance(network, IPv6Network) else LONGEST_IPV4
    if not 1 <= network.prefixlen <= longest:
        raise Refusal("InvalidInput", f"Invalid CIDR block {text}: the prefix length must be 1 to {longest}")
    return str(network)
