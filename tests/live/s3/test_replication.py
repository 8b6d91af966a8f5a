"""Claims about S3 replication between real regions (facts S3 A1 to A6), by boto3 at their front doors.

Engine: control's moto. test_engines.py does it with endpoints of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.live

VIRGINIA, DUBLIN, TOKYO = "us-east-1", "eu-west-1", "ap-northeast-1"
ROLE = "arn:aws:iam::000000000000:role/replication"


def code_of(call: Callable[[], Any]) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"], error["Error"]["Message"]


def test_an_object_goes_over_with_all_it_has(buckets: Any) -> None:
    """A3, A5: PENDING, then COMPLETED there and REPLICA here; same version id, content, headers, tags, time."""
    buckets.make(VIRGINIA, DUBLIN)
    older = buckets.put(VIRGINIA, "older")
    buckets.replicate(VIRGINIA, buckets.rule(DUBLIN, destination={"StorageClass": "STANDARD_IA"}))
    told = {"Metadata": {"who": "anna"}, "ContentType": "text/plain", "CacheControl": "no-cache", "Tagging": "a=1&b=2"}
    with buckets.cut(VIRGINIA, DUBLIN):
        version_id = buckets.put(VIRGINIA, "ü/k 1+2", b"hello", **told)
        assert buckets.status(VIRGINIA, "ü/k 1+2", version_id) == "PENDING"
        assert buckets.status(DUBLIN, "ü/k 1+2", version_id) == "none"
    buckets.until(VIRGINIA, "ü/k 1+2", "COMPLETED")
    s3, bucket = buckets[DUBLIN]
    copy = s3.get_object(Bucket=bucket, Key="ü/k 1+2", VersionId=version_id)
    source = buckets[VIRGINIA][0].head_object(Bucket=buckets[VIRGINIA][1], Key="ü/k 1+2")
    assert copy["Body"].read() == b"hello"
    assert (copy["ReplicationStatus"], copy["VersionId"], copy["StorageClass"]) == (
        "REPLICA",
        version_id,
        "STANDARD_IA",
    )
    for name in ("Metadata", "ContentType", "CacheControl", "ETag", "LastModified"):
        assert copy[name] == source[name]
    tags = s3.get_object_tagging(Bucket=bucket, Key="ü/k 1+2", VersionId=version_id)["TagSet"]
    assert tags == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    assert buckets.status(VIRGINIA, "older", older) is None  # A4: it was there before the rule
    assert buckets.versions(DUBLIN) == {"ü/k 1+2": [(version_id, copy["ETag"])]}


def test_changes_of_an_object_follow_it(buckets: Any) -> None:
    """A4: tags and ACL later; a copy and an upload in parts are new versions, whose ETag keeps its shape."""
    buckets.make(VIRGINIA, DUBLIN)
    buckets.replicate(VIRGINIA, buckets.rule(DUBLIN))
    (us, shop_us), (eu, shop_eu) = buckets[VIRGINIA], buckets[DUBLIN]
    version_id = buckets.put(VIRGINIA, "k", b"one")
    us.put_object_tagging(Bucket=shop_us, Key="k", Tagging={"TagSet": [{"Key": "t", "Value": "2"}]})
    us.put_object_acl(Bucket=shop_us, Key="k", ACL="public-read")
    buckets.until(VIRGINIA, "k", "COMPLETED")
    assert eu.get_object_tagging(Bucket=shop_eu, Key="k", VersionId=version_id)["TagSet"][0]["Value"] == "2"
    assert "AllUsers" in str(eu.get_object_acl(Bucket=shop_eu, Key="k")["Grants"])
    us.copy_object(Bucket=shop_us, Key="copy", CopySource={"Bucket": shop_us, "Key": "k", "VersionId": version_id})
    parts = [b"a" * 5 * 1024 * 1024, b"end"]
    upload = us.create_multipart_upload(Bucket=shop_us, Key="parts")["UploadId"]
    done = [
        {"PartNumber": number, "ETag": us.upload_part(
            Bucket=shop_us, Key="parts", UploadId=upload, PartNumber=number, Body=part)["ETag"]}
        for number, part in enumerate(parts, 1)
    ]  # fmt: skip
    us.complete_multipart_upload(Bucket=shop_us, Key="parts", UploadId=upload, MultipartUpload={"Parts": done})
    for key in ("copy", "parts"):
        buckets.until(VIRGINIA, key, "COMPLETED")
    assert buckets.versions(DUBLIN) == buckets.versions(VIRGINIA)
    assert buckets.versions(DUBLIN)["parts"][0][1].endswith('-2"')
    back = eu.copy_object(
        Bucket=shop_eu, Key="back", CopySource={"Bucket": shop_eu, "Key": "k", "VersionId": version_id}
    )
    assert back["CopyObjectResult"]["ETag"] == buckets.versions(VIRGINIA)["k"][0][1]


def test_delete_markers_are_copied_when_asked_for_and_deletions_of_versions_never(buckets: Any) -> None:
    """A4. Priorities: for the same destination the higher number decides (A1)."""
    buckets.make(VIRGINIA, DUBLIN)
    marking = {"DeleteMarkerReplication": {"Status": "Enabled"}, "Filter": {"Prefix": "marked/"}}
    buckets.replicate(VIRGINIA, buckets.rule(DUBLIN), buckets.rule(DUBLIN, "marked", 2, **marking))
    us, shop_us = buckets[VIRGINIA]
    kept = {key: buckets.put(VIRGINIA, key) for key in ("plain", "marked/a", "marked/b")}
    marker = us.delete_object(Bucket=shop_us, Key="marked/a")["VersionId"]
    us.delete_object(Bucket=shop_us, Key="plain")
    many = us.delete_objects(Bucket=shop_us, Delete={"Objects": [{"Key": "marked/b"}], "Quiet": True})
    assert "Deleted" not in many
    assert code_of(lambda: us.head_object(Bucket=shop_us, Key="marked/a", VersionId=marker))[0] == 405  # A5
    buckets.planet.wait_until(lambda: set(buckets.versions(DUBLIN, "DeleteMarkers")) == {"marked/a", "marked/b"})
    markers = buckets.versions(VIRGINIA, "DeleteMarkers")
    del markers["plain"]
    assert buckets.versions(DUBLIN, "DeleteMarkers") == markers
    us.delete_object(Bucket=shop_us, Key="plain", VersionId=kept["plain"])
    us.delete_objects(Bucket=shop_us, Delete={"Objects": [{"Key": "marked/a", "VersionId": marker}]})
    buckets.put(VIRGINIA, "later")
    buckets.until(VIRGINIA, "later", "COMPLETED")
    assert buckets.status(DUBLIN, "plain") == "REPLICA"
    assert buckets.versions(DUBLIN, "DeleteMarkers") == markers
    # At the destination a replica can be deleted by the id that its source gave it, and does not come back.
    eu, shop_eu = buckets[DUBLIN]
    eu.delete_objects(Bucket=shop_eu, Delete={"Objects": [{"Key": "plain", "VersionId": kept["plain"]}]})
    assert "plain" not in buckets.versions(DUBLIN)


def test_two_way_replication_carries_changes_of_replicas_and_no_version_comes_back(buckets: Any) -> None:
    """A4, A5: ReplicaModifications on both sides; content written there is a version of its own and goes back."""
    buckets.make(VIRGINIA, DUBLIN)
    both = {"SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}}}
    buckets.replicate(VIRGINIA, buckets.rule(DUBLIN, **both))
    buckets.replicate(DUBLIN, buckets.rule(VIRGINIA, **both))
    (us, shop_us), (eu, shop_eu) = buckets[VIRGINIA], buckets[DUBLIN]
    first = buckets.put(VIRGINIA, "k", b"from Virginia")
    buckets.until(DUBLIN, "k", "REPLICA", first)
    with buckets.cut(VIRGINIA, DUBLIN):
        tags = {"TagSet": [{"Key": "seen", "Value": "Dublin"}]}
        eu.put_object_tagging(Bucket=shop_eu, Key="k", VersionId=first, Tagging=tags)
        assert buckets.status(DUBLIN, "k", first) == "PENDING"
    buckets.until(DUBLIN, "k", "REPLICA", first)
    assert us.get_object_tagging(Bucket=shop_us, Key="k", VersionId=first)["TagSet"] == tags["TagSet"]
    second = buckets.put(DUBLIN, "k", b"from Dublin")
    buckets.until(DUBLIN, "k", "COMPLETED", second)
    assert [version for version, _ in buckets.versions(VIRGINIA)["k"]] == [first, second]
    assert [version for version, _ in buckets.versions(DUBLIN)["k"]] == [first, second]
    assert buckets.status(VIRGINIA, "k", second) == "REPLICA"
    assert buckets.status(VIRGINIA, "k", first) == "COMPLETED"


def test_a_chain_ends_after_one_link_and_two_destinations_are_both_waited_for(buckets: Any) -> None:
    """A4: a replica is not replicated. A5: PENDING until all have it."""
    buckets.make(VIRGINIA, DUBLIN, TOKYO)
    buckets.replicate(DUBLIN, buckets.rule(TOKYO))
    tagged = {"Filter": {"And": {"Prefix": "k", "Tags": [{"Key": "go", "Value": "east"}]}}}
    buckets.replicate(VIRGINIA, buckets.rule(DUBLIN), buckets.rule(TOKYO, "east", 2, **tagged))
    chained = buckets.put(VIRGINIA, "k1")
    with buckets.cut(VIRGINIA, TOKYO):
        both = buckets.put(VIRGINIA, "k2", Tagging="go=east")
        buckets.until(DUBLIN, "k2", "REPLICA", both)
        assert buckets.status(VIRGINIA, "k2", both) == "PENDING"
    buckets.until(VIRGINIA, "k2", "COMPLETED", both)
    buckets.until(VIRGINIA, "k1", "COMPLETED", chained)
    own = buckets.put(DUBLIN, "k3")
    buckets.until(DUBLIN, "k3", "COMPLETED", own)
    assert {key: [name for name, _ in found] for key, found in buckets.versions(TOKYO).items()} == {
        "k2": [both],
        "k3": [own],
    }


def test_a_version_fails_when_its_destination_is_gone_and_says_why(buckets: Any) -> None:
    """A5: FAILED for good. A2: versioning of a destination may be suspended. Also what CloudWatch hears (A6)."""
    buckets.make(VIRGINIA, DUBLIN, TOKYO)
    measured = {"Metrics": {"Status": "Enabled"}}
    rules = [buckets.rule(DUBLIN, destination=measured), buckets.rule(TOKYO, "east", 2)]
    buckets.replicate(VIRGINIA, *rules)
    (eu, shop_eu), (tokyo, shop_tokyo) = buckets[DUBLIN], buckets[TOKYO]
    eu.put_bucket_versioning(Bucket=shop_eu, VersioningConfiguration={"Status": "Suspended"})
    tokyo.delete_bucket(Bucket=shop_tokyo)
    version_id = buckets.put(VIRGINIA, "k")
    shop_us = buckets[VIRGINIA][1]
    buckets.planet.wait_until(lambda: len(buckets.planet.buckets.failed(shop_us)) == 2)
    assert buckets.status(VIRGINIA, "k", version_id) == "FAILED"
    found = {(each["destination"], each["reason"]) for each in buckets.planet.buckets.failed(shop_us)}
    assert found == {(shop_eu, "DstBucketUnversioned"), (shop_tokyo, "DstBucketNotFound")}
    buckets.planet.wait_until(lambda: metric(buckets, "OperationsFailedReplication", "Sum", "all") == [1.0])
    assert metric(buckets, "OperationsFailedReplication", "Sum", "east") == [], "its rule has no metrics"


def metric(buckets: Any, name: str, statistic: str, rule: str) -> list[float]:
    dimensions = {
        "SourceBucket": buckets[VIRGINIA][1],
        "DestinationBucket": buckets[DUBLIN if rule == "all" else TOKYO][1],
        "RuleId": rule,
    }
    now = datetime.now(UTC)
    answer = buckets.planet.client("cloudwatch", region=VIRGINIA).get_metric_statistics(
        Namespace="AWS/S3",
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=3600,
        Statistics=[statistic],
    )
    return [point[statistic] for point in answer["Datapoints"]]


def test_configurations_are_kept_and_refused_as_aws_does(buckets: Any) -> None:
    """A2, row by row as far as boto3 lets them out; the others are in tests/unit/replication/objects/test_rules.py."""
    buckets.make(VIRGINIA, versioned=False)
    buckets.make(DUBLIN, versioned=False)
    (us, shop_us), (eu, shop_eu) = buckets[VIRGINIA], buckets[DUBLIN]
    enabled = {"Status": "Enabled"}
    rule = buckets.rule(DUBLIN)
    assert code_of(lambda: us.get_bucket_replication(Bucket=shop_us)) == (
        404,
        "ReplicationConfigurationNotFoundError",
        "The replication configuration was not found",
    )
    us.delete_bucket_replication(Bucket=shop_us)  # A1: 204 all the same
    assert code_of(lambda: buckets.replicate(VIRGINIA, rule)) == (
        400,
        "InvalidRequest",
        "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
    )
    us.put_bucket_versioning(Bucket=shop_us, VersioningConfiguration=enabled)
    missing = {**rule, "Destination": {"Bucket": "arn:aws:s3:::nobody-has-this"}}
    for bad in (rule, missing):
        assert code_of(lambda bad=bad: buckets.replicate(VIRGINIA, bad)) == (  # type: ignore[misc]
            400,
            "InvalidRequest",
            "Destination bucket must have versioning enabled.",
        )
    eu.put_bucket_versioning(Bucket=shop_eu, VersioningConfiguration=enabled)
    assert code_of(lambda: buckets.replicate(VIRGINIA))[:2] == (400, "MalformedXML")
    assert code_of(lambda: us.get_bucket_replication(Bucket="nobody-has-this"))[1] == "NoSuchBucket"
    buckets.replicate(VIRGINIA, {**rule, "SourceSelectionCriteria": {"ReplicaModifications": enabled}})
    kept = us.get_bucket_replication(Bucket=shop_us)["ReplicationConfiguration"]
    assert kept == {"Role": ROLE, "Rules": [{**rule, "SourceSelectionCriteria": {"ReplicaModifications": enabled}}]}
    suspended = {"Status": "Suspended"}
    refused = code_of(lambda: us.put_bucket_versioning(Bucket=shop_us, VersioningConfiguration=suspended))
    assert refused[:2] == (409, "InvalidBucketState")
    us.delete_bucket_replication(Bucket=shop_us)
    us.put_bucket_versioning(Bucket=shop_us, VersioningConfiguration=suspended)
    assert buckets.planet.buckets.status().answers[VIRGINIA] is not None
