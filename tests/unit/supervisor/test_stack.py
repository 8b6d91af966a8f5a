"""Claims about what the planet's container prepares; that it becomes a supervisor is tested in tests/live."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sandbox.supervisor.stack import TOKEN, main, prepare


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
