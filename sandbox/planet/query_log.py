"""Query logs of hosted zones: the name servers' door, which notes the questions to zones that are logged.

In: packets, and which zones control wants logged (`put_zone`). Out: the authority's replies, and lines in Route 53's
format, handed on once a second. Nothing is parsed for the sake of zones that are not logged. Lines that nobody takes
are dropped, as many as are over `LINES_MOST`; AWS too promises no more than its best.

    1.0 2026-01-01T00:00:02.130Z Z123412341234 app.example.test A NOERROR UDP CDG 100.64.16.1 100.64.16.0/24
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.dns.service import Answers
from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.protocols.dns_wire import BadPacket, rcode_name, read_query

LINES_MOST = 10_000
HAND_ON_EVERY_S = 1.0
VERSION = "1.0"

ZoneOf = Callable[[str, str], str | None]  # name, type -> id of the zone that answers


@dataclass(frozen=True, kw_only=True)
class Seen:
    """How a place is written in a line. edge: airport code; resolver: address."""

    edge: str
    resolver: str


class QueryLog:
    """An `Answers` in front of the authority."""

    def __init__(self, authority: Answers, *, zone_of: ZoneOf, seen_from: Callable[[str], Seen], clock: Clock) -> None:
        self.dropped = 0
        self._authority = authority
        self._zone_of = zone_of
        self._seen_from = seen_from
        self._clock = clock
        self._logged: set[str] = set()
        self._lines: deque[dict[str, Any]] = deque()

    def put_zone(self, zone_id: str, value: Any) -> None:
        """Topic "query-logging/<zone id>": log it, or (None) log it no more."""
        if value is None:
            self._logged.discard(zone_id)
        else:
            self._logged.add(zone_id)

    def answer(self, packet: bytes, source_place: str, *, tcp: bool = False) -> bytes | None:
        """The authority's reply."""
        reply = self._authority.answer(packet, source_place, tcp=tcp)
        if self._logged and reply is not None:
            self._note(packet, reply, source_place, tcp=tcp)
        return reply

    def _note(self, packet: bytes, reply: bytes, place: str, *, tcp: bool) -> None:
        try:
            query = read_query(packet)
        except BadPacket:
            return  # it names no zone
        zone_id = self._zone_of(query.name, query.rtype)
        if zone_id not in self._logged:
            return
        if len(self._lines) >= LINES_MOST:
            self._lines.popleft()
            self.dropped += 1
        subnet = query.edns.subnet if query.edns is not None else None
        seen, at_s = self._seen_from(place), self._clock.wall_s()
        words = (
            VERSION,
            datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            zone_id,
            query.name.removesuffix("."),
            query.rtype,
            rcode_name(reply[3] & 0x0F),
            "TCP" if tcp else "UDP",
            seen.edge,
            seen.resolver,
            f"{subnet.address}/{subnet.source}" if subnet is not None and subnet.address else "-",
        )
        self._lines.append({"zone": zone_id, "edge": seen.edge, "at_s": at_s, "line": " ".join(map(str, words))})

    def taken(self) -> list[dict[str, Any]]:
        """The lines since the last time."""
        lines = list(self._lines)
        self._lines.clear()
        return lines

    async def hand_on(self, send: Callable[[list[dict[str, Any]]], Awaitable[Any]]) -> None:
        """Hand lines on, for ever."""
        while True:
            await self._clock.sleep(HAND_ON_EVERY_S)
            lines = self.taken()
            if not lines:
                continue
            try:
                await send(lines)
            except Refusal:  # control is down: these lines are lost, answers are not
                self.dropped += len(lines)
