"""A user's own table of latencies: CSV in, checked rows out; every complaint names the file and the line.

    from,to,rtt_ms,jitter_ms,loss
    paris,us-east-1,95.5,4,0.001
    us-east-1,eu-west-1,71

from, to: any two places (cities, regions, edge locations as edge:CDG); a place and itself is what is in between two
processes there. rtt_ms: the whole round trip, access included. jitter_ms (p90 - p50 of the round trip) and loss (0 to
1) may be left out. A row holds for both directions unless the other one has a row too: then both count half. Rows of
two measured regions replace the measurement, so estimates of places near them follow; all other rows are taken as they
are. Lines that start with # are comments.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from sandbox.kernel.errors import Refusal, bad_setting, did_you_mean

COLUMNS = ("from", "to", "rtt_ms", "jitter_ms", "loss")
NEEDED = 3
ROWS_MOST = 100_000
LONGEST_MS = 60_000.0


@dataclass(frozen=True, kw_only=True)
class OwnLatency:
    """One row. rtt_ms, jitter_ms: of the round trip; loss: 0 to 1."""

    rtt_ms: float
    jitter_ms: float = 0.0
    loss: float = 0.0


Table = dict[tuple[str, str], OwnLatency]


def read_own_latencies(path: Path, codes: Iterable[str]) -> Table:
    """The rows of a file by (from, to). codes: all places there are."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise bad_setting(f"latencies: {path}", f"cannot be read: {reason}") from error
    return parse_own_latencies(text, str(path), codes)


def parse_own_latencies(text: str, name: str, codes: Iterable[str]) -> Table:
    """The same of a text; `name` is what complaints call it."""
    known = {code.lower(): code for code in codes}
    table: Table = {}
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if _counts(line)]
    if not lines:
        raise bad_setting(name, f"it is empty; its first line must be {','.join(COLUMNS)}")
    header = tuple(word.strip() for word in _cells(lines[0][1]))
    if header != COLUMNS[: max(NEEDED, len(header))]:
        raise bad_setting(f"{name}, line {lines[0][0]}", f"the first line must be {','.join(COLUMNS)}")
    if len(lines) > ROWS_MOST:
        raise bad_setting(name, f"{len(lines) - 1} rows; {ROWS_MOST} are the most")
    for number, line in lines[1:]:
        where = f"{name}, line {number}"
        pair, row = _row(_cells(line), header, known, where)
        if pair in table:
            raise bad_setting(where, f"{pair[0]} to {pair[1]} is given twice")
        table[pair] = row
    return table


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _cells(line: str) -> Sequence[str]:
    return next(csv.reader([line]))


def _row(
    cells: Sequence[str], header: Sequence[str], known: Mapping[str, str], where: str
) -> tuple[tuple[str, str], OwnLatency]:
    if not NEEDED <= len(cells) <= len(header):
        raise bad_setting(where, f"{len(cells)} columns; needed are {','.join(header)}")
    given = dict(zip(header, (cell.strip() for cell in cells), strict=False))
    pair = (_place(given["from"], known, where), _place(given["to"], known, where))
    row = OwnLatency(
        rtt_ms=_number(given, "rtt_ms", LONGEST_MS, where),
        jitter_ms=_number(given, "jitter_ms", LONGEST_MS, where),
        loss=_number(given, "loss", 1.0, where),
    )
    return pair, row


def _place(word: str, known: Mapping[str, str], where: str) -> str:
    code = known.get(word.lower())
    if code is None:
        raise bad_setting(where, f"no place is called {word!r}.{did_you_mean(word, known)} See: sandbox places")
    return code


def _number(given: Mapping[str, str], column: str, most: float, where: str) -> float:
    text = given.get(column, "")
    if not text and column != "rtt_ms":
        return 0.0
    try:
        number = float(text)
    except ValueError:
        raise _bad_number(where, column, text, most) from None
    if not isfinite(number) or not 0 <= number <= most:
        raise _bad_number(where, column, text, most)
    return number


def _bad_number(where: str, column: str, text: str, most: float) -> Refusal:
    return bad_setting(where, f"{column} is {text!r}; it must be a number from 0 to {most:g}")


def both_directions(table: Mapping[tuple[str, str], OwnLatency]) -> Table:
    """Each row under both keys; where both directions have a row, their mean."""
    found: Table = {}
    for (src, dst), row in table.items():
        back = table.get((dst, src), row)
        mean = OwnLatency(
            rtt_ms=(row.rtt_ms + back.rtt_ms) / 2,
            jitter_ms=(row.jitter_ms + back.jitter_ms) / 2,
            loss=(row.loss + back.loss) / 2,
        )
        found[src, dst] = found[dst, src] = mean
    return found
