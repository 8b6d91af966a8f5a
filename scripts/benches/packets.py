"""DNS questions as dnsperf reads them with -B, and what dnsperf says afterwards.

In: an address plan, a name. Out: a file of query packets, each with the client subnet of a city and a cookie of its
own, as dig sends them; the figures of a run.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benches.machine import need
from benches.rig import REGIONS, Rig
from benches.values import BenchFailed
from sandbox.protocols.dns_wire import OPTION_COOKIE, write_query

ZONE = "example.test."
NAME = f"app.{ZONE}"
WEIGHTED_NAME = f"drawn.{ZONE}"
WEIGHTS = dict(zip(REGIONS, (70, 20, 10), strict=True))
TTL_S = 60
SERVERS = [f"ns-{number}.awsdns-00.test." for number in range(1, 5)]
SOA = f"{SERVERS[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
CITIES = 50
PACKETS = 200_000  # far more than the authority could keep, if a cookie were part of what it keeps
COOKIE_BYTES = 8
COOKIE_HEAD = OPTION_COOKIE.to_bytes(2, "big") + COOKIE_BYTES.to_bytes(2, "big")


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What dnsperf counted. lost_share: of the questions sent; noerror_share: of the answers; latencies_ms: where it
    told each."""

    per_s: float
    lost_share: float
    noerror_share: float
    latencies_ms: tuple[float, ...]


def zone(rig: Rig, *, records: int = 0, turn: int = 0) -> dict[str, object]:
    """A zone as control publishes it: a latency and a weighted record over all regions, `records` others that differ
    each turn."""
    addresses = {region: rig.plan.region_address(region, "app") for region in REGIONS}
    latency = [
        {"Name": NAME, "Type": "A", "TTL": TTL_S, "SetIdentifier": region, "Region": region, **value(address)}
        for region, address in addresses.items()
    ]
    weighted = [
        {
            "Name": WEIGHTED_NAME,
            "Type": "A",
            "TTL": TTL_S,
            "SetIdentifier": region,
            "Weight": WEIGHTS[region],
            **value(address),
        }
        for region, address in addresses.items()
    ]
    others = [
        {"Name": f"host-{number}.{ZONE}", "Type": "A", "TTL": TTL_S, **value(f"198.51.100.{(number + turn) % 250 + 1}")}
        for number in range(records)
    ]
    apex = [
        {"Name": ZONE, "Type": "NS", "TTL": 172800, "ResourceRecords": [{"Value": server} for server in SERVERS]},
        {"Name": ZONE, "Type": "SOA", "TTL": 900, **value(SOA)},
    ]
    return {
        "id": "Z0BENCH",
        "name": ZONE,
        "name_servers": SERVERS,
        "private": False,
        "records": [*apex, *latency, *weighted, *others],
    }


def value(text: str) -> dict[str, list[dict[str, str]]]:
    """One resource record."""
    return {"ResourceRecords": [{"Value": text}]}


def write_packets(rig: Rig, path: Path, *, names: Sequence[str] = (NAME,), count: int = PACKETS) -> None:
    """Questions for each of the names from the first CITIES cities in turn."""
    cities = list(rig.atlas.cities)[:CITIES]
    bodies = [
        with_cookie_room(write_query(0, name, "A", subnet=rig.plan.client_subnet(city)))
        for city in cities
        for name in names
    ]
    cookies = os.urandom(count * COOKIE_BYTES)
    with path.open("wb") as file:
        for number in range(count):
            cookie = cookies[number * COOKIE_BYTES : (number + 1) * COOKIE_BYTES]
            file.write(bodies[number % len(bodies)] + cookie)


def with_cookie_room(query: bytes) -> bytes:
    """A packet behind its two bytes of length, up to where a cookie's own bytes follow.

    The options are the last thing in a query; the length of all options stands 2 bytes before the first.
    """
    start = query.index(b"\x00\x00\x29", 12) + 9  # the root name, type OPT; then class and TTL
    options = query[start + 2 :]
    size = len(options) + len(COOKIE_HEAD) + COOKIE_BYTES
    packet = query[:start] + size.to_bytes(2, "big") + options + COOKIE_HEAD
    return (len(packet) + COOKIE_BYTES).to_bytes(2, "big") + packet


def dnsperf(
    port: int, packets: Path, seconds: float, *, per_s: int | None = None, tells_each: bool = False
) -> subprocess.Popen[str]:
    """A running dnsperf: at most `per_s` questions a second, or as many as get answers.

    tells_each: it writes the latency of every answer, which costs it time.
    """
    words = [need("dnsperf"), "-s", "127.0.0.1", "-p", str(port), "-d", str(packets), "-B", "-c", "8", "-T", "1"]
    words += ["-l", f"{seconds:g}", "-t", "2", *(["-Q", str(per_s)] if per_s else []), *(["-v"] if tells_each else [])]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def read_dnsperf(process: subprocess.Popen[str]) -> Answered:
    """Its figures, once it has ended."""
    said, _ = process.communicate()
    found = {
        name: re.search(pattern, said)
        for name, pattern in (
            ("per_s", r"Queries per second:\s+([\d.]+)"),
            ("sent", r"Queries sent:\s+(\d+)"),
            ("lost", r"Queries lost:\s+(\d+)"),
        )
    }
    if process.returncode != 0 or not all(found.values()):
        raise BenchFailed(f"dnsperf ended with {process.returncode}: {said[-500:]}")
    numbers = {name: float(match[1]) for name, match in found.items() if match}
    noerror = re.search(r"NOERROR \d+ \(([\d.]+)%\)", said)
    return Answered(
        per_s=numbers["per_s"],
        lost_share=numbers["lost"] / max(1.0, numbers["sent"]),
        noerror_share=float(noerror[1]) / 100 if noerror else 0.0,
        latencies_ms=tuple(float(seconds) * 1000 for seconds in re.findall(r"^> .* ([\d.]+)$", said, re.MULTILINE)),
    )
