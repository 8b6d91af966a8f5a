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


def test_settings_of_a_place_are_sent_as_they_are_given(run, fake_sandbox):
    words = [
        "--resolver-in",
        "us-east-1",
        "--no-client-subnet",
        "--min-ttl-s",
        "300",
        "--hold-s",
        "forever",
        "--app-cache-s",
        "60",
    ]
    shown = run("place", "set", "tokyo", *words, home=fake_sandbox.home).stdout
    changes = {
        "resolver_in": "us-east-1",
        "client_subnet": False,
        "min_ttl_s": 300.0,
        "hold_s": "forever",
        "app_cache_s": 60.0,
    }
    assert fake_sandbox.calls[-1] == ("place_set", {"place": "tokyo", "changes": changes, "usual": False})
    assert "client_subnet: false" in shown
    assert "it is odd" in shown


def test_a_place_without_options_is_shown(run, fake_sandbox):
    assert "looked up as usual" in run("place", "set", "tokyo", "--usual", home=fake_sandbox.home).stdout
    assert fake_sandbox.calls[-1][1]["usual"] is True
    found = json.loads(run("place", "set", "tokyo", "--json", home=fake_sandbox.home).stdout)
    assert found == {"place": "tokyo", "settings": {}, "story": []}


def test_a_time_that_is_none_is_refused_with_its_flag(run, fake_sandbox):
    result = run("place", "set", "tokyo", "--hold-s", "long", home=fake_sandbox.home)
    assert result.exit_code != 0
    assert "--hold-s: a number of seconds or forever" in result.stderr


def test_a_place_can_be_made_to_forget(run, fake_sandbox):
    assert "3 answers are forgotten" in run("place", "forget", "tokyo", home=fake_sandbox.home).stdout
    assert json.loads(run("place", "forget", "tokyo", "--json", home=fake_sandbox.home).stdout)["forgotten"] == 3
