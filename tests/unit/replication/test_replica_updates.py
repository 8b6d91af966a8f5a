"""Claims about ReplicaUpdates: AWS's refusals, in AWS's words (facts 1.2), shape before state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.replication.group import Group, founded
from sandbox.replication.replica_updates import Asked, Situation, asked, check

HERE, THERE, FAR = "eu-west-1", "us-east-1", "ap-northeast-1"
PLAIN = Situation(
    region=HERE,
    running=(HERE, THERE, FAR),
    group=None,
    updating=False,
    table="orders",
    provisioned_and_fixed="",
    own_key=False,
    now_s=1000.0,
    rule_s=500.0,
)


def group(**statuses: str) -> Group:
    made = founded(group_id="g", account="0", table="orders", region=HERE, base_us=0, now_s=0.0, content={})
    made = made.with_new(THERE, HERE, 900.0, {})
    return made.with_status(THERE, statuses.get("there", "ACTIVE"))  # type: ignore[arg-type]


MEMBER = replace(PLAIN, group=group())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"ReplicaUpdates": [{}]}, "There are no actions specified in the Replica Update Action of the request."),
        ({"ReplicaUpdates": []}, "There are no actions specified in the Replica Update Action of the request."),
        (
            {"ReplicaUpdates": [{"Update": {"RegionName": THERE}}]},
            "There are no actions specified in the Replica Update Action of the request.",
        ),
        (
            {"ReplicaUpdates": [{"Create": {"RegionName": THERE}, "Delete": {"RegionName": FAR}}]},
            "Update table operation with more than one type of replica actions not allowed.",
        ),
        (
            {"ReplicaUpdates": [{"Create": {"RegionName": THERE}}, {"Create": {"RegionName": FAR}}]},
            "Update table operation with more than one create or delete replica actions not allowed",
        ),
        (
            {"ReplicaUpdates": [{"Delete": {"RegionName": THERE}}, {"Delete": {"RegionName": FAR}}]},
            "Update table operation with more than one create or delete replica actions not allowed",
        ),
        (
            {"ReplicaUpdates": [{"Create": {"RegionName": THERE}}], "BillingMode": "PAY_PER_REQUEST"},
            "One or more parameter values were invalid: Replica modification must be the only operation in the request",
        ),
        (
            {"GlobalTableWitnessUpdates": [{"Create": {"RegionName": THERE}}]},
            "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present.",
        ),
    ],
)
def test_a_request_of_the_wrong_shape_is_refused(body: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as refusal:
        asked(body)
    assert (refusal.value.code, refusal.value.message) == ("ValidationException", words)


def test_strong_consistency_is_refused_by_name() -> None:
    with pytest.raises(Refusal, match="MultiRegionConsistency STRONG") as refusal:
        asked({"ReplicaUpdates": [{"Create": {"RegionName": THERE}}], "MultiRegionConsistency": "STRONG"})
    assert refusal.value.status == 501


def test_equal_changes_count_as_one() -> None:
    create = {"Create": {"RegionName": THERE}}
    assert asked({"ReplicaUpdates": [create, create]}) == [Asked(verb="Create", region=THERE)]


def test_overrides_come_along() -> None:
    given = {"RegionName": THERE, "KMSMasterKeyId": "k", "TableClassOverride": None}
    [change] = asked({"ReplicaUpdates": [{"Create": given}]})
    assert change.overrides == {"KMSMasterKeyId": "k"}


EXISTS = (
    "Failed to create a the new replica of table with name: ‘orders’ because one or more replicas already existed as "
    "tables."
)
LOCAL = (
    "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as "
    "required."
)
NOT_PART = (
    "Update global table operation failed because one or more replicas were not part of the global table. Please retry "
    "the request without these replicas: [ap-northeast-1]."
)


@pytest.mark.parametrize(
    ("verb", "region", "situation", "words"),
    [
        ("Create", HERE, PLAIN, LOCAL),
        ("Delete", HERE, MEMBER, LOCAL),
        ("Create", THERE, MEMBER, EXISTS),
        ("Create", THERE, replace(PLAIN, group=group(there="DELETING")), EXISTS),
        ("Delete", FAR, MEMBER, NOT_PART),
        ("Update", FAR, PLAIN, NOT_PART),
        (
            "Create",
            "EU-WEST-1",
            PLAIN,
            "Region EU-WEST-1 is not supported. The latest version of global tables are only supported in the "
            "following regions: [eu-west-1, us-east-1, ap-northeast-1]",
        ),
        ("Create", FAR, replace(PLAIN, updating=True), "The resource which you are attempting to change is in use."),
        (
            "Create",
            FAR,
            replace(PLAIN, group=group(there="CREATING")),
            "The resource which you are attempting to change is in use.",
        ),
        ("Create", FAR, replace(PLAIN, provisioned_and_fixed="no"), "no"),
        (
            "Create",
            FAR,
            replace(PLAIN, own_key=True),
            "One or more parameter values were invalid: KMSMasterKeyId must be specified for each replica.",
        ),
    ],
)
def test_a_change_that_the_table_cannot_take_is_refused(
    verb: Any, region: str, situation: Situation, words: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        check(Asked(verb=verb, region=region), situation)
    assert refusal.value.message == words


def test_a_source_of_the_last_24_hours_cannot_be_deleted() -> None:
    from_there = replace(MEMBER, region=THERE)
    with pytest.raises(Refusal, match="has acted as a source region"):
        check(Asked(verb="Delete", region=HERE), from_there)
    check(Asked(verb="Delete", region=HERE), replace(from_there, now_s=1400.0))
    check(Asked(verb="Delete", region=THERE), MEMBER)
