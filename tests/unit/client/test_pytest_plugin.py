"""The plugin, in a pytest run of its own against a fake sandbox."""

import os
import subprocess
import sys

from sandbox.client.starting import surroundings

TESTS = """
def test_one_breaks_something(sandbox):
    sandbox.fault.isolate("us-east-1")
    assert sandbox.wait_for_event("fault_injected", within_s=5)

def test_the_next_one_finds_it_mended(sandbox):
    assert sandbox.fault.list() == []
    assert sandbox.regions == ["us-east-1", "eu-west-1"]
"""


def pytest_in(folder, *words):
    words = [sys.executable, "-m", "pytest", "-q", "-p", "sandbox.client.pytest_plugin", *words]
    # Only our plugin: the others of this machine are not what is tested, and take seconds to import.
    variables = surroundings({**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    return subprocess.run([*words, str(folder)], capture_output=True, text=True, cwd=folder, env=variables)


def test_faults_are_healed_between_tests(fake_sandbox, tmp_path):
    (tmp_path / "test_it.py").write_text(TESTS)
    result = pytest_in(tmp_path, "--sandbox-home", str(fake_sandbox.home))
    assert "2 passed" in result.stdout, result.stdout
    assert fake_sandbox.register.faults == {}
    assert fake_sandbox.program.poll() is None


def test_a_sandbox_that_cannot_start_is_one_line_and_no_traceback(tmp_path):
    (tmp_path / "test_it.py").write_text(TESTS)
    result = pytest_in(tmp_path, "--sandbox-regions", "us-esat-1")
    assert "sandbox: --regions: no AWS region is called 'us-esat-1'" in result.stdout
    assert "Traceback" not in result.stdout


def test_an_ini_key_says_the_same_as_the_flag(tmp_path):
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nsandbox_speed = fast\n")
    assert "--speed: speed: it should be a valid number" in pytest_in(tmp_path).stdout


def test_the_plugin_imports_nothing_but_pytest():
    # It is loaded in every pytest run of the machine.
    code = (
        "import sys, pytest; before = set(sys.modules); import sandbox.client.pytest_plugin;"
        "print(sorted(name for name in set(sys.modules) - before if not name.startswith('sandbox')))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
