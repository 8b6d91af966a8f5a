"""The authority: answers a second to questions for a latency and a weighted record from 50 cities, with random cookies.

Beside it, in the same run and with the same questions: PowerDNS and Knot with their geo modules, where installed, and a
blocking loop that sends each question back unread: what the machine lets Python do now. The answers are checked: all
NOERROR, the right region for each city, and the weights. The latency of answers is measured at a rate that all bear.
"""

from __future__ import annotations

import math
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benches.machine import cpu_s, memory_mb, need
from benches.name_servers import KNOT, POWERDNS, Served, running
from benches.packets import CITIES, NAME, WEIGHTED_NAME, WEIGHTS, ZONE, Answered, dnsperf, read_dnsperf, write_packets
from benches.packets import zone as bench_zone
from benches.report import percentile
from benches.rig import REGIONS, Rig, end, nearest, planet
from benches.values import BenchFailed, Figure, Orders, Run
from sandbox.protocols.dns_wire import Reply, read_reply, write_query

TARGET_PER_S = 73_000  # PowerDNS with its GeoIP backend, where the target was set
LAST_S = 8.0
QUICK_LAST_S = 2.0
WARM_S = 1.0
LOST_SHARE_MOST = 0.001
KNOWN_WITHIN_S = 10.0
REPLY_WITHIN_S = 0.5
DRAWS = 2000
OFF_WEIGHT_MOST = 0.05  # five standard deviations of a share of one half
GROWN_MB_MOST = 5.0
BORNE_PER_S = 20_000


def measure(orders: Orders) -> Iterator[Run]:
    """A planet for each run."""
    need("dnsperf")
    lasts_s = QUICK_LAST_S if orders.quick else LAST_S
    for _ in range(orders.runs):
        with ExitStack() as stack:
            packets = Path(stack.enter_context(TemporaryDirectory(prefix="sandbox-bench-"))) / "questions"
            rig = stack.enter_context(planet())
            write_packets(rig, packets, names=(NAME, WEIGHTED_NAME))
            rig.publish("zone/Z0BENCH", bench_zone(rig))
            wait_until_known(rig)
            ours = Served(name="planet", port=rig.dns_port, pid=rig.pid)
            peers = [stack.enter_context(running(peer, rig, orders.tell)) for peer in (POWERDNS, KNOT)]
            loop_port = stack.enter_context(end("datagrams"))
            figures = compared([ours, *(peer for peer in peers if peer is not None)], rig, packets, lasts_s)
            floor = read_dnsperf(dnsperf(loop_port, packets, lasts_s))
        orders.tell(f"dns: {', '.join(f'{figure.value:,.3g} {figure.unit}' for figure in figures[:2])}")
        yield [
            *figures,
            Figure(
                name="planet beside a loop that answers nothing", unit="times", value=figures[0].value / floor.per_s
            ),
            Figure(name="a loop that answers nothing", unit="1/s", value=floor.per_s),
        ]


def compared(servers: list[Served], rig: Rig, packets: Path, seconds: float) -> Run:
    """The planet's figures, then each peer's and the planet's rate beside it."""
    for served in servers:
        check_answers(rig, served)
    ours, *theirs = (figures_of(served, packets, seconds) for served in servers)
    ours[0] = Figure(name=ours[0].name, unit=ours[0].unit, value=ours[0].value, target=TARGET_PER_S)
    beside = [
        Figure(
            name=f"planet beside {peer.name}",
            unit="times",
            value=ours[0].value / figures[0].value,
            target=1.0 if peer.name == POWERDNS.name else None,
        )
        for peer, figures in zip(servers[1:], theirs, strict=True)
    ]
    return [ours[0], *beside, *ours[1:], *(figure for figures in theirs for figure in figures)]


