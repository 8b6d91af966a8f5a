"""Which four name servers a zone gets. Pure.

Published names of Route 53's servers all fit n = 0-511 .com, 512-1023 .net, 1024-1535 .org, 1536-2047 .co.uk and
ns-<n>.awsdns-<(n mod 512) / 8>.<tld> (derived from published names).
"""

from __future__ import annotations

import hashlib

STRIPES = ("com", "net", "org", "co.uk")
SERVERS_PER_STRIPE = 512


def name_servers(purpose: str) -> list[str]:
    """Four names, one of each stripe; equal for equal purposes."""
    digest = hashlib.blake2b(purpose.encode(), digest_size=8).digest()
    names = []
    for stripe, domain in enumerate(STRIPES):
        place = int.from_bytes(digest[2 * stripe : 2 * stripe + 2], "big") % SERVERS_PER_STRIPE
        names.append(f"ns-{stripe * SERVERS_PER_STRIPE + place}.awsdns-{place // 8:02d}.{domain}")
    return names
