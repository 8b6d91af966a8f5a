"""Act 1: what AWS is told, and what is claimed of an ocean."""

from __future__ import annotations

from sandbox.demo.acts.one_region import far_claims, steps
from sandbox.demo.values import Ground
from sandbox.demo.visits import Trip

GROUND = Ground(addresses={"us-east-1": "198.18.1.10", "eu-west-1": "198.18.2.10", "ap-northeast-1": "198.18.3.10"})


def trip(place, total_ms):
    return Trip(place=place, rtt_ms=total_ms / 2, first_byte_ms=total_ms, total_ms=total_ms, excess_ms=0.0)


def test_everybody_is_sent_to_the_one_region():
    (change,) = steps(GROUND)[-1].arguments["ChangeBatch"]["Changes"]
    assert change["ResourceRecordSet"]["ResourceRecords"] == [{"Value": "198.18.1.10"}]


def test_the_application_gets_both_tables_in_each_region():
    made = {(s.region, s.arguments["TableName"]) for s in steps(GROUND) if s.operation == "create_table"}
    assert made == {(region, table) for region in GROUND.regions for table in ("orders", "baskets")}


def test_an_ocean_that_is_not_felt_breaks_the_claim():
    assert [claim.held for claim in far_claims([trip("new-york", 50.0), trip("sydney", 500.0)])] == [True]
    assert [claim.held for claim in far_claims([trip("new-york", 300.0), trip("sydney", 500.0)])] == [False]


def test_without_a_single_answer_nothing_is_claimed_of_distance():
    """The claim that every city is served has failed then."""
    assert far_claims([]) == []
