"""scripts/setup.py: when it has nothing to do, what it passes on, and what it says when a step fails."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "scripts"


@pytest.fixture
def setup(tmp_path, monkeypatch):
    """The module, standing in an empty repository."""
    spec = importlib.util.spec_from_file_location("scripts_setup", SCRIPTS / "setup.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, path in (("ROOT", "."), ("VENV", ".venv"), ("BIN", ".venv/bin"), ("STAMP", ".venv/stamp.json")):
        setattr(module, name, tmp_path / path)
    for name in ("pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text(f"{name}==1\n")
    return module


@pytest.fixture
def prepared(setup):
    """An environment whose stamp says that everything is there."""
    setup.BIN.mkdir(parents=True)
    for program in ("python", "sandbox"):
        (setup.BIN / program).touch()
    kinds = {kind: setup.fingerprint(kind) for kind in ("demo", "test")}
    setup.write_stamp({"for": setup.identity(), **kinds})
    return setup


def test_a_second_run_has_nothing_to_do(prepared):
    assert prepared.is_ready("demo")
    assert prepared.is_ready("test")
    assert prepared.prepare("demo") == prepared.BIN


@pytest.mark.parametrize(
    ("changed", "demo_is_ready", "test_is_ready"),
    [
        ("pyproject.toml", False, False),
        ("requirements.txt", False, False),
        ("requirements-dev.txt", True, False),
        (".venv/bin/sandbox", False, False),
        (".venv/bin/python", False, False),
        (".venv/stamp.json", False, False),
    ],
)
def test_what_changed_decides_who_must_set_up_again(prepared, changed, demo_is_ready, test_is_ready):
    path = prepared.ROOT / changed
    if changed.startswith(".venv/bin"):
        path.unlink()
    else:
        path.write_text("changed")
    assert (prepared.is_ready("demo"), prepared.is_ready("test")) == (demo_is_ready, test_is_ready)


def test_another_python_or_another_folder_must_set_up_again(prepared):
    stamp = prepared.read_stamp()
    for identity in (["elsewhere", *stamp["for"][1:]], [*stamp["for"][:2], "3.99.0"]):
        prepared.write_stamp({**stamp, "for": identity})
        assert not prepared.is_ready("demo")


def test_an_environment_made_by_somebody_else_is_never_removed(setup):
    # It does not run Python at all, so it cannot be used; it must still be there afterwards.
    setup.BIN.mkdir(parents=True)
    (setup.BIN / "precious").touch()
    with pytest.raises(setup.SetupFailed, match="not ours"):
        setup.make_venv(None)
    assert (setup.BIN / "precious").exists()


def test_uv_hears_what_pip_was_told(setup, monkeypatch):
    for _, tells_uv, already in setup.PIP_TO_UV:
        for name in (tells_uv, *already):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example.test/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "/one /two")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    variables = setup.environment()
    assert variables["UV_DEFAULT_INDEX"] == "https://mirror.example.test/simple"
    assert variables["UV_FIND_LINKS"] == "/one,/two"
    assert variables["UV_NO_CACHE"] == "1"


def test_what_uv_was_told_itself_wins(setup, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example.test/simple")
    monkeypatch.setenv("UV_INDEX_URL", "https://other.example.test/simple")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    assert "UV_DEFAULT_INDEX" not in setup.environment()


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("error: Failed to fetch: `https://mirror.example.test/simple/`", "cannot be reached"),
        ("NewConnectionError('[Errno 111] Connection refused')", "cannot be reached"),
        ("invalid peer certificate: UnknownIssuer", "SSL_CERT_FILE"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("No matching distribution found for flask==9", "lacks a pinned version"),
        ("something new", "above"),
    ],
)
def test_a_failed_step_says_what_to_do(setup, said, remedy):
    assert remedy in setup.cause(said)


def test_a_python_without_ensurepip_is_told_what_to_install(setup, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(setup.SetupFailed, match=r"sudo apt install python3\.\d+-venv"):
        setup.refuse_without_ensurepip()


@pytest.mark.parametrize("script", ["demo", "test", "pin"])
def test_a_python_that_is_too_old_can_still_read_the_script(script):
    # The oldest grammar that ast knows; the version check then says its one line instead of a SyntaxError.
    ast.parse((SCRIPTS / script).read_text(), feature_version=(3, 7))


@pytest.mark.parametrize("script", ["demo", "test", "pin"])
def test_scripts_can_be_run_as_they_are(script):
    path = SCRIPTS / script
    assert path.stat().st_mode & 0o111
    assert path.read_text().startswith("#!/usr/bin/env python3\n")


@pytest.mark.parametrize("arguments", [[], ["-k", "demo_app"], ["tests/unit", "--durations=15", "--color=no"]])
def test_the_suite_has_four_workers(setup, arguments):
    assert setup.workers_for(arguments)[:2] == ["-n", "4"]


@pytest.mark.parametrize("arguments", [["-n", "4"], ["-n0"], ["-x", "--pdb"], ["-s"], ["--collect-only"]])
def test_who_watches_pytest_or_counts_workers_is_left_alone(setup, arguments):
    assert setup.workers_for(arguments) == []


def test_nothing_is_compiled_twice_though_no_compiled_files_are_wanted_beside_the_sources(setup):
    variables = setup.variables_of_tests({"HOME": "/h", "PYTHONDONTWRITEBYTECODE": "1"})
    assert variables == {"HOME": "/h", "PYTHONPYCACHEPREFIX": str(setup.VENV / "compiled")}
    assert setup.variables_of_tests({"HOME": "/h"}) == {"HOME": "/h"}
    chosen = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/c"}
    assert setup.variables_of_tests(chosen) == {"PYTHONPYCACHEPREFIX": "/c"}
