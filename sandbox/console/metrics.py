"""`/metrics` in Prometheus's text format, made when it is asked for: nothing is counted twice.

In: the traffic's counters, the picture. Out: text. Counters begin with the console's process (it takes up what the
journal still holds), as Prometheus expects of a process that starts again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from sandbox.console.picture import Picture
from sandbox.console.traffic import BUCKETS_MS, Traffic

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Counted(Collector):
    """One look at everything."""

    def __init__(self, traffic: Traffic, picture: Picture) -> None:
        self._traffic = traffic
        self._picture = picture

    def collect(self) -> Iterator[Metric]:
        """Called by prometheus_client."""
        yield from self._requests()
        yield from self._state()
        yield from self._replication()

    def _requests(self) -> Iterator[Metric]:
        labels = ("place", "region")
        served = CounterMetricFamily("sandbox_requests", "Requests that were answered", labels=labels)
        failed = CounterMetricFamily(
            "sandbox_requests_failed", "Requests that failed, by reason", labels=(*labels, "reason")
        )
        took = HistogramMetricFamily(
            "sandbox_request_duration_seconds", "From the wish to the first byte, lookup included", labels=labels
        )
        for (place, owner), total in self._traffic.totals.items():
            served.add_metric((place, owner), total.count)
            for reason, count in total.by_error.items():
                failed.add_metric((place, owner, reason), count)
            cumulated, so_far = [], 0
            for bound, count in zip([*(f"{ms / 1000:g}" for ms in BUCKETS_MS), "+Inf"], total.buckets, strict=True):
                so_far += count
                cumulated.append((bound, float(so_far)))
            took.add_metric((place, owner), buckets=cumulated, sum_value=total.sum_ms / 1000)
        yield from (served, failed, took)

    def _state(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("sandbox_program_up", "1 while a program does its work", labels=("program",))
        restarts = CounterMetricFamily("sandbox_program_restarts", "Restarts after a crash", labels=("program",))
        for program in self._picture.programs:
            up.add_metric((program["name"],), float(program["state"] == "running"))
            restarts.add_metric((program["name"],), program["restarts"])
        healthy = GaugeMetricFamily(
            "sandbox_health_check_healthy", "The verdict of a health check", labels=("check", "target")
        )
        for check in self._picture.checks():
            if check["healthy"] is not None:
                healthy.add_metric((check["id"], check["target"]), float(check["healthy"]))
        faults = GaugeMetricFamily("sandbox_faults", "Faults that are active", labels=("kind",))
        for kind, count in _counted(fault["kind"] for fault in self._picture.faults):
            faults.add_metric((kind,), count)
        yield from (up, restarts, healthy, faults)

    def _replication(self) -> Iterator[Metric]:
        labels = ("table", "source", "target")
        backlog = GaugeMetricFamily("sandbox_replication_backlog", "Changes not acknowledged", labels=labels)
        lag = GaugeMetricFamily(
            "sandbox_replication_lag_seconds", "From the write to the peer's answer", labels=(*labels, "quantile")
        )
        for stream in self._picture.replication:
            names = (stream["table"], stream["from"], stream["to"])
            backlog.add_metric(names, stream["backlog"])
            for quantile, lag_ms in (("0.5", stream["lag_p50_ms"]), ("0.99", stream["lag_p99_ms"])):
                if lag_ms is not None:
                    lag.add_metric((*names, quantile), lag_ms / 1000)
        yield from (backlog, lag)


def _counted(words: Iterable[str]) -> Iterator[tuple[str, int]]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    yield from counts.items()


def metrics_text(traffic: Traffic, picture: Picture) -> bytes:
    """The page."""
    registry = CollectorRegistry()
    registry.register(Counted(traffic, picture))
    return generate_latest(registry)
