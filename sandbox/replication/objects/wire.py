"""Messages of S3 replication between regions as bytes, and back. Pure.

A message is one line of JSON, a newline, and for content its bytes:

    {"source": bucket, "from": region, "destination": bucket, "key": k, "version_id": v, "kind": "object", "size": n,
     "offset": o, "sha256": digest or null, "head": {...}, "settings": {...}}

An object travels in pieces. `offset` is where this one belongs; the digest comes with the last. Answers are JSON:
{"result": "done"}: it is there, on disk; {"result": "have", "bytes": n}: go on at n; {"result": "working"}: ask
again with an empty last piece; {"result": "failed", "reason": one of AWS's, "why": words}; {"result": "later", "why"}:
it could not be stored now; {"result": "away", "why"}: the engine there does not run.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from sandbox.kernel.errors import Refusal
from sandbox.replication.objects.values import NO_SETTINGS, BucketFacts, Head, Kind, Settings

VERSION = "/_sandbox/objects/version"
BUCKET = "/_sandbox/objects/bucket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One message. sha256: of the whole content, with its last piece."""

    source: str
    origin: str
    destination: str
    key: str
    version_id: str
    kind: Kind
    size: int = 0
    offset: int = 0
    sha256: str | None = None
    head: Head | None = None
    settings: Settings = NO_SETTINGS
    data: bytes = b""

    def at(self, offset: int, data: bytes, sha256: str | None) -> Piece:
        """The same version, another part of it."""
        return replace(self, offset=offset, data=data, sha256=sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a piece."""

    result: str
    bytes: int = 0
    reason: str = ""
    why: str = ""


DONE = Answer(result="done")
WORKING = Answer(result="working")


def encode_piece(piece: Piece) -> bytes:
    """As it is sent."""
    line = {
        "source": piece.source,
        "from": piece.origin,
        "destination": piece.destination,
        "key": piece.key,
        "version_id": piece.version_id,
        "kind": piece.kind,
        "size": piece.size,
        "offset": piece.offset,
        "sha256": piece.sha256,
        "head": None if piece.head is None else asdict(piece.head),
        "settings": settings_fields(piece.settings),
    }
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) + piece.data


def decode_piece(body: bytes) -> Piece:
    """The other way; a Refusal for what no region of ours has sent."""
    line, _, data = body.partition(b"\n")
    try:
        said = orjson.loads(line)
        return Piece(
            source=said["source"],
            origin=said["from"],
            destination=said["destination"],
            key=said["key"],
            version_id=said["version_id"],
            kind=said["kind"],
            size=said["size"],
            offset=said["offset"],
            sha256=said["sha256"],
            head=None if said["head"] is None else _head(said["head"]),
            settings=settings_from(said["settings"]),
            data=data,
        )
    except (ValueError, LookupError, TypeError) as error:
        raise malformed(error) from error


def _head(fields: Mapping[str, Any]) -> Head:
    headers = tuple((name, value) for name, value in fields["headers"])
    return Head(**{**fields, "headers": headers})


def settings_fields(settings: Settings) -> dict[str, Any]:
    """For JSON: only what is set."""
    fields: dict[str, Any] = {}
    if settings.tags is not None:
        fields["tags"] = settings.tags
    for name in ("acl", "retention", "legal_hold"):
        content = getattr(settings, name)
        if content is not None:
            fields[name] = base64.b64encode(content).decode()
    return fields


def settings_from(fields: Mapping[str, Any]) -> Settings:
    """The other way."""
    tags = fields.get("tags")
    return Settings(
        tags=None if tags is None else tuple((key, value) for key, value in tags),
        **{name: base64.b64decode(fields[name]) for name in ("acl", "retention", "legal_hold") if name in fields},
    )


def encode_answer(answer: Answer) -> bytes:
    """As it is sent."""
    return orjson.dumps(answer)


def decode_answer(body: bytes) -> Answer:
    """The other way."""
    try:
        return Answer(**orjson.loads(body))
    except (ValueError, TypeError) as error:
        raise malformed(error) from error


def encode_question(bucket: str) -> bytes:
    """Is there such a bucket where you are?"""
    return orjson.dumps({"bucket": bucket})


def decode_question(body: bytes) -> str:
    """The bucket's name."""
    try:
        return str(orjson.loads(body)["bucket"])
    except (ValueError, LookupError, TypeError) as error:
        raise malformed(error) from error


def encode_facts(facts: BucketFacts | None) -> bytes:
    """null: there is none."""
    return orjson.dumps(facts)


def decode_facts(body: bytes) -> BucketFacts | None:
    """The other way."""
    try:
        said = orjson.loads(body)
        return None if said is None else BucketFacts(**said)
    except (ValueError, TypeError) as error:
        raise malformed(error) from error


def malformed(why: object) -> Refusal:
    """Not a message of S3 replication."""
    return Refusal("BadMessage", f"Not a message of S3 replication: {why!r}", status=400)
