"""Routes: look at the planet from a place: dig, probe, the way, and how to stand there oneself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from sandbox.console.models import Dig, Looked, Name, PlaceCode, Probe, Probed, Standing, Way
from sandbox.console.places import Places, lines_to_copy
from sandbox.console.watch import Watch

MOST_BODY = 20_000  # characters of an answer that are shown
DEFAULT_URL = "http://app.example.test/"


def planet_routes(watch: Watch, places: Places) -> APIRouter:
    """Questions of somebody in a place."""
    routes = APIRouter(tags=["planet"])
    asking = watch.asking

    def standing(place: str | None) -> str:
        return places.check(place or str(asking.card["default_place"]))

    @routes.post("/dig", response_model=Looked)
    async def dig(question: Dig) -> dict[str, Any]:
        """What the resolver of a place answers, and why."""
        where = standing(question.place)
        found: dict[str, Any] = await asking.planet(
            "dig", name=question.name, rtype=question.type.upper(), place=where, trace=True
        )
        return found

    @routes.post("/probe", response_model=Probed)
    async def probe(visit: Probe) -> dict[str, Any]:
        """One request by somebody in a place, every stage timed."""
        where = standing(visit.place)
        url = visit.url if "://" in visit.url else f"http://{visit.url}"
        measured = await asking.visit(
            where, url, method=visit.method, headers=visit.headers, body=visit.body, timeout_s=visit.timeout_s
        )
        return {**asdict(measured), "body": measured.body.decode(errors="replace")[:MOST_BODY]}

    @routes.get("/way", response_model=Way)
    async def way(to: Annotated[Name, Query()], place: Annotated[PlaceCode | None, Query()] = None) -> dict[str, Any]:
        """The way to a name, an address or a place: segments, round trip, and what blocks it."""
        found = await asking.planet("traceroute", target=to, place=standing(place))
        segments = [
            {"kind": each["kind"], "src": each["from"], "dst": each["to"], "rtt_ms": each["rtt_ms"]}
            for each in found["segments"]
        ]
        return {**found, "segments": segments}

    @routes.get("/stand/{place}", response_model=Standing)
    async def stand(place: Annotated[PlaceCode, Path()], url: Annotated[Name, Query()] = DEFAULT_URL) -> dict[str, Any]:
        """Lines to copy, to stand in a place with curl or any program."""
        where = places.check(place)
        doors = {each["code"]: each["door"] for each in await asking.planet("places")}
        return {"place": where, "lines": lines_to_copy(where, asking.card, doors.get(where), url)}

    @routes.post("/stand/{place}/open", response_model=Standing)
    async def open_door(place: Annotated[PlaceCode, Path()]) -> dict[str, Any]:
        """Give a place a proxy port, a PAC file and a resolver port of its own, for browsers and dig."""
        where = places.check(place)
        door = await asking.planet("place_open", place=where)
        return {"place": where, "lines": lines_to_copy(where, asking.card, door, DEFAULT_URL)}

    return routes
