"""A shell that lines are typed into: a real bash."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.labs.shell import Shell
from sandbox.labs.values import Command


def test_variables_and_functions_live_from_line_to_line() -> None:
    heard: list[str] = []
    with Shell({"PATH": os.environ["PATH"], "GIVEN": "yes"}, heard.append) as shell:
        assert shell.type(Command(text="A=1; f() {\n  echo $GIVEN $A\n}")) == (0, "")
        assert shell.type(Command(text="f")) == (0, "yes 1\n")
        assert shell.type(Command(text="printf 'no end of line'")) == (0, "no end of line")
        assert shell.type(Command(text="ls /nowhere 2>/dev/null; false")) == (1, "")
    assert heard[1] == "f"


def test_a_line_that_fails_stops_the_rest_and_is_told_with_its_output() -> None:
    with Shell({"PATH": os.environ["PATH"]}) as shell, pytest.raises(Refusal, match="this line failed: cat /nowhere"):
        shell.type_all([Command(text="cat /nowhere"), Command(text="echo never")])


def test_a_missing_aws_cli_is_named(tmp_path: Path) -> None:
    (tmp_path / "bash").symlink_to(str(shutil.which("bash")))  # and nothing else is found there
    with Shell({"PATH": str(tmp_path)}) as shell, pytest.raises(Refusal, match="pip install awscli"):
        shell.type_all([Command(text="aws sts get-caller-identity")])


def test_a_shell_that_ends_says_at_which_line() -> None:
    with Shell({"PATH": os.environ["PATH"]}) as shell, pytest.raises(Refusal, match="the shell ended at: exit 3"):
        shell.type(Command(text="exit 3"))


def test_a_line_that_hangs_is_ended_and_named() -> None:
    """All that it has started ends with it: the pipe of its output would stay open otherwise."""
    with (
        Shell({"PATH": os.environ["PATH"]}, line_within_s=0.3) as shell,
        pytest.raises(Refusal, match="the shell ended at: echo begun; sleep 600\nbegun"),
    ):
        shell.type(Command(text="echo begun; sleep 600"))


def test_a_shell_that_has_ended_says_so_again() -> None:
    with Shell({"PATH": os.environ["PATH"]}) as shell:
        for _ in range(2):
            with pytest.raises(Refusal, match="the shell ended at: exit 3"):
                shell.type(Command(text="exit 3"))
