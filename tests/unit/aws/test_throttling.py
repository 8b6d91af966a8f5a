"""Token buckets of Route 53's API (R53 2.5)."""

from __future__ import annotations

from contextlib import suppress

import pytest

from sandbox.aws.throttling import MOST_ACCOUNTS, Throttle
from sandbox.kernel.errors import Refusal

V = "/2013-04-01"
LIST = ("GET", f"{V}/hostedzone")


def passed(throttle: Throttle, call: tuple[str, str], now_s: float, tries: int, account: str = "a") -> int:
    """How many of so many calls at one moment pass."""
    count = 0
    for _ in range(tries):
        with suppress(Refusal):
            throttle.refuse_excess(account, *call, now_s)
            count += 1
    return count


def test_the_refusal_is_aws_own() -> None:
    throttle = Throttle(speed=1)
    throttle.refuse_excess("a", "POST", f"{V}/trafficpolicyinstance", 0.0)
    with pytest.raises(Refusal) as refused:
        throttle.refuse_excess("a", "POST", f"{V}/trafficpolicyinstance", 0.5)
    assert (refused.value.code, refused.value.status, refused.value.message) == ("Throttling", 400, "Rate exceeded")


@pytest.mark.parametrize(
    ("call", "burst", "in_10_s"),
    [
        (LIST, 50, 50),
        (("POST", f"{V}/healthcheck"), 50, 5),
        (("GET", f"{V}/healthcheck/abc/status"), 4, 4),
        (("GET", f"{V}/healthcheck/abc/lastfailurereason"), 4, 4),
        (("POST", f"{V}/trafficpolicyinstance"), 1, 1),
        (("GET", f"{V}/healthcheck/abc"), 50, 50),
    ],
)
def test_the_bursts_and_rates_of_the_sheet(call: tuple[str, str], burst: int, in_10_s: int) -> None:
    throttle = Throttle(speed=1)
    assert passed(throttle, call, 100.0, 200) == burst
    assert passed(throttle, call, 110.0, 200) == in_10_s, "a bucket takes no more than its burst"


def test_a_refused_call_costs_the_others_nothing() -> None:
    throttle = Throttle(speed=1)
    assert passed(throttle, ("POST", f"{V}/trafficpolicyinstance"), 0.0, 40) == 1
    assert passed(throttle, LIST, 0.0, 60) == 49


def test_accounts_do_not_share_and_speed_fills_faster() -> None:
    throttle = Throttle(speed=10)
    assert passed(throttle, LIST, 0.0, 60, "a") == passed(throttle, LIST, 0.0, 60, "b") == 50
    assert passed(throttle, LIST, 0.1, 60, "a") == 10


def test_what_is_kept_has_a_limit() -> None:
    throttle = Throttle(speed=1)
    for number in range(MOST_ACCOUNTS + 1):
        assert passed(throttle, LIST, 0.0, 51, str(number)) == 50
    assert passed(throttle, LIST, 0.0, 1, str(MOST_ACCOUNTS)) == 0, "the last one is still known"
    assert passed(throttle, LIST, 0.0, 1, "0") == 1, "the first one was forgotten"
