"""Claims about what samples say."""

import pytest

from sandbox.drills.measuring import (
    figures_of,
    lost_writes,
    one_outage,
    percentile,
    points_lost,
    recoveries,
    requests_of_regions,
    seconds_of,
    stale_reads,
)
from sandbox.drills.values import Audit, FaultAt, FaultSeen, Run

STOP = FaultAt(at_s=1.0, kind="stop", target=("eu-west-1",))
CUT = FaultAt(at_s=1.0, kind="partition", target=("us-east-1", "eu-west-1"))
REGIONS = ("us-east-1", "eu-west-1")


def seen(fault, at_s=1.0, until_s=9.0):
    return FaultSeen(fault=fault, at_s=at_s, until_s=until_s)


def test_percentiles_are_values_that_were_measured():
    assert percentile([], 0.99) is None
    assert percentile(range(1, 101), 0.99) == 99
    assert percentile([5.0], 0.5) == 5.0


def test_availability_is_answers_of_all_that_left(sample):
    figures = figures_of([sample(1, 0.1), sample(2, 0.2, ok=False), sample(3, 0.3), sample(4, 0.4)])
    assert figures.availability == 0.75
    assert figures.errors == {"timeout": 1}


def test_a_second_counts_what_left_in_it_though_it_failed_later(sample):
    seconds = seconds_of([sample(1, 0.9, ok=False, took_ms=1000), sample(2, 1.2, took_ms=40)])
    assert [(s.second, s.sent, s.ok, s.p99_ms) for s in seconds] == [(0, 1, 0, None), (1, 1, 1, 40)]


def test_rto_is_from_the_fault_to_the_last_failing_request_of_its_outage(sample):
    samples = [sample(n, 0.5 * n, ok=not 3 <= n <= 8) for n in range(1, 20)]
    samples += [sample(50 + n, 0.5 * n, city="new-york") for n in range(1, 20)]
    found = recoveries(Run(samples=tuple(samples), faults=(seen(STOP),)), ["paris", "new-york"])
    assert [(each.city, each.rto_s, each.errors) for each in found] == [("paris", 3.0, 6), ("new-york", 0.0, 0)]


def test_an_error_long_after_the_outage_is_another_story():
    assert one_outage([1.0, 2.5, 4.0, 9.0]) == [1.0, 2.5, 4.0]
    assert one_outage([]) == []


def test_each_fault_has_the_errors_until_the_next_one(sample):
    faults = (seen(STOP, at_s=1.0), seen(CUT, at_s=4.0))
    samples = tuple(sample(n, float(n), ok=n not in (2, 5)) for n in range(1, 9))
    assert [each.rto_s for each in recoveries(Run(samples=samples, faults=faults), ["paris"])] == [1.0, 1.0]


def test_a_request_that_was_under_way_when_it_broke_counts(sample):
    run = Run(samples=(sample(1, 0.5, ok=False, took_ms=1000),), faults=(seen(STOP),))
    assert [(each.rto_s, each.errors) for each in recoveries(run, ["paris"])] == [(0.0, 1)]


def audited(fault, image, other="us-east-1"):
    return (Audit(fault=fault, fault_at_s=1.0, at_s=5.0, images={"baskets": {other: image}}),)


def test_rpo_is_what_was_acknowledged_and_is_not_in_the_other_region(write):
    samples = (write(1, 0.1), write(2, 0.7, key="b"), write(3, 0.8, key="c", ok=False))
    run = Run(samples=samples, faults=(seen(STOP),), audits=audited(STOP, {"a": 1}))
    [point] = points_lost(run, REGIONS)
    assert (point.region, point.other, point.writes) == ("eu-west-1", "us-east-1", (2,))
    assert point.rpo_s == pytest.approx(0.2)


def test_a_later_write_of_the_same_item_stands_for_the_earlier(write):
    run = Run(samples=(write(1, 0.1), write(4, 0.6)), faults=(seen(STOP),), audits=audited(STOP, {"a": 4}))
    assert [(point.writes, point.rpo_s) for point in points_lost(run, REGIONS)] == [((), 0.0)]


