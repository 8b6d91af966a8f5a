"""The port through which a front door speaks to DynamoDB: bytes in, bytes out, no waiting.

`moto_tables.MotoTables` fills it with moto's tables, in the region's own process.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from sandbox.protocols.http1 import Request, Response


class DynamoDBPort(Protocol):
    """DynamoDB and DynamoDB Streams of one region, for all accounts."""

    @property
    def changes(self) -> int:
        """How many calls may have changed something: what was saved is new while this stays as it is."""
        ...

    def handle(self, request: Request, account: str, region: str) -> Response:
        """Answer one call; errors are answers too."""
        ...

    def save(self, path: Path) -> None:
        """Write every table to this file."""
        ...

    def load(self, path: Path) -> str:
        """Take up what `save` wrote; what a person should know about that, or ""."""
        ...

    def reset(self) -> None:
        """Drop every table of every account."""
        ...
