"""The places of the map, and the lines that let one stand there. Pure.

In: atlas, address plan, card. Out: plain values for the API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.geography.values import Place
from sandbox.kernel.errors import unknown

SEE = "GET /api/v1/places, or: sandbox places"


class Places:
    """Every place of one sandbox. regions: codes of those that it has."""

    def __init__(self, atlas: Atlas, plan: AddressPlan, regions: Sequence[str]) -> None:
        self.plan = plan
        self._atlas = atlas
        self._regions = tuple(regions)
        self._all: list[dict[str, Any]] = []

    def all(self) -> list[dict[str, Any]]:
        """Regions, cities and edge locations; made when first asked for."""
        if not self._all:
            atlas = self._atlas
            for place in (*atlas.regions.values(), *atlas.cities.values(), *atlas.edges.values()):
                self._all.append(self._told(place))
        return self._all

    def _told(self, place: Place) -> dict[str, Any]:
        runs = place.code in self._regions
        is_edge = place.kind == "edge"
        return {
            "code": place.code,
            "kind": place.kind,
            "name": place.name,
            "country": place.country_code,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "runs": runs,
            "subnet": None if is_edge else self.plan.client_subnet(place.code),
            "address": self.plan.region_address(place.code, "app") if runs else None,
            "rtt_ms": {}
            if is_edge
            else {code: round(self._atlas.rtt_ms(place.code, code), 1) for code in self._regions},
        }

    def check(self, given: str) -> str:
        """The code of a city or a region; a Refusal with near matches."""
        known = [*self._atlas.cities, *self._atlas.regions]
        written = "-".join(given.lower().replace("_", " ").split())
        code = next((code for code in known if code.lower() == written), None)
        if code is None:
            raise unknown("place", given, known, see=SEE)
        return code

    def owner_of(self, address: str) -> str | None:
        """Whose address it is."""
        return self.plan.place_of(address) if address else None


def lines_to_copy(place: str, card: Mapping[str, Any], door: Mapping[str, Any] | None, url: str) -> dict[str, str]:
    """How to stand in a place, by tool. door: of `place_open`, when it has one."""
    ports = card["ports"]
    host = url.partition("://")[2].partition("/")[0].partition(":")[0]
    lines = {
        "curl": f"curl -x http://{place}:x@localhost:{ports['proxy']} {url}",
        "curl, SOCKS": f"curl --proxy socks5h://{place}:x@localhost:{ports['proxy']} {url}",
        "sandbox": f"sandbox curl {url} --from {place}",
        "why": f"sandbox dig {host} --from {place} --trace",
        "any program": f'eval "$(sandbox env --from {place})"',
    }
    if door is not None:
        lines["browser: PAC file"] = str(door["pac_url"])
        lines["dig"] = f"dig @127.0.0.1 -p {door['dns_port']} {host}"
    return lines
