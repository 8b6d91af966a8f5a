"""Act 4: the checks that are made, and what is claimed of two losses."""

from __future__ import annotations

from dataclasses import replace

from sandbox.demo.acts.region_lost import longer_claims, return_claim, steps
from sandbox.demo.losing import Loss
from sandbox.demo.outage import Bound, Outage
from sandbox.demo.values import Ground

GROUND = Ground(addresses={"us-east-1": "198.18.1.10", "eu-west-1": "198.18.2.10", "ap-northeast-1": "198.18.3.10"})
KILLED = Loss(
    kind="stop",
    region="eu-west-1",
    outage=Outage(
        cities=("paris",),
        visits=100,
        errors=20,
        stray_errors=0,
        detected_after_s=3.0,
        expired_after_s=8.0,
        failing_ms=60.0,
    ),
    bound=Bound(interval_s=1.0, threshold=3, probe_s=0.2, ttl_s=6),
    healthy_after_s=3.0,
    returned_after_s=8.0,
    timeline=(),
)
CUT_OFF = replace(KILLED, kind="isolate", outage=replace(KILLED.outage, detected_after_s=4.5, failing_ms=1000.0))


def held(claims):
    return [claim.held for claim in claims]


def test_each_region_is_checked_at_its_own_address_and_its_record_heeds_that_check():
    *checks, change = steps(GROUND)
    assert [check.arguments["HealthCheckConfig"]["IPAddress"] for check in checks] == list(GROUND.addresses.values())
    heeded = [c["ResourceRecordSet"]["HealthCheckId"] for c in change.arguments["ChangeBatch"]["Changes"]]
    assert heeded == [f"${check.keep}" for check in checks]


def test_references_of_checks_differ():
    """Route 53 takes the same reference with another configuration for a mistake."""
    *checks, _ = steps(GROUND)
    assert len({check.arguments["CallerReference"] for check in checks}) == len(checks)


def test_a_silent_region_must_be_noticed_later_and_hurt_longer():
    assert held(longer_claims(KILLED, CUT_OFF)) == [True, True]
    assert held(longer_claims(CUT_OFF, KILLED)) == [False, False]
    unnoticed = replace(CUT_OFF, outage=replace(CUT_OFF.outage, detected_after_s=None, failing_ms=None))
    assert held(longer_claims(KILLED, unnoticed)) == [False, False]


def test_users_must_be_back_within_the_checkers_time_and_the_ttl():
    assert return_claim("killed", KILLED).held
    assert not return_claim("killed", replace(KILLED, returned_after_s=10.7)).held
    assert not return_claim("killed", replace(KILLED, returned_after_s=None)).held
