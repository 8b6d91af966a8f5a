"""From visits to outages, and from outages to a table and a picture in HTML. Pure; the picture in PNG is drawn.py's.

In: visits (place, started_at_s, ok). Out: for each city how long it was without an answer, when the last error came,
and text. A city is without an answer from its first failing visit until two good ones in a row; what fails after that
is counted as later failures: on a busy machine a visit may be too slow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Protocol

BAR_PX, GAP_PX, LEFT_PX, WIDTH_PX, TOP_PX = 9, 8, 110, 640, 40
COLOURS = {"DNS": "#7a8ba3", "accelerator": "#e07b39"}


class Visit(Protocol):
    """What is needed of a `Measured`."""

    @property
    def place(self) -> str: ...
    @property
    def started_at_s(self) -> float: ...
    @property
    def ok(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Outage:
    """Of one city by one way. without_s: without an answer; last_error_s: of that time, after the fault; failed: visits
    in that time; later: visits that failed after it."""

    without_s: float
    last_error_s: float
    failed: int
    later: int = 0


def outage_of(visits: Iterable[Visit], city: str, since_s: float) -> Outage:
    """From a fault on. Until the end of what was seen, if no good visit came any more."""
    own = sorted(
        (visit.started_at_s, visit.ok) for visit in visits if visit.place == city and visit.started_at_s >= since_s
    )
    failed = [at_s for at_s, ok in own if not ok]
    if not failed:
        return Outage(without_s=0.0, last_error_s=0.0, failed=0)
    good = (at_s for (at_s, ok), (_, next_ok) in pairwise(own) if ok and next_ok and at_s > failed[0])
    good_again = next(good, own[-1][0])
    meanwhile = [at_s for at_s in failed if at_s <= good_again]
    return Outage(
        without_s=good_again - failed[0],
        last_error_s=meanwhile[-1] - since_s,
        failed=len(meanwhile),
        later=len(failed) - len(meanwhile),
    )


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One region lost. by_way: outages by way, then city. bounds_s: of each way, what its own detection allows. notes:
    sentences below the table."""

    title: str
    by_way: Mapping[str, Mapping[str, Outage]]
    bounds_s: Mapping[str, float]
    notes: Sequence[str]

    @property
    def cities(self) -> list[str]:
        """Those that were hit by either way, the longest outage first."""
        hit = {city for outages in self.by_way.values() for city, outage in outages.items() if outage.failed}
        return sorted(hit, key=lambda city: (-max(self.without_s(way, city) for way in self.by_way), city))

    def without_s(self, way: str, city: str) -> float:
        """Of a city by a way."""
        outage = self.by_way[way].get(city)
        return 0.0 if outage is None else outage.without_s


def text_table(drill: Drill) -> str:
    """For the terminal."""
    ways = list(drill.by_way)
    lines = [drill.title, f"  {'city':14}" + "".join(f"{way + ' s':>16}" for way in ways)]
    for city in drill.cities:
        lines.append(f"  {city:14}" + "".join(f"{drill.without_s(way, city):16.1f}" for way in ways))
    return "\n".join([*lines, *(f"  {note}" for note in drill.notes)])


def page(drills: Sequence[Drill]) -> str:
    """All drills as one HTML page with pictures in SVG; nothing is loaded from elsewhere."""
    parts = [
        f"<h2>{escape(drill.title)}</h2>{picture(drill)}{html_table(drill)}"
        + "".join(f"<p>{escape(note)}</p>" for note in drill.notes)
        for drill in drills
    ]
    style = (
        "body{font-family:sans-serif;margin:2em}td,th{padding:2px 12px;text-align:right}td:first-child{text-align:left}"
    )
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>A region lost</title><style>{style}</style>'
    return f"{head}<h1>A region lost: seconds without an answer</h1>{''.join(parts)}</html>\n"


def html_table(drill: Drill) -> str:
    """The figures."""
    ways = list(drill.by_way)
    head = "".join(f"<th>{escape(way)} s</th>" for way in ways)
    rows = "".join(
        f"<tr><td>{escape(city)}</td>" + "".join(f"<td>{drill.without_s(way, city):.1f}</td>" for way in ways) + "</tr>"
        for city in drill.cities
    )
    return f"<table><tr><th>city</th>{head}</tr>{rows}</table>"


def picture(drill: Drill) -> str:
    """A bar for each city and way; a line where each way's own detection ends."""
    ways, cities = list(drill.by_way), drill.cities
    longest_s = max([*(drill.without_s(way, city) for way in ways for city in cities), *drill.bounds_s.values(), 1.0])
    scale = (WIDTH_PX - LEFT_PX - 20) / longest_s
    row_px = len(ways) * BAR_PX + GAP_PX
    height = TOP_PX + row_px * len(cities) + 20
    shapes = []
    for number, city in enumerate(cities):
        top = TOP_PX + number * row_px
        shapes.append(f'<text x="{LEFT_PX - 6}" y="{top + row_px / 2}" text-anchor="end">{escape(city)}</text>')
        for place, way in enumerate(ways):
            without_s = drill.without_s(way, city)
            shapes.append(
                f'<rect x="{LEFT_PX}" y="{top + place * BAR_PX}" width="{without_s * scale:.1f}" height="{BAR_PX}" '
                f'fill="{COLOURS[way]}"><title>{escape(city)}, {escape(way)}: {without_s:.1f} s</title></rect>'
            )
    for place, way in enumerate(ways):
        x, bound_s = LEFT_PX + drill.bounds_s[way] * scale, drill.bounds_s[way]
        shapes.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP_PX}" y2="{height - 20}" stroke="{COLOURS[way]}" '
            f'stroke-dasharray="4 3"/><text x="{LEFT_PX}" y="{14 + 14 * place}" fill="{COLOURS[way]}">'
            f"{escape(way)}: within {bound_s:.1f} s</text>"
        )
    return f'<svg width="{WIDTH_PX}" height="{height}" font-family="sans-serif" font-size="11">{"".join(shapes)}</svg>'
