"""S3 through boto3 and plain URLs, at the gateway."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.live

KEYS = ["plain", "with space", "a+b", "a%2Fb", "ünï/çødé", "deep/er//than", "q?x=1&y=2", "trailing/", "~tilde'quote(1)"]


def test_s3_keeps_odd_keys_as_they_were_given(rig: Any) -> None:
    s3 = rig.client("s3")
    s3.create_bucket(Bucket="odd-keys")
    for key in KEYS:
        s3.put_object(Bucket="odd-keys", Key=key, Body=key.encode())
    assert sorted(entry["Key"] for entry in s3.list_objects_v2(Bucket="odd-keys")["Contents"]) == sorted(KEYS)
    for key in KEYS:
        assert s3.get_object(Bucket="odd-keys", Key=key)["Body"].read() == key.encode()
        assert s3.head_object(Bucket="odd-keys", Key=key)["ContentLength"] == len(key.encode())


def test_s3_keeps_metadata_checksums_and_large_bodies(rig: Any) -> None:
    s3 = rig.client("s3", region="eu-west-1")
    s3.create_bucket(Bucket="large", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    body = os.urandom(17 * 1024 * 1024)
    metadata = {"under_score": "1", "da-sh": "2"}
    s3.put_object(Bucket="large", Key="k", Body=body, Metadata=metadata, ChecksumAlgorithm="SHA256")
    found = s3.get_object(Bucket="large", Key="k", ChecksumMode="ENABLED")
    assert found["Body"].read() == body
    assert found["Metadata"] == metadata
    assert s3.get_object(Bucket="large", Key="k", Range="bytes=2-5")["Body"].read() == body[2:6]


def test_s3_takes_parts_presigned_urls_and_buckets_in_host_names(rig: Any) -> None:
    s3 = rig.client("s3")
    s3.create_bucket(Bucket="parts")
    upload = s3.create_multipart_upload(Bucket="parts", Key="whole")["UploadId"]
    pieces = [b"a" * 5 * 1024 * 1024, b"end"]
    tags = [
        {
            "PartNumber": n,
            "ETag": s3.upload_part(Bucket="parts", Key="whole", UploadId=upload, PartNumber=n, Body=p)["ETag"],
        }
        for n, p in enumerate(pieces, 1)
    ]
    s3.complete_multipart_upload(Bucket="parts", Key="whole", UploadId=upload, MultipartUpload={"Parts": tags})
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "parts", "Key": "whole"})
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"".join(pieces)
    put_url = s3.generate_presigned_url("put_object", Params={"Bucket": "parts", "Key": "by url"})
    urllib.request.urlopen(urllib.request.Request(put_url, data=b"direct", method="PUT")).close()
    s3.put_object_acl(Bucket="parts", Key="by url", ACL="public-read")
    for host in (
        "parts.s3.amazonaws.com",
        "parts.s3.us-east-1.amazonaws.com",
        "parts.s3.localhost.localstack.cloud:4566",
    ):
        with urllib.request.urlopen(
            urllib.request.Request(f"{rig.gateway}/by%20url", headers={"Host": host})
        ) as answer:
            assert answer.read() == b"direct"


def test_a_missing_object_is_s3s_own_error(rig: Any) -> None:
    s3 = rig.client("s3")
    s3.create_bucket(Bucket="empty")
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="empty", Key="none")
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket="empty", Key="none")
