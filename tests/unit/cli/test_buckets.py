"""`sandbox bucket`, as it is read on a screen and by programs."""

import json

from sandbox.cli.buckets import rule_row, state_of

FIRST, SECOND = "us-east-1", "eu-west-1"
VIEW = {
    "account": "000000000000",
    "bucket": "shop-us",
    "region": FIRST,
    "destination": "shop-eu",
    "destination_region": SECOND,
    "rule": "all",
    "enabled": True,
    "pending": 2,
    "pending_bytes": 2048,
    "completed": 7,
    "failed": 1,
    "oldest_pending_s": 3.25,
    "lag_p50_ms": 71.25,
    "lag_p99_ms": None,
    "away_s": None,
    "trouble": "",
    "paused": False,
}
FAILED = {"key": "k", "version_id": "v1", "destination": "shop-eu", "reason": "DstBucketNotFound"}


def test_status_shows_each_rule_what_failed_and_who_is_silent(run, fake_sandbox):
    fake_sandbox.regions["bucket_status"] = {FIRST: [VIEW]}
    fake_sandbox.regions["bucket_failed"] = {FIRST: [FAILED]}
    shown = run("bucket", "status", "shop-us", home=fake_sandbox.home).stdout
    assert "shop-us (us-east-1)" in shown
    assert "3.2 s" in shown
    assert "FAILED  k (v1) to shop-eu: DstBucketNotFound" in shown
    assert "eu-west-1 does not answer: no answer in time" in shown


def test_status_as_json_has_what_regions_said(run, fake_sandbox):
    fake_sandbox.regions["bucket_status"] = {FIRST: [VIEW]}
    found = json.loads(run("bucket", "status", "--json", home=fake_sandbox.home).stdout)
    assert found["regions"][FIRST] == [VIEW]
    assert found["silent"] == {SECOND: "no answer in time"}
    assert found["failed"] == []


def test_without_replication_status_says_how_to_begin(run, fake_sandbox):
    fake_sandbox.regions["bucket_status"] = {FIRST: [], SECOND: []}
    assert "put-bucket-replication" in run("bucket", "status", home=fake_sandbox.home).stdout
    result = run("bucket", "status", "shop", home=fake_sandbox.home)
    assert result.exit_code == 2
    assert "Unknown replicated bucket 'shop'" in result.stderr


def test_a_rule_says_what_holds_it_up():
    assert state_of(VIEW) == "sending"
    assert state_of({**VIEW, "pending": 0}) == "in sync"
    assert state_of({**VIEW, "away_s": 12.4}) == "no answer for 12 s"
    assert state_of({**VIEW, "trouble": "the engine is down"}) == "tried again: the engine is down"
    assert state_of({**VIEW, "enabled": False}) == "rule disabled"
    assert state_of({**VIEW, "enabled": False, "paused": True}) == "paused by fault"
    assert rule_row({**VIEW, "oldest_pending_s": None})[5] == "-"
