"""Visits as a timeline, one row a second. Pure.

In: visits with their start, the second that counts as 0, regions. Out: `Second`s, and rows as coloured pieces of text:

     7 s  uuuuuuuuuuxxxxxxxxxxaaaaaaaaaa  us-east-1 10  eu-west-1 0  ap-northeast-1 10  errors 10 (refused)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor
from typing import Any

from sandbox.serving.measured import Measured

ERROR_MARK, ERROR_STYLE = "x", "bold red"
STYLES = ("blue", "green", "magenta", "cyan", "yellow")

Piece = tuple[str, str]  # text, style


@dataclass(frozen=True, kw_only=True)
class Second:
    """All visits that started in one second. answers: by region; errors: by kind."""

    second: int
    answers: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)

    def as_figures(self) -> dict[str, Any]:
        """For --json."""
        return {"second": self.second, "answers": dict(self.answers), "errors": dict(self.errors)}


def second_of(at_s: float, origin_s: float) -> int:
    """Which second a moment belongs to."""
    return floor(at_s - origin_s)


def seconds_of(visits: Iterable[Measured], origin_s: float) -> dict[int, Second]:
    """Every second that has visits."""
    by_second: dict[int, list[Measured]] = {}
    for visit in visits:
        by_second.setdefault(second_of(visit.started_at_s, origin_s), []).append(visit)
    return {second: one_second(second, by_second[second]) for second in sorted(by_second)}


def one_second(second: int, visits: Iterable[Measured]) -> Second:
    """Count what became of visits."""
    visits = list(visits)
    return Second(
        second=second,
        answers=dict(Counter(visit.served_by or "unknown" for visit in visits if visit.ok)),
        errors=dict(Counter(visit.error or f"status {visit.status}" for visit in visits if not visit.ok)),
    )


def style_of(region: str, regions: Sequence[str]) -> str:
    """A region's colour, the same everywhere."""
    return STYLES[regions.index(region) % len(STYLES)] if region in regions else ""


def row(second: Second, regions: Sequence[str], notes: Sequence[str] = ()) -> list[Piece]:
    """One row: a mark for each visit, counts, and what happened in that second."""
    pieces: list[Piece] = [(f"{second.second:4d} s  ", "")]
    width = 0
    for region in regions:
        pieces.append((region[0] * second.answers.get(region, 0), style_of(region, regions)))
        width += second.answers.get(region, 0)
    failed = sum(second.errors.values())
    pieces.append((ERROR_MARK * failed, ERROR_STYLE))
    pieces.append((" " * max(1, 32 - width - failed), ""))
    pieces += [(f"{region} {second.answers.get(region, 0):<3d} ", style_of(region, regions)) for region in regions]
    if failed:
        pieces.append((f"errors {failed} ({', '.join(sorted(second.errors))}) ", ERROR_STYLE))
    pieces += [(f" <- {note}", "bold") for note in notes]
    return pieces


def legend(regions: Sequence[str]) -> list[Piece]:
    """What the marks mean."""
    pieces: list[Piece] = [("        one mark a visit: ", "dim")]
    pieces += [(f"{region[0]} {region}  ", style_of(region, regions)) for region in regions]
    return [*pieces, (f"{ERROR_MARK} error", ERROR_STYLE)]
