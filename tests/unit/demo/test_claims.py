"""Claims about outages: each fails when what it guards is broken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.demo.claims import listed, outage_claims, seconds
from sandbox.demo.outage import Bound, Outage

BOUND = Bound(interval_s=1.0, threshold=3, probe_s=0.1, ttl_s=6)  # detect 3.3 s, all 10.3 s
GOOD = Outage(
    cities=("paris",),
    visits=50,
    errors=20,
    stray_errors=0,
    detected_after_s=3.0,
    expired_after_s=8.0,
    failing_ms=30.0,
)


def broken(outage):
    """Which of the claims do not hold."""
    return [number for number, claim in enumerate(outage_claims(4, "killed", outage, BOUND)) if not claim.held]


def test_a_failover_as_the_formula_has_it_holds():
    assert broken(GOOD) == []


@pytest.mark.parametrize(
    ("change", "which"),
    [
        ({"detected_after_s": 4.4}, [0]),
        ({"detected_after_s": None}, [0]),
        ({"expired_after_s": 10.4}, [1]),
        ({"expired_after_s": None}, [1]),
        ({"stray_errors": 1}, [2]),
        ({"cities": ()}, [2]),
    ],
)
def test_a_claim_does_not_hold_when_what_it_says_is_not_so(change, which):
    assert broken(replace(GOOD, **change)) == which


def test_what_was_not_seen_is_not_called_zero():
    assert seconds(None) == "not seen"


def test_lists_read_as_people_write_them():
    assert listed(["paris"]) == "paris"
    assert listed(["istanbul", "paris"]) == "istanbul and paris"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed([]) == "nowhere"
