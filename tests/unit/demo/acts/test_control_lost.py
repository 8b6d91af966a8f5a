"""Act 5: the change that must fail is one that Route 53 would accept on a good day."""

from __future__ import annotations

from sandbox.demo.acts import region_lost
from sandbox.demo.acts.control_lost import steps
from sandbox.demo.values import Ground

GROUND = Ground(addresses={"us-east-1": "198.18.1.10", "eu-west-1": "198.18.2.10", "ap-northeast-1": "198.18.3.10"})


def test_the_change_deletes_the_very_record_that_act_4_left():
    """Else it would fail for its own sake, whatever becomes of us-east-1."""
    left = [c["ResourceRecordSet"] for c in region_lost.steps(GROUND)[-1].arguments["ChangeBatch"]["Changes"]]
    (step,) = steps(GROUND)
    (change,) = step.arguments["ChangeBatch"]["Changes"]
    assert change["Action"] == "DELETE"
    assert change["ResourceRecordSet"] in left
    assert change["ResourceRecordSet"]["Region"] == "us-east-1"


def test_the_script_does_not_undo_its_own_work():
    assert [step.played for step in steps(GROUND)] == [False]
