"""Streaks, the 18 % rule, time-outs and status texts (facts of Route 53: R53 2.1 to 2.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.health.core import (
    Streak,
    checkers_needed,
    judge_body,
    judge_checkers,
    judge_children,
    judge_status,
    next_probe_in_s,
    request_bytes,
    timeouts,
)
from sandbox.health.values import HealthCheck, Outcome

CHECK = HealthCheck(check_id="abc-1", kind="HTTP", address="198.18.1.10", port=80)


def check(**changed) -> HealthCheck:
    return HealthCheck(**{"check_id": "abc-1", "kind": "HTTP", "address": "198.18.1.10", "port": 80, **changed})


@given(results=st.lists(st.booleans(), max_size=80), threshold=st.integers(1, 10))
def test_an_opinion_flips_exactly_after_threshold_contradictions_in_a_row(results, threshold):
    # R53 2.1, FailureThreshold. The reference looks at the last `threshold` results only, from the last flip on.
    streak = Streak(threshold)
    healthy, since = True, 0
    for index, passed in enumerate(results):
        window = results[max(since, index + 1 - threshold) : index + 1]
        flips = len(window) == threshold and all(result != healthy for result in window)
        assert streak.on_result(passed) == flips
        if flips:
            healthy, since = not healthy, index + 1
        assert streak.healthy == healthy


def test_without_the_streak_one_lost_probe_would_flip_a_checker():
    steady, nervous = Streak(3), Streak(1)
    for passed in (True, False, True, False, False, True):
        steady.on_result(passed)
        nervous.on_result(passed)
        assert steady.healthy
        assert nervous.healthy == passed


@pytest.mark.parametrize(("reporting", "needed"), [(8, 2), (16, 3), (18, 4), (24, 5)])
def test_more_than_18_percent_of_the_checkers_are_needed(reporting, needed):
    # R53 2.2, the table behind the 18 % rule.
    assert checkers_needed(reporting) == needed
    for healthy in range(reporting + 1):
        opinions = [True] * healthy + [False] * (reporting - healthy)
        verdict = judge_checkers(CHECK, opinions=opinions, checkers=reporting)
        assert verdict.healthy == (healthy >= needed)
        assert verdict.why.startswith(f"{healthy} of {reporting} checkers say healthy, {needed} needed")


@given(reporting=st.integers(1, 500))
def test_the_number_needed_is_the_first_above_18_percent(reporting):
    needed = checkers_needed(reporting)
    assert needed * 100 > reporting * 18
    assert (needed - 1) * 100 <= reporting * 18


def test_a_new_check_is_healthy_until_more_than_half_have_reported():
    # R53 2.2: "A new check counts as healthy until there is enough data; if Inverted, as unhealthy."
    few, enough = [False] * 8, [False] * 9
    assert judge_checkers(CHECK, opinions=few, checkers=16).healthy
    assert not judge_checkers(CHECK, opinions=enough, checkers=16).healthy
    assert not judge_checkers(check(is_inverted=True), opinions=[], checkers=16).healthy


def test_inverted_and_disabled_say_so():
    # R53 2.1, Inverted and Disabled.
    failing = [False] * 16
    assert judge_checkers(check(is_inverted=True), opinions=failing, checkers=16).healthy
    disabled = judge_checkers(check(is_disabled=True), opinions=failing, checkers=16)
    assert disabled.healthy
    assert "disabled" in disabled.why
    both = judge_checkers(check(is_disabled=True, is_inverted=True), opinions=[], checkers=16)
    assert not both.healthy
    assert both.why.endswith("; inverted")


@given(states=st.lists(st.booleans(), max_size=20), needed=st.integers(0, 21), inverted=st.booleans())
def test_a_calculated_check_counts_its_healthy_children(states, needed, inverted):
    # R53 2.3: 0 is always healthy, more than the number of children is always unhealthy.
    parent = HealthCheck(check_id="p", kind="CALCULATED", children_needed=needed, is_inverted=inverted)
    healthy = judge_children(parent, states=states).healthy != inverted
    assert healthy == (sum(states) >= needed)
    assert healthy or needed > 0
    assert not healthy or needed <= len(states)


def test_a_disabled_calculated_check_is_healthy():
    parent = HealthCheck(check_id="p", kind="CALCULATED", children_needed=2, is_disabled=True)
    assert judge_children(parent, states=[False]).healthy


def test_time_outs_are_route_53s_and_scale_with_speed_down_to_the_round_trips_need():
    # R53 2.2: 4 s to connect, 2 s for the status, 2 s for the body; TCP 10 s.
    real = timeouts(CHECK, rtt_ms=100, speed=1)
    assert (real.connect_s, real.response_s, real.body_s) == (4, 2, 2)
    assert timeouts(check(kind="TCP"), rtt_ms=100, speed=1).connect_s == 10
    fast = timeouts(CHECK, rtt_ms=100, speed=10)
    assert (fast.connect_s, fast.response_s) == (0.4, 0.3)
    assert timeouts(check(kind="HTTPS"), rtt_ms=100, speed=100).response_s == pytest.approx(0.5)


@given(rtt_ms=st.floats(0, 500), speed=st.floats(1, 1000), kind=st.sampled_from(["HTTP", "HTTPS", "TCP"]))
def test_no_time_out_is_shorter_than_two_round_trips_and_100_ms(rtt_ms, speed, kind):
    limits = timeouts(check(kind=kind), rtt_ms=rtt_ms, speed=speed)
    assert min(limits.connect_s, limits.response_s, limits.body_s) >= (2 * rtt_ms + 100) / 1000


def test_the_interval_scales_with_speed():
    assert next_probe_in_s(check(interval_s=30), speed=1) == 30
    assert next_probe_in_s(check(interval_s=10), speed=10) == 1


@pytest.mark.parametrize(
    ("changed", "host"),
    [
        ({}, "198.18.1.10"),
        ({"host": "app.example.test"}, "app.example.test"),
        ({"host": "app.example.test", "port": 8080}, "app.example.test:8080"),
        ({"host": "app.example.test", "kind": "HTTPS", "port": 443}, "app.example.test"),
        ({"host": "app.example.test", "kind": "HTTPS", "port": 80}, "app.example.test:80"),
        ({"host": "app.example.test", "port": 443}, "app.example.test:443"),
        ({"port": 81}, "198.18.1.10:81"),
    ],
)
def test_the_host_header_follows_route_53s_rules(changed, host):
    # R53 2.1, Host header.
    request = request_bytes(check(path="/health", **changed))
    assert request.startswith(b"GET /health HTTP/1.1\r\n")
    assert f"\r\nHost: {host}\r\n".encode() in request
    assert request.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("code", "reason", "passed", "status"),
    [
        (200, "OK", True, "Success: HTTP Status Code 200, OK"),  # R53 2.4, the known text
        (302, "Found", True, "Success: HTTP Status Code 302, Found"),
        (399, "", True, "Success: HTTP Status Code 399"),
        (404, "Not Found", False, "Failure: HTTP Status Code 404, Not Found"),
        (503, "Service Unavailable", False, "Failure: HTTP Status Code 503, Service Unavailable"),
        (101, "Switching Protocols", False, "Failure: HTTP Status Code 101, Switching Protocols"),
    ],
)
def test_200_to_399_pass(code, reason, passed, status):
    assert judge_status(code, reason) == Outcome(passed=passed, status=status)


def test_the_search_string_is_case_sensitive():
    # R53 2.1, SearchString.
    good = Outcome(passed=True, status="Success: HTTP Status Code 200, OK")
    assert judge_body(good, b"all systems GREEN", "GREEN") == good
    missing = judge_body(good, b"all systems green", "GREEN")
    assert not missing.passed
    assert missing.status.startswith("Failure: HTTP Status Code 200, OK. The search string")
