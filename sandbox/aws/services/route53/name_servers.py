"""Which four name servers a zone gets (fact sheet §4.6). Pure.

Published names of Route 53's servers all fit n = 0-511 .com, 512-1023 .net, 1024-1535 .org, 1536-2047 .co.uk and
ns-<n>.awsdns-<(n mod 512) / 8>.<tld> (derived from published names). Zones of one name, and parent and child, share no
server; any two zones share two at most.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from sandbox.kernel.errors import Refusal

STRIPES = ("com", "net", "org", "co.uk")
SERVERS_PER_STRIPE = 512
MOST_SHARED = 2
TRIES = 64  # by chance two zones share three of four servers once in 33 million times


def name_servers(
    purpose: str, apart: Sequence[Collection[str]] = (), others: Sequence[Collection[str]] = ()
) -> list[str]:
    """Four names, one of each stripe; equal for equal purposes and neighbours.

    apart: servers of the zones with which none may be shared. others: of all zones. ConflictingDomainExists when a
    stripe has no server left.
    """
    taken = {server for servers in apart for server in servers}
    for number in range(TRIES):
        found = candidates(f"{purpose}/{number}" if number else purpose, taken)
        if all(len(set(found) & set(servers)) <= MOST_SHARED for servers in others):
            return found
    raise no_servers()


def candidates(purpose: str, taken: Collection[str]) -> list[str]:
    """In each stripe the first server that is not taken, from a place that the purpose decides."""
    digest = hashlib.blake2b(purpose.encode(), digest_size=8).digest()
    names = []
    for stripe in range(len(STRIPES)):
        first = int.from_bytes(digest[2 * stripe : 2 * stripe + 2], "big")
        every = (server(stripe, first + step) for step in range(SERVERS_PER_STRIPE))
        free = next((name for name in every if name not in taken), None)
        if free is None:
            raise no_servers()
        names.append(free)
    return names


def server(stripe: int, number: int) -> str:
    """One of a stripe's servers."""
    place = number % SERVERS_PER_STRIPE
    return f"ns-{stripe * SERVERS_PER_STRIPE + place}.awsdns-{place // 8:02d}.{STRIPES[stripe]}"


def no_servers() -> Refusal:
    """AWS's code for a zone whose relatives have all servers."""
    message = "There are too many hosted zones of this name, above or below it: no name servers are left for another."
    return Refusal("ConflictingDomainExists", message)


def are_related(name: str, other: str) -> bool:
    """Whether two zones have one name, or one lies above the other. Names end in a dot."""
    return name == other or name.endswith(f".{other}") or other.endswith(f".{name}")
