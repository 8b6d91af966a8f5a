"""Values of this room: what a resolver said, a moment in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
