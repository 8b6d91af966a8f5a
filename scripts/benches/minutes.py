"""Does the console stay as it is? Chromium and 200 requests a second for so many minutes, looked at every minute.

In: a running sandbox, minutes. Out: a run of figures for each minute (the JSON file has them in order), and one of
growth. Memory of the page is what its JavaScript uses after a collection, so that garbage that waits is no growth.
Growth: the median of the last third of the minutes less that of the middle third; in the first third the console fills
what it keeps (ten minutes of percentiles, 6,000 events), and the page its lists.
"""

from __future__ import annotations

import statistics
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benches.browser import looking
from benches.machine import cpu_s, memory_mb
from benches.values import BenchFailed, Figure, Run
from sandbox.management.memory import pss_mb

if TYPE_CHECKING:
    from benches.life import Life

MINUTE_S = 60.0
FRAMES_LEAST = 30.0
GROWTH_MOST_MB = 3.0  # in a third of the minutes
COUNT = """() => {
  const counted = window.counted = { frames: 0, since: performance.now() };
  const frame = () => { counted.frames += 1; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""
COUNTED = """() => {
  const { frames, since } = window.counted, now = performance.now();
  Object.assign(window.counted, { frames: 0, since: now });
  return frames / ((now - since) / 1000);
}"""
RSS, PSS, HEAP = "console's process: RSS", "console's process: PSS", "page: JavaScript in use"


def minutes_of(
    life: Life, minutes: int, send: Callable[[Life, float], Sequence[Any]], tell: Callable[[str], None]
) -> Iterator[Run]:
    """send: visits for so many seconds, blocking."""
    series: dict[str, list[float]] = {RSS: [], PSS: [], HEAP: []}
    with looking(life.console) as page:
        protocol = page.context.new_cdp_session(page)
        protocol.send("Performance.enable")
        pid = life.pid_of("console")
        page.evaluate(COUNT)
        with sending(life, send) as load:
            used_s = cpu_s(pid)
            for minute in range(1, minutes + 1):
                page.wait_for_timeout(MINUTE_S * 1000)
                if not load.is_alive():
                    raise BenchFailed("the load has ended before its time; why stands above")
                frames = float(page.evaluate(COUNTED))
                used_before_s, used_s = used_s, cpu_s(pid)
                heap_mb, nodes = page_memory(protocol)
                for name, value in ((RSS, memory_mb(pid)), (PSS, own_pss_mb(pid)), (HEAP, heap_mb)):
                    series[name].append(value)
                shown = ", ".join(f"{name} {values[-1]:.1f} MB" for name, values in series.items())
                tell(f"console, minute {minute} of {minutes}: {frames:.0f} frames a second; {shown}; {nodes:.0f} nodes")
                share = 100 * (used_s - used_before_s) / MINUTE_S
                yield [
                    Figure(name="frames a second", unit="1/s", value=frames, target=FRAMES_LEAST),
                    *(Figure(name=name, unit="MB", value=values[-1]) for name, values in series.items()),
                    Figure(name="page: nodes of the document", unit="", value=nodes),
                    Figure(name="console's process: share of a processor", unit="%", value=share),
                ]
    yield [growth_of(name, values) for name, values in series.items()]


def page_memory(protocol: Any) -> tuple[float, float]:
    """MB that the page's JavaScript uses after a collection, and how many nodes it holds."""
    protocol.send("HeapProfiler.collectGarbage")
    metrics = {each["name"]: each["value"] for each in protocol.send("Performance.getMetrics")["metrics"]}
    return metrics["JSHeapUsedSize"] / 1e6, metrics["Nodes"]


def own_pss_mb(pid: int) -> float:
    """Not a number where the platform does not tell."""
    found = pss_mb([pid])
    return float("nan") if found is None else found


def growth_of(name: str, values: Sequence[float]) -> Figure:
    """From the middle third of the minutes to the last."""
    third = len(values) // 3
    if not third:
        raise BenchFailed(f"{len(values)} minutes are too few to be parted in three")
    grown = statistics.median(values[-third:]) - statistics.median(values[-2 * third : -third])
    return Figure(name=f"{name}, growth", unit="MB", value=grown, wants="at most", target=GROWTH_MOST_MB)


@contextmanager
def sending(life: Life, send: Callable[[Life, float], Sequence[Any]]) -> Iterator[threading.Thread]:
    """Load for the time of a `with`, quarter of a minute by quarter, so that nothing is kept of it; its thread, which
    lives as long as nothing goes wrong with it."""
    ended = threading.Event()

    def go_on() -> None:
        while not ended.is_set():
            send(life, MINUTE_S / 4)

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        ended.set()
        thread.join(MINUTE_S)
