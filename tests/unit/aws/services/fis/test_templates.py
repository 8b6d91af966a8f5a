"""Claims about experiment templates: what cannot be is a ValidationException that names it (GT 5.01, 5.09)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.aws.services.fis.templates import OLD_PAUSE, PAUSE, check_template, current, duration_s
from sandbox.kernel.errors import Refusal

Template = Callable[..., dict[str, Any]]
WAIT = {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1M"}}


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT5M", 300), ("PT1H30M", 5400), ("PT12H", 43200), ("PT90S", 90), ("P0DT1M", 60)]
)
def test_durations_are_iso_8601(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", [None, 5, "", "5m", "PT", "P", "PT0S", "PT13H", "P1D", "pt5m", "PT5MX", "P1DT"])
def test_other_durations_are_refused(text: Any) -> None:
    with pytest.raises(Refusal, match="Invalid duration") as refusal:
        duration_s(text)
    assert refusal.value.code == "ValidationException"


def test_a_whole_template_is_taken_and_so_is_the_old_name_of_the_action(template_of: Template) -> None:
    check_template(template_of())
    old = template_of()
    old["actions"]["pause"]["actionId"] = OLD_PAUSE
    check_template(old)
    assert current(OLD_PAUSE) == PAUSE


def test_actions_that_the_sandbox_has_not_may_be_kept_in_a_template(template_of: Template) -> None:
    stop = {"actionId": "aws:ec2:stop-instances", "parameters": {}, "targets": {}}
    check_template(template_of(actions={"stop": stop}))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"description": ""}, "missing the required parameter: description"),
        ({"stopConditions": []}, "missing the required parameter: stopConditions"),
        ({"stopConditions": [{"source": "mood"}]}, "Invalid stop condition source: mood"),
        ({"actions": {}}, "missing the required parameter: actions"),
        ({"actions": {"a": {"actionId": "pause it"}}}, "Invalid action ID: pause it"),
        ({"actions": {"a": {**WAIT, "startAfter": ["b"]}}}, "starts after b, which the template does not have"),
        ({"actions": {"a": {**WAIT, "targets": {"Tables": "x"}}}}, "names the target x"),
        ({"actions": {"a": {**WAIT, "parameters": {}}}}, "Invalid duration: None"),
        ({"actions": {"a": {"actionId": PAUSE, "parameters": {"duration": "PT1M"}}}}, "needs these targets: Tables"),
        (
            {"actions": {"a": {**WAIT, "startAfter": ["b"]}, "b": {**WAIT, "startAfter": ["a"]}}},
            "The actions a, b wait for each other",
        ),
        ({"targets": {"t": {"selectionMode": "ALL", "resourceArns": ["a"]}}}, "needs a resourceType"),
        ({"targets": {"t": {"resourceType": "r", "selectionMode": "SOME", "resourceArns": ["a"]}}}, "selectionMode"),
        ({"targets": {"t": {"resourceType": "r", "selectionMode": "ALL"}}}, "either resourceArns or resourceTags"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], problem: str, template_of: Template) -> None:
    with pytest.raises(Refusal, match=problem) as refusal:
        check_template(template_of(**changes))
    assert refusal.value.code == "ValidationException"


def test_a_target_of_another_type_is_refused(template_of: Template) -> None:
    template = template_of()
    template["targets"]["orders"]["resourceType"] = "aws:ec2:instance"
    with pytest.raises(Refusal, match="needs aws:dynamodb:global-table"):
        check_template(template)
