"""Claims about `agent` and `compose`; the agent at work is tested in tests/containers."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.cli import containers
from sandbox.cli.compose_file import compose_file
from sandbox.kernel.errors import Refusal


def test_compose_prints_a_file_for_the_regions_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    containers.compose(regions="us-west-2,sa-east-1")
    assert capsys.readouterr().out == compose_file(["us-west-2", "sa-east-1"])


def test_a_region_that_aws_has_not_is_refused() -> None:
    with pytest.raises(Refusal, match="us-west-22"):
        containers.compose(regions="us-west-22")


def test_an_agent_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="No sandbox runs"):
        containers.agent(home=tmp_path)
