"""Batches between regions as JSON, and back. Pure.

{"group": id, "from": region, "to": n, "entries": [[key, item or null, stamp_us, region, vector], ...]}

n: the incarnation of the member that it is for; a replica that was deleted and made again takes none of the old ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.kernel.errors import Refusal
from sandbox.replication.values import Replicated, Version

BATCH = "/_sandbox/replication/batch"
GROUP = "/_sandbox/replication/group"
PROBE = "/_sandbox/replication/probe"
SETTLED = "/_sandbox/replication/settled"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A batch as it came. entries: key, its bytes, and what is to be merged."""

    group_id: str
    origin: str
    incarnation: int
    entries: list[tuple[dict[str, Any], bytes, Replicated]]


def encode_entry(key: bytes, held: Replicated) -> bytes:
    """One item or tombstone."""
    version = held.version
    return orjson.dumps([orjson.Fragment(key), held.item, version.stamp_us, version.region, version.vector])


def encode_batch(group_id: str, origin: str, incarnation: int, parts: Sequence[bytes]) -> bytes:
    """Entries, already encoded, as one body."""
    head = orjson.dumps({"group": group_id, "from": origin, "to": incarnation})
    return b'%b,"entries":[%b]}' % (head[:-1], b",".join(parts))


def decode_batch(body: bytes) -> Arrived:
    """The other way; a Refusal for what no region of ours has sent."""
    try:
        message = orjson.loads(body)
        return Arrived(message["group"], message["from"], message["to"], list(_entries(message["entries"])))
    except (ValueError, LookupError, TypeError) as error:
        raise malformed(error) from error


def _entries(given: list[Any]) -> Iterator[tuple[dict[str, Any], bytes, Replicated]]:
    for key, item, stamp_us, region, vector in given:
        version = Version(stamp_us=stamp_us, region=region, vector=vector)
        yield key, orjson.dumps(key), Replicated(item=item, version=version)


def decode(body: bytes) -> dict[str, Any]:
    """A message that is one object."""
    try:
        message = orjson.loads(body)
    except ValueError as error:
        raise malformed(error) from error
    if not isinstance(message, dict):
        raise malformed("not an object")
    return message


def malformed(why: object) -> Refusal:
    """Not a message of replication."""
    return Refusal("BadMessage", f"Not a message of replication: {why!r}", status=400)
