"""Claims about the states of an experiment and of its actions (GT 5.09)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.aws.services.fis.experiments import Experiment

Template = Callable[..., dict[str, Any]]
WAIT = {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1M"}}


def begun(template: dict[str, Any]) -> Experiment:
    return Experiment(id="EXP1", arn="arn:EXP1", template=template, created_s=1.0)


def test_an_experiment_begins_with_its_actions_pending_and_no_times(template_of: Template) -> None:
    image = begun(template_of()).image()
    assert image["state"] == {"status": "initiating", "reason": "Experiment is initiating."}
    assert image["actions"]["pause"]["state"] == {"status": "pending", "reason": "Initial state"}
    assert image["experimentTemplateId"] == "EXT1"
    assert "startTime" not in image
    assert "startTime" not in image["actions"]["pause"]


def test_an_action_starts_when_all_before_it_are_over_and_well(template_of: Template) -> None:
    actions = {"first": WAIT, "second": {**WAIT, "startAfter": ["first"]}}
    experiment = begun(template_of(actions=actions))
    first, second = experiment.actions.values()
    assert experiment.may_start(first)
    assert not experiment.may_start(second)
    first.move("running", "", 2.0)
    assert not experiment.may_start(first)
    first.move("failed", "no", 3.0)
    assert not experiment.may_start(second)
    first.move("skipped", "", 3.0)
    assert experiment.may_start(second)


def test_an_experiment_ends_as_its_actions_did(template_of: Template) -> None:
    completed, failed, stopped = (begun(template_of(actions={"a": WAIT, "b": WAIT})) for _ in range(3))
    for experiment in (completed, failed, stopped):
        experiment.run(2.0)
        experiment.actions["a"].move("running", "", 2.0)
        experiment.actions["a"].move("completed", "", 3.0)
    completed.actions["b"].move("completed", "", 3.0)
    failed.actions["b"].move("failed", "no such table", 3.0)
    stopped.stop()
    for experiment in (completed, failed, stopped):
        experiment.end(4.0)
        assert experiment.is_over
        assert experiment.image()["endTime"] == 4.0
    assert [each.status for each in (completed, failed, stopped)] == ["completed", "failed", "stopped"]
    assert failed.reason == "no such table"
    assert stopped.actions["b"].status == "cancelled"
    assert stopped.actions["a"].image()["endTime"] == 3.0


def test_a_failure_before_the_start_cancels_every_action(template_of: Template) -> None:
    experiment = begun(template_of())
    experiment.fail("empty", 2.0)
    assert (experiment.status, experiment.reason) == ("failed", "empty")
    assert experiment.actions["pause"].status == "cancelled"
    assert experiment.summary()["state"]["status"] == "failed"
