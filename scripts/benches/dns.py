"""The authority: answers a second to questions for a latency record from 50 cities, with random cookies, over UDP.

Beside it, in the same run, a blocking loop that sends each question back unread: what the machine lets Python do now.
The answers are checked: all NOERROR, and the right region for each city.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benches.machine import need
from benches.packets import CITIES, NAME, ZONE, Answered, dnsperf, read_dnsperf, write_packets, zone
from benches.rig import REGIONS, Rig, end, planet
from benches.values import BenchFailed, Figure, Orders, Run

TARGET_PER_S = 73_000  # PowerDNS with its GeoIP backend, where the target was set
LAST_S = 8.0
QUICK_LAST_S = 2.0
WARM_S = 1.0
LOST_SHARE_MOST = 0.001
KNOWN_WITHIN_S = 10.0


def measure(orders: Orders) -> Iterator[Run]:
    """A planet for each run."""
    need("dnsperf")
    lasts_s = QUICK_LAST_S if orders.quick else LAST_S
    for _ in range(orders.runs):
        with TemporaryDirectory(prefix="sandbox-bench-") as folder, planet() as rig, end("datagrams") as loop_port:
            packets = Path(folder) / "questions"
            write_packets(rig, packets)
            rig.publish("zone/Z0BENCH", zone(rig))
            wait_until_known(rig)
            check_answers(rig)
            read_dnsperf(dnsperf(rig.dns_port, packets, WARM_S))
            cpu_before_s, started_s = rig.cpu_s(), time.monotonic()
            answered = read_dnsperf(dnsperf(rig.dns_port, packets, lasts_s))
            share = (rig.cpu_s() - cpu_before_s) / (time.monotonic() - started_s)
            floor = read_dnsperf(dnsperf(loop_port, packets, lasts_s))
        check(answered)
        orders.tell(f"dns: {answered.per_s:,.0f} answers/s")
        yield [
            Figure(name="latency record, client subnet, cookie", unit="1/s", value=answered.per_s, target=TARGET_PER_S),
            Figure(name="beside a loop that answers nothing", unit="times", value=answered.per_s / floor.per_s),
            Figure(name="a loop that answers nothing", unit="1/s", value=floor.per_s),
            Figure(name="planet's work", unit="CPU µs per answer", value=share / answered.per_s * 1e6),
            Figure(name="planet's share of a processor", unit="%", value=100 * share),
        ]


def wait_until_known(rig: Rig) -> None:
    """Until the planet has taken up the zone."""
    give_up_at_s = time.monotonic() + KNOWN_WITHIN_S
    while rig.ask("dig", name=NAME, place=REGIONS[0])["status"] != "NOERROR":
        if time.monotonic() > give_up_at_s:
            raise BenchFailed(f"the planet does not know {ZONE} after {KNOWN_WITHIN_S:g} s")
        time.sleep(0.05)


def check_answers(rig: Rig) -> None:
    """Each city is sent to the region nearest to it."""
    for city in list(rig.atlas.cities)[:CITIES]:
        nearest = min(REGIONS, key=lambda region: rig.atlas.rtt_ms(city, region))
        [answer] = rig.ask("dig", name=NAME, place=city)["answers"]
        if answer["data"] != rig.plan.region_address(nearest, "app"):
            raise BenchFailed(f"{city} is sent to {answer['data']}, and {nearest} is nearest")


def check(answered: Answered) -> None:
    """Lost or wrong answers are no answers."""
    if answered.noerror_share < 1 or answered.lost_share > LOST_SHARE_MOST:
        raise BenchFailed(f"not all questions were answered well: {answered}")
