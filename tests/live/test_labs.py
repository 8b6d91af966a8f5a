"""Every lab, typed line by line: each checkpoint fails before its step and passes after it.

That a checkpoint fails first shows that it looks at what the step does; that it passes after shows that the lines work.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.client.sandbox import Sandbox
from sandbox.labs.course import Checked, Course
from sandbox.labs.progress import FILE as PROGRESS
from sandbox.labs.shelf import lab_of, numbers
from sandbox.labs.shell import Shell
from sandbox.labs.values import Step

pytestmark = pytest.mark.live

REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
SPEED = 10.0
WITHIN_S = 40.0  # for what takes its time: caches, health checks, replication


LAB_OF_THE_REAL_AWS = 1  # in the other labs `aws` is forked (forked_aws.py)


@pytest.fixture(scope="module")
def planet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    if shutil.which("aws", path=tools_path()) is None or shutil.which("dig") is None:
        pytest.skip("labs are typed with the aws CLI and dig: pip install awscli, apt-get install dnsutils")
    home = tmp_path_factory.mktemp("labs")
    with Sandbox(regions=REGIONS, seed=1, speed=SPEED, home=home) as started:
        yield started


def tools_path(*before: Path) -> str:
    """The programs of this environment first: sandbox, aws."""
    return os.pathsep.join([*map(str, before), str(Path(sys.executable).parent), os.environ["PATH"]])


def checked_again(course: Course) -> Checked:
    """The checkpoint, until it passes; its last word if it does not."""
    last: list[Checked] = []

    def passes() -> bool:
        last.append(course.check())
        return last[-1].passed

    try:
        course.sandbox.wait_until(passes, within_s=WITHIN_S)
    except TimeoutError:
        pytest.fail(f"the checkpoint of {last[-1].step.title!r} does not pass: {last[-1].verdicts}")
    return last[-1]


def type_step(course: Course, shell: Shell, step: Step) -> str:
    typed = ""
    for command in step.commands:
        code, said = shell.type(replace(command, text=course.shown(command.text)))
        typed += f"$ {command.text}\n{said}"
        if "aws: error" in said or "command not found" in said or "Traceback" in said:
            pytest.fail(f"{step.title}: exit code {code}\n{typed}")
    return typed


@pytest.mark.parametrize("number", numbers())
def test_each_checkpoint_fails_before_its_step_and_passes_after_it(
    planet: Sandbox, forked_aws: Path, number: int
) -> None:
    path = tools_path() if number == LAB_OF_THE_REAL_AWS else tools_path(forked_aws)
    course = Course(planet, planet.home, {**os.environ, "PATH": path})
    lab = course.start(number, "en", lambda line: None)
    with Shell(course.variables()) as shell:
        for step in lab.steps:
            before = course.check()
            assert not before.passed, (step.title, before.verdicts)
            typed = type_step(course, shell, step)
            print(typed)
            after = checked_again(course)
            assert after.step == step
    assert after.is_over


def test_a_sandbox_that_holds_somebody_s_things_is_not_emptied_without_a_word(planet: Sandbox, tmp_path: Path) -> None:
    """Before the first lab; once a lab is under way, what is there is a lab's."""
    planet.reset()
    (planet.home / PROGRESS).unlink(missing_ok=True)
    sandbox = [sys.executable, "-m", "sandbox.cli", "lab", "start", "1", "--home", str(planet.home)]

    def start(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*sandbox, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def tables() -> list[str]:
        return list(planet.client("dynamodb", region="eu-west-1").list_tables()["TableNames"])

    planet.client("dynamodb", region="eu-west-1").create_table(
        TableName="mine",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    planet.client("s3", region="us-east-1").create_bucket(Bucket="also-mine")
    refused = start()
    assert refused.returncode == 1
    assert "this one holds 1 table, 1 bucket. Lose that: --yes" in refused.stderr
    assert tables() == ["mine"]
    assert start("--yes").returncode == 0
    assert tables() == []
    assert start().returncode == 0


def test_translations_have_the_same_lines_and_checks_as_the_english_labs() -> None:
    """What the English lab's test proves holds for the translation too, for only its prose differs."""
    for number in numbers("fr"):
        french, english = lab_of(number, "fr"), lab_of(number)
        assert french.language == "fr"
        assert [step.checks for step in french.steps] == [step.checks for step in english.steps]
        assert [[line.text for line in step.commands] for step in french.steps] == [
            [line.text for line in step.commands] for step in english.steps
        ]
        assert [line.text for line in french.before] == [line.text for line in english.before]
