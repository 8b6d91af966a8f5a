"""A report as one HTML file that opens without a network: plots as inline SVG, tables, light and dark. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from sandbox.drills.plots import LINES, Points, Span, plot
from sandbox.drills.report import Report
from sandbox.drills.values import OVERALL

MOST_ROWS = 200  # of a list of writes or reads; the JSON file has all
LIGHT = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#7a5c00", "#5b4fcf", "#333333", "#b00020")
DARK = ("#56b4e9", "#ff9f5a", "#4fd6a8", "#f0a3cb", "#f0e442", "#b3a8ff", "#dddddd", "#ff7b8a")
STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --soft: #667; --rule: #dde; --fault: #d0202022;
  --fault-words: #a01818; --good: #0a6b2e; --bad: #b00020; LIGHT }
@media (prefers-color-scheme: dark) { :root { --back: #14181d; --text: #e6e9ee; --soft: #9aa4b2; --rule: #2c343e;
  --fault: #ff606030; --fault-words: #ff9a9a; --good: #5fd38a; --bad: #ff7b8a; DARK } }
body { background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 960px; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.soft { color: var(--soft); } .held { color: var(--good); } .broken { color: var(--bad); font-weight: 600; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--rule); }
td.number, th.number { text-align: right; }
svg { width: 100%; height: auto; display: block; } svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
svg .grid { stroke: var(--rule); } svg .fault { fill: var(--fault); } svg .fault-words { fill: var(--fault-words); }
svg .line polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
.key span { display: inline-block; margin-right: 1.2rem; white-space: nowrap; }
.key i { display: inline-block; width: 1.1em; height: .25em; margin-right: .4em; vertical-align: middle; }
"""


def page_of(report: Report) -> str:
    """The whole file."""
    title = f"Drill {report['drill']}"
    seed = f"seed {report['seed']}, speed {report['speed']:g}, regions {', '.join(report['regions'])}"
    verdict = "All objectives held" if report["held"] else f"Not held: {', '.join(broken(report))}"
    return "\n".join(
        [
            f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{_style()}</style>\n</head>\n<body>",
            f'<h1>{escape(title)}</h1>\n<p class="soft">{escape(report["says"])}<br>{escape(seed)}</p>',
            f'<p class="{"held" if report["held"] else "broken"}">{escape(verdict)}</p>',
            *_sections(report),
            "</body>\n</html>\n",
        ]
    )


def broken(report: Report) -> list[str]:
    """The objectives that did not hold."""
    return [verdict["objective"] for verdict in report["objectives"] if not verdict["held"]]


def _style() -> str:
    colours = {
        name: "; ".join(f"--line-{number}: {colour}" for number, colour in enumerate(table)) + ";"
        for name, table in (("LIGHT", LIGHT), ("DARK", DARK))
    }
    lines = "".join(
        f".line-{number} {{ stroke: var(--line-{number}); fill: var(--line-{number}); }}\n"
        f".key .line-{number} {{ background: var(--line-{number}); }}\n"
        for number in range(LINES)
    )
    return STYLE.replace("LIGHT", colours["LIGHT"]).replace("DARK", colours["DARK"]) + lines


def _sections(report: Report) -> Iterable[str]:
    yield _table(
        "Objectives",
        ("objective", "limit", "measured", ""),
        [
            (v["objective"], v["limit"], v["measured"], "held" if v["held"] else "NOT HELD")
            for v in report["objectives"]
        ],
    )
    yield from _pictures(report)
    yield _table("Cities", ("city", "availability %", "sent", "p50 ms", "p99 ms", "errors"), _city_rows(report))
    yield _table("Requests per region", ("region", "requests"), list(report["requests_of_regions"].items()))
    yield _table(
        "RTO: from the fault to the last failing request",
        ("fault", "at s", "city", "RTO s", "failed"),
        [(e["fault"], f"{e['at_s']:.1f}", e["city"], f"{e['rto_s']:.1f}", e["errors"]) for e in report["rto"]],
    )
    yield _table(
        "RPO: acknowledged, and not in the other region's replica just before the fault was healed",
        ("fault", "written in", "not in", "writes", "RPO s"),
        [(e["fault"], e["region"], e["other"], len(e["writes"]), f"{e['rpo_s']:.2f}") for e in report["rpo"]],
    )
    yield _table(
        "Calls during the run",
        ("at s", "call", "expected", "got"),
        [(c["at_s"], c["says"], c["expected"] or "succeeds", c["error"] or "succeeded") for c in report["calls"]],
    )
    yield _table(
        f"Lost writes: {len(report['lost_writes'])}",
        ("write", "at s", "city", "region", "item", "why"),
        [
            (e["number"], f"{e['at_s']:.1f}", e["city"], e["region"], e["key"], e["why"])
            for e in report["lost_writes"][:MOST_ROWS]
        ],
    )
    yield _table(
        f"Stale reads: {len(report['stale_reads'])}",
        ("at s", "city", "region", "item", "found", "newest", "behind s"),
        [
            (f"{e['at_s']:.1f}", e["city"], e["region"], e["key"], e["found"], e["newest"], f"{e['behind_s']:.2f}")
            for e in report["stale_reads"][:MOST_ROWS]
        ],
    )


def _pictures(report: Report) -> Iterable[str]:
    spans = [Span(from_s=f["at_s"], until_s=f["until_s"], words=f["fault"]) for f in report["faults"]]
    available: dict[str, Points] = {}
    slowest: dict[str, Points] = {}
    for city, seconds in report["seconds"].items():
        available[city] = [(s["second"] + 0.5, 100 * s["ok"] / s["sent"]) for s in seconds]
        slowest[city] = [(s["second"] + 0.5, s["p99_ms"]) for s in seconds]
    top_ms = max((ms for points in slowest.values() for _, ms in points if ms is not None), default=0.0)
    length_s = report["length_s"]
    key = "".join(
        f'<span><i class="line-{number % LINES}"></i>{escape(city)}</span>' for number, city in enumerate(available)
    )
    yield f'<h2>Availability per city, %</h2>\n<p class="key">{key}</p>'
    yield plot("availability per city, percent", available, spans, length_s=length_s, top=100)
    yield "<h2>Latency per city, p99 of the answers of each second, ms</h2>"
    yield plot("latency per city, milliseconds", slowest, spans, length_s=length_s, top=round_up(top_ms))


def round_up(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten, times four ticks."""
    size = 1.0
    while size * 10 <= value:
        size *= 10
    return next(size * step for step in (1, 2, 4, 6, 8, 10, 20) if size * step >= value)


def _city_rows(report: Report) -> list[tuple[Any, ...]]:
    return [
        (
            "all" if city == OVERALL else city,
            f"{figures['availability'] * 100:.2f}",
            figures["sent"],
            _ms(figures["p50_ms"]),
            _ms(figures["p99_ms"]),
            ", ".join(f"{count} {error}" for error, count in figures["errors"].items()),
        )
        for city, figures in report["cities"].items()
    ]


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table under its title; nothing when there are no rows."""
    if not rows:
        return "" if not title.endswith(": 0") else f"<h2>{escape(title)}</h2>"
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "\n".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return f'<h2>{escape(title)}</h2>\n<div class="scroll"><table><tr>{head}</tr>\n{body}</table></div>'


def _cell(cell: Any) -> str:
    state = {"held": "held", "NOT HELD": "broken"}.get(str(cell), "")
    return f"<td{f' class={state!r}' if state else ''}>{escape(str(cell))}</td>"
