"""What live tests share: a script of AWS calls, run as a person would run it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.client.sandbox import Sandbox

RunScript = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def run_script() -> RunScript:
    """run_script(planet, path, *arguments, region="us-east-1"): the NAME=value lines that the script printed."""
    aws = shutil.which("aws") or str(Path(sys.executable).with_name("aws"))
    if not Path(aws).exists():
        pytest.skip("the aws CLI is not installed; scripts/test installs it")

    def run(planet: Sandbox, script: Path, *arguments: str, region: str) -> dict[str, str]:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "PATH": f"{Path(aws).parent}:{os.environ['PATH']}",
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
