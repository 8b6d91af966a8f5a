"""The authority: DNS packets in, DNS packets out, decided by zones, health and location. Pure: no socket, no clock.

In: zones and verdicts as they are pushed (`put_zone`, `put_health`), packets and the place they come from. Out: reply
packets, or explained answers for traces and TestDNSAnswer (`decide`). Called by the UDP and TCP endpoints, by the
resolvers of all places through `network`, and by the planet's management handlers.

Nothing a client sends makes `answer` raise: what is not a query gets no reply, what is malformed FORMERR, and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any, Protocol

from sandbox.dns.answering import answer_question
from sandbox.dns.compiled import Chooser, CompiledAnswers, Key, Leaf, Questions
from sandbox.dns.records import Zone
from sandbox.dns.rendering import Rendered, header_only, render, render_error
from sandbox.dns.values import Answer, Circumstances, Viewpoint
from sandbox.dns.zones import Zones
from sandbox.kernel.errors import Refusal
from sandbox.protocols.dns_names import canonical_name
from sandbox.protocols.dns_wire import (
    BADVERS,
    CLASS_IN,
    FORMERR,
    NOTIMP,
    OPCODE_MASK,
    QR,
    REFUSED,
    BadPacket,
    Query,
    read_query,
    type_number,
)

ZONE_TRANSFERS = ("AXFR", "IXFR")
SUBNET_IPV4 = 1


class PlaceLike(Protocol):
    """What the authority needs to know of a place; geography's `Place` is one."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def country_code(self) -> str: ...
    @property
    def continent_code(self) -> str: ...
    @property
    def subdivision(self) -> str | None: ...


class Geography(Protocol):
    """What the authority needs to know of the planet; geography's `Atlas` is one."""

    def place(self, code: str) -> PlaceLike: ...
    def rtt_ms(self, a: str, b: str) -> float: ...


def tell_nobody(view: Viewpoint, answer: Answer) -> None:
    """The default of `on_decision`."""


