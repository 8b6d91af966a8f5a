"""S3 replication's words: rules, what happened to an object, what has to be sent, and the events that tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from sandbox.kernel.journal import Event

Tags = tuple[tuple[str, str], ...]
Document = dict[str, Any]  # a ReplicationConfiguration in the SDK's names (facts A1)
Kind = Literal["object", "marker", "settings"]  # a version with its content; a delete marker; tags, ACL, lock alone
State = Literal["PENDING", "COMPLETED", "FAILED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a configuration (facts A1). is_v1: `Prefix` without `Filter`.

    destination: a bucket's name. account: whose it is said to be. replica_owner: the copy belongs to that account.
    """

    rule_id: str
    priority: int
    is_enabled: bool
    is_v1: bool
    prefix: str
    tags: Tags
    copies_markers: bool
    copies_kms: bool
    copies_replica_changes: bool
    destination: str
    account: str | None
    storage_class: str | None
    replica_owner: bool
    kms_key: str | None
    has_rtc: bool
    has_metrics: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A source bucket's. regions: where each destination was when it was set."""

    bucket: str
    account: str
    document: Document
    rules: tuple[Rule, ...]
    regions: Mapping[str, str]
    put_at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A version of a source bucket is new, or its settings have changed.

    is_replica: replication brought this version here. has_acl: an ACL was given. is_kms, is_sse_c: how it is encrypted.
    """

    bucket: str
    key: str
    version_id: str
    kind: Kind
    size: int = 0
    tags: Tags = ()
    storage_class: str = "STANDARD"
    is_kms: bool = False
    is_sse_c: bool = False
    is_replica: bool = False
    has_acl: bool = False


class Task(NamedTuple):
    """One version for one destination, not there yet (a tuple: a backlog may hold 100,000). seq: its order.

    destination: a bucket, in `region`. with_acl: whoever wrote it gave it an ACL.
    """

    seq: int
    bucket: str
    key: str
    version_id: str
    destination: str
    region: str
    rule_id: str
    kind: Kind
    size: int
    since_s: float
    with_acl: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What an engine says of a version. headers: those that a copy takes along, lower case. part_bytes: see `etag`.

    etag: without quotes; with "-n" it was uploaded in n parts, the first of part_bytes bytes.
    """

    size: int
    etag: str
    modified_s: float
    storage_class: str = "STANDARD"
    headers: tuple[tuple[str, str], ...] = ()
    part_bytes: int = 0
    is_kms: bool = False
    tags: int = 0  # how many

    def with_parts(self, first_bytes: int) -> Head:
        """Uploaded in parts, of which the first has so many bytes; part_bytes stays 0 when not all are alike."""
        parts = self.etag.rpartition("-")[2]
        is_even = parts.isdecimal() and first_bytes > 0 and -(-self.size // first_bytes) == int(parts)
        return replace(self, part_bytes=first_bytes) if is_even else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What can change of a version after it was written. None: not to be touched. acl, retention, hold: AWS's XML."""

    tags: Tags | None = None
    acl: bytes | None = None
    retention: bytes | None = None
    legal_hold: bytes | None = None


NO_SETTINGS = Settings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One version as an engine lists it."""

    key: str
    version_id: str
    is_marker: bool
    etag: str
    size: int
    modified_s: float
    is_latest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketFacts:
    """A bucket as its region's engine knows it. versioning: "Enabled", "Suspended" or ""."""

    account: str
    region: str
    versioning: str
    is_locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """A version that replication has brought, or is bringing, here. engine_id: what the engine calls it.

    state: "WRITING" while the engine may or may not have it, "THERE", or "GONE" once somebody has deleted it.
    """

    bucket: str
    key: str
    version_id: str
    engine_id: str
    source: str
    source_region: str
    state: str
    at_s: float
    modified_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A call that is about to change a source bucket. key: "" when it may be any. kind "settings": of what is there."""

    seq: int
    bucket: str
    key: str
    kind: Kind
    at_s: float


@dataclass(frozen=True, kw_only=True)
class ObjectsReplicated(Event):
    """What has moved from one bucket to another since the last such event: at most one a second for a rule.

    pending, pending_bytes: what waits now. failed: since the last event. latency_s: how late the oldest that waits is.
    """

    account: str
    region: str
    bucket: str
    destination: str
    peer: str
    rule_id: str
    copied: int
    failed: int
    pending: int
    pending_bytes: int
    latency_s: float
    is_measured: bool


@dataclass(frozen=True, kw_only=True)
class ObjectNotReplicated(Event):
    """A version that will not be copied: its status is FAILED."""

    region: str
    bucket: str
    key: str
    version_id: str
    destination: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ObjectsHeldUp(Event):
    """A destination's region does not answer; versions for it wait, PENDING, and are tried again."""

    region: str
    peer: str
    pending: int


@dataclass(frozen=True, kw_only=True)
class ObjectsGoOn(Event):
    """It answers again."""

    region: str
    peer: str
    pending: int
    away_s: float


@dataclass(frozen=True, kw_only=True)
class BucketReplicationSet(Event):
    """A bucket's replication configuration was put or deleted. destinations: of the rules that are enabled."""

    region: str
    bucket: str
    destinations: list[str]
