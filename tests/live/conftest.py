"""What live tests share: a script of AWS calls, run as a person would run it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.client.sandbox import Sandbox

from .forked_aws import aws_that_forks

RunScript = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def forked_aws() -> Iterator[Path]:
    """A folder for PATH with an `aws` that starts at once (forked_aws.py)."""
    if importlib.util.find_spec("awscli") is None:
        pytest.skip("the aws CLI is not installed; scripts/test installs it")
    with tempfile.TemporaryDirectory(prefix="aws-") as folder, aws_that_forks(Path(folder)) as programs:
        yield programs


@pytest.fixture(scope="session")
def run_script(forked_aws: Path) -> RunScript:
    """run_script(planet, path, *arguments, region="us-east-1"): the NAME=value lines that the script printed."""

    def run(planet: Sandbox, script: Path, *arguments: str, region: str) -> dict[str, str]:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "PATH": f"{forked_aws}:{os.environ['PATH']}",
            "AWS_ENDPOINT_URL": planet.endpoint_url(),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": region,
            "AWS_PAGER": "",
        }
        command = ["bash", str(script), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return dict(line.split("=", 1) for line in done.stdout.splitlines())

    return run
