"""Requests that are wrong before any operation looks at them: bodies that are no JSON, targets that name nothing.

`WireRequests(random).draw()` gives an action or a whole target, a body as bytes, and what was done.
"""

from __future__ import annotations

from random import Random

BODIES = (
    b"",
    b"{",
    b"[]",
    b'"text"',
    b"7",
    b"null",
    b"{}",
    b"{'TableName': 'plain'}",
    b'{"TableName": "plain"}}',
    b"\x7f",
)
TABLES, STREAMS = "DynamoDB_20120810", "DynamoDBStreams_20120810"
TARGETS = (
    f"{TABLES}.Nothing",
    f"{TABLES}.listTables",
    f"{TABLES}.",
    f"{TABLES}.GetRecords",
    f"{STREAMS}.ListTables",
    f"{STREAMS}.ListStreams",
    "DynamoDB_20111205.ListTables",
    f"{TABLES}.ListTables",
    f"{TABLES}.ListTables.More",
    f"{TABLES}.ListImports",
    f"{TABLES}.ExportTableToPointInTime",
)
ACTIONS = ("ListTables", "DescribeTable", "GetItem", "Scan", "ListStreams", "DescribeLimits")


class WireRequests:
    """A bad body for a good target, or a bad target."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def draw(self) -> tuple[str, bytes, str]:
        """action or target, body, what was done."""
        if self.random.random() < 0.5:
            return self.random.choice(ACTIONS), self.random.choice(BODIES), "a body of its own"
        return self.random.choice(TARGETS), b"{}", "a target of its own"
