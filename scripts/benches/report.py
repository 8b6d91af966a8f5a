"""From the figures of several runs to medians, a table and JSON. Pure; standard library only.

In: a list of figures for each run. Out: a `Row` for each name, in order of first mention; text for the terminal; plain
values for the JSON file. A row is met when its median is.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benches.values import Figure, Wants

HEADINGS = ("", "target", "median", "min - max", "")
RIGHT = (1, 2, 3)  # columns of numbers


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measure over all runs. met: None when nothing was asked of it, or nothing measured; then why says why."""

    name: str
    unit: str
    values: tuple[float, ...]
    wants: Wants
    target: float | None
    why: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        if self.target is None or self.why:
            return None
        return self.median >= self.target if self.wants == "at least" else self.median <= self.target

    def as_record(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "unit": self.unit,
            "wants": self.wants if self.target is not None else None,
            "target": self.target,
            "median": finite(self.median),
            "min": finite(min(self.values)),
            "max": finite(max(self.values)),
            "runs": [finite(value) for value in self.values],
            "met": self.met,
            **({"why_not": self.why} if self.why else {}),
        }


def rows_of(runs: Sequence[Sequence[Figure]]) -> list[Row]:
    """One row for each name; a figure that a run lacks is left out of that row."""
    by_name: dict[str, list[Figure]] = {}
    for run in runs:
        for figure in run:
            by_name.setdefault(figure.name, []).append(figure)
    return [
        Row(
            name=name,
            unit=figures[0].unit,
            values=tuple(figure.value for figure in figures),
            wants=figures[0].wants,
            target=figures[0].target,
            why=next((figure.why for figure in figures if figure.why), ""),
        )
        for name, figures in by_name.items()
    ]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that is not below `percent` of them (nearest rank)."""
    if not values:
        raise ValueError("no values")
    rank = math.ceil(percent / 100 * len(values))
    return sorted(values)[max(0, rank - 1)]


def finite(value: float) -> float | None:
    """JSON has no NaN."""
    return value if math.isfinite(value) else None


def number(value: float) -> str:
    """Three digits that count; thousands apart."""
    if not math.isfinite(value):
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def cells(row: Row) -> tuple[str, ...]:
    """One line of the table."""
    sign = ">=" if row.wants == "at least" else "<="
    asked = f"{sign} {number(row.target)}" if row.target is not None else ""
    spread = f"{number(min(row.values))} - {number(max(row.values))}" if len(row.values) > 1 else ""
    verdict = {True: "met", False: "MISSED", None: ""}[row.met]
    return (f"{row.name}, {row.unit}", asked, number(row.median), spread, row.why or verdict)


def table(title: str, rows: Sequence[Row]) -> str:
    """Target beside measured, for the terminal."""
    lines = [(title, *HEADINGS[1:]), *(cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(
            text.rjust(width) if column in RIGHT else text.ljust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def record(machine: Mapping[str, Any], benches: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """What the JSON file holds."""
    return {
        "machine": dict(machine),
        "benches": {name: [row.as_record() for row in rows] for name, rows in benches.items()},
    }
