"""A drill as PNG, by matplotlib (which comes with the requirements of the tests, not of the demo)."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from benches.outages import COLOURS, Drill

BAR = 0.4  # of a city's row
INCHES_PER_CITY, WIDTH_INCHES = 0.28, 8.0


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def draw(drills: Sequence[Drill], path: Path) -> None:
    """All drills below each other."""
    import matplotlib

    matplotlib.use("Agg")  # no window
    from matplotlib import pyplot

    rows = [max(4, len(drill.cities)) for drill in drills]
    figure, axes = pyplot.subplots(
        len(drills),
        1,
        figsize=(WIDTH_INCHES, INCHES_PER_CITY * sum(rows) + 1.2 * len(drills)),
        height_ratios=rows,
        squeeze=False,
    )
    for axis, drill in zip(axes[:, 0], drills, strict=True):
        cities = list(reversed(drill.cities))
        for number, way in enumerate(drill.by_way):
            places = [row + BAR * (0.5 - number) for row in range(len(cities))]
            lengths = [drill.without_s(way, city) for city in cities]
            label = f"{way}: within {drill.bounds_s[way]:.1f} s"
            axis.barh(places, lengths, height=BAR, color=COLOURS[way], label=label)
            axis.axvline(drill.bounds_s[way], color=COLOURS[way], linestyle="--", linewidth=1)
        axis.set_yticks(range(len(cities)), cities)
        axis.set_xlabel("seconds without an answer")
        axis.set_title(drill.title, fontsize=10)
        axis.legend(loc="lower right", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
