"""Act 2: from one record to three without a moment in between."""

from __future__ import annotations

from sandbox.demo.acts import one_region
from sandbox.demo.acts.three_regions import next_door, saved_ms, steps
from sandbox.demo.values import Ground
from sandbox.serving.measured import Measured

GROUND = Ground(addresses={"us-east-1": "198.18.1.10", "eu-west-1": "198.18.2.10", "ap-northeast-1": "198.18.3.10"})


def visit(place, served_by, total_ms=0.0):
    return Measured(place=place, url="", started_at_s=0.0, ok=True, served_by=served_by, total_ms=total_ms)


def test_the_record_that_goes_is_the_one_that_act_1_made():
    """Route 53 refuses to delete a record whose values differ."""
    (created,) = one_region.steps(GROUND)[-1].arguments["ChangeBatch"]["Changes"]
    (step,) = steps(GROUND)
    gone = step.arguments["ChangeBatch"]["Changes"][0]
    assert (gone["Action"], gone["ResourceRecordSet"]) == ("DELETE", created["ResourceRecordSet"])


def test_delete_and_create_are_one_batch():
    (step,) = steps(GROUND)
    assert [change["Action"] for change in step.arguments["ChangeBatch"]["Changes"]] == ["DELETE", *["CREATE"] * 3]


def test_what_is_saved_is_the_difference_of_whole_pages():
    assert saved_ms(visit("paris", "us-east-1", 242.0), visit("paris", "eu-west-1", 86.0)) == 156.0


def test_only_the_cities_next_to_a_region_are_named():
    assert next_door([visit("paris", "eu-west-1"), visit("sydney", "ap-northeast-1")]) == "paris: eu-west-1"
