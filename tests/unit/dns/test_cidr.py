"""Blocks, locations and collections (R53 1.2 IP-based), and the scope that is true of them (R53 4.2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.dns.cidr import CidrCollection, Network, network_of
from sandbox.kernel.errors import Refusal


def collection(**locations: list[str]) -> CidrCollection:
    return CidrCollection("C1", {"id": "C1", "name": "offices", "version": 1, "locations": locations})


def network(text: str) -> Network:
    found = network_of(text)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    ("block", "client", "inside"),
    [
        ("2001:db8::/32", "2001:db8:0:1234::/48", True),
        ("2001:db8:0:1234::/48", "2001:db8::/32", False),  # the query is shorter than the block
        ("192.0.2.0/24", "192.0.2.7", True),
        ("192.0.2.0/24", "192.0.3.0/24", False),
        ("192.0.2.0/24", "2001:db8::/48", False),
    ],
)
def test_a_block_holds_what_is_inside_and_at_least_as_long(block: str, client: str, inside: bool) -> None:
    """R53 1.2 IP-based: the examples of the sheet."""
    assert bool(collection(a=[block]).holding(network(client), ["a"])) == inside


def test_the_longest_block_comes_first_and_each_location_once() -> None:
    """R53 8: unconfirmed; longest prefix is ours."""
    offices = collection(wide=["10.0.0.0/8", "10.1.0.0/16"], narrow=["10.1.2.0/24"], other=["10.0.0.0/9"])
    held = offices.holding(network("10.1.2.3"), ["wide", "narrow"])
    assert [(block.location, block.text) for block in held] == [("narrow", "10.1.2.0/24"), ("wide", "10.1.0.0/16")]


@pytest.mark.parametrize(
    ("client", "bits"),
    [
        ("100.64.16.0/24", 24),  # in the office's block
        ("100.64.17.0/24", 24),  # beside it: the last bit decides
        ("100.65.0.0/24", 16),  # bit 16 tells it from 100.64
        ("11.0.0.0/24", 2),  # bit 2 already tells it from 100
        ("100.64.0.0/16", 24),  # the block is inside what was told: more bits are wanted
        ("2001:db8::/48", 0),  # no block of this family
    ],
)
def test_the_bits_needed_are_those_that_decide(client: str, bits: int) -> None:
    """R53 4.2: shorter than the source where the answer holds more widely, longer where more bits were wanted."""
    assert collection(office=["100.64.16.0/24"]).bits_needed(network(client), ["office"]) == bits


V4 = st.builds(
    lambda value, length: Network(width=32, value=value >> (32 - length) << (32 - length), length=length),
    st.integers(0, 2**10 - 1).map(lambda n: n << 14),  # few values, so that blocks meet
    st.integers(1, 24),
)


def as_text(found: Network) -> str:
    return ".".join(str(octet) for octet in found.value.to_bytes(4, "big")) + f"/{found.length}"


@given(
    blocks=st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), V4), max_size=8),
    client=V4,
    other=st.integers(0, 2**32 - 1),
)
def test_clients_that_share_the_bits_are_held_by_the_same_blocks(
    blocks: list[tuple[str, Network]], client: Network, other: int
) -> None:
    """The scope is truthful: a resolver may give the answer to every client with these bits."""
    locations: dict[str, list[str]] = {}
    for location, block in blocks:
        locations.setdefault(location, []).append(as_text(block))
    offices = collection(**locations)
    bits = offices.bits_needed(client, locations)
    if bits > client.length:
        return  # more bits were wanted than were told, which the scope says
    low = 32 - bits
    value = (client.value >> low << low) | (other & (1 << low) - 1)
    neighbour = Network(width=32, value=value, length=32)
    assert offices.holding(neighbour, locations) == offices.holding(client, locations)


def test_what_is_no_block_is_left_out_and_what_is_no_collection_is_refused() -> None:
    assert collection(a=["192.0.2.0/24", "nonsense", "300.1.1.1/8"]).blocks[0].text == "192.0.2.0/24"
    assert network_of("") is None
    broken: list[Any] = [{}, {"name": "x", "locations": None}, {"name": "x", "locations": {"a": 7}}]
    for value in broken:
        with pytest.raises(Refusal, match="C9"):
            CidrCollection("C9", value)
