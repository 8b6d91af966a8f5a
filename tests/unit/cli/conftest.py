"""One command line, run in this process."""

import pytest
from typer.testing import CliRunner

from sandbox.cli.main import build

# No sandbox but the test's own: not one of the developer's, and none of containers that runs on this machine.
NOBODY = {"SANDBOX_HOME": "", "SANDBOX_COMPOSE_PROJECT": "", "DOCKER_HOST": "unix:///nowhere/docker.sock"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """`run("status", home=...)`: exit_code, stdout, stderr. The folder one stands in is empty."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def run(*words, home=None, env=None):
        before = [] if home is None else ["--home", str(home)]
        return CliRunner().invoke(build(), [*before, *words], env={**NOBODY, **(env or {})})

    return run
