"""Claims about requests put together: sums are right, percentiles too, and nothing grows with their number."""

from hypothesis import given
from hypothesis import strategies as st

from sandbox.console.traffic import BUCKETS_MS, MOST_SAMPLES, STEP_S, Sample, Traffic, percentile


def served(at_s=100.0, took_ms=80.0, status=200, place="paris", owner="eu-west-1"):
    return {
        "event": "served",
        "at_s": at_s,
        "place": place,
        "owner": owner,
        "took_ms": took_ms,
        "status": status,
    }


def refused(at_s=100.0):
    return {"event": "refused", "at_s": at_s, "place": "paris", "address": "198.18.2.10", "error": "timeout"}


def traffic_of(*records):
    traffic = Traffic(lambda address: {"198.18.2.10": "eu-west-1"}.get(address))
    for record in records:
        traffic.add(record)
    return traffic


def test_flows_are_taken_once():
    traffic = traffic_of(served(), served(took_ms=40.0), refused(), {"event": "looked_up", "at_s": 1.0})
    assert traffic.take_flows() == [["paris", "eu-west-1", 2, 1, 60.0, "timeout"]]
    assert traffic.take_flows() == []


def test_an_application_s_error_is_a_failure_of_this_region():
    traffic = traffic_of(served(status=503), served())
    total = traffic.totals["paris", "eu-west-1"]
    assert (total.count, total.failed, total.by_error) == (1, 1, {"status 503": 1})


def test_a_step_is_told_when_it_is_over_whoever_notices():
    traffic = traffic_of(served(at_s=100.0), served(at_s=100.5, took_ms=120.0), refused(at_s=101.0))
    assert traffic.take_steps(100.0 + STEP_S - 0.1) == []
    traffic.add(served(at_s=100.0 + STEP_S))  # a request of the next step ends it
    assert traffic.take_steps(100.0 + STEP_S) == [{"at_s": 100.0, "cities": {"paris": [3, 1, 120.0, 120.0, 120.0]}}]
    assert traffic.take_steps(100.0 + STEP_S) == []


@given(st.lists(st.floats(min_value=0, max_value=100_000), max_size=50))
def test_a_histogram_counts_each_request_once(latencies):
    traffic = traffic_of(*(served(took_ms=took_ms) for took_ms in latencies))
    for total in traffic.totals.values():
        assert sum(total.buckets) == len(latencies)
        for bound, index in zip(BUCKETS_MS, range(len(BUCKETS_MS)), strict=True):
            assert sum(total.buckets[: index + 1]) == sum(took_ms <= bound for took_ms in latencies)


def test_a_sample_stays_small_and_near():
    sample = Sample()
    for number in range(20_000):
        sample.add(number % 100)
    assert len(sample.kept) == MOST_SAMPLES
    count, failed, p50, p95, _ = sample.figures()
    assert (count, failed) == (20_000, 0)
    assert abs(p50 - 50) < 10
    assert abs(p95 - 95) < 5


def test_percentiles_are_of_what_was_seen():
    assert percentile([], 0.5) == 0.0
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 3.0
    assert percentile([7.0], 0.99) == 7.0
