"""`sandbox table`, as it is read on a screen and by programs."""

import json

from sandbox.cli.tables import conflict_lines, direction_row, plain

FIRST, SECOND = "us-east-1", "eu-west-1"
PEER = {
    "region": SECOND,
    "backlog": 0,
    "syncing": False,
    "oldest_unsent_s": None,
    "lag_p50_ms": 71.25,
    "lag_p99_ms": None,
    "acknowledged": 1,
    "paused": False,
    "away_s": None,
}
VIEW = {
    "account": "000000000000",
    "table": "orders",
    "region": FIRST,
    "members": {FIRST: "ACTIVE", SECOND: "CREATING", "ap-northeast-1": "GONE"},
    "peers": [PEER],
}
CONFLICT = {
    "key": {"id": {"S": "7"}},
    "loser": {"item": {"id": {"S": "7"}, "n": {"N": "1"}}, "stamp_us": 1_767_225_600_000_100, "region": FIRST},
    "winner": {"item": None, "stamp_us": 1_767_225_600_000_350, "region": SECOND},
    "agreed": False,
    "at_s": 1_767_225_601.0,
}


def test_status_shows_replicas_and_each_direction_and_who_is_silent(run, fake_sandbox):
    fake_sandbox.regions["table_status"] = {FIRST: [VIEW]}
    shown = run("table", "status", home=fake_sandbox.home).stdout
    assert "replicas: eu-west-1 CREATING, us-east-1 ACTIVE\n" in shown, "who is gone is not shown"
    assert "71.2 ms" in shown
    assert "eu-west-1 does not answer: no answer in time" in shown


def test_status_as_json_has_what_regions_said(run, fake_sandbox):
    fake_sandbox.regions["table_status"] = {FIRST: [VIEW]}
    found = json.loads(run("table", "status", "orders", "--json", home=fake_sandbox.home).stdout)
    assert found["regions"][FIRST] == [VIEW]
    assert found["silent"] == {SECOND: "no answer in time"}


def test_without_global_tables_status_says_how_to_make_one(run, fake_sandbox):
    fake_sandbox.regions["table_status"] = {FIRST: [], SECOND: []}
    assert "aws dynamodb update-table" in run("table", "status", home=fake_sandbox.home).stdout
    result = run("table", "status", "orders", home=fake_sandbox.home)
    assert result.exit_code == 2
    assert "Unknown global table 'orders'" in result.stderr


def test_a_direction_says_what_holds_it_up():
    assert direction_row(FIRST, PEER)[-1] == "in sync"
    assert direction_row(FIRST, {**PEER, "backlog": 1})[-1] == "sending"
    assert direction_row(FIRST, {**PEER, "syncing": True})[-1] == "sending the whole table"
    assert direction_row(FIRST, {**PEER, "backlog": 1, "away_s": 12.4})[-1] == "no answer for 12 s"
    assert direction_row(FIRST, {**PEER, "away_s": 12.4, "paused": True})[-1] == "paused by fault"


def test_a_conflict_shows_both_images_both_stamps_and_why():
    when, won, lost, why = conflict_lines(CONFLICT)
    assert when.endswith('{"id": "7"}')
    assert won.endswith(".000350  (deleted)")
    assert lost.endswith('.000100  {"id": "7", "n": 1}')
    assert why == "  why   eu-west-1 wrote 250 µs later, without having seen the other"
    tied = {**CONFLICT, "winner": {**CONFLICT["winner"], "stamp_us": CONFLICT["loser"]["stamp_us"]}, "agreed": True}
    assert conflict_lines(tied)[-1].endswith("eu-west-1 is the later name; both wrote the same")


def test_conflicts_of_all_regions_are_listed(run, fake_sandbox):
    fake_sandbox.regions["table_conflicts"] = {FIRST: [CONFLICT], SECOND: []}
    shown = run("table", "conflicts", "orders", home=fake_sandbox.home).stdout
    assert shown.count("  won ") == 1
    fake_sandbox.regions["table_conflicts"] = {}
    assert "No write to orders has lost" in run("table", "conflicts", "orders", home=fake_sandbox.home).stdout


def test_no_conflicts_of_a_table_that_nobody_has_are_not_good_news(run, fake_sandbox):
    fake_sandbox.regions["table_conflicts"] = {FIRST: [], SECOND: []}
    fake_sandbox.regions["table_status"] = {FIRST: [VIEW], SECOND: []}
    for words in (["conflicts", "ordres"], ["conflicts", "ordres", "--json"]):
        result = run("table", *words, home=fake_sandbox.home)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Unknown global table 'ordres'. Did you mean orders?" in result.stderr
    assert "No write to orders has lost" in run("table", "conflicts", "orders", home=fake_sandbox.home).stdout


def test_replicas_that_differ_are_exit_code_1(run, fake_sandbox):
    held = {"key": CONFLICT["key"], "item": CONFLICT["loser"]["item"], "stamp_us": 5, "region": FIRST}
    fake_sandbox.regions["table_digests"] = {FIRST: ["a"], SECOND: ["b"]}
    fake_sandbox.regions["table_items"] = {FIRST: [held], SECOND: []}
    result = run("table", "diff", "orders", home=fake_sandbox.home)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        '{"id": "7"}',
        '  us-east-1       {"id": "7", "n": 1}  (written in us-east-1)',
        "  eu-west-1       -",
    ]
    fake_sandbox.regions["table_digests"] = {FIRST: ["a"], SECOND: ["a"]}
    result = run("table", "diff", "orders", home=fake_sandbox.home)
    assert (result.exit_code, result.stdout) == (0, "orders is the same in us-east-1, eu-west-1.\n")


def test_items_are_shown_without_types():
    item = {"l": {"L": [{"N": "1.5"}, {"NULL": True}]}, "m": {"M": {"b": {"BOOL": False}}}, "s": {"SS": ["a"]}}
    assert plain(item) == '{"l": [1.5, null], "m": {"b": false}, "s": ["a"]}'
