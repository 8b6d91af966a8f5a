"""Places, and variables to stand in one."""

import json


def test_places_are_listed_without_a_sandbox_too(run, tmp_path):
    shown = run("places", "--kind", "city", home=tmp_path).stdout
    assert "paris" in shown
    assert "us-east-1" not in shown


def test_places_of_a_running_sandbox_come_from_its_planet(run, fake_sandbox):
    found = json.loads(run("places", "--json", home=fake_sandbox.home).stdout)
    assert [place["code"] for place in found] == ["paris", "tokyo", "us-east-1", "eu-west-1"]


def test_an_opened_place_tells_its_ports(run, fake_sandbox):
    shown = run("place", "open", "tokyo", home=fake_sandbox.home).stdout
    assert "127.0.0.1:3129" in shown
    assert "-p 8054" in shown


def test_env_is_lines_for_a_shell(run, fake_sandbox):
    result = run("env", "--from", "Tokyo", home=fake_sandbox.home, env={"AWS_ENDPOINT_URL": "http://x"})
    lines = result.stdout.splitlines()
    assert "unset AWS_ENDPOINT_URL" in lines
    assert "export https_proxy=http://tokyo:x@127.0.0.1:1" in lines
    assert all(line.startswith(("export ", "unset ")) for line in lines)


def test_env_of_an_unknown_place_names_near_ones(run, fake_sandbox):
    result = run("env", "--from", "tokio", home=fake_sandbox.home)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Did you mean tokyo" in result.stderr
