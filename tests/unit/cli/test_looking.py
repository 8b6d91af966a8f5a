"""dig, curl, traceroute: what is shown, and how it ends."""

import json

import pytest

from sandbox.cli.looking import as_record, headers_of, timing_lines
from sandbox.kernel.errors import Refusal
from sandbox.serving.measured import Measured


def test_dig_shows_records_and_then_comments(run, fake_sandbox):
    result = run("dig", "app.example.test", "a", "--from", "tokyo", "--trace", home=fake_sandbox.home)
    assert result.stdout.splitlines() == [
        "app.example.test.\t6\tA\t198.18.1.10",
        "; NOERROR in tokyo, by edge:CDG, 12.3 ms",
        "; why: lowest latency from tokyo",
        "; TTL in the zone: 60 s",
        "; one sentence",
    ]


def test_dig_stands_in_the_default_place(run, fake_sandbox):
    found = json.loads(run("dig", "app.example.test", "--json", home=fake_sandbox.home).stdout)
    assert found["why"] == "lowest latency from paris"


def test_a_lookup_that_failed_is_1_and_an_unknown_place_is_2(run, fake_sandbox):
    assert run("dig", "other.test", home=fake_sandbox.home).exit_code == 1
    assert run("dig", "app.example.test", "--from", "tokio", home=fake_sandbox.home).exit_code == 2


def test_traceroute_tells_what_a_fault_adds_and_what_blocks(run, fake_sandbox):
    home = fake_sandbox.home
    shown = run("traceroute", "app.example.test", home=home)
    assert shown.exit_code == 0
    assert "round trip 103.4 ms, now 203.4 ms" in shown.stdout
    run("fault", "isolate", "us-east-1", home=home)
    blocked = run("traceroute", "app.example.test", home=home)
    assert blocked.exit_code == 1
    assert "blocked: us-east-1 is isolated" in blocked.stdout


def test_curl_without_a_proxy_says_so_and_is_1(run, fake_sandbox):
    result = run("curl", "http://app.example.test/", home=fake_sandbox.home)  # the fake's proxy port is 1
    assert (result.exit_code, result.stdout) == (1, "")
    assert "sandbox: proxy: no proxy at 127.0.0.1:1" in result.stderr


def test_curl_refuses_what_is_no_url_or_header(run, fake_sandbox):
    assert run("curl", "ftp://x/", home=fake_sandbox.home).exit_code == 2
    assert run("curl", "http://x/", "-H", "nocolon", home=fake_sandbox.home).exit_code == 2


def test_headers_are_names_and_values():
    assert headers_of(["A: b:c", "X:"]) == {"A": "b:c", "X": ""}
    with pytest.raises(Refusal):
        headers_of([": b"])


def test_timing_tells_each_stage_and_who_answered():
    visit = Measured(
        place="tokyo",
        url="https://x/",
        started_at_s=0.0,
        ok=True,
        status=200,
        lookup_ms=0.0,
        lookup_cached=True,
        connect_ms=9.2,
        tls_ms=20.0,
        first_byte_ms=22.6,
        total_ms=22.8,
        address="198.18.3.10",
        owner="ap-northeast-1",
        served_by="ap-northeast-1",
        headers=(("A", "b"),),
        body=b"\xff",
    )
    assert timing_lines(visit) == [
        "lookup          0.0 ms  198.18.3.10 (ap-northeast-1) from the cache",
        "connect         9.2 ms",
        "TLS            20.0 ms",
        "first byte     22.6 ms  since the start",
        "total          22.8 ms  from tokyo",
        "answered by ap-northeast-1: 200",
    ]
    assert json.dumps(as_record(visit))


def test_timing_of_a_failure_tells_how_far_it_came():
    visit = Measured(place="paris", url="http://x/", started_at_s=0.0, error="timeout", why="no answer", lookup_ms=3.0)
    assert timing_lines(visit)[-1] == "sandbox: timeout: no answer"
    assert not any(line.startswith("connect") for line in timing_lines(visit))
