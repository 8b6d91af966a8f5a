"""Lines over time as SVG, with the faults drawn in. Pure: numbers in, text out.

Colours are CSS variables of the page around it, so that one picture serves light and dark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 900, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 30, 26
LINES = 8  # colours of the page: --line-0 to --line-7
TICKS = 4
MOST_MOMENTS = 10  # on the axis of time
WORDS_EVERY = 12  # pixels between two words of faults that begin together
LABEL_WIDTH = 6.4  # of a letter, at 11 px

Points = Sequence[tuple[float, float | None]]


@dataclass(frozen=True, kw_only=True)
class Span:
    """A fault: from, to, and what it is called."""

    from_s: float
    until_s: float
    words: str


def plot(title: str, lines: Mapping[str, Points], spans: Sequence[Span], *, length_s: float, top: float) -> str:
    """One picture. lines: name -> (second, value), None where there is none; top: the greatest value shown."""
    top = top or 1.0
    length_s = max(length_s, 1.0)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        *(_span(span, length_s, number) for number, span in enumerate(spans)),
        *_grid(length_s, top),
        *(_line(name, points, number, length_s, top) for number, (name, points) in enumerate(lines.items())),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


def x_of(second: float, length_s: float) -> float:
    """Pixels from the left."""
    return round(LEFT + (WIDTH - LEFT - RIGHT) * min(max(second / length_s, 0.0), 1.0), 1)


def y_of(value: float, top: float) -> float:
    """Pixels from the top."""
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(max(value / top, 0.0), 1.0), 1)


def _span(span: Span, length_s: float, number: int) -> str:
    x, end = x_of(span.from_s, length_s), x_of(span.until_s, length_s)
    words = escape(span.words)
    at_end = x + len(span.words) * LABEL_WIDTH > WIDTH
    anchor, where = ("end", WIDTH - RIGHT) if at_end else ("start", x + 3)
    return (
        f'<rect class="fault" x="{x}" y="{TOP}" width="{max(end - x, 1):.1f}" height="{HEIGHT - TOP - BOTTOM}">'
        f"<title>{words}: {span.from_s:.1f} s to {span.until_s:.1f} s</title></rect>"
        f'<text class="fault-words" x="{where}" y="{TOP - 18 + WORDS_EVERY * (number % 2)}" '
        f'text-anchor="{anchor}">{words}</text>'
    )


def _grid(length_s: float, top: float) -> list[str]:
    found = []
    for number in range(TICKS + 1):
        value = top * number / TICKS
        y = y_of(value, top)
        found.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        found.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{value:g}</text>')
    for second in moments(length_s):
        x = x_of(second, length_s)
        anchor = "end" if second == length_s else "middle"
        found.append(f'<text x="{x}" y="{HEIGHT - 8}" text-anchor="{anchor}">{second:g} s</text>')
    return found


def moments(length_s: float) -> list[int]:
    """Whole seconds for the axis, at most MOST_MOMENTS of them."""
    step = next(
        size * power for power in (1, 10, 100, 1000) for size in (1, 2, 5) if length_s / (size * power) < MOST_MOMENTS
    )
    return list(range(0, int(length_s) + 1, step))


def _line(name: str, points: Points, number: int, length_s: float, top: float) -> str:
    """A line with a gap where there is no value."""
    pieces: list[list[str]] = [[]]
    for second, value in points:
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append(f"{x_of(second, length_s)},{y_of(value, top)}")
    drawn = [
        f'<polyline points="{" ".join(piece)}"/>'
        if len(piece) > 1
        else f'<circle cx="{piece[0].split(",")[0]}" cy="{piece[0].split(",")[1]}" r="2"/>'
        for piece in pieces
        if piece
    ]
    if not drawn:
        return ""
    return f'<g class="line line-{number % LINES}"><title>{escape(name)}</title>{"".join(drawn)}</g>'
