"""The table of `status`."""

import json

from sandbox.cli.status import engine_rows, port_rows, program_rows


def test_status_shows_programs_ports_faults_memory_and_what_is_not_kept(run, fake_sandbox):
    run("fault", "isolate", "us-east-1", home=fake_sandbox.home)
    shown = run("status", home=fake_sandbox.home).stdout
    for part in ("stopped by fault", "killed by fault stop-1", "21 MB", "217.8 MB", "4566", "4602", "isolate-1"):
        assert part in shown
    assert "Not kept: control forgets sts" in shown
    assert "up for 1 min 15 s" in shown


def test_status_as_json_is_the_hubs_answer_and_where_the_logs_are(run, fake_sandbox):
    found = json.loads(run("status", "--json", home=fake_sandbox.home).stdout)
    assert found["programs"][0]["state"] == "running"
    assert found["log_folder"] == fake_sandbox.card["log_folder"]


def test_memory_that_a_platform_does_not_tell_is_a_dash():
    program = {"name": "planet", "pid": 0, "state": "restarting", "since_s": 10.0, "restarts": 1, "why": None}
    assert program_rows({"programs": [program], "pss_mb": None}, 12.0) == [
        ("planet", "restarting", "2.0 s", "1", "-", "-", "")
    ]


def test_each_port_says_how_to_use_it():
    rows = port_rows({"dns": 8053, "regions": {"us-east-1": 4601}})
    assert rows == [
        ("8053", "DNS, UDP and TCP: dig @127.0.0.1 -p 8053"),
        ("4601", "front door of us-east-1: http://127.0.0.1:4601"),
    ]


def test_engines_are_shown_where_not_all_regions_have_moto():
    moto = {"engine": "moto", "state": "up", "since_s": None, "version": None}
    other = {"engine": "http://localstack:4566", "state": "down", "since_s": 10.0, "version": "4.14.0"}
    assert engine_rows({"us-east-1": moto}, 12.0) == []
    assert engine_rows({"us-east-1": moto, "eu-west-1": other}, 12.0) == [
        ("us-east-1", "moto", "up", "-", "-"),
        ("eu-west-1", "http://localstack:4566", "down", "2.0 s", "4.14.0"),
    ]
