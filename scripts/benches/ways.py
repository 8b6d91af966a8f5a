"""First byte for every city, over the Internet and through an accelerator, cold (a new connection) and warm (the next
request on it): measured on the planet, beside what the model says.

All cities, a few rounds; the middle of the rounds counts. Each city's region is the nearest of three over the Internet.
The table goes to `bench-results/first-byte.csv`.
"""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benches.anycast import ADDRESS, publish, wait_until_healthy
from benches.relay import encoded_user
from benches.rig import REGIONS, Rig, end, nearest, planet
from benches.values import BenchFailed, Figure, Orders, Run

ROUNDS, QUICK_ROUNDS = 7, 2
SAME_SHARE = 0.05  # of a first byte: less than this is no difference
FARTHEST_MS = 10.0  # of a first byte from the model, the median of all
WITHIN_S = 20.0
AT_ONCE = 17  # cities
FILE = Path("bench-results") / "first-byte.csv"
WAYS = ("internet", "accelerator")
KINDS = ("cold", "warm")


@dataclass(frozen=True, kw_only=True)
class FirstByte:
    """Of one city by one way, in ms. cold: from the first SYN; warm: of the next request."""

    cold_ms: float
    warm_ms: float

    def of(self, kind: str) -> float:
        """One of both."""
        return self.cold_ms if kind == "cold" else self.warm_ms


Seen = Mapping[tuple[str, str], FirstByte]  # by city and way


def measure(orders: Orders) -> Iterator[Run]:
    """A planet for each run."""
    rounds = QUICK_ROUNDS if orders.quick else ROUNDS
    for _ in range(orders.runs):
        with end("http") as port, planet(port) as rig:
            for region in REGIONS[1:]:
                rig.publish(f"region/{region}", {"code": region, "app": port, "app_running": True})
            publish(rig)
            wait_until_healthy(rig)
            seen = asyncio.run(visit_all(rig, rounds))
        expected = {(city, way): model(rig, city, way) for city, way in seen}
        write(rig, seen, expected)
        orders.tell(f"ways: written: {FILE}")
        yield figures_of(seen, expected)


def model(rig: Rig, city: str, way: str) -> FirstByte:
    """What the round trips say. Cold through an edge location, its own connection is made while the request comes."""
    region = nearest(rig, city)
    if way == "internet":
        rtt_ms = rig.atlas.rtt_ms(city, region)
        return FirstByte(cold_ms=2 * rtt_ms, warm_ms=rtt_ms)
    edge = rig.atlas.nearest_edge(city)
    to_edge_ms = rig.atlas.rtt_ms(city, edge)
    onward_ms = min(rig.atlas.rtt_ms(edge, region) for region in REGIONS)
    cold_ms = max(2 * to_edge_ms + onward_ms, to_edge_ms + 2 * onward_ms)
    return FirstByte(cold_ms=cold_ms, warm_ms=to_edge_ms + onward_ms)


async def visit_all(rig: Rig, rounds: int) -> Seen:
    """The middle of the rounds, for each city and way."""
    found: dict[tuple[str, str], list[FirstByte]] = {}
    few = asyncio.Semaphore(AT_ONCE)

    async def visit_there(city: str, way: str) -> None:
        async with few:
            seen = await visit(rig.proxy_port, city, address_of(rig, city, way))
        found.setdefault((city, way), []).append(seen)

    for _ in range(rounds):
        await asyncio.gather(*(visit_there(city, way) for city in rig.atlas.cities for way in WAYS))
    return {
        key: FirstByte(cold_ms=median(one.cold_ms for one in seen), warm_ms=median(one.warm_ms for one in seen))
        for key, seen in found.items()
    }


def address_of(rig: Rig, city: str, way: str) -> str:
    """Where a city's users connect to."""
    return ADDRESS if way == "accelerator" else rig.plan.region_address(nearest(rig, city), "app")


async def visit(proxy_port: int, city: str, address: str) -> FirstByte:
    """Two requests on one connection; the first counts from before its connection was asked for."""
    where = f"{address}:80"
    async with asyncio.timeout(WITHIN_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy_port)
        began_s = time.perf_counter()
        head = f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\nProxy-Authorization: Basic {encoded_user(city)}\r\n\r\n"
        writer.write(head.encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in answer.partition(b"\r\n")[0]:
            raise BenchFailed(f"ways: {city}: {answer.decode(errors='replace')}")
        cold_ms = await ask(reader, writer, began_s)
        warm_ms = await ask(reader, writer, time.perf_counter())
        writer.transport.abort()
    return FirstByte(cold_ms=cold_ms, warm_ms=warm_ms)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, began_s: float) -> float:
    """One request; ms until its first byte is here."""
    writer.write(b"GET / HTTP/1.1\r\nHost: app\r\n\r\n")
    await reader.readexactly(1)
    took_ms = (time.perf_counter() - began_s) * 1000
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(len("hello"))
    return took_ms


def write(rig: Rig, seen: Seen, expected: Seen) -> None:
    """The table of all cities."""
    FILE.parent.mkdir(exist_ok=True)
    columns = [f"{way} {kind} ms" for way in WAYS for kind in KINDS]
    with FILE.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["city", "edge", "region", *columns, *(f"{name}, model" for name in columns)])
        for city in rig.atlas.cities:
            cells = [source[city, way].of(kind) for source in (seen, expected) for way in WAYS for kind in KINDS]
            places = (city, rig.atlas.nearest_edge(city), nearest(rig, city))
            table.writerow([*places, *(f"{ms:.1f}" for ms in cells)])


def figures_of(seen: Seen, expected: Seen) -> Run:
    """Medians over cities, how often which way wins, and how far from the model."""
    figures: Run = []
    cities = sorted({city for city, _ in seen})
    for kind in KINDS:
        for way in WAYS:
            middle_ms = median(seen[city, way].of(kind) for city in cities)
            figures.append(Figure(name=f"{kind}, {way}: median of {len(cities)} cities", unit="ms", value=middle_ms))
        shares = [seen[city, "accelerator"].of(kind) / seen[city, "internet"].of(kind) for city in cities]
        faster = sum(share < 1 - SAME_SHARE for share in shares)
        slower = sum(share > 1 + SAME_SHARE for share in shares)
        for word, count in (("faster", faster), ("the same", len(shares) - faster - slower), ("slower", slower)):
            figures.append(Figure(name=f"{kind}, accelerator {word}", unit="cities", value=count))
    errors_ms = [abs(seen[key].of(kind) - expected[key].of(kind)) for key in seen for kind in KINDS]
    middle = Figure(
        name="from the model, median", unit="ms", value=median(errors_ms), wants="at most", target=FARTHEST_MS
    )
    return [*figures, middle, Figure(name="from the model, worst", unit="ms", value=max(errors_ms), wants="at most")]
