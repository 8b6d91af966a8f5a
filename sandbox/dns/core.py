"""The authority: DNS packets in, DNS packets out, decided by zones, health and location. Pure: no socket, no clock.

In: zones, CIDR collections and verdicts as they are pushed (`put_zone`, `put_collection`, `put_health`), packets and
the place they come from. Out: reply packets, or explained answers for traces and TestDNSAnswer (`decide`). Called by
the UDP and TCP endpoints, by the resolvers of all places through `network`, and by the planet's management handlers.

Nothing a client sends makes `answer` raise: what is not a query gets no reply, what is malformed FORMERR, and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import ip_address, ip_network
from random import Random
from typing import Any, Protocol

from sandbox.dns.answering import answer_question
from sandbox.dns.cidr import CidrCollection
from sandbox.dns.compiled import Chooser, CompiledAnswers, Key, Leaf, Questions
from sandbox.dns.records import Zone
from sandbox.dns.rendering import Rendered, header_only, render, render_error
from sandbox.dns.values import Answer, Circumstances, Proximity, Viewpoint
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
IPV4_BITS, IPV6_BITS = 24, 64  # of a client subnet that is told without a length [R53 6.5]


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
    def distance_km(self, a: str, b: str) -> float: ...
    def distance_to_point_km(self, a: str, latitude: float, longitude: float) -> float: ...


def no_address(place: str) -> str:
    """The default of `address_of`: nobody has an address."""
    return ""


def tell_nobody(view: Viewpoint, answer: Answer) -> None:
    """The default of `on_decision`."""


class Authority:
    """All name servers of all hosted zones.

    place_of: the place of a client's address, None if it is nobody's. address_of: the address of a place's resolver.
    dice: for weighted draws ("dns:weighted"). on_decision: told of each answer that is decided, not of the copies that
    follow from the compiled answers.
    """

    def __init__(
        self,
        *,
        geography: Geography,
        place_of: Callable[[str], str | None],
        dice: Random,
        address_of: Callable[[str], str] = no_address,
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
        self._address_of = address_of
        self._collections: dict[str, CidrCollection] = {}
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

    def put_collection(self, collection_id: str, value: Mapping[str, Any] | None) -> None:
        """Take over a CIDR collection as pushed, in whole; None removes it. A Refusal when it cannot be read."""
        if value is None:
            self._collections.pop(collection_id, None)
        else:
            self._collections[collection_id] = CidrCollection(collection_id, value)
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

        subnet: an address of the client, or address/length, which counts instead of the place when some place has it.
        """
        view = self.viewpoint(self._geography.place(place).code)
        if subnet:
            view = self._in_subnet(view, *_subnet_of(subnet))
        try:
            asked = canonical_name(name)
        except ValueError as error:
            raise Refusal("InvalidInput", str(error)) from error
        if type_number(rtype.upper()) is None:
            raise Refusal("InvalidInput", f"no such record type: {rtype}")
        decided = self._decided(asked, rtype.upper(), view, Chooser(self._dice))
        self.zones.reads.taken()  # and forgotten: this answer is not kept
        return decided

    def viewpoint(self, place: str) -> Viewpoint:
        """How Route 53 sees a client in a place; a place it has no data for is nowhere."""
        view = self._viewpoints.get(place)
        if view is None:
            try:
                known = self._geography.place(place)
                address = self._address_of(place)
            except Refusal:
                return Viewpoint(place="")
            view = self._viewpoints[place] = Viewpoint(
                place=known.code,
                name=known.name,
                country=known.country_code,
                continent=known.continent_code,
                subdivision=known.subdivision or "",
                address=address,
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
        view = self.viewpoint(source_place)
        if subnet is None or not subnet.source:
            return view
        return self._in_subnet(view, subnet.address, subnet.source)

    def _in_subnet(self, resolver: Viewpoint, address: str, bits: int) -> Viewpoint:
        """The view of a client that its resolver tells of."""
        place = self._place_of(address)
        view = resolver if place is None else self.viewpoint(place)
        return replace(view, subnet=f"{address}/{bits}")

    def _decided(self, name: str, rtype: str, view: Viewpoint, chooser: Chooser) -> Answer:
        now = Circumstances(
            view=view,
            latency_ms=lambda region: self._latency_ms(view.place, region),
            distance_km=lambda at: self._distance_km(view.place, at),
            collection=self._collections.get,
            unhealthy=self.unhealthy,
            choose=chooser,
        )
        return answer_question(self.zones, name, rtype, now)

    def _distance_km(self, place: str, at: Proximity) -> float | None:
        if not place:
            return None
        if at.latitude is not None and at.longitude is not None:
            return self._geography.distance_to_point_km(place, at.latitude, at.longitude)
        for code in at.places:
            try:
                return self._geography.distance_km(place, code)
            except Refusal:
                continue
        return None

    def _latency_ms(self, place: str, region: str) -> float | None:
        try:
            return self._geography.rtt_ms(place, region) if place else None
        except Refusal:
            return None


def _subnet_of(text: str) -> tuple[str, int]:
    """Address and length of a client subnet as people write it; a Refusal for what is none."""
    try:
        address = ip_address(text.partition("/")[0])
        bits = IPV4_BITS if address.version == 4 else IPV6_BITS
        network = ip_network(text if "/" in text else f"{text}/{bits}", strict=False)
    except ValueError as error:
        raise Refusal("InvalidInput", f"not a client subnet: {text}") from error
    return str(network.network_address), network.prefixlen
