"""The doctor on this very machine."""

import json
import socket


def test_the_doctor_looks_at_everything(run, tmp_path):
    found = json.loads(run("doctor", "--json", home=tmp_path, env={"SANDBOX_PORTS": "auto"}).stdout)
    looked_at = [finding["what"] for finding in found]
    for what in ("platform", "Python", "port aws", "memory", "clock", "disk", "open files", "uvloop", "Docker"):
        assert what in looked_at


def test_a_taken_port_is_a_failed_check_and_1(run, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("doctor", home=tmp_path, env={"SANDBOX_PORTS": f"auto,proxy={port}"})
    assert result.exit_code == 1
    assert f"{port} is taken; free it, or start with --ports proxy=NUMBER" in result.stdout
    assert "cannot run here" in result.stdout


def test_a_port_that_this_sandbox_holds_is_fine(run, fake_sandbox):
    # The fake's card claims port 1 for the proxy: below 1024 nobody but root may bind it, so it may look taken.
    found = json.loads(run("doctor", "--json", home=fake_sandbox.home).stdout)
    proxy = next(finding for finding in found if finding["what"] == "port proxy")
    assert proxy["ok"]
