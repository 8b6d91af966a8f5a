"""The values of this room: places, countries, and the way from one place to another.

Codes are plain strings everywhere else: "paris" (city), "us-east-1" (AWS region), "edge:CDG" (edge location).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum, prod, sqrt
from typing import Literal

# Round trip of a fibre line to its provider. Others, as picked inside published ranges: cable 14, DSL 25, 5G fixed 27,
# LTE 70, 3G 150, satellite 35 (low orbit) or 600 (geostationary).
FIBRE_ACCESS_MS = 5.0

PlaceKind = Literal["city", "region", "edge"]
SegmentKind = Literal["access", "internet", "edge", "backbone", "local"]
RegionRole = Literal["app", "api", "aws"]
Role = Literal["app", "api", "aws", "edge"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A city with users, an AWS region or an edge location.

    code: "paris", "us-east-1", "edge:CDG". name: as people say it. country_code: ISO 3166-1 alpha-2; continent_code
    and subdivision (US states of cities, else None): as Route 53's geolocation has them. latitude, longitude: degrees.
    access_ms: round trip of the last mile of its users, 0 for regions and edge locations.
    """

    code: str
    kind: PlaceKind
    name: str
    country_code: str
    continent_code: str
    subdivision: str | None = None
    latitude: float
    longitude: float
    access_ms: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Country:
    """A country of ISO 3166-1 and its continent (AF AN AS EU NA OC SA), as Route 53's geolocation names them."""

    code: str
    name: str
    continent_code: str


@dataclass(frozen=True, kw_only=True)
class Subdivision:
    """A state of the USA, the only subdivisions that Route 53 documents."""

    country_code: str
    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One stretch of a path; `rtt_ms` is its share of the round trip.

    kind: "access" the last mile (src = dst = the city), "internet" the public Internet, "edge" from a city to its own
    edge location, "backbone" AWS's network, "local" inside one place. jitter_ms: how much longer the 90th of 100 round
    trips takes than the 50th; loss: share of packets lost, 0 to 1. Where they come from: quality.py.
    """

    kind: SegmentKind
    src: str
    dst: str
    rtt_ms: float
    jitter_ms: float = 0.0
    loss: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Path:
    """The way from one place to another, in order of travel."""

    segments: tuple[Segment, ...]

    @property
    def rtt_ms(self) -> float:
        """Round trip over all segments (`fsum`, so that both directions give the same number to the last bit)."""
        return fsum(segment.rtt_ms for segment in self.segments)

    @property
    def jitter_ms(self) -> float:
        """Spread over all segments: independent spreads add up as their squares do."""
        return sqrt(fsum(segment.jitter_ms**2 for segment in self.segments))

    @property
    def loss(self) -> float:
        """Share of packets that some segment loses."""
        return 1 - prod(1 - segment.loss for segment in self.segments)

    def then(self, onward: Path) -> Path:
        """This way, and another one after it: to an edge location and on to a region."""
        return Path(segments=(*self.segments, *onward.segments))

    def reversed(self) -> Path:
        """The same way back."""
        return Path(segments=tuple(replace(s, src=s.dst, dst=s.src) for s in reversed(self.segments)))


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Who answers at a virtual address: a region's application, API or AWS endpoint, or an edge location."""

    place: str
    role: Role
