"""S3 replication between engines: control's moto in us-east-1, moto's server in eu-west-1 (facts S3 A3 to A5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.live

US, EU = "us-east-1", "eu-west-1"
ROLE = "arn:aws:iam::000000000000:role/replication"


def versioned(rig: Any, name: str, region: str) -> str:
    rig.bucket(name, region)
    rig.client("s3", region).put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def rule_to(bucket: str) -> dict[str, Any]:
    return {
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}},
        "Destination": {"Bucket": f"arn:aws:s3:::{bucket}"},
    }


def replicate(rig: Any, source: str, region: str, destination: str) -> None:
    configuration = {"Role": ROLE, "Rules": [rule_to(destination)]}
    rig.client("s3", region).put_bucket_replication(Bucket=source, ReplicationConfiguration=configuration)


def test_versions_go_both_ways_between_engines_of_different_kinds(rig: Any) -> None:
    """An engine takes no id: the front door exchanges names, so both sides show the source's."""
    us, eu = rig.client("s3", US), rig.client("s3", EU)
    versioned(rig, "both-us", US)
    versioned(rig, "both-eu", EU)
    replicate(rig, "both-us", US, "both-eu")
    replicate(rig, "both-eu", EU, "both-us")
    sides = {"both-us": us, "both-eu": eu}

    def status(bucket: str, version_id: str) -> str | None:
        found: str | None = (
            sides[bucket].head_object(Bucket=bucket, Key="k", VersionId=version_id).get("ReplicationStatus")
        )
        return found

    written = []
    for here, there in (("both-us", "both-eu"), ("both-eu", "both-us")):
        body = here.encode() * 1_000_000  # several pieces
        version_id = sides[here].put_object(Bucket=here, Key="k", Body=body, Metadata={"a": "1"})["VersionId"]
        written.append(version_id)
        rig.planet.wait_until(lambda h=here, v=version_id: status(h, v) == "COMPLETED")
        copy = sides[there].get_object(Bucket=there, Key="k", VersionId=version_id)
        assert copy["Body"].read() == body
        assert (copy["ReplicationStatus"], copy["Metadata"]) == ("REPLICA", {"a": "1"})
    marker = eu.delete_object(Bucket="both-eu", Key="k")["VersionId"]
    rig.planet.wait_until(lambda: us.list_object_versions(Bucket="both-us").get("DeleteMarkers"))
    for bucket, s3 in sides.items():
        listed = s3.list_object_versions(Bucket=bucket)
        assert {each["VersionId"] for each in listed["Versions"]} == set(written)
        assert [each["VersionId"] for each in listed["DeleteMarkers"]] == [marker]
    assert rig.at_engine("s3").list_object_versions(Bucket="both-eu")["Versions"][0]["VersionId"] != written[0]


def test_while_an_engine_is_away_versions_are_pending_and_go_on_when_it_is_back(rig: Any) -> None:
    """A5. moto's server forgets its buckets when it is killed, so it is its region's whole S3 that is cut off here."""
    us = rig.client("s3", US)
    versioned(rig, "away-us", US)
    versioned(rig, "away-eu", EU)
    replicate(rig, "away-us", US, "away-eu")
    with rig.planet.fault.isolate(EU):
        rig.planet.wait_until(lambda: rig.planet.call("planet", "status")["rules"])
        version_id = us.put_object(Bucket="away-us", Key="k", Body=b"1")["VersionId"]
        rig.planet.wait_for_event("objects_held_up", region=US, peer=EU)
        assert us.head_object(Bucket="away-us", Key="k", VersionId=version_id)["ReplicationStatus"] == "PENDING"
    rig.planet.wait_for_event("objects_go_on", region=US, peer=EU)
    rig.planet.wait_until(lambda: us.head_object(Bucket="away-us", Key="k")["ReplicationStatus"] == "COMPLETED")


@pytest.mark.parametrize(("region", "other"), [(US, EU), (EU, US)])
def test_a_stack_sets_replication_whichever_engine_its_region_has(rig: Any, region: str, other: str) -> None:
    destination = versioned(rig, f"stack-to-{other}", other)
    rule = {**rule_to(destination), "Filter": {"Prefix": "a/"}}
    rule["Id"] = rule.pop("ID")
    properties = {
        "BucketName": f"stack-from-{region}",
        "VersioningConfiguration": {"Status": "Enabled"},
        "ReplicationConfiguration": {"Role": ROLE, "Rules": [rule]},
    }
    body = json.dumps({"Resources": {"Shop": {"Type": "AWS::S3::Bucket", "Properties": properties}}})
    stacks, s3 = rig.client("cloudformation", region), rig.client("s3", region)
    stacks.create_stack(StackName="replicated", TemplateBody=body)

    def is_made() -> bool:
        return bool(stacks.describe_stacks(StackName="replicated")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE")

    rig.planet.wait_until(is_made)
    kept = s3.get_bucket_replication(Bucket=f"stack-from-{region}")["ReplicationConfiguration"]
    assert kept["Rules"][0]["Filter"] == {"Prefix": "a/"}
    stacks.delete_stack(StackName="replicated")
