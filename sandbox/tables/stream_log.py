"""One stream: the records of one table since the stream was switched on, at most 24 hours old, in order.

In: changes. Out: records by position. A position counts from 0 and never changes; the oldest are dropped.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from sandbox.tables.attributes import item_size
from sandbox.tables.values import Change, Item, KeySchema

KEPT_S = 24 * 3600.0
MOST_RECORDS = 1_000_000  # kept by one stream; AWS has no such limit, our memory has
FIRST_SEQUENCE_NUMBER = 10**20 + 1  # 21 digits, as AWS's
TTL_IDENTITY = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}


@dataclass(frozen=True, slots=True)
class Logged:
    """One change as the stream's view keeps it."""

    event: str
    key: Item
    old: Item | None
    new: Item | None
    at_s: float
    by_ttl: bool


class Stream:
    """A stream with one shard, open until the stream is switched off or its table goes."""

    def __init__(self, *, table: str, table_arn: str, key: KeySchema, view: str, created_at_s: float) -> None:
        self.table = table
        self.key = key
        self.view = view
        self.created_at_s = created_at_s
        self.label = label_of(created_at_s)
        self.arn = f"{table_arn}/stream/{self.label}"
        self.closed_at_s: float | None = None
        self.dropped = 0  # the position of the oldest record kept
        self._records: deque[Logged] = deque()

    @property
    def end(self) -> int:
        """The position of the next record."""
        return self.dropped + len(self._records)

    @property
    def shard_id(self) -> str:
        """One shard for the stream's life."""
        digest = blake2b(self.arn.encode(), digest_size=4).hexdigest()
        return f"shardId-{int(self.created_at_s * 1000):020d}-{digest}"

    def note(self, change: Change) -> None:
        """Take up one change, as far as the view shows it; what changes nothing is not noted."""
        if change.old == change.new:
            return
        event = "INSERT" if change.old is None else "REMOVE" if change.new is None else "MODIFY"
        logged = Logged(
            event,
            change.key,
            change.old if self.view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES") else None,
            change.new if self.view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES") else None,
            change.at_s,
            change.cause == "ttl",
        )
        self._records.append(logged)
        if len(self._records) > MOST_RECORDS:
            self._records.popleft()
            self.dropped += 1

    def trim(self, now_s: float) -> None:
        """Drop what is older than 24 hours."""
        while self._records and self._records[0].at_s < now_s - KEPT_S:
            self._records.popleft()
            self.dropped += 1

    def close(self, now_s: float) -> None:
        """No record follows."""
        self.closed_at_s = now_s

    def at(self, position: int) -> Logged:
        """The record at this position, which is kept."""
        return self._records[position - self.dropped]

    def render(self, position: int, region: str) -> dict[str, Any]:
        """The record as GetRecords shows it."""
        logged = self.at(position)
        sequence_number = sequence_number_of(position)
        content: dict[str, Any] = {
            "ApproximateCreationDateTime": int(logged.at_s),
            "Keys": logged.key,
            "SequenceNumber": sequence_number,
            "SizeBytes": size_of(logged),
            "StreamViewType": self.view,
        }
        if logged.new is not None:
            content["NewImage"] = logged.new
        if logged.old is not None:
            content["OldImage"] = logged.old
        record: dict[str, Any] = {
            "eventID": blake2b(f"{self.arn}/{sequence_number}".encode(), digest_size=16).hexdigest(),
            "eventName": logged.event,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": region,
            "dynamodb": content,
        }
        if logged.by_ttl:
            record["userIdentity"] = TTL_IDENTITY
        return record


def size_of(logged: Logged) -> int:
    """Bytes of the keys and of each image."""
    return sum(item_size(image) for image in (logged.key, logged.old, logged.new) if image is not None)


def sequence_number_of(position: int) -> str:
    """21 digits."""
    return str(FIRST_SEQUENCE_NUMBER + position)


def position_of(sequence_number: str) -> int:
    """The other way."""
    return int(sequence_number) - FIRST_SEQUENCE_NUMBER


def label_of(at_s: float) -> str:
    """The moment as a stream label: 2026-01-01T00:00:00.000."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
