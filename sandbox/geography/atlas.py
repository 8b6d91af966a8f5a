"""The atlas: every place by its code, and the way between any two.

In: codes as people write them. Out: `Place`s, `Path`s, round trips in ms, distances in km. Every room asks here and
nobody else computes a distance or a latency; `network` asks `rtt_ms` for each connection, so a known pair is one
dictionary lookup. The tables are handed in: `Atlas.load` reads ours, a test or a user may bring others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from sandbox.geography import places
from sandbox.geography.detours import way_round
from sandbox.geography.latency import LatencyModel, RoundTrips, both_ways, distance_km, point_distance_km
from sandbox.geography.own_latencies import OwnLatency, both_directions, read_own_latencies
from sandbox.geography.values import Country, Place, Subdivision
from sandbox.geography.values import Path as Way
from sandbox.kernel.errors import unknown


class Atlas:
    """Places, and the paths between them. cities, regions and edges keep the order of their files."""

    def __init__(
        self,
        *,
        cities: Mapping[str, Place],
        regions: Mapping[str, Place],
        edges: Mapping[str, Place],
        round_trips: RoundTrips,
        countries: Mapping[str, Country],
        subdivisions: Mapping[str, Subdivision],
        spreads: RoundTrips | None = None,
        own: Mapping[tuple[str, str], OwnLatency] | None = None,
    ) -> None:
        """round_trips: ms by (region, region), one or both directions; every region in it becomes a hub.

        spreads: p90 - p50 in the same manner. own: the user's rows, one or both directions; they win.
        """
        self.cities = MappingProxyType(dict(cities))
        self.regions = MappingProxyType(dict(regions))
        self.edges = MappingProxyType(dict(edges))
        self.countries = MappingProxyType(dict(countries))
        self.subdivisions = MappingProxyType(dict(subdivisions))
        measured = {code for pair in round_trips for code in pair}
        own = both_directions(own or {})
        between_hubs = {pair: row.rtt_ms for pair, row in own.items() if pair in round_trips}
        self.model = LatencyModel(
            hubs=tuple(region for code, region in self.regions.items() if code in measured),
            round_trips=both_ways({**round_trips, **between_hubs}),
            edges=tuple(self.edges.values()),
            spreads=both_ways(spreads or {}),
            own=own,
        )
        self._places = {**self.cities, **self.regions, **self.edges}
        self._codes = {code.lower(): code for code in self._places}
        # At most one entry per pair of places, since only codes of the atlas become keys.
        self._rtt_ms: dict[tuple[str, str], float] = {}
        self._edges_by_distance: dict[str, tuple[str, ...]] = {}
        self._areas: dict[str, tuple[str, ...]] = {}

    @classmethod
    def load(cls, *, extra_cities: Sequence[Place] = (), latencies: str | Path | None = None) -> Atlas:
        """The atlas from our data files, the user's own cities and own table of latencies (a CSV file).

        An own city with a known code replaces that city, for instance to give Paris a slower line. Its
        continent_code may be "": it follows from the country.
        """
        countries, subdivisions = places.read_countries(), places.read_subdivisions()
        regions, cities = places.read_regions(), places.read_cities()
        cities = places.with_extra_cities(
            cities, extra_cities, countries=countries, subdivisions=subdivisions, regions=regions
        )
        edges = places.read_edges()
        own = {} if latencies is None else read_own_latencies(Path(latencies), [*cities, *regions, *edges])
        return cls(
            cities=cities,
            regions=regions,
            edges=edges,
            round_trips=places.read_round_trips(),
            countries=countries,
            subdivisions=subdivisions,
            spreads=places.read_spreads(),
            own=own,
        )

    def place(self, code: str) -> Place:
        """The place of this code, in any case and with spaces for hyphens ("New York"); a Refusal if there is none."""
        place = self._places.get(code)
        if place is not None:
            return place
        written = "-".join(code.lower().replace("_", " ").split())
        if written not in self._codes:
            raise unknown("place", code, self._codes, see="sandbox places", status=404)
        return self._places[self._codes[written]]

    def path(self, a: str, b: str) -> Way:
        """The segments between two places, in the order of travel; how they are found is told in latency.py."""
        return self.model.path(self.place(a), self.place(b))

    def rtt_ms(self, a: str, b: str) -> float:
        """Round trip of an empty packet without faults, in ms; the same in both directions."""
        rtt_ms = self._rtt_ms.get((a, b))
        return self._first_rtt_ms(a, b) if rtt_ms is None else rtt_ms

    def _first_rtt_ms(self, a: str, b: str) -> float:
        src, dst = self.place(a), self.place(b)
        rtt_ms = self._rtt_ms.get((src.code, dst.code))
        if rtt_ms is None:
            rtt_ms = self.model.path(src, dst).rtt_ms
            self._rtt_ms[src.code, dst.code] = self._rtt_ms[dst.code, src.code] = rtt_ms
        return rtt_ms

    def nearest_edge(self, place: str) -> str:
        """The code of the edge location nearest by distance: the one whose CloudFront and anycast users get here."""
        return self.edges_by_distance(place)[0]

    def edges_by_distance(self, place: str) -> tuple[str, ...]:
        """All edge locations, the nearest to a place first: whom anycast would bring it to, one after the other."""
        here = self.place(place)
        found = self._edges_by_distance.get(here.code)
        if found is None:
            edges = sorted(self.edges.values(), key=lambda edge: (distance_km(here, edge), edge.code != here.code))
            found = self._edges_by_distance[here.code] = tuple(edge.code for edge in edges)
        return found

    def quality(self, a: str, b: str) -> tuple[float, float]:
        """Jitter in ms (p90 - p50 of the round trip) and loss (0 to 1) of the path between two places."""
        path = self.path(a, b)
        return path.jitter_ms, path.loss

    def own_quality(self, a: str, b: str) -> tuple[float, float]:
        """The same, but only as far as the user's own table says it."""
        own = self.model.own.get((a, b))
        return (0.0, 0.0) if own is None else (own.jitter_ms, own.loss)

    def way_round(self, a: str, b: str, is_severed: Callable[[str, str], bool]) -> tuple[float, tuple[str, ...]] | None:
        """The shortest way on the backbone that crosses no severed line: round trip in ms and the regions it passes."""
        hubs = [hub.code for hub in self.model.hubs]
        return way_round(a, b, hubs, self.rtt_ms, is_severed)

    def areas(self, place: str) -> tuple[str, ...]:
        """What a place on AWS's network is part of: itself, the area of the measured region nearest to it, its
        continent. Cities are not on that network, so they have none."""
        known = self._areas.get(place)
        if known is None:  # a detour asks for all places again and again
            here = self.place(place)
            on_it = () if here.kind == "city" else (here.code, self.model.hub(here).code, here.continent_code)
            known = self._areas[place] = on_it
        return known

    def distance_km(self, a: str, b: str) -> float:
        """Great-circle distance in km."""
        return distance_km(self.place(a), self.place(b))

    def distance_to_point_km(self, a: str, latitude: float, longitude: float) -> float:
        """Great-circle distance in km from a place to a point in degrees."""
        return point_distance_km(self.place(a), latitude, longitude)
