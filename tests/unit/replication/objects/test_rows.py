"""What is on disk comes back as what it was, and changes of a version count as new sendings of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from sandbox.replication.objects import rows
from sandbox.replication.objects.rules import configuration_of, read_document
from sandbox.replication.objects.values import Happened, Replica, Rule


class Database:
    """A `Keeping` whose statements are carried out at once."""

    def __init__(self) -> None:
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.database.executescript(rows.SCHEMA)

    def select(self, query: str, parameters: Sequence[Any] = ()) -> Any:
        return self.database.execute(query, parameters)


@pytest.fixture
def ledger() -> Any:
    return Database()


def read_rule(document: dict[str, Any]) -> Rule:
    return read_document({"Role": "r", "Rules": [document]}, lambda: "id")[1][0]


def happened(key: str, kind: Any = "object", version_id: str = "v", size: int = 5) -> Happened:
    return Happened(bucket="b", key=key, version_id=version_id, kind=kind, size=size, has_acl=True)


def test_configurations_and_intents_come_back(ledger: Any, rule: Any) -> None:
    document, _ = read_document({"Role": "r", "Rules": [rule("d")]}, lambda: "id")
    made = configuration_of(document, bucket="b", account="1", regions={"d": "eu-west-1"}, put_at_s=7.0)
    ledger.select(rows.PUT_CONFIGURATION, rows.configuration_row(made))
    ledger.select(rows.PUT_INTENT, (4, "b", "k", "marker", 2.0))
    kept = rows.Rows(ledger)
    assert kept.configurations() == [made]
    [intent] = kept.intents()
    assert (intent.seq, intent.bucket, intent.key, intent.kind, intent.at_s) == (4, "b", "k", "marker", 2.0)
    assert kept.last_seq() == 4
    for statement in rows.DROP_BUCKET:
        ledger.select(statement, ("b",))
    assert kept.configurations() == kept.intents() == []


def test_what_waits_comes_back_in_order_and_counts(ledger: Any, rule: Any) -> None:
    made, kept = read_rule(rule("d")), rows.Rows(ledger)
    written = [rows.copy_row(happened(f"k{seq}"), made, "eu-west-1", seq, 10.0 + seq) for seq in (3, 1, 2)]
    for row in written:
        ledger.select(rows.PUT_COPY, row)
    assert kept.pending("eu-west-1", 0, 10) == sorted(rows.task_of(row) for row in written)
    assert [task.seq for task in kept.pending("eu-west-1", 1, 1)] == [2]
    assert kept.regions() == ["eu-west-1"]
    assert kept.backlog() == {("b", "d", "all", "eu-west-1"): (3, 15)}
    assert kept.oldest_s("b", "d") == 11.0
    ledger.select(rows.DECIDE, ("COMPLETED", "", 1))
    ledger.select(rows.DECIDE, ("FAILED", "DstBucketNotFound", 2))
    assert kept.counts() == {("b", "d"): {"COMPLETED": 1, "FAILED": 1, "PENDING": 1}}
    assert kept.failed("b", 9) == [{"key": "k2", "version_id": "v", "destination": "d", "reason": "DstBucketNotFound"}]
    ledger.select(rows.FAIL_PENDING, ("gone", "b", "d"))
    assert kept.regions() == []


def test_new_settings_are_a_new_sending_of_what_was_completed_or_waits(ledger: Any, rule: Any) -> None:
    """What becomes of the sending before is not taken for what becomes of this one."""
    made, kept = read_rule(rule("d")), rows.Rows(ledger)
    ledger.select(rows.PUT_COPY, rows.copy_row(happened("k"), made, "eu-west-1", 1, 10.0))
    ledger.select(rows.PUT_SETTINGS, rows.copy_row(happened("k", "settings", size=0), made, "eu-west-1", 2, 20.0))
    ledger.select(rows.DECIDE, ("COMPLETED", "", 1))
    [waiting] = kept.pending("eu-west-1", 0, 9)
    assert (waiting.seq, waiting.kind, waiting.size, waiting.since_s) == (2, "object", 5, 10.0)
    ledger.select(rows.DECIDE, ("COMPLETED", "", 2))
    ledger.select(rows.PUT_SETTINGS, rows.copy_row(happened("k", "settings", size=0), made, "eu-west-1", 3, 30.0))
    [waiting] = kept.pending("eu-west-1", 0, 9)
    assert (waiting.seq, waiting.kind, waiting.size, waiting.since_s) == (3, "settings", 0, 30.0)


def test_settings_of_what_never_arrived_are_not_sent(ledger: Any, rule: Any) -> None:
    made, kept = read_rule(rule("d")), rows.Rows(ledger)
    ledger.select(rows.PUT_COPY, rows.copy_row(happened("k"), made, "eu-west-1", 1, 10.0))
    ledger.select(rows.DECIDE, ("FAILED", "DstBucketNotFound", 1))
    ledger.select(rows.PUT_SETTINGS, rows.copy_row(happened("k", "settings"), made, "eu-west-1", 2, 20.0))
    assert kept.copies("b", "k", "v") == [("d", "object", "FAILED")]


def test_replicas_are_found_by_both_of_their_names(ledger: Any) -> None:
    kept = rows.Rows(ledger)
    replica = Replica(
        bucket="d", key="k", version_id="v", engine_id="", source="b", source_region="us-east-1", state="WRITING",
        at_s=1.0, modified_s=0.5,
    )  # fmt: skip
    ledger.select(rows.PUT_REPLICA, rows.replica_row(replica))
    assert kept.is_being_written("d", "k")
    assert kept.engine_ids("d", "v") == []
    there = replace(replica, engine_id="e", state="THERE")
    ledger.select(rows.PUT_REPLICA, rows.replica_row(there))
    assert kept.replica("d", "k", "v") == kept.replica_called("d", "e") == there
    assert kept.engine_ids("d", "v") == ["e"]
    assert kept.buckets_with_replicas() == {"d"}
    ledger.select(rows.LOSE_REPLICA, ("d", "k", "v"))
    assert kept.engine_ids("d", "v") == []
    assert kept.replica("d", "k", "v") is not None, "what was deleted here does not come again"


def test_uploads_that_were_given_an_acl_are_known(ledger: Any) -> None:
    kept = rows.Rows(ledger)
    ledger.select(rows.PUT_UPLOAD, ("b", "u"))
    assert kept.has_upload("b", "u")
    ledger.select(rows.DROP_UPLOAD, ("b", "u"))
    assert not kept.has_upload("b", "u")
