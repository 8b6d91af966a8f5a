"""A small planet and a small notation for zones.

app 60 A 198.18.1.10 | region=us-east-1 check=hc-us       a record set; names are relative to example.test.
www alias app | evaluate                                   an alias of type A in the same zone
w 60 A 192.0.2.1,192.0.2.2 | weight=10 id=blue             two values
near 60 A 192.0.2.1 | near=eu-west-1 bias=20                near=48.85,2.35 for coordinates, zone=us-west-2-lax-1
ip 60 A 192.0.2.1 | cidr=office                             a location of the CIDR collection C1
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any

import pytest

from sandbox.dns.cidr import CidrCollection
from sandbox.dns.core import Authority
from sandbox.dns.policy import decide
from sandbox.dns.records import Zone
from sandbox.dns.values import Circumstances, Decision, RecordSet, Viewpoint
from sandbox.kernel.dice import dice
from sandbox.kernel.errors import unknown
from sandbox.protocols.dns_wire import Reply, read_reply, write_query

FIELDS = {"weight": "Weight", "region": "Region", "failover": "Failover", "check": "HealthCheckId"}


@dataclass(frozen=True, kw_only=True)
class Spot:
    code: str
    name: str
    country_code: str
    continent_code: str
    subdivision: str | None = None


SPOTS = (
    Spot(code="paris", name="Paris", country_code="FR", continent_code="EU"),
    Spot(code="tokyo", name="Tokyo", country_code="JP", continent_code="AS"),
    Spot(code="seattle", name="Seattle", country_code="US", continent_code="NA", subdivision="WA"),
    Spot(code="denver", name="Denver", country_code="US", continent_code="NA", subdivision="CO"),
    Spot(code="shanghai", name="Shanghai", country_code="CN", continent_code="AS"),
    Spot(code="sydney", name="Sydney", country_code="AU", continent_code="OC"),
)
ROUND_TRIPS_MS = {
    "us-east-1": {"paris": 80, "tokyo": 160, "seattle": 60, "denver": 40, "shanghai": 200, "sydney": 200},
    "eu-west-1": {"paris": 18, "tokyo": 220, "seattle": 130, "denver": 110, "shanghai": 220, "sydney": 260},
    "ap-northeast-1": {"paris": 220, "tokyo": 3, "seattle": 90, "denver": 120, "shanghai": 40, "sydney": 110},
    "ap-southeast-2": {"paris": 280, "tokyo": 105, "seattle": 160, "denver": 170, "shanghai": 140, "sydney": 4},
    "cn-north-1": {"paris": 200, "tokyo": 80, "seattle": 180, "denver": 190, "shanghai": 45, "sydney": 180},
}
SUBNETS = {f"100.64.{number}": spot.code for number, spot in enumerate(SPOTS, start=1)}


# A flat planet: km east and north, so that distances can be seen.
POSITIONS_KM = {
    "paris": (0, 0),
    "eu-west-1": (100, 0),
    "tokyo": (0, 1000),
    "ap-northeast-1": (0, 1010),
    "us-east-1": (-400, 0),
    "denver": (-900, 0),
    "edge:LAX": (-1000, 0),
    "us-west-2": (-1000, 300),
}


class SmallPlanet:
    """Stands in for geography's Atlas and AddressPlan. A degree is a km."""

    def place(self, code: str) -> Spot:
        for spot in SPOTS:
            if spot.code == code:
                return spot
        raise unknown("place", code, [spot.code for spot in SPOTS], see="sandbox places")

    def rtt_ms(self, a: str, b: str) -> float:
        if b not in ROUND_TRIPS_MS:
            raise unknown("place", b, ROUND_TRIPS_MS, see="sandbox places")
        return float(ROUND_TRIPS_MS[b][a])

    def distance_km(self, a: str, b: str) -> float:
        if a not in POSITIONS_KM or b not in POSITIONS_KM:
            raise unknown("place", b, POSITIONS_KM, see="sandbox places")
        return self.distance_to_point_km(a, *reversed(POSITIONS_KM[b]))

    def distance_to_point_km(self, a: str, latitude: float, longitude: float) -> float:
        east, north = POSITIONS_KM[a]
        return hypot(longitude - east, latitude - north)

    def address_of(self, place: str) -> str:
        return next((f"{prefix}.53" for prefix, code in SUBNETS.items() if code == place), "")

    def place_of(self, ip: str) -> str | None:
        return SUBNETS.get(ip.rpartition(".")[0])

    def subnet_of(self, place: str) -> str:
        return next(f"{prefix}.0/24" for prefix, code in SUBNETS.items() if code == place)

    def viewpoint(self, code: str) -> Viewpoint:
        spot = self.place(code)
        return Viewpoint(
            place=code,
            name=spot.name,
            country=spot.country_code,
            continent=spot.continent_code,
            subdivision=spot.subdivision or "",
            address=self.address_of(code),
        )


