"""Claims about replication configurations: what AWS takes, what it fills in, and each refusal (facts S3 A1, A2)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.replication.objects.rules import configuration_of, enabled_destinations, read_document

ROLE = "arn:aws:iam::111122223333:role/repl"
TARGET = {"Bucket": "arn:aws:s3:::target"}
V2: dict[str, Any] = {
    "ID": "all",
    "Priority": "1",
    "Status": "Enabled",
    "Filter": {},
    "DeleteMarkerReplication": {"Status": "Disabled"},
    "Destination": TARGET,
}
V1: dict[str, Any] = {"ID": "old", "Prefix": "tax/", "Status": "Enabled", "Destination": TARGET}
ON, OFF = {"Status": "Enabled"}, {"Status": "Disabled"}
RTC = {"Status": "Enabled", "Time": {"Minutes": "15"}}
MEASURED = {"Status": "Enabled", "EventThreshold": {"Minutes": "15"}}
TAG = {"Key": "go", "Value": "east"}


def document(*rules: dict[str, Any], role: str | None = ROLE) -> dict[str, Any]:
    return {"Role": role, "Rules": list(rules)}


def read(*rules: dict[str, Any]) -> Any:
    return read_document(document(*rules), lambda: "made-up")


def changed(rule: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The rule with these parts; None: without it."""
    return {name: value for name, value in {**rule, **more}.items() if value is not None}


def to(**more: Any) -> dict[str, Any]:
    return changed(V2, Destination={**TARGET, **more})


MALFORMED = (400, "MalformedXML", "The XML you provided was not well-formed")


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([], MALFORMED),  # REC
        ([changed(V2, Priority=None)], MALFORMED),  # V2 needs all three (A1)
        ([changed(V2, DeleteMarkerReplication=None)], MALFORMED),
        ([changed(V2, Status=None)], MALFORMED),
        ([changed(V2, Status="On")], MALFORMED),
        ([changed(V2, Priority="-1")], MALFORMED),
        ([changed(V2, Prefix="a")], MALFORMED),
        ([changed(V2, Destination={})], MALFORMED),
        ([changed(V2, DeleteMarkerReplication={})], MALFORMED),
        ([changed(V2, Filter={"Prefix": "a", "Tag": TAG})], MALFORMED),
        ([changed(V2, Filter={"And": {"Tags": [TAG]}})], MALFORMED),
        ([changed(V2, Filter={"And": {"Prefix": "", "Tags": [TAG, TAG]}})], MALFORMED),
        ([changed(V2, Filter={"Tag": {"Key": "a"}})], MALFORMED),
        ([to(StorageClass="COLD")], MALFORMED),
        ([to(Account="111122223333", AccessControlTranslation={"Owner": "Source"})], MALFORMED),
        ([to(ReplicationTime=ON, Metrics=ON)], MALFORMED),
        (
            [changed(V1, DeleteMarkerReplication=OFF)],  # OBS
            (
                400,
                "InvalidRequest",
                "DeleteMarkerReplication cannot be used for this version of Cross Region Replication",
            ),
        ),
        (
            [changed(V2, Filter={"Tag": TAG}, DeleteMarkerReplication=ON)],  # A1
            (400, "InvalidRequest", "Delete marker replication is not supported if any Tag filter is specified."),
        ),
        (
            [to(Metrics=MEASURED)],  # OBS
            (400, "InvalidArgument", "Metrics cannot contain an event threshold when ReplicationTime is not specified"),
        ),
        (
            [to(ReplicationTime={**RTC, "Status": "Disabled"}, Metrics=MEASURED)],
            (400, "InvalidArgument", "Metrics cannot"),
        ),
        ([to(ReplicationTime=RTC)], (400, "InvalidRequest", "ReplicationTime needs Metrics")),
        (
            [to(ReplicationTime={**RTC, "Time": {"Minutes": "5"}}, Metrics=MEASURED)],
            (400, "InvalidArgument", "Time must be 15 minutes, not 5"),
        ),
        (
            [to(AccessControlTranslation={"Owner": "Destination"})],
            (400, "InvalidRequest", "AccessControlTranslation needs"),
        ),
        ([to(Bucket="target")], (400, "InvalidArgument", "Destination bucket must be an ARN")),
        (
            [changed(V2, SourceSelectionCriteria={"SseKmsEncryptedObjects": ON})],
            (400, "InvalidRequest", "SseKmsEncryptedObjects needs EncryptionConfiguration"),
        ),
        (
            [to(EncryptionConfiguration={"ReplicaKmsKeyID": "key"})],
            (400, "InvalidRequest", "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present."),
        ),
        ([changed(V2, ID="a" * 256)], (400, "InvalidArgument", "ID length should not exceed allowed limit of 255")),
        ([V2, changed(V2, Priority="2")], (400, "InvalidArgument", "Rule ID must be unique")),  # unconfirmed words
        ([V2, changed(V2, ID="b")], (400, "InvalidRequest", "Found more than one rule with the priority 1")),
        ([changed(V2, ID=f"r{n}", Priority=f"{n}") for n in range(1001)], (400, "InvalidRequest", "The number of")),
        (
            [changed(V2, ExistingObjectReplication=ON)],
            (501, "NotImplemented", "The sandbox does not emulate ExistingObjectReplication."),
        ),
    ],
)
def test_each_mistake_is_refused_in_aws_s_words(rules: list[dict[str, Any]], told: tuple[int, str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        read(*rules)
    assert (refused.value.status, refused.value.code) == told[:2]
    assert refused.value.message.startswith(told[2])


def test_without_a_role_it_is_malformed() -> None:
    with pytest.raises(Refusal, match="not well-formed"):
        read_document(document(V2, role=None), lambda: "id")


def test_a_rule_of_neither_version_is_read_back_as_v2() -> None:
    """REC 2026-02-21: a rule with RTC and no Filter."""
    bare = {"Status": "Enabled", "Destination": {**TARGET, "ReplicationTime": RTC, "Metrics": MEASURED}}
    kept, [rule] = read(bare)
    assert kept["Rules"] == [
        {"ID": "made-up", **bare, "Filter": {}, "DeleteMarkerReplication": OFF, "Priority": "0"},
    ]
    assert (rule.rule_id, rule.priority, rule.has_rtc, rule.has_metrics) == ("made-up", 0, True, True)
    assert not rule.copies_markers


def test_both_versions_say_what_they_copy() -> None:
    both = {"Filter": {"And": {"Prefix": "a/", "Tags": [TAG, {"Key": "n", "Value": ""}]}}}
    kms = {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ON, "ReplicaModifications": ON}}
    destination = {
        "Destination": {**TARGET, "EncryptionConfiguration": {"ReplicaKmsKeyID": "key"}, "Account": "7" * 12}
    }
    _, [old, new] = read(V1, changed(V2, **both, **kms, **destination))
    assert (old.is_v1, old.prefix, old.copies_markers, old.destination) == (True, "tax/", True, "target")
    assert (new.prefix, new.tags) == ("a/", (("go", "east"), ("n", "")))
    assert (new.copies_kms, new.kms_key, new.copies_replica_changes, new.account) == (True, "key", True, "7" * 12)


def test_what_was_read_can_be_read_again() -> None:
    kept, rules = read(V1, V2, changed(V2, ID="off", Priority="3", **OFF))
    made = configuration_of(kept, bucket="b", account="1" * 12, regions={"target": "eu-west-1"}, put_at_s=1.0)
    assert made.rules == rules
    assert enabled_destinations(made.rules) == ["target"]
