"""The commands `sandbox lab ...` without a sandbox: what there is, and what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sandbox.cli.labs import group
from sandbox.kernel.errors import Refusal
from sandbox.labs.progress import save
from sandbox.labs.values import Progress


def run(*words: str) -> str:
    result = CliRunner().invoke(group(), words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_labs_are_listed_with_what_is_done(tmp_path: Path) -> None:
    save(tmp_path, Progress(lab=2, language="en", step=0, began_at_s=0.0, finished=(1,)))
    [first, second, *rest] = json.loads(run("list", "--json", "--home", str(tmp_path)))
    assert (first["finished"], second["finished"]) == (True, False)
    assert len(rest) == 9
    line = next(line for line in run("list", "--home", str(tmp_path)).splitlines() if "speed of light" in line)
    assert line.split() == ["1", "One", "origin", "and", "the", "speed", "of", "light", "10", "min", "done"]


def test_labs_are_listed_in_french_where_they_are_french(tmp_path: Path) -> None:
    listed = json.loads(run("list", "--json", "--lang", "fr", "--home", str(tmp_path)))
    assert [lab["language"] for lab in listed[:4]] == ["fr", "fr", "fr", "en"]


def test_the_guide_is_printed() -> None:
    assert run("leader").startswith("# Guide for the leader of a workshop")


@pytest.mark.parametrize("command", [("start", "1"), ("check",), ("hint",), ("show",), ("reset",)])
def test_without_a_sandbox_each_command_says_how_to_start_one(tmp_path: Path, command: tuple[str, ...]) -> None:
    with pytest.raises(Refusal, match="Start one: sandbox up"):
        CliRunner().invoke(group(), [*command, "--home", str(tmp_path)], catch_exceptions=False)
