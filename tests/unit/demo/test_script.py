"""The script: what bash thinks of it, and what it would do."""

from __future__ import annotations

import subprocess

import pytest

from sandbox.client.aws_steps import Step
from sandbox.demo.playbill import ACTS, whole_script
from sandbox.demo.script import script
from sandbox.demo.values import Ground

GROUND = Ground(addresses={"us-east-1": "198.18.1.10", "eu-west-1": "198.18.2.10", "ap-northeast-1": "198.18.3.10"})
AWS_THAT_TELLS = """#!/bin/sh
echo "$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $*" >> "$TOLD"
case "$*" in *describe-table*) echo ACTIVE ;; *) echo made-up-id ;; esac
"""


@pytest.fixture
def told(tmp_path):
    """Runs a script with an aws CLI that only tells what it was asked; returns the lines."""
    aws = tmp_path / "bin" / "aws"
    aws.parent.mkdir()
    aws.write_text(AWS_THAT_TELLS)
    aws.chmod(0o755)

    def run(text: str, **variables: str) -> list[str]:
        environment = {"PATH": f"{aws.parent}:/usr/bin:/bin", "TOLD": str(tmp_path / "told"), **variables}
        subprocess.run(["bash", "-c", text], check=True, env=environment, capture_output=True)
        return (tmp_path / "told").read_text().splitlines()

    return run


def test_the_whole_script_runs_in_a_strict_shell(told):
    """`set -u` ends it at a variable that no earlier step has kept."""
    calls = [line for line in told(whole_script(GROUND)) if line.startswith("http")]
    played = [step for act in ACTS for step in act.steps(GROUND) if step.played]
    waits = [line for line in calls if " wait " in line]
    assert len(calls) - len(waits) == len(played)
    assert len(waits) == sum(step.operation == "change_resource_record_sets" for step in played)


def test_calls_go_to_the_sandbox_with_its_keys_whatever_the_shell_had(told):
    first = told(whole_script(GROUND), AWS_ACCESS_KEY_ID="a-real-key", AWS_PROFILE="work")[0]
    assert first.startswith("http://127.0.0.1:4566 test ")


def test_another_endpoint_can_be_given(told):
    first = told(whole_script(GROUND), AWS_ENDPOINT_URL="http://127.0.0.1:9999")[0]
    assert first.startswith("http://127.0.0.1:9999 ")


def test_a_line_that_is_not_played_is_a_comment(told):
    steps = [
        Step(says="yes", service="route53", operation="get_hosted_zone_count", arguments={}),
        Step(says="no", service="route53", operation="delete_hosted_zone", arguments={"Id": "Z"}, played=False),
    ]
    assert [line.split()[3] for line in told(script([("An act", steps, ["sandbox status"])]))] == [
        "get-hosted-zone-count"
    ]
