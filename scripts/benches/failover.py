"""A region lost for twenty cities at once, by DNS (interval 10, threshold 3, TTL 60) and by an accelerator (interval
10, threshold 3), at speed 10: killed, then cut off. Users in every city ask for both names twice a second.

One city's resolver keeps answers for ever: DNS does not get it back, the accelerator does. In each city one more user
holds a connection through the accelerator open: those to the lost region do not move, they break or hang. Writes
`bench-results/failover.html` and `failover.png`.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benches.drawn import can_draw, draw
from benches.ends import read_head
from benches.failover_stage import (
    AT_HOME,
    CITIES,
    LOST,
    NAMES,
    PATIENCE_S,
    REGIONS,
    SPEED,
    STUBBORN,
    accelerate,
    accelerator_detect_s,
    publish,
)
from benches.outages import Drill, Outage, outage_of, page, text_table
from benches.relay import encoded_user, expect_ok
from benches.values import BenchFailed, Figure, Orders, Run
from sandbox.client.sandbox import Sandbox
from sandbox.demo.load import BackgroundLoad
from sandbox.demo.losing import bound_of
from sandbox.demo.outage import OURS_S, cities_served_by
from sandbox.geography.atlas import Atlas

KINDS = {"stop": "killed", "isolate": "cut off"}
RATE_PER_S = 2.0
FOLDER = Path("bench-results")


def measure(orders: Orders) -> Iterator[Run]:
    """A sandbox for each run."""
    for _ in range(orders.runs):
        drills, figures = [], []
        with Sandbox(regions=list(REGIONS), seed=1, speed=SPEED) as planet:
            planet.set_place(STUBBORN, hold_s="forever")
            publish(planet, accelerate(planet))
            for kind in KINDS:
                drill = lose(planet, kind)
                print(text_table(drill), flush=True)
                drills.append(drill)
                figures += figures_of(kind, drill)
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / "failover.html").write_text(page(drills))
        if can_draw():
            draw(drills, FOLDER / "failover.png")
        else:
            orders.tell("failover: matplotlib is not installed, so there is no PNG: ./scripts/test --version")
        yield figures


def lose(planet: Sandbox, kind: str) -> Drill:
    """Lose the region once under both loads."""
    rtt_ms = Atlas.load().rtt_ms
    bounds_s = {
        "DNS": bound_of(kind, LOST, rtt_ms=rtt_ms, speed=SPEED).total_s,
        "accelerator": accelerator_detect_s(kind) + OURS_S,
    }
    port = int(planet.ports["proxy"])
    loads = {
        way: BackgroundLoad(port, CITIES, f"http://{name}/", rate_per_s=RATE_PER_S, timeout_s=PATIENCE_S)
        for way, name in NAMES.items()
    }
    with loads["DNS"], loads["accelerator"]:
        for load in loads.values():
            planet.wait_until(at_home(load), within_s=90)
        held = {city: hold(port, city) for city in CITIES}
        fault = planet.fault.inject(kind, LOST)
        broken = watch(held, until_s=fault.since + bounds_s["DNS"] + 2 / RATE_PER_S + PATIENCE_S)
        open_flows = planet.call("planet", "accelerators")[0]["flows"]
        visits = {way: load.visits for way, load in loads.items()}
        innocent = found_unhealthy(planet, fault.since)
        after_s = last_routed_s(planet, fault.since)
        fault.heal()
        planet.wait_until(at_home(loads["accelerator"], since_s=time.time()), within_s=90)
    for connection in held.values():
        connection.close()
    by_way = {
        way: {city: outage_of(seen, city, fault.since) for city in cities_served_by(LOST, before(seen, fault.since))}
        for way, seen in visits.items()
    }
    hit = [city for city in by_way["accelerator"] if city in held]
    ends = sorted(broken[city] - fault.since for city in hit if city in broken)
    told = f"{len(ends)} ended, the last after {ends[-1]:.1f} s" if ends else "none ended: they hang"
    notes = [
        f"bounds: DNS {bounds_s['DNS']:.1f} s (detection, TTL, 1 s), accelerator {bounds_s['accelerator']:.1f} s "
        "(detection, 1 s)",
        f"{STUBBORN}: its resolver keeps answers for ever",
        f"connections held open through the accelerator, one in each city: {len(hit)}; {told}; none moves elsewhere",
        f"flows that the accelerator holds when all are served again, by region: {open_flows or 'none'}",
    ]
    later = sum(outage.later for outage in by_way["accelerator"].values())
    notes.append(f"the accelerator sent its last new connection to {LOST} after {after_s:.1f} s")
    notes.append(f"visits that failed after their city was served again by it: {later}")
    if innocent:
        notes.append(f"the machine was too busy: probes of regions that were well failed too ({', '.join(innocent)})")
    title = f"{LOST} is {KINDS[kind]} (speed {SPEED:g})"
    return Drill(title=title, by_way=by_way, bounds_s=bounds_s, notes=notes)


def found_unhealthy(planet: Sandbox, since_s: float) -> list[str]:
    """Regions other than the lost one whose endpoints failed their probes: a sign that the machine stood still."""
    events = planet.events(kinds=["endpoint_health_changed"])
    return sorted(
        {e["region"] for e in events if e["at_s"] >= since_s and e["state"] == "UNHEALTHY" and e["region"] != LOST}
    )


def last_routed_s(planet: Sandbox, since_s: float) -> float:
    """Seconds from the fault to the last new flow that the accelerator chose the lost region for."""
    routed = (e["at_s"] for e in planet.events(kinds=["flow_routed"]) if e["region"] == LOST and e["at_s"] >= since_s)
    return max(routed, default=since_s) - since_s


def at_home(load: BackgroundLoad, since_s: float = 0.0) -> Callable[[], bool]:
    """Whether most cities are served by the region that is to be lost."""
    return lambda: len(cities_served_by(LOST, (v for v in load.visits if v.started_at_s >= since_s))) >= AT_HOME


def before(visits: Any, at_s: float) -> Any:
    """Those that started before."""
    return (visit for visit in visits if visit.started_at_s < at_s)


def hold(proxy_port: int, city: str) -> socket.socket:
    """A connection through the accelerator on which one request was answered, and which stays."""
    connection = socket.create_connection(("127.0.0.1", proxy_port), timeout=10)
    target = f"{NAMES['accelerator']}:80"
    head = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Authorization: Basic {encoded_user(city)}\r\n\r\n"
    connection.sendall(head.encode())
    expect_ok(read_head(connection)[0])
    connection.sendall(b"GET / HTTP/1.1\r\nHost: app\r\n\r\n")
    expect_ok(read_head(connection)[0])
    connection.setblocking(False)
    return connection


def watch(held: dict[str, socket.socket], until_s: float) -> dict[str, float]:
    """When held connections break (Unix seconds), until a moment."""
    broken: dict[str, float] = {}
    while time.time() < until_s:
        for city, connection in held.items():
            if city not in broken and has_ended(connection):
                broken[city] = time.time()
        time.sleep(0.02)
    return broken


def has_ended(connection: socket.socket) -> bool:
    """Whether the other side has closed or reset."""
    try:
        while connection.recv(65536):
            pass  # the rest of the answer
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def figures_of(kind: str, drill: Drill) -> Run:
    """The middle and the worst city of each way."""
    figures: Run = []
    for way, outages in drill.by_way.items():
        usual = [outage for city, outage in outages.items() if city != STUBBORN or way == "accelerator"]
        if not usual:
            raise BenchFailed(f"failover: no city was served by {LOST} through {way}")
        figures += rows(f"{KINDS[kind]}, {way}", usual, drill.bounds_s[way])
    stubborn = drill.by_way["DNS"].get(STUBBORN)
    if stubborn is not None:
        name = f"{KINDS[kind]}, DNS: last error of the resolver that keeps answers"
        figures.append(Figure(name=name, unit="s", value=stubborn.last_error_s, wants="at most"))
    return figures


def rows(name: str, outages: list[Outage], bound_s: float) -> Run:
    """Without an answer, and the last error against its bound."""
    last_s = max(outage.last_error_s for outage in outages)
    return [
        Figure(name=f"{name}: without an answer, median", unit="s", value=median(o.without_s for o in outages)),
        Figure(name=f"{name}: without an answer, worst", unit="s", value=max(o.without_s for o in outages)),
        Figure(name=f"{name}: last error", unit="s", value=last_s, wants="at most", target=bound_s),
    ]
