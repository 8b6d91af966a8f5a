"""What the commands print: JSON, tables, refusals. Rich is imported only when there is a table to draw.

On a terminal tables have colours and fit its width; into a file or a pipe they are plain and as wide as they need.
stdout carries answers, stderr one line `sandbox: ...` for each refusal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sandbox.kernel.errors import Refusal

if TYPE_CHECKING:
    from rich.table import Table

FAILED = 1
USAGE = 2
INTERRUPTED = 130
WIDE = 500  # columns of a file or a pipe: no line is broken there
USAGE_CODES = ("BadDuration", "BadFault", "BadRequest", "BadSetting", "BadUrl", "Usage")


def exit_code(refusal: Refusal) -> int:
    """2 for what was written wrong on the command line, 1 for everything else."""
    wrong = refusal.code in USAGE_CODES or refusal.code.startswith("Unknown")
    return USAGE if wrong else FAILED


def complain(message: str) -> None:
    """One line on stderr."""
    print(f"sandbox: {' '.join(message.split())}", file=sys.stderr, flush=True)


def show_json(value: Any) -> None:
    """Plain JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def say(line: str) -> None:
    """A line of plain text, at once: progress is no use later."""
    print(line, flush=True)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """A table; right: the columns with numbers."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, style=style_of(cell)) for cell in row))
    _draw(table)


def _draw(table: Table) -> None:
    from rich.console import Console

    if sys.stdout.isatty():
        Console(highlight=False, emoji=False).print(table)
        return
    console = Console(highlight=False, emoji=False, width=WIDE, color_system=None)
    with console.capture() as drawn:
        console.print(table)
    for line in drawn.get().splitlines():
        print(line.rstrip())


def show_markdown(text: str) -> None:
    """A text of ours: drawn on a terminal, as it is into a file or a pipe."""
    if not sys.stdout.isatty():
        print(f"{text.strip()}\n", flush=True)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(highlight=False, emoji=False).print(Markdown(text))


GOOD, BAD, SOSO = "green", "bold red", "yellow"
STYLES = {
    "running": GOOD,
    "ok": GOOD,
    "failed": BAD,
    "stopped by fault": BAD,
    "frozen": BAD,
    "isolated": BAD,
    "restarting": SOSO,
    "starting": SOSO,
    "optional": SOSO,
}


def style_of(cell: str) -> str:
    """The colour of a cell that is a state."""
    return STYLES.get(cell, "")


def clock_time(at_s: float) -> str:
    """Time of day here, to the millisecond."""
    return datetime.fromtimestamp(at_s, tz=UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]


def milliseconds(value: float | None) -> str:
    """A duration in a table."""
    return "-" if value is None else f"{value:.1f} ms"