class Authority:
    """All name servers of all hosted zones.

    place_of: the place of a client's address, None if it is nobody's. dice: for weighted draws ("dns:weighted").
    on_decision: told of each answer that is decided, not of the copies that follow from the compiled answers.
    """

    def __init__(
        self,
        *,
        geography: Geography,
        place_of: Callable[[str], str | None],
        dice: Random,
        speed: float = 1.0,
        on_decision: Callable[[Viewpoint, Answer], None] = tell_nobody,
    ) -> None:
        self.speed = speed
        self.zones = Zones()
        self.unhealthy: set[str] = set()
        self.compiled = CompiledAnswers(dice, lambda footprint: self.zones.fit(footprint, self.unhealthy))
        self._questions = Questions()
        self._geography = geography
        self._place_of = place_of
        self._dice = dice
        self.on_decision = on_decision
        self._viewpoints: dict[str, Viewpoint] = {}

    def put_zone(self, zone_id: str, value: Mapping[str, Any] | None) -> None:
        """Take over a zone as pushed, in whole; None removes it. A Refusal when its name is not a domain name."""
        bare_id = zone_id.rpartition("/")[2]  # the API says "/hostedzone/Z1" here and "Z1" there
        if value is None:
            self.zones.remove(bare_id)
            self.compiled.clear()
        elif self.zones.put(Zone(bare_id, value)):
            self.compiled.changed()
        else:
            self.compiled.clear()

    def put_health(self, check_id: str, healthy: bool | None) -> None:
        """Take over a verdict; None (no verdict, or no such check any more) counts as healthy."""
        if (healthy is False) == (check_id in self.unhealthy):
            return
        if healthy is False:
            self.unhealthy.add(check_id)
        else:
            self.unhealthy.discard(check_id)
        self.compiled.changed()

    def answer(self, packet: bytes, source_place: str, *, tcp: bool = False) -> bytes | None:
        """The reply to a packet from a place; None when it deserves none."""
        split = self._questions.split(packet)
        if split is None:
            return self._answer_anew(packet, source_place, tcp, [], None, 0)
        end, question = split
        key = (source_place, tcp, question)
        path: list[int] = []
        leaf = self.compiled.find(key, path)
        if leaf is None:
            return self._answer_anew(packet, source_place, tcp, path, key, end)
        return b"".join((packet[:2], leaf.head, packet[12:end], leaf.tail))

    def decide(self, name: str, rtype: str, place: str, *, subnet: str = "") -> Answer:
        """The answer a client of a place gets, explained; a Refusal for an unknown place, name or type.

        subnet: an address of the client, which counts instead of the place when some place has it.
        """
        seen_from = (self._place_of(subnet) if subnet else None) or self._geography.place(place).code
        try:
            asked = canonical_name(name)
        except ValueError as error:
            raise Refusal("InvalidInput", str(error)) from error
        if type_number(rtype.upper()) is None:
            raise Refusal("InvalidInput", f"no such record type: {rtype}")
        decided = self._decided(asked, rtype.upper(), self.viewpoint(seen_from), Chooser(self._dice))
        self.zones.reads.taken()  # and forgotten: this answer is not kept
        return decided

    def viewpoint(self, place: str) -> Viewpoint:
        """How Route 53 sees a client in a place; a place it has no data for is nowhere."""
        view = self._viewpoints.get(place)
        if view is None:
            try:
                known = self._geography.place(place)
            except Refusal:
                return Viewpoint(place="")
            view = self._viewpoints[place] = Viewpoint(
                place=known.code,
                name=known.name,
                country=known.country_code,
                continent=known.continent_code,
                subdivision=known.subdivision or "",
            )
        return view

    def _answer_anew(
        self, packet: bytes, source_place: str, tcp: bool, path: list[int], key: Key | None, question_end: int
    ) -> bytes | None:
        if len(packet) < 12 or packet[2] & (QR >> 8):
            return None
        if packet[2] & (OPCODE_MASK >> 8):
            return header_only(packet, NOTIMP)
        try:
            query = read_query(packet)
        except BadPacket:
            return header_only(packet, FORMERR)
        chooser = Chooser(self._dice, path)
        rendered = self._rendered(query, source_place, tcp, chooser)
        footprint = self.zones.reads.taken()
        if key is not None and question_end == 12 + len(query.question):
            self.compiled.keep(key, chooser.drawn, Leaf(rendered.head, rendered.tail, footprint))
        return b"".join((packet[:2], rendered.head, query.question, rendered.tail))

    def _rendered(self, query: Query, source_place: str, tcp: bool, chooser: Chooser) -> Rendered:
        if query.edns is not None and query.edns.version > 0:
            return render_error(query, BADVERS)
        if query.rclass != CLASS_IN or query.rtype in ZONE_TRANSFERS:
            return render_error(query, REFUSED)
        view = self._view_of(query, source_place)
        answer = self._decided(query.name, query.rtype, view, chooser)
        self.on_decision(view, answer)
        return render(query, answer, speed=self.speed, tcp=tcp)

    def _view_of(self, query: Query, source_place: str) -> Viewpoint:
        """The client subnet's place if it is in one, else where the packet came from. [R53 4.2]"""
        subnet = query.edns.subnet if query.edns is not None else None
        if subnet is None or subnet.family != SUBNET_IPV4 or not subnet.source:
            return self.viewpoint(source_place)
        place = self._place_of(subnet.address)
        view = self.viewpoint(source_place if place is None else place)
        return replace(view, subnet=f"{subnet.address}/{subnet.source}")

    def _decided(self, name: str, rtype: str, view: Viewpoint, chooser: Chooser) -> Answer:
        now = Circumstances(
            view=view,
            latency_ms=lambda region: self._latency_ms(view.place, region),
            unhealthy=self.unhealthy,
            choose=chooser,
        )
        return answer_question(self.zones, name, rtype, now)

    def _latency_ms(self, place: str, region: str) -> float | None:
        try:
            return self._geography.rtt_ms(place, region) if place else None
        except Refusal:
            return None
