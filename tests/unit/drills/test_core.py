"""Claims about plans."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.drills.core import APART_S, end_of, first_visits, look_of, plan_of
from sandbox.drills.reading import parse_drill
from sandbox.drills.values import READ, VISIT, WRITE


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_the_same_seed_gives_the_same_order_of_requests_and_faults(drill, seed):
    assert plan_of(drill, seed) == plan_of(drill, seed)


def test_another_seed_gives_another_order(drill):
    assert plan_of(drill, 1) != plan_of(drill, 2)


def test_each_city_sends_at_its_rate_whatever_happens(plan):
    for city in ("paris", "new-york"):
        times = [request.at_s for request in plan.requests if request.city == city]
        assert len(times) == 20
        assert all(b - a == pytest.approx(0.25, abs=0.001) for a, b in pairwise(times))


def test_requests_are_numbered_in_the_order_in_which_they_leave(plan):
    assert [request.number for request in plan.requests] == list(range(1, 41))
    assert [request.at_s for request in plan.requests] == sorted(request.at_s for request in plan.requests)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_writes_of_one_item_are_so_far_apart_that_two_runs_have_one_winner(drill, seed):
    last: dict[str, float] = {}
    for request in plan_of(drill, seed).requests:
        if request.action == WRITE:
            assert request.at_s - last.get(request.key, -1.0) >= APART_S
            last[request.key] = request.at_s


def test_with_too_few_items_the_longest_untouched_one_is_written(drill):
    few = replace(drill, loads=(replace(drill.loads[0], keys=1, writes=1.0),))
    assert {request.key for request in plan_of(few, 1).requests} == {"drill-0"}


def test_a_share_of_writes_is_a_share_of_requests(drill):
    none, all_of_them = (replace(drill, loads=(replace(drill.loads[0], writes=share),)) for share in (0.0, 1.0))
    assert not [request for request in plan_of(none, 1).requests if request.action == WRITE]
    assert all(request.action == WRITE for request in plan_of(all_of_them, 1).requests)


def test_the_order_of_faults_is_their_time(atlas, text):
    more = text.replace("timeline:\n", "timeline:\n  - {at: 3, kind: isolate, target: us-east-1}\n")
    plan = plan_of(parse_drill(more, "x.yaml", atlas), 1)
    assert [fault.kind for fault in plan.faults] == ["stop", "isolate"]


def test_each_url_is_tried_in_each_city_before_the_run_and_nothing_is_written(drill):
    other = replace(drill.loads[0], cities=("paris",), url="http://b.example.test/", table="", keys=0)
    tried = first_visits(plan_of(replace(drill, loads=(*drill.loads, other)), 1))
    found = {(each.city, each.url.removesuffix(each.key), each.action) for each in tried}
    baskets = "http://app.example.test/baskets/"
    assert found == {("paris", baskets, READ), ("new-york", baskets, READ), ("paris", "http://b.example.test/", VISIT)}
    assert len(tried) == len(found)


def test_a_city_sends_as_many_as_rate_and_time_say_though_decimals_are_not_exact(drill):
    load = replace(drill.loads[0], rate_per_s=0.29, duration_s=100, cities=("paris",))
    assert len(plan_of(replace(drill, loads=(load,)), 1).requests) == 29


def test_a_fault_is_healed_after_its_time_or_with_the_load_and_replicas_are_compared_just_before(drill, plan):
    [fault] = plan.faults
    assert end_of(fault, 1.3, plan) == pytest.approx(1.3 + 2)
    assert end_of(replace(fault, for_s=None), 1.3, plan) == 5.0
    assert 0 < end_of(fault, 1.3, plan) - look_of(fault, 1.3, plan) < 0.5
