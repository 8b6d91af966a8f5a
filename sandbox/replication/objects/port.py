"""The port through which S3 replication reads and writes objects: one region's engine, past the region's front door.

Filled by `aws/s3_store.py`. Version ids are the engine's own. Every call may raise a Refusal with the engine's code
(NoSuchBucket, NoSuchKey, NoSuchVersion, AccessDenied, ...) or with a status from 500 on when it does not answer.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sandbox.replication.objects.values import BucketFacts, Found, Head, Settings


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A version being read. pieces: its bytes in order; closed when it is no longer iterated."""

    head: Head
    pieces: AsyncGenerator[bytes]


@dataclass(frozen=True, kw_only=True)
class Content:
    """What is to be written: in memory, or in a file. md5: hexadecimal, of all of it."""

    size: int
    md5: str
    data: bytes = b""
    file: Path | None = None


class Store(Protocol):
    """The objects of one region."""

    async def bucket(self, bucket: str) -> BucketFacts | None:
        """None: there is no such bucket in this region."""
        ...

    async def find(self, bucket: str) -> BucketFacts | None:
        """A bucket of any region of the sandbox; versioning may be unknown (""). None: there is none."""
        ...

    async def head(self, account: str, bucket: str, key: str, version_id: str) -> Head:
        """What is known of a version without reading it."""
        ...

    async def open(self, account: str, bucket: str, key: str, version_id: str, piece_bytes: int) -> Opened:
        """Begin to read a version, in pieces of so many bytes (the last may be shorter; none for an empty one)."""
        ...

    async def settings(self, account: str, bucket: str, key: str, version_id: str, wanted: Settings) -> Settings:
        """Those settings that are not None in `wanted`."""
        ...

    async def write(self, account: str, bucket: str, key: str, head: Head, content: Content) -> str:
        """A new version; its id."""
        ...

    async def mark(self, account: str, bucket: str, key: str) -> str:
        """A new delete marker; its id."""
        ...

    async def change(self, account: str, bucket: str, key: str, version_id: str, settings: Settings) -> None:
        """Change what is not None."""
        ...

    async def versions(self, account: str, bucket: str, prefix: str) -> list[Found]:
        """All versions and markers of keys that begin so."""
        ...
