"""One command line, run in this process."""

import pytest
from typer.testing import CliRunner

from sandbox.cli.main import build


@pytest.fixture
def run(tmp_path, monkeypatch):
    """`run("status", home=...)`: exit_code, stdout, stderr. The folder one stands in is empty."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def run(*words, home=None, env=None):
        before = [] if home is None else ["--home", str(home)]
        return CliRunner().invoke(build(), [*before, *words], env={"SANDBOX_HOME": "", **(env or {})})

    return run
