"""The command line and the Python API with everything behind them: real processes, real ports."""

import json
import os
import signal
import subprocess
import sys

import pytest

from sandbox import Sandbox
from sandbox.client.starting import has_ended, surroundings
from sandbox.kernel.clock import SystemClock, pause_s
from sandbox.management.client import read_card

pytestmark = pytest.mark.live


def sandbox_command(home, *words):
    return subprocess.run(
        [sys.executable, "-m", "sandbox.cli", "--home", str(home), *words],
        capture_output=True,
        text=True,
        env=surroundings(os.environ),
        timeout=100,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("command line") / "state folder"  # blanks, on purpose
    started = sandbox_command(home, "up", "-d", "--ports", "auto", "--regions", "us-east-1,eu-west-1", "--seed", "7")
    assert started.returncode == 0, started.stderr
    assert "ready in" in started.stdout
    yield home
    sandbox_command(home, "down")


def test_status_tells_that_everything_runs(home):
    found = json.loads(sandbox_command(home, "status", "--json").stdout)
    assert {program["state"] for program in found["programs"]} == {"running"}
    assert found["seed"] == 7
    assert "region:eu-west-1" in sandbox_command(home, "status").stdout


def test_a_second_up_says_that_one_runs(home):
    second = sandbox_command(home, "up", "-d")
    assert second.returncode == 1
    assert "already runs" in second.stderr


def test_a_visit_is_shown_with_its_stages(home):
    visit = sandbox_command(home, "curl", "http://198.18.1.10/", "--from", "paris")
    assert visit.returncode == 0, visit.stderr
    assert json.loads(visit.stdout)["region"] == "us-east-1"
    for part in ("connect", "first byte", "answered by us-east-1: 200"):
        assert part in visit.stderr


def test_env_makes_an_unmodified_program_a_client_there(home):
    lines = sandbox_command(home, "env", "--from", "tokyo").stdout
    script = f'{lines}\n"$0" -c "import urllib.request as u; print(u.urlopen(\'http://198.18.2.10/\').read().decode())"'
    shell = subprocess.run(["bash", "-c", script, sys.executable], capture_output=True, text=True, timeout=30)
    assert json.loads(shell.stdout)["region"] == "eu-west-1"


def test_an_isolated_region_cannot_be_reached_until_it_is_healed(home):
    sb = Sandbox.attach(home)
    with sb.fault.isolate("us-east-1", reset=True):
        assert sandbox_command(home, "traceroute", "us-east-1", "--from", "tokyo").returncode == 1
        assert not sb.place("tokyo").probe("http://198.18.1.10/", timeout_s=2).ok
    assert sb.place("tokyo").probe("http://198.18.1.10/").served_by == "us-east-1"
    sb.close()


def test_a_stopped_region_comes_back_when_it_is_healed(home):
    with Sandbox.attach(home) as sb:
        with sb.fault.stop("us-east-1") as stopped:
            ended = sb.wait_for_event("program_ended", program="region:us-east-1", within_s=10)
            assert stopped.id in ended["why"]
            assert sb.place("paris").probe("http://198.18.1.10/").error == "refused"
        sb.wait_until(lambda: sb.place("paris").probe("http://198.18.1.10/").ok, within_s=20)


def test_a_place_gets_ports_of_its_own(home):
    door = json.loads(sandbox_command(home, "place", "open", "tokyo", "--json").stdout)
    assert door["proxy_port"] != door["dns_port"]


def test_a_place_keeps_its_settings_over_a_restart_of_the_planet(home):
    """The settings are a retained topic; dig tells what they do."""
    assert (
        sandbox_command(home, "place", "set", "tokyo", "--min-ttl-s", "300", "--resolver-in", "us-east-1").returncode
        == 0
    )
    with Sandbox.attach(home) as sb, sb.fault.stop("planet"):
        sb.wait_for_event("program_ended", program="planet", within_s=10)

    def settings():
        return json.loads(sandbox_command(home, "place", "set", "tokyo", "--json").stdout or "{}").get("settings")

    with Sandbox.attach(home) as sb:
        sb.wait_until(lambda: settings() == {"min_ttl_s": 300.0, "resolver_in": "us-east-1"}, within_s=20)
    told = sandbox_command(home, "dig", "sts.us-east-1.amazonaws.com", "--from", "tokyo", "--trace").stdout
    assert "resolver in US East (N. Virginia), 1" in told
    assert "; it keeps answers for at least 300 s, whatever their TTL" in told
    assert "amazonaws.com.\t300\tA\t198.18.1.30" in told
    assert "1 answers are forgotten" in sandbox_command(home, "place", "forget", "tokyo").stdout
    with Sandbox.attach(home) as sb:
        sb.resolve("sts.us-east-1.amazonaws.com", "tokyo")
        sb.reset()
        assert settings() == {}
        assert not sb.call("planet", "dig", name="sts.us-east-1.amazonaws.com", place="tokyo")["from_cache"]
    assert "as usual" in sandbox_command(home, "place", "set", "tokyo", "--usual").stdout


def test_ctrl_c_ends_a_sandbox_in_the_foreground_and_leaves_nothing(tmp_path):
    words = [sys.executable, "-m", "sandbox.cli", "--home", str(tmp_path / "home"), "up", "--ports", "auto"]
    process = subprocess.Popen(
        [*words, "--regions", "us-east-1"], stdout=subprocess.PIPE, text=True, env=surroundings(os.environ)
    )
    assert process.stdout is not None
    lines = []
    while not lines or not lines[-1].startswith("ready"):
        lines.append(process.stdout.readline())
        assert lines[-1], lines
    card = read_card(tmp_path / "home")
    assert card is not None
    assert card["pid"] == process.pid  # `up` became the supervisor
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert read_card(tmp_path / "home") is None


def test_the_python_api_leaves_nothing_behind():
    with Sandbox(regions=["us-east-1"], app=False) as sb:
        home, pids = sb.home, [program["pid"] for program in sb.status()["programs"]]
        assert sb.client("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert not home.exists()
    clock = SystemClock()
    give_up_at_s = clock.now_s() + 5
    while not all(has_ended(pid) for pid in pids) and clock.now_s() < give_up_at_s:
        pause_s(0.02)
    assert all(has_ended(pid) for pid in pids)


def test_down_is_the_end(home):
    card = read_card(home)
    assert card is not None
    assert sandbox_command(home, "down").returncode == 0
    assert has_ended(card["pid"])
    again = sandbox_command(home, "down")
    assert (again.returncode, again.stderr[:26]) == (1, "sandbox: No sandbox runs i")
