"""Frames a second of the console in Chromium at 1920 x 1080 with 200 requests a second; what looking costs the planet.

One sandbox of three regions, sixteen cities that ask for a latency-routed name. First nobody looks; then a reader of
the live stream does (the planet's errors beside each other: measured minus expected connect time); then Chromium draws,
without a graphics processor, so that the frames are those of a machine without one. Frames are counted where the page
draws: by requestAnimationFrame in the page's own thread. With `--minutes N` only Chromium draws, and `minutes.py` looks
every minute whether process and page stay as they are.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benches.browser import chromium, looking
from benches.life import Life, variables
from benches.machine import cpu_s
from benches.minutes import minutes_of
from benches.rig import REGIONS
from benches.up import NAME, make_zone, wait_for_answer
from benches.values import BenchFailed, Figure, Orders, Run
from sandbox.client.steady_load import SteadyLoad
from sandbox.geography.atlas import Atlas
from sandbox.serving.measured import Measured

CITIES = (
    *("new-york", "toronto", "san-francisco", "mexico-city", "sao-paulo", "bogota", "paris", "london", "berlin"),
    *("istanbul", "cairo", "johannesburg", "mumbai", "singapore", "tokyo", "sydney"),
)
REQUESTS_PER_S = 200
FRAMES_LEAST, MEMORY_MOST_MB = 30.0, 70.0
LAST_S, QUICK_LAST_S = 15.0, 6.0
SETTLE_S = 3.0
COUNT = """(seconds) => new Promise((resolve) => {
  const gaps = [], began = performance.now();
  let before = began;
  const frame = (now) => {
    gaps.push(now - before);
    before = now;
    if (now - began < seconds * 1000) requestAnimationFrame(frame);
    else resolve([gaps.length / seconds, gaps.sort((a, b) => a - b)[Math.floor(gaps.length * 0.95)]]);
  };
  requestAnimationFrame(frame);
})"""


def measure(orders: Orders) -> Iterator[Run]:
    """A sandbox for each run; one for all of the minutes."""
    chromium()
    os.environ.update(variables())
    lasts_s = QUICK_LAST_S if orders.quick else LAST_S
    for _ in range(1 if orders.minutes else orders.runs):
        with TemporaryDirectory(prefix="sandbox-bench-") as folder:
            life = Life(Path(folder), REGIONS)
            try:
                life.up()
                life.wait_for_port(life.aws)
                make_zone(life)
                wait_for_answer(life)
                life.wait_until_ready()
                if orders.minutes:
                    yield from minutes_of(life, orders.minutes, load, orders.tell)
                else:
                    yield one_run(life, lasts_s, orders)
            finally:
                life.close()


def one_run(life: Life, lasts_s: float, orders: Orders) -> Run:
    """Nobody looks, a reader, a browser."""
    alone = errors_of(load(life, lasts_s))
    with reading(life.console):
        looked_at = errors_of(load(life, lasts_s))
        console = life.pid_of("console")
        used_s = cpu_s(console)
        load(life, lasts_s)
        share = (cpu_s(console) - used_s) / lasts_s
    frames, late_ms = drawn(life, lasts_s)
    memory_mb = life.status()["pss_mb"]["console"]
    orders.tell(
        f"console: {frames:.0f} frames a second; connect p99 {alone[1]:+.1f} ms alone, {looked_at[1]:+.1f} looked at"
    )
    return [
        Figure(name="frames a second", unit="1/s", value=frames, target=FRAMES_LEAST),
        Figure(name="95 % of frames come after at most", unit="ms", value=late_ms),
        Figure(
            name="memory of the console's process", unit="MB", value=memory_mb, wants="at most", target=MEMORY_MOST_MB
        ),
        Figure(name="a processor's share it takes", unit="%", value=100 * share),
        Figure(name="connect error p50, nobody looks", unit="ms", value=alone[0]),
        Figure(name="connect error p50, looked at", unit="ms", value=looked_at[0]),
        Figure(name="connect error p99, nobody looks", unit="ms", value=alone[1]),
        Figure(name="connect error p99, looked at", unit="ms", value=looked_at[1]),
    ]


def load(life: Life, lasts_s: float) -> list[Measured]:
    """Visits at a steady rate from all cities together."""
    rate = REQUESTS_PER_S / len(CITIES)
    steady = SteadyLoad("127.0.0.1", life.proxy, CITIES, f"http://{NAME}/", rate_per_s=rate)
    return asyncio.run(steady.run(lasts_s))


def errors_of(visits: Sequence[Measured]) -> tuple[float, float]:
    """p50 and p99 of measured minus expected connect time in ms; what failed must be little."""
    atlas = Atlas.load()
    good = [visit for visit in visits if visit.ok and visit.connect_ms is not None]
    if len(good) < 0.95 * len(visits):
        raise BenchFailed(f"only {len(good)} of {len(visits)} visits were answered")
    errors = sorted((visit.connect_ms or 0.0) - atlas.rtt_ms(visit.place, visit.owner) for visit in good)
    return errors[len(errors) // 2], errors[int(0.99 * len(errors))]


@contextmanager
def reading(port: int) -> Iterator[None]:
    """Somebody who reads the live stream and draws nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/api/v1/live")
    sock = connection.sock
    answer = connection.getresponse()
    thread = threading.Thread(target=read_all, args=(answer,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        sock.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        answer.close()


def read_all(answer: http.client.HTTPResponse) -> None:
    """Until it ends."""
    try:
        while answer.read1(65536):
            pass
    except (OSError, http.client.HTTPException):
        return


def drawn(life: Life, lasts_s: float) -> tuple[float, float]:
    """Frames a second, and the gap that 95 % of them keep."""
    thread = threading.Thread(target=load, args=(life, lasts_s + 2 * SETTLE_S), daemon=True)
    thread.start()
    try:
        return frames_in(life.console, lasts_s)
    finally:
        thread.join(lasts_s + 30)


def frames_in(port: int, lasts_s: float) -> tuple[float, float]:
    """Counted in the page."""
    with looking(port) as page:
        page.wait_for_timeout(SETTLE_S * 1000)
        counted: Any = page.evaluate(COUNT, lasts_s)
    return float(counted[0]), float(counted[1])
