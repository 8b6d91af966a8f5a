"""How long a loss may last: by kind of fault, by distance, by speed."""

from __future__ import annotations

import pytest

from sandbox.demo.losing import bound_of, return_bound_s

RTTS_MS = {"ap-southeast-2": 250.0}


def rtt_ms(checker, region):
    return RTTS_MS.get(checker, 70.0)


def bound(kind, speed):
    return bound_of(kind, "eu-west-1", rtt_ms=rtt_ms, speed=speed)


def test_on_aws_a_silent_region_takes_twelve_seconds_longer_to_notice():
    """Three time-outs of 4 s, where a dead region refuses at once."""
    assert bound("isolate", 1.0).detect_s == 3 * (10 + 4)
    assert bound("stop", 1.0).detect_s == 3 * (10 + 0.25)


def test_speed_shortens_intervals_and_ttl_but_no_round_trip():
    fast = bound("isolate", 10.0)
    assert (fast.interval_s, fast.ttl_s) == (1.0, 6)
    assert fast.probe_s == pytest.approx(0.6)  # 2 x 250 ms + 100 ms, more than 4 s / 10


def test_the_ttl_on_the_wire_is_never_rounded_down():
    assert bound("stop", 7.0).ttl_s == 9


def test_users_return_after_as_many_good_probes_and_the_ttl():
    assert return_bound_s(bound("stop", 10.0)) == pytest.approx(3 * 1.25 + 6 + 1)
