"""The whole demo, once, on a fresh sandbox: exit code 0, and figures that can be true."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from sandbox.demo.load import BackgroundLoad
from sandbox.kernel.clock import pause_s

pytestmark = pytest.mark.live

SPEED = 30  # half a minute instead of one; round trips stay, so the claims are harder to hold, not easier


def start(home, *flags, **options):
    """`sandbox demo` as a process; Ctrl-C reaches it although pytest's own shell may ignore it."""
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox.cli", "demo", "--home", str(home), *flags],
        env={**os.environ, "COLUMNS": "200"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """What --json prints."""
    demo = start(tmp_path_factory.mktemp("demo") / "home", "--json", "--speed", str(SPEED))
    shown, errors = demo.communicate(timeout=200)
    assert shown, errors
    told = json.loads(shown)
    broken = [claim for claim in told["claims"] if not claim["held"]]
    assert (demo.returncode, broken, errors) == (0, [], "")
    return told


@pytest.mark.timeout(240)
def test_every_claim_holds_and_the_acts_fit_the_time(figures):
    assert figures["held"] is True
    assert figures["sandbox"] == "own"
    assert len(figures["claims"]) >= 35
    assert figures["took_s"] < 90


def test_a_page_crosses_the_ocean_twice(figures):
    """New York is 17 ms from us-east-1, Sydney 239: less than two round trips would be faster than light in glass."""
    one_region = {visit["city"]: visit for visit in figures["acts"][0]["visits"]}
    assert 2 * 17 <= one_region["new-york"]["total_ms"] <= 2 * 17 + 100
    assert 2 * 238 <= one_region["sydney"]["total_ms"] <= 2 * 239 + 150


def test_three_regions_serve_two_cities_each(figures):
    assert {visit["city"]: visit["served_by"] for visit in figures["acts"][1]["visits"]} == {
        "new-york": "us-east-1",
        "sao-paulo": "us-east-1",
        "paris": "eu-west-1",
        "tel-aviv": "eu-west-1",
        "tokyo": "ap-northeast-1",
        "sydney": "ap-northeast-1",
    }


def test_users_fail_until_the_caches_are_empty_and_then_no_more(figures):
    """Errors are between the fault and the TTL after the verdict; before and after there are none."""
    killed = figures["acts"][3]["killed"]
    assert killed["cities"] == ["paris", "tel-aviv"]
    assert 0 < killed["errors"] < killed["visits"] / 2
    assert 0.3 < killed["detected_after_s"] <= killed["last_error_after_s"] + killed["ttl_s"]
    failing = [second["second"] for second in killed["timeline"] if second["errors"]]
    assert failing == list(range(failing[0], failing[-1] + 1))


def test_a_silent_region_hurts_longer_than_a_dead_one(figures):
    killed, cut_off = figures["acts"][3]["killed"], figures["acts"][3]["cut_off"]
    assert cut_off["detected_after_s"] > killed["detected_after_s"]
    assert cut_off["failing_visit_ms_p50"] > 900 > killed["failing_visit_ms_p50"]


def test_dns_answers_while_it_cannot_be_changed(figures):
    act = figures["acts"][4]
    assert act["change"]["error"] == "ServiceUnavailable"
    assert all(act["dns_answers"].values())


def test_a_write_takes_the_way_and_not_less(figures):
    """No item is in Tokyo before its way from Ireland, 101 ms, is over; Paris hears of its 200 14 ms after it left."""
    act = figures["acts"][5]
    assert act["one_way_ms"] - 14.0 <= act["lag_ms_p50"] <= act["lag_ms_p99"]


def test_each_conflict_has_one_loser_and_a_wrong_clock_decides(figures):
    items = {each["item"]: each for each in figures["acts"][6]["items"]}
    assert all({each["stands"], each["lost"]} == {"eu-west-1", "ap-northeast-1"} for each in items.values())
    assert items["figs"]["stands"] != items["figs"]["written_last_by"] == items["apples"]["written_last_by"]


def test_counts_are_lost_in_one_counter_and_in_no_other(figures):
    act = figures["acts"][7]
    assert len(set(act["shared"])) == 1
    assert act["shared"][0] < act["raised"]
    assert act["apart"] == [act["raised"]] * 3


def test_a_killed_region_brings_back_what_nobody_else_had(figures):
    act = figures["acts"][8]
    assert act["not_sent_at_the_kill"] == act["acknowledged"] >= 300
    assert set(act["missing"].values()) == {0}


@pytest.mark.timeout(120)
def test_after_ctrl_c_nothing_is_left_in_a_sandbox_that_ran_before(tmp_path):
    """Interrupted while a region is dead: the region runs again, and zone, checks and tables are gone."""
    from sandbox import Sandbox

    with Sandbox(["us-east-1", "eu-west-1", "ap-northeast-1"], home=tmp_path / "home", speed=SPEED) as sandbox:
        demo = start(tmp_path / "home")
        sandbox.wait_for_event("fault_injected", within_s=60)
        demo.send_signal(signal.SIGINT)
        shown, errors = demo.communicate(timeout=60)
        assert (demo.returncode, errors) == (130, ""), shown
        assert "Using the sandbox that runs in" in shown
        assert sandbox.fault.list() == []
        route53 = sandbox.client("route53", region="us-east-1")
        assert route53.list_hosted_zones()["HostedZones"] == []
        assert route53.list_health_checks()["HealthChecks"] == []
        for region in sandbox.regions:
            assert sandbox.client("dynamodb", region=region).list_tables()["TableNames"] == []


def test_a_load_without_a_proxy_is_errors_not_an_end(unused_port):
    """Users do not stop coming because the first ones fail."""
    with BackgroundLoad(unused_port, ["paris"], "http://app.example.test/", rate_per_s=50.0, timeout_s=1.0) as load:
        while len(load.visits) < 5:
            pause_s(0.01)
    assert {visit.ok for visit in load.visits} == {False}


@pytest.fixture
def unused_port():
    """A port where nobody listens."""
    import socket

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]
