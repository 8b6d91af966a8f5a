"""Act 6: what a journey is, and which percentile is told."""

from __future__ import annotations

from types import SimpleNamespace

from sandbox.demo.acts.write_travels import Journey, journey_of, names, percentile, steps
from sandbox.demo.values import Ground

GROUND = Ground(addresses={"us-east-1": "198.18.1.10", "eu-west-1": "198.18.2.10", "ap-northeast-1": "198.18.3.10"})


class Clock:
    """Moves with each look."""

    def __init__(self):
        self.at_s = 0.0

    def now_s(self):
        return self.at_s


class Replica:
    """Has an item from a certain look on; each look takes 10 ms."""

    def __init__(self, clock, from_look):
        self.clock, self.from_look, self.looks = clock, from_look, 0

    def put_item(self, **_):
        """The other region's."""

    def get_item(self, **_):
        self.looks += 1
        self.clock.at_s += 0.01
        return {"Item": {}} if self.looks >= self.from_look else {}


def journey(from_look):
    clock = Clock()
    replica = Replica(clock, from_look)
    return journey_of(SimpleNamespace(clock=clock), replica, replica, "parcel")


def test_a_write_that_is_seen_at_once_was_not_stale():
    assert journey(1) == Journey(stale=False, lag_ms=10.0)


def test_the_lag_ends_with_the_first_look_that_sees_it():
    seen = journey(12)
    assert seen.stale
    assert round(seen.lag_ms) == 120


def test_what_never_comes_has_no_lag():
    assert journey(10**9) == Journey(stale=True, lag_ms=None)


def test_percentiles_are_values_that_were_measured():
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([3.0, 1.0, 2.0], 99) == 3.0
    assert percentile([], 50) == float("inf")


def test_each_write_has_an_item_of_its_own_and_the_steps_make_two_replicas():
    assert len(set(names())) == len(names())
    created = [
        s.arguments["ReplicaUpdates"][0]["Create"]["RegionName"]
        for s in steps(GROUND)
        if s.until == "" and "ReplicaUpdates" in s.arguments
    ]
    assert created == ["us-east-1", "ap-northeast-1"]
