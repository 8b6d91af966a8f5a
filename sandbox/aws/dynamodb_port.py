"""The port through which a front door speaks to DynamoDB: a request in, an answer out.

`durable_tables.DurableTables` fills it, in the region's own process.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from sandbox.protocols.http1 import Request, Response


class DynamoDBPort(Protocol):
    """DynamoDB and DynamoDB Streams of one region, for all accounts."""

    def handle(self, request: Request, account: str, region: str) -> Response | Awaitable[Response]:
        """Answer one call; errors are answers too. Reads answer at once, writes when they are kept."""
        ...

    def reset(self) -> None:
        """Drop every table of every account."""
        ...
