"""CIDR collections: which block of addresses a client is in, and how widely that holds. Pure.

In: the value of a `cidr/<id>` topic, and a client's network (its subnet as told by EDNS, else its resolver's address).
Out: the blocks that hold it, longest first, and the number of bits on which that depends, which is the scope a resolver
may be told. `policy` asks for IP-based records.

A block holds a network that is at least as long as the block and inside it [R53 1.2]. Which of several blocks wins is
not documented: here the longest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from sandbox.kernel.errors import Refusal


@dataclass(frozen=True, kw_only=True)
class Network:
    """An address and a prefix length, of IPv4 (width 32) or IPv6 (width 128). value: the address as a number."""

    width: int
    value: int
    length: int

    def common(self, other: Network) -> int:
        """How many leading bits two addresses share."""
        return self.width - (self.value ^ other.value).bit_length()

    def holds(self, other: Network) -> bool:
        """True when the other is inside and at least as long."""
        return self.width == other.width and self.length <= min(other.length, self.common(other))


@dataclass(frozen=True, kw_only=True)
class Block:
    """One block of a location."""

    location: str
    text: str
    network: Network


def network_of(text: str) -> Network | None:
    """ "100.64.16.0/24", or an address alone, which is as long as can be; None for what is neither."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    return Network(width=network.max_prefixlen, value=int(network.network_address), length=network.prefixlen)


class CidrCollection:
    """One collection as pushed. blocks: longest first; what is no block is left out, for control has refused it."""

    def __init__(self, collection_id: str, value: Mapping[str, Any]) -> None:
        """A Refusal when there are no locations to read."""
        self.id = collection_id
        try:
            self.name = str(value["name"])
            blocks = [
                Block(location=str(location), text=str(text), network=network)
                for location, texts in sorted(value["locations"].items())
                for text in texts
                if (network := network_of(str(text))) is not None
            ]
        except (KeyError, TypeError, AttributeError) as error:
            raise Refusal("InvalidInput", f"CIDR collection {collection_id} is unreadable ({error!r})") from error
        self.blocks = tuple(sorted(blocks, key=lambda block: -block.network.length))

    def __repr__(self) -> str:
        return f"CidrCollection({self.name} {self.id}, {len(self.blocks)} blocks)"

    def holding(self, client: Network, locations: Collection[str]) -> tuple[Block, ...]:
        """The blocks of these locations that hold a client, longest first, at most one for each location."""
        found: dict[str, Block] = {}
        for block in self.blocks:
            if block.location in locations and block.network.holds(client):
                found.setdefault(block.location, block)
        return tuple(found.values())

    def bits_needed(self, client: Network, locations: Collection[str]) -> int:
        """So many leading bits of a client decide: who shares them is held by the same blocks.

        A block longer than the network that was told, and inside it, wants all its bits: the scope is then longer than
        the source, which asks the resolver for more (RFC 7871 §7.2.1).
        """
        needed = 0
        for block in self.blocks:
            network = block.network
            if block.location in locations and network.width == client.width:
                common = network.common(client)
                overlaps = common >= min(network.length, client.length)
                needed = max(needed, network.length if overlaps else common + 1)
        return needed
