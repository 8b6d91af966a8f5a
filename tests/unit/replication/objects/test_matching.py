"""Claims about what is copied and what never is (facts S3 A1, A4), as a table."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.replication.objects.matching import needs_tags, rules_for
from sandbox.replication.objects.rules import configuration_of, read_document
from sandbox.replication.objects.values import Configuration, Happened

OBJECT = Happened(bucket="b", key="a/1", version_id="v", kind="object")


def configuration(*rules: dict[str, Any]) -> Configuration:
    document, _ = read_document({"Role": "r", "Rules": list(rules)}, lambda: "id")
    return configuration_of(document, bucket="b", account="1", regions={}, put_at_s=0.0)


def happened(kind: str = "object", key: str = "a/1", **more: Any) -> Happened:
    return Happened(**{"bucket": "b", "key": key, "version_id": "v", "kind": kind, **more})


def copied(rules: Configuration, event: Happened) -> list[tuple[str, str]]:
    return [(rule.destination, rule.rule_id) for rule in rules_for(rules, event)]


ON = {"Status": "Enabled"}
KMS = {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ON}}
KEY = {"Bucket": "arn:aws:s3:::b2", "EncryptionConfiguration": {"ReplicaKmsKeyID": "key"}}


@pytest.mark.parametrize(
    ("more", "event", "goes"),
    [
        ({}, happened(), True),
        ({"Status": "Disabled"}, happened(), False),
        ({"Filter": {"Prefix": "a/"}}, happened(), True),
        ({"Filter": {"Prefix": "b/"}}, happened(), False),
        ({"Filter": {"Tag": {"Key": "k", "Value": "v"}}}, happened(tags=(("k", "v"), ("l", "m"))), True),
        ({"Filter": {"Tag": {"Key": "k", "Value": "v"}}}, happened(tags=(("k", "w"),)), False),
        ({}, happened("marker"), False),
        ({"DeleteMarkerReplication": ON}, happened("marker"), True),
        ({"DeleteMarkerReplication": ON}, happened("marker", is_replica=True), False),
        ({}, happened(is_replica=True), False),
        ({}, happened("settings"), True),
        ({}, happened("settings", is_replica=True), False),
        ({"SourceSelectionCriteria": {"ReplicaModifications": ON}}, happened("settings", is_replica=True), True),
        ({"SourceSelectionCriteria": {"ReplicaModifications": ON}}, happened(is_replica=True), False),
        ({}, happened(is_kms=True), False),
        ({**KMS, "Destination": KEY}, happened(is_kms=True), True),
        ({}, happened(is_sse_c=True), False),
        ({}, happened(storage_class="GLACIER"), False),
        ({}, happened(storage_class="DEEP_ARCHIVE"), False),
        ({}, happened(storage_class="GLACIER_IR"), True),
    ],
)
def test_what_goes(rule: Any, more: dict[str, Any], event: Happened, goes: bool) -> None:
    assert bool(copied(configuration(rule("b2", **more)), event)) == goes


def test_a_v1_rule_copies_markers() -> None:
    v1 = {"ID": "old", "Prefix": "", "Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::b2"}}
    assert copied(configuration(v1), happened("marker")) == [("b2", "old")]


def test_with_one_destination_the_higher_priority_decides_alone_with_several_all_apply(rule: Any) -> None:
    """A1. The winner may decide against a copy: its Disabled markers count, not those of the other rule."""
    low = rule("b2", "low", 1, DeleteMarkerReplication=ON)
    high, other = rule("b2", "high", 9), rule("b3", "other", 5)
    rules = configuration(low, high, other)
    assert copied(rules, OBJECT) == [("b2", "high"), ("b3", "other")]
    assert copied(rules, happened("marker")) == []


def test_tags_are_asked_for_only_where_they_decide(rule: Any) -> None:
    tagged = rule("b2", Filter={"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}})
    assert needs_tags(configuration(tagged), "a/1")
    assert not needs_tags(configuration(tagged), "b/1")
    assert not needs_tags(configuration(rule("b2")), "a/1")
