"""Claims about verdicts: each names its objective, what was allowed and what was measured."""

from dataclasses import replace

import pytest

from sandbox.client.aws_steps import Step
from sandbox.drills.judging import judge
from sandbox.drills.values import CallAt, CallSeen, FaultSeen, Objectives, Run


@pytest.fixture
def run(sample, write, drill):
    samples = [sample(n, 0.5 * n, ok=n not in (3, 4), took_ms=10.0 * n) for n in range(1, 11)]
    fault = FaultSeen(fault=drill.faults[0], at_s=1.0, until_s=3.0)
    return Run(samples=tuple(samples), faults=(fault,), final={"baskets": {}})


def verdicts(drill, run, **limits):
    return [
        (verdict.objective, verdict.measured, verdict.held)
        for verdict in judge(replace(drill, objectives=Objectives(**limits)), run)
    ]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"availability": {"overall": 0.8}}, ("availability", "80.00 % (8 of 10)", True)),
        ({"availability": {"overall": 0.81}}, ("availability", "80.00 % (8 of 10)", False)),
        ({"availability": {"new-york": 0}}, ("availability of new-york", "100.00 % (0 of 0)", False)),
        ({"p99_ms": {"paris": 100}}, ("p99_ms of paris", "100 ms", True)),
        ({"p99_ms": {"paris": 99}}, ("p99_ms of paris", "100 ms", False)),
        ({"p99_ms": {"new-york": 99}}, ("p99_ms of new-york", "no answers", False)),
        ({"rto_s": {"overall": 1.0}}, ("rto_s", "1.0 s (paris, stop eu-west-1)", True)),
        ({"rto_s": {"overall": 0.9}}, ("rto_s", "1.0 s (paris, stop eu-west-1)", False)),
        ({"rpo_s": 0.0}, ("rpo_s", "0.00 s", True)),
        ({"rpo_writes": 0}, ("rpo_writes", "0 writes", True)),
        ({"stale_reads": 0}, ("stale_reads", "0 reads", True)),
        ({"lost_writes": 0}, ("lost_writes", "0 writes", True)),
    ],
)
def test_a_limit_holds_up_to_its_value(drill, run, limits, told):
    assert verdicts(drill, run, **limits) == [told]


def test_a_city_with_a_limit_of_its_own_is_not_in_the_limit_of_the_others(drill, run):
    found = verdicts(drill, run, rto_s={"overall": 0.5, "paris": 2})
    assert found == [("rto_s", "0.0 s", True), ("rto_s of paris", "1.0 s", True)]


def test_what_has_not_settled_is_not_called_kept(drill, run):
    [(name, measured, held)] = verdicts(drill, replace(run, settled=False), lost_writes=100)
    assert (name, held) == ("lost_writes", False)
    assert "did not settle" in measured


@pytest.mark.parametrize(("error", "held"), [("ServiceUnavailable", True), ("", False), ("Throttling", False)])
def test_a_call_that_goes_otherwise_than_expected_is_named(drill, run, error, held):
    step = Step(says="", service="route53", operation="create_hosted_zone", arguments={})
    call = CallSeen(call=CallAt(at_s=2.0, step=step, expect="ServiceUnavailable"), error=error)
    [(name, measured, found)] = verdicts(drill, replace(run, calls=(call,)))
    assert (name, measured, found) == ("call create_hosted_zone at 2 s", error or "succeeded", held)
