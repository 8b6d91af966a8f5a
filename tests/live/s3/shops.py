"""Buckets of one test in several regions, and what is asked of them; for sandboxes of processes and of containers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from sandbox.client.faults import Injected
from sandbox.client.sandbox import Sandbox

VIRGINIA, DUBLIN, TOKYO = "us-east-1", "eu-west-1", "ap-northeast-1"
ROLE = "arn:aws:iam::000000000000:role/replication"


class Buckets:
    """Buckets of one test, by region: names nobody else uses."""

    def __init__(self, planet: Sandbox, clients: dict[str, Any], name: str) -> None:
        self.planet = planet
        self.clients = clients
        self.name = name

    def __getitem__(self, region: str) -> tuple[Any, str]:
        return self.clients[region], f"{self.name}-{region}"

    def make(self, *regions: str, versioned: bool = True) -> None:
        for region in regions:
            s3, bucket = self[region]
            place = {} if region == VIRGINIA else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            s3.create_bucket(Bucket=bucket, **place)
            if versioned:
                s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    @contextmanager
    def cut(self, one: str, other: str) -> Iterator[Injected]:
        """Nothing passes between them, from the moment at which the planet obeys: it hears of it by a message."""
        before = len(self.rules())
        with self.planet.fault.partition(one, other) as fault:
            self.planet.wait_until(lambda: len(self.rules()) > before)
            yield fault

    def rules(self) -> list[str]:
        """What the network obeys."""
        return list(self.planet.call("planet", "status")["rules"])

    def rule(self, region: str, rule_id: str = "all", priority: int = 1, **more: Any) -> dict[str, Any]:
        destination = {"Bucket": f"arn:aws:s3:::{self.name}-{region}", **more.pop("destination", {})}
        return {
            "ID": rule_id,
            "Priority": priority,
            "Status": "Enabled",
            "Filter": {},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": destination,
            **more,
        }

    def replicate(self, region: str, *rules: dict[str, Any]) -> None:
        s3, bucket = self[region]
        s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={"Role": ROLE, "Rules": list(rules)})

    def put(self, region: str, key: str, body: bytes = b"x", **more: Any) -> str:
        s3, bucket = self[region]
        return str(s3.put_object(Bucket=bucket, Key=key, Body=body, **more)["VersionId"])

    def status(self, region: str, key: str, version_id: str | None = None) -> str | None:
        s3, bucket = self[region]
        version = {} if version_id is None else {"VersionId": version_id}
        try:
            found: str | None = s3.head_object(Bucket=bucket, Key=key, **version).get("ReplicationStatus")
        except ClientError:
            return "none"
        return found

    def until(self, region: str, key: str, status: str, version_id: str | None = None) -> None:
        try:
            self.planet.wait_until(lambda: self.status(region, key, version_id) == status)
        except TimeoutError as error:
            error.add_note(str(self.planet.buckets.status()))
            raise

    def versions(self, region: str, kind: str = "Versions") -> dict[str, list[tuple[str, str]]]:
        """key -> (version id, ETag), the oldest first; of markers without ETag."""
        s3, bucket = self[region]
        found: dict[str, list[tuple[str, str]]] = {}
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for each in page.get(kind, ()):
                found.setdefault(each["Key"], []).insert(0, (each["VersionId"], each.get("ETag", "")))
        return found

    def read(self, region: str, key: str, version_id: str) -> bytes:
        s3, bucket = self[region]
        return bytes(s3.get_object(Bucket=bucket, Key=key, VersionId=version_id)["Body"].read())