def figures_of(served: Served, packets: Path, seconds: float) -> Run:
    """Rate, processor time and memory of one server, and the latency of its answers at a rate it bears."""
    read_dnsperf(dnsperf(served.port, packets, WARM_S))
    memory_before_mb, cpu_before_s, started_s = memory_mb(served.pid), cpu_s(served.pid), time.monotonic()
    answered = read_dnsperf(dnsperf(served.port, packets, seconds))
    share = (cpu_s(served.pid) - cpu_before_s) / (time.monotonic() - started_s)
    grown_mb = memory_mb(served.pid) - memory_before_mb
    calm = read_dnsperf(dnsperf(served.port, packets, seconds / 2, per_s=BORNE_PER_S, tells_each=True))
    check(answered)
    check(calm)
    name = served.name
    return [
        Figure(name=f"{name}: answers", unit="1/s", value=answered.per_s),
        Figure(name=f"{name}: work", unit="CPU µs per answer", value=share / answered.per_s * 1e6),
        Figure(name=f"{name}: share of a processor", unit="%", value=100 * share),
        Figure(name=f"{name}: p99 at {BORNE_PER_S:,}/s", unit="ms", value=percentile(calm.latencies_ms, 99)),
        Figure(
            name=f"{name}: memory grown by",
            unit="MB",
            value=grown_mb,
            wants="at most",
            target=GROWN_MB_MOST if name == "planet" and math.isfinite(grown_mb) else None,
        ),
    ]


def wait_until_known(rig: Rig) -> None:
    """Until the planet has taken up the zone."""
    give_up_at_s = time.monotonic() + KNOWN_WITHIN_S
    while rig.ask("dig", name=NAME, place=REGIONS[0])["status"] != "NOERROR":
        if time.monotonic() > give_up_at_s:
            raise BenchFailed(f"the planet does not know {ZONE} after {KNOWN_WITHIN_S:g} s")
        time.sleep(0.05)


def check_answers(rig: Rig, served: Served) -> None:
    """Each city is sent to the region nearest to it; draws are as the weights say."""
    cities = list(rig.atlas.cities)[:CITIES]
    for city in cities:
        found = asked(rig, served, NAME, city)
        if found != rig.plan.region_address(nearest(rig, city), "app"):
            raise BenchFailed(f"{served.name} sends {city} to {found}, and {nearest(rig, city)} is nearest")
    drawn = Counter(asked(rig, served, WEIGHTED_NAME, cities[number % CITIES]) for number in range(DRAWS))
    for region, weight in WEIGHTS.items():
        share = drawn[rig.plan.region_address(region, "app")] / DRAWS
        if abs(share - weight / sum(WEIGHTS.values())) > OFF_WEIGHT_MOST:
            raise BenchFailed(f"{served.name} draws {region}, of weight {weight}, {share:.0%} of the time")


def asked(rig: Rig, served: Served, name: str, city: str) -> str:
    """The one address that a server has for a name, as seen from a city."""
    query = write_query(1, name, "A", subnet=rig.plan.client_subnet(city))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(REPLY_WITHIN_S)
        client.connect(("127.0.0.1", served.port))
        reply = exchanged(client, query, time.monotonic() + KNOWN_WITHIN_S)
    values = [value for rrset in reply.answer for value in rrset.values] if reply is not None else []
    if len(values) != 1:
        raise BenchFailed(f"{served.name} has {values or 'no answer'} for {name}")
    return values[0]


def exchanged(client: socket.socket, query: bytes, give_up_at_s: float) -> Reply | None:
    """Ask until there is a reply: a server that has just been started may not listen yet."""
    while time.monotonic() < give_up_at_s:
        try:
            client.send(query)
            return read_reply(client.recv(4096))
        except (ConnectionRefusedError, TimeoutError):
            time.sleep(0.05)
    return None


def check(answered: Answered) -> None:
    """Lost or wrong answers are no answers."""
    if answered.noerror_share < 1 or answered.lost_share > LOST_SHARE_MOST:
        found = f"{answered.noerror_share:.2%} NOERROR, {answered.lost_share:.2%} lost"
        raise BenchFailed(f"not all questions were answered well: {found}")
