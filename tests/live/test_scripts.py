"""scripts/demo and scripts/test as processes, in a repository of their own, with a uv that installs nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.live

SCRIPTS = Path(__file__).parents[2] / "scripts"

# Makes an environment without packages, writes down its calls, and installs a `sandbox` that repeats its arguments.
FAKE_UV = f"""#!/bin/sh
echo "$@" >> uv-calls
case "$1 $2" in
  "--version ") echo uv ;;
  "venv "*) exec {sys.executable} -m venv --without-pip "$PWD/.venv" ;;
  "pip install")
    if [ -e offline ]; then echo "error: Failed to fetch a package"; exit 2; fi
    printf '#!/bin/sh\\necho "$@"\\n' > .venv/bin/sandbox; chmod +x .venv/bin/sandbox ;;
esac
"""


@pytest.fixture
def repository(tmp_path):
    shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text("one==1\n")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "uv").write_text(FAKE_UV)
    (programs / "uv").chmod(0o755)
    return tmp_path


def run(repository, script, *arguments):
    """One run of a script, with the false uv first on PATH."""
    path = f"{repository / 'programs'}:{os.environ['PATH']}"
    return subprocess.run(
        [sys.executable, f"scripts/{script}", *arguments],
        cwd=repository,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_demo_sets_up_once_and_passes_its_arguments_on(repository):
    first = run(repository, "demo", "--json")
    # stdout is the demo's own: `./scripts/demo --json | jq` must work on a fresh machine too.
    assert first.stdout == "demo --json\n"
    assert "installing 1 packages" in first.stderr
    calls = (repository / "uv-calls").read_text()
    assert "-r requirements.txt" in calls
    assert "--no-deps -e ." in calls

    second = run(repository, "demo")
    assert (second.stdout, second.stderr) == ("demo\n", "")
    assert (repository / "uv-calls").read_text() == calls


def test_the_tests_set_up_covers_the_demo(repository):
    run(repository, "test", "--version")
    assert "-r requirements-dev.txt" in (repository / "uv-calls").read_text()
    assert run(repository, "demo").stderr == ""


def test_a_first_run_without_a_network_says_so_and_the_next_goes_on(repository):
    (repository / "offline").touch()
    failed = run(repository, "demo")
    assert failed.returncode == 1
    assert "The package index cannot be reached." in failed.stderr.splitlines()[-1]
    assert "Traceback" not in failed.stderr
    (repository / "offline").unlink()
    assert run(repository, "demo").stdout == "demo\n"


def test_pytests_exit_code_is_the_scripts_own_and_the_seconds_are_told(repository):
    ended = run(repository, "test", "--version")
    # There is no pytest in the empty environment: the code is what Python says of that.
    assert ended.returncode == 1
    assert "No module named pytest" in ended.stderr
    assert ended.stdout.startswith("scripts/test: ")
    assert ended.stdout.endswith(" s, exit code 1\n")
