"""Routes: the journal as a list and as a stream, and the live stream that the console draws."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.responses import StreamingResponse

from sandbox.console.chronicle import Wanted
from sandbox.console.models import Events
from sandbox.console.watch import Watch

Kinds = Annotated[str, Query(max_length=1000, description="Only these, separated by commas: fault_injected,refused")]
About = Annotated[str, Query(max_length=1000, description="Only events that name all of these: eu-west-1,us-east-1")]
With = Annotated[bool, Query(description="With the events of each request (connected, served, looked_up, ...)")]
After = Annotated[str, Query(max_length=100, description="The id of an event: only later ones")]
LastSeen = Annotated[str, Header(alias="Last-Event-ID", max_length=100)]
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Server-sent events"}
}


class EventStream(StreamingResponse):
    """An answer that has no end."""

    media_type = "text/event-stream"


def event_routes(watch: Watch) -> APIRouter:
    """What happened, and what happens."""
    routes = APIRouter(tags=["events"])

    def wanted_of(kinds: str, about: str, traffic: bool) -> Wanted:
        return Wanted(kinds=frozenset(_words(kinds)), about=tuple(_words(about)), traffic=traffic)

    @routes.get("/events", response_model=Events)
    async def events(
        kinds: Kinds = "",
        about: About = "",
        traffic: With = True,
        after: After = "",
        limit: Annotated[int, Query(ge=1, le=2000)] = 200,
    ) -> dict[str, Any]:
        """The newest events, or with `after` the next ones; oldest first."""
        wanted = wanted_of(kinds, about, traffic)
        number = watch.number_in(after) if after else None
        if number is None:
            found = watch.chronicle.newest_of(wanted, limit)
        else:
            found = watch.chronicle.after(number, wanted, limit)
        lost = number is not None and watch.chronicle.lost_since(number)
        return {"events": [watch.plain(entry) for entry in found], "lost": lost}

    @routes.get("/events/stream", response_class=EventStream, responses=STREAM)
    async def stream(
        kinds: Kinds = "", about: About = "", traffic: With = True, after: After = "", last_event_id: LastSeen = ""
    ) -> EventStream:
        """Each event as it comes. A reader that comes back with `Last-Event-ID` (browsers do by themselves) or `after`
        misses none that is still kept; `event: lost` says so otherwise. Without either, only new ones are sent."""
        since = last_event_id or after
        number = watch.number_in(since) if since else watch.chronicle.newest
        return EventStream(
            watch.follow(number, wanted_of(kinds, about, traffic)), headers={"Cache-Control": "no-store"}
        )

    @routes.get("/live", response_class=EventStream, responses=STREAM)
    async def live() -> EventStream:
        """A few messages a second, put together for drawing: hello, traffic, latency, state, story (see
        sandbox/console/README.md)."""
        return EventStream(watch.stream(), headers={"Cache-Control": "no-store"})

    return routes


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
