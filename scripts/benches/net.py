"""What proxy and accelerator cost by themselves: the same requests straight, through haproxy in TCP mode, through the
proxy, and through the proxy to an anycast address, on a planet whose links have no latency.

wrk makes the load over kept connections. The added latency is what the middle and the 99th of a hundred requests take
longer than straight, four connections at a time; the rate is of 64 connections, then of 1,000. A download of 1 GB is
read from a socket in this process. The link has no latency by a table of latencies of one's own (zeros).
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benches.anycast import ADDRESS, publish
from benches.ends import read_head, take_bytes
from benches.machine import cpu_s, need
from benches.relay import encoded_user, expect_ok
from benches.rig import REGION, Rig, end, planet
from benches.tcp_relay import PACKAGE, haproxy
from benches.values import BenchFailed, Figure, Orders, Run, unmeasured

P50_MOST_MS, LEAST_PER_S, LEAST_MB_PER_S = 1.0, 3000, 700
FEW, MANY, CROWD = 4, 64, 1000
CROWD_LONGER = 3  # a thousand connections take a while to make
LAST_S, QUICK_LAST_S = 4, 1
DOWNLOAD_BYTES, QUICK_DOWNLOAD_BYTES = 1_000_000_000, 100_000_000
STRAIGHT, HAPROXY, PROXY, ACCELERATOR = "straight", "haproxy", "proxy", "accelerator"
SCRIPT = """
wrk.headers["Proxy-Authorization"] = "{authorization}"
done = function(summary, latency, requests)
  local errors = summary.errors
  io.stderr:write(string.format('{{"requests":%d,"us":%d,"broken":%d,"p50_us":%d,"p99_us":%d}}\\n',
    summary.requests, summary.duration, errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How to reach the end. target: what a request asks for there; pid: whose work it is, None for nobody's."""

    name: str
    port: int
    target: str
    pid: int | None


@dataclass(frozen=True, kw_only=True)
class Load:
    """What wrk saw."""

    requests: int
    per_s: float
    p50_ms: float
    p99_ms: float


def measure(orders: Orders) -> Iterator[Run]:
    """A planet for each run."""
    need("wrk")
    seconds = QUICK_LAST_S if orders.quick else LAST_S
    size = QUICK_DOWNLOAD_BYTES if orders.quick else DOWNLOAD_BYTES
    for _ in range(orders.runs):
        with TemporaryDirectory(prefix="sandbox-bench-") as folder:
            figures = requests(Path(folder), seconds, orders)
            figures += downloads(Path(folder), size, orders)
        yield figures


def no_latency(folder: Path) -> Path:
    """A table in which a client in the region, its edge location and the region's application are in one place."""
    path = folder / "latencies.csv"
    path.write_text(f"from,to,rtt_ms\n{REGION},{REGION},0\n{REGION},edge:IAD,0\n")
    return path


def ways_to(rig: Rig, straight: int, relay: int | None, relay_pid: int | None) -> list[Way]:
    """The four, or three where haproxy is not."""
    found = [
        Way(name=STRAIGHT, port=straight, target="/", pid=None),
        Way(name=PROXY, port=rig.proxy_port, target=f"http://{rig.address}/", pid=rig.pid),
        Way(name=ACCELERATOR, port=rig.proxy_port, target=f"http://{ADDRESS}/", pid=rig.pid),
    ]
    if relay is not None:
        found.insert(1, Way(name=HAPROXY, port=relay, target="/", pid=relay_pid))
    return found


def requests(folder: Path, seconds: int, orders: Orders) -> Run:
    """Latency and rate of small requests."""
    figures: Run = []
    with end("http") as port, planet(port, no_latency(folder)) as rig, haproxy(port) as relay:
        publish(rig, (REGION,))
        ways = ways_to(rig, port, relay and relay.port, relay and relay.pid)
        for way in ways:
            wrk(folder, way, FEW, 1)  # warm
        alone = {way.name: wrk(folder, way, FEW, seconds) for way in ways}
        base = alone[STRAIGHT]
        for way in ways[1:]:
            found = alone[way.name]
            added_ms = found.p50_ms - base.p50_ms
            target = None if way.name == HAPROXY else P50_MOST_MS
            figures += [
                figure(f"{way.name}: added latency, p50", "ms", added_ms, "at most", target),
                figure(f"{way.name}: added latency, p99", "ms", found.p99_ms - base.p99_ms, "at most"),
            ]
        for connections, lasts_s in ((MANY, seconds), (CROWD, CROWD_LONGER * seconds)):
            for way in ways:
                figures += crowd(folder, way, connections, lasts_s, orders)
    if relay is None:
        figures.append(unmeasured("haproxy", "", f"haproxy is not installed. {PACKAGE}"))
    return figures


def crowd(folder: Path, way: Way, connections: int, seconds: int, orders: Orders) -> Run:
    """Rate, tail and work of many connections at once."""
    before_s = work_s(way)
    found = wrk(folder, way, connections, seconds)
    orders.tell(f"net: {way.name}, {connections} connections: {found.per_s:,.0f} requests/s")
    name = f"{way.name}: {connections:,} connections"
    target = LEAST_PER_S if way.name in (PROXY, ACCELERATOR) else None
    figures = [
        figure(name, "requests/s", found.per_s, None, target),
        figure(f"{name}, p99", "ms", found.p99_ms, "at most"),
    ]
    if way.pid is not None:
        cost_us = (work_s(way) - before_s) / found.requests * 1e6
        figures.append(figure(f"{name}, work", "CPU µs a request", cost_us, "at most"))
    return figures


def downloads(folder: Path, size: int, orders: Orders) -> Run:
    """One stream, and what a GB of it costs."""
    figures: Run = []
    with end("bulk") as port, planet(port, no_latency(folder)) as rig, haproxy(port) as relay:
        publish(rig, (REGION,))
        for way in ways_to(rig, port, relay and relay.port, relay and relay.pid):
            connect = tunnel_of(rig, way)
            download(connect, size // 20)  # warm
            before_s, started_s = work_s(way), time.monotonic()
            download(connect, size)
            took_s = time.monotonic() - started_s
            mb_per_s = size / took_s / 1e6
            orders.tell(f"net: {way.name}: {mb_per_s:,.0f} MB/s")
            target = LEAST_MB_PER_S if way.name == PROXY else None
            figures.append(figure(f"{way.name}: download of {size / 1e9:g} GB", "MB/s", mb_per_s, None, target))
            if way.pid is not None:
                cost = (work_s(way) - before_s) / size * 1e9
                figures.append(figure(f"{way.name}: work", "CPU s per GB", cost, "at most"))
    return figures


def work_s(way: Way) -> float:
    """Processor seconds so far."""
    return 0.0 if way.pid is None else cpu_s(way.pid)


def figure(name: str, unit: str, value: float, wants: str | None, target: float | None = None) -> Figure:
    """wants: None for at least."""
    if wants == "at most":
        return Figure(name=name, unit=unit, value=value, wants="at most", target=target)
    return Figure(name=name, unit=unit, value=value, target=target)


def wrk(folder: Path, way: Way, connections: int, seconds: int) -> Load:
    """As many requests as are answered in so many seconds; a BenchFailed when one was no 200."""
    script = folder / "net.lua"
    script.write_text(SCRIPT.format(authorization=f"Basic {encoded_user(REGION)}") + f'wrk.path = "{way.target}"\n')
    words = [need("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script)]
    ended = subprocess.run([*words, f"http://127.0.0.1:{way.port}"], capture_output=True, text=True, check=False)
    if ended.returncode != 0 or not ended.stderr.strip():
        raise BenchFailed(f"wrk ended with {ended.returncode}: {ended.stderr[-500:]}{ended.stdout[-500:]}")
    counted = json.loads(ended.stderr.splitlines()[-1])
    if counted["broken"] or not counted["requests"]:
        raise BenchFailed(f"{way.name}: not every answer is 200: {counted}")
    return Load(
        requests=counted["requests"],
        per_s=counted["requests"] / (counted["us"] / 1e6),
        p50_ms=counted["p50_us"] / 1000,
        p99_ms=counted["p99_us"] / 1000,
    )


def tunnel_of(rig: Rig, way: Way) -> Callable[[], socket.socket]:
    """Connects by a way; through the planet by CONNECT."""

    def connect() -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", way.port))
        if way.name in (PROXY, ACCELERATOR):
            target = f"{rig.address if way.name == PROXY else ADDRESS}:80"
            head = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Authorization: Basic {encoded_user(REGION)}"
            connection.sendall(f"{head}\r\n\r\n".encode())
            expect_ok(read_head(connection)[0])
        return connection

    return connect


def download(connect: Callable[[], socket.socket], size: int) -> None:
    """Ask for so many bytes and read them."""
    with closing(connect()) as connection:
        connection.sendall(f"GET /{size} HTTP/1.1\r\n\r\n".encode())
        head, rest = read_head(connection)
        expect_ok(head)
        take_bytes(connection, size - len(rest))