def record_of(line: str, zone: str) -> dict[str, Any]:
    head, _, options = line.partition("|")
    words = head.split(maxsplit=3)
    record: dict[str, Any] = {"Name": full_name(words[0], zone)}
    if words[1] == "alias":
        record["Type"] = words[3].strip() if len(words) > 3 else "A"
        record["AliasTarget"] = {
            "HostedZoneId": "Z1" if full_name(words[2], zone).endswith(zone) else "ZOTHER",
            "DNSName": full_name(words[2], zone),
            "EvaluateTargetHealth": "evaluate" in options.split(),
        }
    else:
        values = [value.strip() for value in words[3].split(",")] if words[2] in ("A", "AAAA", "NS") else [words[3]]
        record |= {"TTL": int(words[1]), "Type": words[2], "ResourceRecords": [{"Value": value} for value in values]}
    for option in options.split():
        key, _, value = option.partition("=")
        if key in FIELDS:
            record[FIELDS[key]] = int(value) if key == "weight" else value
        elif key in ("continent", "country", "subdivision"):
            record.setdefault("GeoLocation", {})[f"{key.title()}Code"] = value
        elif key == "multivalue":
            record["MultiValueAnswer"] = True
        elif key in ("near", "zone", "bias"):
            record.setdefault("GeoProximityLocation", {}).update(proximity_of(key, value))
        elif key == "cidr":
            record["CidrRoutingConfig"] = {"CollectionId": "C1", "LocationName": value}
        elif key == "id":
            record["SetIdentifier"] = value
    policies = ("Weight", "Region", "Failover", "GeoLocation", "MultiValueAnswer", "GeoProximityLocation")
    routed = {*policies, "CidrRoutingConfig"} & set(record)
    if routed and "SetIdentifier" not in record:
        record["SetIdentifier"] = options.strip()
    return record


def proximity_of(key: str, value: str) -> dict[str, Any]:
    if key == "bias":
        return {"Bias": int(value)}
    if key == "zone":
        return {"LocalZoneGroup": value}
    latitude, comma, longitude = value.partition(",")
    if comma:
        return {"Coordinates": {"Latitude": latitude, "Longitude": longitude}}
    return {"AWSRegion": value}


def full_name(name: str, zone: str) -> str:
    return zone if name == "@" else name if name.endswith(".") else f"{name}.{zone}"


def zone_of(text: str, name: str = "example.test.") -> dict[str, Any]:
    lines = (line.strip() for line in text.splitlines())
    return {"name": name, "records": [record_of(line, name) for line in lines if line]}


@pytest.fixture(scope="session")
def planet() -> SmallPlanet:
    return SmallPlanet()


@pytest.fixture(scope="session")
def zone() -> Callable[..., dict[str, Any]]:
    return zone_of


@pytest.fixture(scope="session")
def authority(planet: SmallPlanet) -> Callable[..., Authority]:
    """An authority that serves a zone written in the notation above."""

    def make(text: str = "", *, speed: float = 1.0, seed: int = 7, unhealthy: tuple[str, ...] = ()) -> Authority:
        made = Authority(
            geography=planet,
            place_of=planet.place_of,
            address_of=planet.address_of,
            dice=dice(seed, "dns:weighted"),
            speed=speed,
        )
        if text:
            made.put_zone("Z1", zone_of(text))
        for check in unhealthy:
            made.put_health(check, False)
        return made

    return make


@pytest.fixture(scope="session")
def ask(planet: SmallPlanet) -> Callable[..., Reply]:
    """A question as a packet from a place, and the reply read."""

    def asked(authority: Authority, name: str, rtype: str = "A", *, place: str = "paris", subnet: str = "") -> Reply:
        query = write_query(1, full_name(name, "example.test."), rtype, subnet=subnet or None, asks_why=True)
        packet = authority.answer(query, place)
        assert packet is not None
        reply = read_reply(packet)
        assert reply is not None
        return reply

    return asked


COLLECTION = CidrCollection(
    "C1",
    {
        "name": "offices",
        "version": 1,
        "locations": {"tokyo": ["100.64.2.0/24"], "asia": ["100.64.0.0/16", "2001:db8::/32"], "mars": ["10.0.0.0/8"]},
    },
)


def first(weights: Sequence[int]) -> int:
    """A draw that is no chance: the first that may be drawn."""
    return next(index for index, weight in enumerate(weights) if weight)


@pytest.fixture(scope="session")
def collection() -> CidrCollection:
    return COLLECTION


@pytest.fixture
def group(zone: Callable[..., dict[str, Any]]) -> Callable[[str], tuple[RecordSet, ...]]:
    return lambda text: Zone("Z1", zone(text)).group("app.example.test.", "A")


@pytest.fixture
def choose(planet: SmallPlanet) -> Callable[..., Decision]:
    """A decision as seen from a place ("atlantis" is nowhere); `sick` checks are unhealthy."""

    def chosen(
        records: Sequence[RecordSet], place: str = "paris", sick: Sequence[str] = (), draw: Any = first
    ) -> Decision:
        now = Circumstances(
            view=planet.viewpoint(place) if place != "atlantis" else Viewpoint(place=""),
            latency_ms=lambda region: planet.rtt_ms(place, region),
            unhealthy=frozenset(sick),
            choose=draw,
            distance_km=lambda at: planet.distance_km(place, at.places[0]) if at.places else None,
            collection=lambda name: COLLECTION if name == "C1" else None,
        )
        return decide(records, now, lambda r: f"{r.health_check} is ill" if r.health_check in now.unhealthy else None)

    return chosen
