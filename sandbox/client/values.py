"""Values of this room: what a visit measured, what a resolver said, a moment in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One visit of `url` by a client standing in `place`.

    ok: the whole answer came and its status is below 400. error: "" or one word: refused, reset, timeout, not-found,
    unreachable, outside (what the proxy says), proxy (no proxy answers), tls, malformed, not-sent (too many at once).
    started_at_s: Unix seconds, so that visits and events can be laid side by side. Each ms is a duration of its own
    (lookup and connect: as the proxy measured them for that place); first_byte_ms and total_ms count from the start.
    None: this stage was not reached. owner: whom the address belongs to; served_by: the answer's X-Served-By.
    """

    place: str
    url: str
    started_at_s: float
    ok: bool = False
    status: int = 0
    error: str = ""
    why: str = ""
    lookup_ms: float | None = None
    lookup_cached: bool = False
    connect_ms: float | None = None
    tls_ms: float | None = None
    wait_ms: float | None = None  # from the request's last byte to the answer's first
    first_byte_ms: float | None = None
    total_ms: float = 0.0
    address: str = ""
    owner: str = ""
    served_by: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One record of a lookup."""

    name: str
    type: str
    ttl_s: float
    data: str


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """What a place's resolver said. status: "NOERROR", "NXDOMAIN", ...; trace: how it was found, in sentences."""

    status: str
    answers: tuple[Answer, ...] = ()
    from_cache: bool = False
    took_ms: float = 0.0
    why: str = ""
    trace: tuple[str, ...] = ()

    @property
    def addresses(self) -> list[str]:
        """The addresses among the answers."""
        return [answer.data for answer in self.answers if answer.type in ("A", "AAAA")]


def lookup_from(record: Mapping[str, Any]) -> Lookup:
    """The planet's answer to `dig`."""
    return Lookup(
        status=record["status"],
        answers=tuple(
            Answer(name=entry["name"], type=entry["type"], ttl_s=entry["ttl_s"], data=entry["data"])
            for entry in record.get("answers", [])
        ),
        from_cache=bool(record.get("from_cache")),
        took_ms=float(record.get("took_ms") or 0.0),
        why=record.get("why") or "",
        trace=tuple(record.get("trace") or ()),
    )


@dataclass(frozen=True)
class Bookmark:
    """A moment in the journal: how many events there were."""

    count: int = 0


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Variables that make an unmodified program a client in a place: to set, and to take away."""

    variables: Mapping[str, str]
    unset: tuple[str, ...] = field(default=())
