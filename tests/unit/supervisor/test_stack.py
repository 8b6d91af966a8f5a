"""Claims about what the planet's container prepares; that it becomes a supervisor is tested in tests/live."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from sandbox.supervisor.service import Supervisor
from sandbox.supervisor.settings_sources import load_settings
from sandbox.supervisor.stack import TOKEN, main, prepare
from sandbox.supervisor.values import Stack


def test_the_token_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    token = prepare(tmp_path)
    assert prepare(tmp_path) == token
    assert len(token) >= 32
    assert stat.S_IMODE((tmp_path / "ca" / TOKEN).stat().st_mode) == 0o600


def test_who_finds_the_token_finds_the_certificates(tmp_path: Path) -> None:
    prepare(tmp_path)
    found = {path.name for path in (tmp_path / "ca").iterdir()}
    assert found == {TOKEN, "ca.pem", "ca-key.pem", "ca-bundle.pem"}


def test_a_wrong_setting_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SANDBOX_SPEED", "fast")
    assert main(["--home", str(tmp_path), "--ready-file", str(tmp_path / "ready")]) == 2
    assert "SANDBOX_SPEED" in capsys.readouterr().err


def test_a_program_that_nobody_has_heard_of_is_awaited_since_the_start(tmp_path: Path) -> None:
    """And not since 1970, as `sandbox status` told after a planet had been started again without one of its regions."""

    async def supervisor() -> Supervisor:
        settings = load_settings(flags={"regions": "us-east-1"}, variables={}, config=None, folder=None)
        stack = Stack(listen="127.0.0.1", hub_port=0)
        return Supervisor(tmp_path, settings, {"SANDBOX_TOKEN": "t"}, stack=stack)

    made = asyncio.run(supervisor())
    assert {state.since_s for state in made.states.values()} == {made.started_at_s}
    assert "region:us-east-1" in made.states