def test_a_partition_loses_each_side_for_the_other(write):
    samples = (write(1, 2.0), write(2, 3.0, key="b", region="us-east-1"))
    images = {"baskets": {"us-east-1": {"b": 2}, "eu-west-1": {"a": 1}}}
    run = Run(
        samples=samples,
        faults=(seen(CUT),),
        audits=(Audit(fault=CUT, fault_at_s=1.0, at_s=5.0, images=images),),
    )
    assert [(p.region, p.other, p.writes) for p in points_lost(run, REGIONS)] == [
        ("us-east-1", "eu-west-1", (2,)),
        ("eu-west-1", "us-east-1", (1,)),
    ]


@pytest.mark.parametrize(
    ("kind", "target", "more", "pairs"),
    [
        ("stop", ("eu-west-1",), {}, ["eu>us"]),
        ("partition", ("us-east-1", "eu-west-1"), {"one_way": True}, ["us>eu"]),
        ("pause-replication", ("baskets", "eu-west-1"), {}, ["eu>us", "us>eu"]),
        ("pause-replication", ("baskets", "eu-west-1", "us-east-1"), {}, ["eu>us"]),
        ("stop", ("control",), {}, []),
    ],
)
def test_who_is_lost_for_whom_follows_from_the_fault(kind, target, more, pairs):
    fault = FaultAt(at_s=1.0, kind=kind, target=target, parameters=more)
    audit = Audit(fault=fault, fault_at_s=1.0, at_s=5.0, images={"baskets": {"us-east-1": {}, "eu-west-1": {}}})
    found = points_lost(Run(samples=(), audits=(audit,)), REGIONS)
    assert [f"{point.region[:2]}>{point.other[:2]}" for point in found] == pairs


def test_a_region_that_did_not_answer_is_not_compared(write):
    run = Run(samples=(write(1, 0.1),), faults=(seen(STOP),), audits=audited(STOP, {}, other="eu-west-1"))
    assert points_lost(run, REGIONS) == []


def test_a_stale_read_found_less_than_was_acknowledged_when_it_left(write, sample):
    samples = [write(1, 0.0), write(2, 1.0), sample(3, 2.0, found=1), sample(4, 2.1, found=2)]
    [stale] = stale_reads(samples)
    assert (stale.found, stale.newest) == (1, 2)
    assert stale.behind_s == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("found", "sent_s"),
    [(2, 2.0), (1, 1.05), (3, 2.0)],
    ids=["the newest", "before the write was acknowledged", "one that had no answer yet"],
)
def test_a_read_that_could_not_know_better_is_not_stale(write, sample, found, sent_s):
    samples = [write(1, 0.0), write(2, 1.0), write(3, 1.5, ok=False), sample(4, sent_s, found=found)]
    assert stale_reads(samples) == []


def test_reading_nothing_where_something_was_written_is_stale(write, sample):
    assert len(stale_reads([write(1, 0.0), sample(2, 1.0, found=0)])) == 1


def test_a_write_is_lost_when_it_lost_a_conflict_or_no_replica_holds_it(write):
    samples = (write(1, 0.0), write(2, 1.0, key="b"), write(3, 2.0, key="c"), write(4, 3.0), write(5, 4.0, ok=False))
    final = {"baskets": {"us-east-1": {"a": 4, "c": 3}, "eu-west-1": {"a": 4, "c": 3}}}
    run = Run(samples=samples, final=final, conflicts=(("baskets", 1),))
    assert [(lost.number, lost.why.split(";")[0]) for lost in lost_writes(run)] == [
        (1, "a write that had not seen it won"),
        (2, "no replica holds it"),
    ]


def test_of_two_writes_at_once_either_may_stand(write):
    run = Run(samples=(write(1, 0.0), write(2, 0.05)), final={"baskets": {"us-east-1": {"a": 1}}})
    assert lost_writes(run) == []


def test_requests_are_counted_by_who_answered(sample):
    samples = [sample(1, 0.0), sample(2, 0.1, region="us-east-1"), sample(3, 0.2), sample(4, 0.3, ok=False)]
    assert requests_of_regions(samples) == {"eu-west-1": 2, "us-east-1": 1}
