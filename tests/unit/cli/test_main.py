"""How command lines end: what is printed where, and the exit code."""

import json
import subprocess
import sys


def test_no_command_shows_the_help_and_counts_as_written_wrong(run):
    result = run()
    assert result.exit_code == 2
    assert "fault" in result.stdout


def test_help_lists_every_command_of_the_contract(run):
    listed = run("--help").stdout.split("Commands:")[1]
    commands = [line.split()[0] for line in listed.splitlines() if line.strip()]
    looking = {"dig", "curl", "traceroute", "events", "status", "doctor", "places", "place", "env", "version", "table"}
    assert set(commands) == {"up", "down", "reset", "fault", "demo", "lab", "bucket", "drill"} | looking | {
        "agent",
        "compose",
    }


def test_a_misspelt_command_is_one_line_with_near_matches(run):
    result = run("statsu")
    assert result.exit_code == 2
    assert result.stderr.startswith("sandbox: No such command 'statsu'. Did you mean 'status'")
    assert len(result.stderr.splitlines()) == 1


def test_a_misspelt_fault_is_one_line_with_near_matches(run):
    result = run("fault", "isolat", "us-east-1")
    assert result.exit_code == 2
    assert "'isolate'" in result.stderr


def test_an_unknown_option_is_one_line_and_names_the_help(run):
    result = run("status", "--jsn")
    assert result.exit_code == 2
    assert "--jsn" in result.stderr
    assert "See: sandbox status --help" in result.stderr


def test_a_refusal_is_one_line_on_stderr_and_nothing_on_stdout(run, tmp_path):
    result = run("status", home=tmp_path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"sandbox: No sandbox runs in {tmp_path}. Start one: sandbox up -d\n"


def test_home_may_stand_before_or_behind_the_command_or_in_the_variable(run, fake_sandbox):
    home = str(fake_sandbox.home)
    assert run("fault", "list", home=home).exit_code == 0
    assert run("fault", "list", "--home", home).exit_code == 0
    assert run("fault", "list", env={"SANDBOX_HOME": home}).exit_code == 0
    assert run("fault", "list").exit_code == 1


def test_version_is_also_json(run):
    assert run("version").stdout.startswith("sandbox ")
    assert run("--version").stdout == run("version").stdout
    assert json.loads(run("version", "--json").stdout)["version"]


def test_the_command_starts_without_what_takes_long_to_import():
    # Each of these alone would cost a tenth of a second or more, before anything is shown.
    heavy = ["boto3", "httpx", "pydantic", "rich.table", "asyncio", "yaml", "sandbox.demo"]
    code = f"import sys, sandbox.cli.main as m; m.build(); print([name for name in {heavy} if name in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
