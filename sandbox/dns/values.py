"""The values of this room: record sets, where a question comes from, decisions that explain themselves, events.

`records` makes record sets of what control pushes; `policy` makes `Decision`s; `answering` an `Answer`; the resolver a
`Lookup`. Names are canonical text (see protocols/dns_names). Place codes are plain strings such as "paris".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sandbox.dns.cidr import CidrCollection
from sandbox.kernel.journal import Event
from sandbox.protocols.dns_wire import NOERROR, Rrset

Send = Callable[[bytes], object]
Serve = Callable[[bytes, bool, Send], None]  # packet, whether it came by TCP, where the reply goes
Choose = Callable[[Sequence[int]], int]  # weights -> the index drawn; a weight of 0 is never drawn


@dataclass(frozen=True, kw_only=True)
class AliasTarget:
    """Where an alias points. zone_id: of a hosted zone, or of an AWS service that we stand in for."""

    zone_id: str
    name: str
    evaluate_target_health: bool


@dataclass(frozen=True, kw_only=True)
class GeoLocation:
    """For whom a geolocation record answers; country "*" is the default record."""

    continent: str | None = None
    country: str | None = None
    subdivision: str | None = None

    def __str__(self) -> str:
        if self.subdivision:
            return f"{self.country}-{self.subdivision}"
        if self.country == "*":
            return "default"
        return f"country {self.country}" if self.country else f"continent {self.continent}"


@dataclass(frozen=True, kw_only=True)
class Proximity:
    """Where a geoproximity record's resource stands. places: codes to look for, the first known one counts.

    latitude, longitude: given instead of places. bias: -99 to 99; more draws clients from farther away.
    """

    label: str
    places: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    bias: int = 0

    def biased_km(self, km: float) -> float:
        """The distance that counts. [R53 1.2 Geoproximity]"""
        return km * (1 - self.bias / 100) if self.bias >= 0 else km / (1 + self.bias / 100)


@dataclass(frozen=True, kw_only=True)
class CidrRouting:
    """For whom an IP-based record answers: a location of a CIDR collection; location "*" is the default record."""

    collection: str
    location: str

    def __str__(self) -> str:
        return "default" if self.location == "*" else self.location


@dataclass(frozen=True, kw_only=True)
class RecordSet:
    """One record set. policy: "simple", "weighted", ... values as written, wires as bytes; both empty for an alias."""

    name: str
    rtype: str
    policy: str = "simple"
    ttl_s: int = 0
    values: tuple[str, ...] = ()
    wires: tuple[bytes, ...] = ()
    set_id: str = ""
    weight: int = 0
    region: str = ""
    failover: str = ""
    geo: GeoLocation | None = None
    proximity: Proximity | None = None
    cidr: CidrRouting | None = None
    health_check: str = ""
    alias: AliasTarget | None = None

    @property
    def label(self) -> str:
        """What a learner calls it among its siblings."""
        if self.policy == "latency":
            return self.region
        if self.policy == "geolocation":
            return str(self.geo)
        if self.policy == "failover":
            return self.failover.lower()
        if self.proximity is not None:
            return self.proximity.label
        if self.cidr is not None:
            return str(self.cidr)
        return self.set_id or "the record"

    @property
    def content(self) -> str:
        """What it holds, on one line."""
        if self.alias is not None:
            return f"alias {self.alias.name}"
        return ", ".join(self.values)


@dataclass(frozen=True, kw_only=True)
class Viewpoint:
    """Where a question is seen to come from. place: "" when nowhere known; subnet: the client's, if told.

    address: of the resolver that asks, "" when nobody's.
    """

    place: str
    name: str = ""
    country: str = ""
    continent: str = ""
    subdivision: str = ""
    subnet: str = ""
    address: str = ""

    @property
    def network(self) -> str:
        """What IP-based records look at: the client's subnet if told, else the resolver's address. [R53 1.2]"""
        return self.subnet or self.address


def no_distance(_: Proximity) -> float | None:
    """The default of `distance_km`: a world without a map."""
    return None


def no_collection(_: str) -> CidrCollection | None:
    """The default of `collection`: none was pushed."""
    return None


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """All that a choice depends on beside the records.

    latency_ms: from the viewpoint to a region; distance_km: to a resource; None if unknown. collection: by its id.
    """

    view: Viewpoint
    latency_ms: Callable[[str], float | None]
    unhealthy: Collection[str]
    choose: Choose
    distance_km: Callable[[Proximity], float | None] = no_distance
    collection: Callable[[str], CidrCollection | None] = no_collection


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One record set in a decision. state: "chosen", "in play" or "left out"; note: what spoke for or against it."""

    label: str
    content: str
    state: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """How one group of record sets was decided. chosen: empty when no record applies (NODATA).

    by_place: it depends on who asks; network_bits: on so many leading bits of the client's address.
    """

    name: str
    rtype: str
    policy: str
    candidates: tuple[Candidate, ...]
    chosen: tuple[RecordSet, ...]
    why: str
    last_resort: bool = False
    by_place: bool = False
    network_bits: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the authority says to one question, with real TTLs, and the decisions that led there, in order."""

    name: str
    rtype: str
    zone: str = ""
    rcode: int = NOERROR
    authoritative: bool = True
    answer: tuple[Rrset, ...] = ()
    authority: tuple[Rrset, ...] = ()
    additional: tuple[Rrset, ...] = ()
    decisions: tuple[Decision, ...] = ()
    why: str = ""

    @property
    def by_place(self) -> bool:
        """True when somebody elsewhere may be answered differently. Negative answers hold for all. [R53 4.2]"""
        return bool(self.answer) and any(decision.by_place for decision in self.decisions)

    def scope(self, source: int, place_bits: int = 0) -> int:
        """For how long a prefix of the client's address it holds, when `source` bits of it were told. [R53 4.2]

        0: for everyone. More than was told: a longer subnet could be answered otherwise. place_bits: so many tell one
        place from another.
        """
        if not self.answer or not source:
            return 0
        bits = max((decision.network_bits for decision in self.decisions), default=0)
        return max(bits, source, place_bits) if self.by_place else bits


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """What a resolver found. addresses: of A or AAAA records; ttl_s: seconds it may still be kept.

    records: the chain of answers, CNAMEs first; authority: the SOA of a negative answer.
    """

    name: str
    rtype: str
    rcode: str
    addresses: tuple[str, ...]
    records: tuple[Rrset, ...]
    ttl_s: float
    from_cache: bool
    took_ms: float
    why: str
    authority: tuple[Rrset, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LookedUp(Event):
    """A resolver answered a client of its place."""

    place: str
    name: str
    rtype: str
    rcode: str
    addresses: list[str]
    ttl_s: float
    from_cache: bool
    took_ms: float


@dataclass(frozen=True, kw_only=True)
class Answered(Event):
    """The authority decided an answer anew; copies of it that follow are not noted."""

    place: str
    name: str
    rtype: str
    rcode: str
    to: list[str]
    ttl_s: int
