"""A small planet and a small notation for zones.

app 60 A 198.18.1.10 | region=us-east-1 check=hc-us       a record set; names are relative to example.test.
www alias app | evaluate                                   an alias of type A in the same zone
w 60 A 192.0.2.1,192.0.2.2 | weight=10 id=blue             two values
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.dns.core import Authority
from sandbox.dns.values import Viewpoint
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


class SmallPlanet:
    """Stands in for geography's Atlas and AddressPlan."""

    def place(self, code: str) -> Spot:
        for spot in SPOTS:
            if spot.code == code:
                return spot
        raise unknown("place", code, [spot.code for spot in SPOTS], see="sandbox places")

    def rtt_ms(self, a: str, b: str) -> float:
        if b not in ROUND_TRIPS_MS:
            raise unknown("place", b, ROUND_TRIPS_MS, see="sandbox places")
        return float(ROUND_TRIPS_MS[b][a])

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
        elif key == "id":
            record["SetIdentifier"] = value
    routed = {"Weight", "Region", "Failover", "GeoLocation", "MultiValueAnswer"} & set(record)
    if routed and "SetIdentifier" not in record:
        record["SetIdentifier"] = options.strip()
    return record


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
        made = Authority(geography=planet, place_of=planet.place_of, dice=dice(seed, "dns:weighted"), speed=speed)
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
