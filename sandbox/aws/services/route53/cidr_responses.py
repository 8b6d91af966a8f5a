"""The calls about CIDR collections: parameters in, results in boto3's shape out."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from sandbox.aws.services.route53.cidr import CidrCollection
from sandbox.aws.services.route53.paging import page


class CidrResponses:
    """A part of the handler. backend: our Route 53 backend."""

    backend: Any
    _get_param: Any
    _get_int_param: Any

    def create_cidr_collection(self) -> Any:
        """An empty collection."""
        made = self.backend.create_cidr_collection(self._get_param("Name"), self._get_param("CallerReference"))
        location = f"https://route53.amazonaws.com/2013-04-01/cidrcollection/{made.id}"
        return ActionResult({"Collection": made.summary(), "Location": location})

    def change_cidr_collection(self) -> Any:
        """Blocks put and deleted, all or none."""
        collection = self.backend.change_cidr_collection(
            self._get_param("Id"), self._get_param("Changes"), self._get_int_param("CollectionVersion")
        )
        return ActionResult({"Id": collection.id})

    def delete_cidr_collection(self) -> Any:
        """An empty one only."""
        self.backend.delete_cidr_collection(self._get_param("Id"))
        return EmptyResult()

    def list_cidr_collections(self) -> Any:
        """By name."""
        collections = sorted(self.backend.cidr.by_id.values(), key=name_of)
        listed, following = page(collections, name_of, self._get_param("NextToken"), self._get_param("MaxResults"))
        return ActionResult({"CidrCollections": [one.summary() for one in listed], "NextToken": following})

    def list_cidr_locations(self) -> Any:
        """The locations of a collection."""
        names = sorted(self.backend.cidr.get(self._get_param("CollectionId")).locations)
        listed, following = page(names, str, self._get_param("NextToken"), self._get_param("MaxResults"))
        return ActionResult({"CidrLocations": [{"LocationName": name} for name in listed], "NextToken": following})

    def list_cidr_blocks(self) -> Any:
        """The blocks of a collection, or of one location."""
        collection = self.backend.cidr.get(self._get_param("CollectionId"))
        blocks = collection.blocks(self._get_param("LocationName"))
        listed, following = page(blocks, block_mark, self._get_param("NextToken"), self._get_param("MaxResults"))
        return ActionResult({"CidrBlocks": listed, "NextToken": following})


def name_of(collection: CidrCollection) -> str:
    """Names are unique."""
    return collection.name


def block_mark(block: dict[str, str]) -> str:
    """Where a block stands in the list: location, then block."""
    return f"{block['LocationName']} {block['CidrBlock']}"
