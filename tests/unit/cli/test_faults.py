"""Each fault command says the right thing to the register; its Refusals come back as one line."""

import json

import pytest

from sandbox.cli.faults import describe, fault_rows


@pytest.mark.parametrize(
    ("words", "kind", "target", "parameters"),
    [
        (["isolate", "us-east-1"], "isolate", ["us-east-1"], {"reset": False}),
        (
            ["partition", "us-east-1", "paris", "--one-way"],
            "partition",
            ["us-east-1", "paris"],
            {"one_way": True, "reset": False},
        ),
        (["slow", "paris", "--add-ms", "80"], "slow", ["paris"], {"add_ms": 80, "jitter_ms": 0, "loss": 0}),
        (
            ["slow", "paris", "tokyo", "--loss", "0.1", "--bandwidth-mbps", "5"],
            "slow",
            ["paris", "tokyo"],
            {"add_ms": 0, "jitter_ms": 0, "loss": 0.1, "bandwidth_mbps": 5},
        ),
        (["fail-app", "us-east-1", "--status", "503"], "fail-app", ["us-east-1"], {"status": 503, "rate": 1.0}),
        (["stop", "control"], "stop", ["control"], {}),
        (["freeze", "eu-west-1"], "freeze", ["eu-west-1"], {}),
        (["skew", "us-east-1", "--ms", "-500"], "skew", ["us-east-1"], {"ms": -500}),
        (["pause-replication", "orders", "us-east-1"], "pause-replication", ["orders", "us-east-1"], {}),
        (
            ["pause-replication", "orders", "us-east-1", "--to", "eu-west-1"],
            "pause-replication",
            ["orders", "us-east-1", "eu-west-1"],
            {},
        ),
        (["edge-down", "NRT"], "edge-down", ["NRT"], {}),
        (["network-zone", "1"], "network-zone", ["1"], {}),
        (["backbone-cut", "EU", "NA"], "backbone-cut", ["EU", "NA"], {}),
        (["backbone-cut", "us-east-1"], "backbone-cut", ["us-east-1"], {}),
    ],
)
def test_each_kind_reaches_the_register_and_is_told(run, fake_sandbox, words, kind, target, parameters):
    result = run("fault", *words, "--for", "30s", home=fake_sandbox.home)
    assert result.exit_code == 0, result.stderr
    assert fake_sandbox.calls == [
        ("fault_inject", {"kind": kind, "target": target, "parameters": parameters, "for_s": 30.0})
    ]
    assert result.stdout.startswith(f"{kind}-1: ")
    assert "It heals in 30.0 s" in result.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["isolate", "us-esat-1"], "Did you mean us-east-1"),
        (["freeze", "paris"], "Unknown region 'paris'"),
        (["slow", "paris"], "how bad? Say --add-ms"),
        (["fail-app", "us-east-1", "--rate", "2"], "rate is 2"),
        (["isolate", "us-east-1", "--for", "soon"], "'soon' is no duration"),
        (["heal"], "Name one fault, or say --all"),
        (["heal", "isolate-1", "--all"], "Name one fault, or say --all"),
        (["heal", "isolate-9"], "Unknown fault 'isolate-9'"),
    ],
)
def test_what_is_written_wrong_is_one_line_and_2(run, fake_sandbox, words, says):
    result = run("fault", *words, home=fake_sandbox.home)
    assert result.exit_code == 2
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_fault_is_listed_and_healed(run, fake_sandbox):
    home = fake_sandbox.home
    assert run("fault", "list", home=home).stdout == "No faults.\n"
    run("fault", "isolate", "us-east-1", home=home)
    assert "isolate-1" in run("fault", "list", home=home).stdout
    assert json.loads(run("fault", "list", "--json", home=home).stdout)[0]["kind"] == "isolate"
    assert "Healed isolate-1" in run("fault", "heal", "isolate-1", home=home).stdout
    assert run("fault", "heal", "--all", home=home).stdout == "No faults.\n"


def test_parameters_that_say_nothing_are_not_shown():
    fault = {"why": "slow", "parameters": {"add_ms": 80, "loss": 0.0, "bandwidth_mbps": None, "one_way": True}}
    assert describe(fault) == "slow (add_ms=80, one_way)"


def test_a_fault_without_end_lasts_until_it_is_healed():
    fault = {"id": "stop-1", "why": "killed", "since": 0.0, "until": None, "parameters": {}}
    assert fault_rows([fault, {**fault, "until": 90.0}], 60.0)[0][3] == "it is healed"
    assert fault_rows([{**fault, "until": 90.0}], 60.0)[0][3] == "in 30.0 s"
