"""What people see: titles, aws CLI lines, tables, timeline rows, claims. The only file of this room that imports Rich.

In: words and values. Out: a terminal in colour, plain text elsewhere; with --json nothing on stdout, and on stderr
only where the demo is, if that is a terminal.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.demo.timeline import Piece
from sandbox.demo.values import Claim

if TYPE_CHECKING:
    from rich.console import Console

KEY_WORDS = "any key for the next act"
KEY_BYTES = 64  # a key may be several
PLAIN_WIDTH = 120  # columns where there is no terminal to ask


class Screen:
    """Shows the demo. as_json: the figures are wanted, not the show. may_pause: wait for a key between acts."""

    def __init__(self, *, as_json: bool = False, may_pause: bool = False) -> None:
        stream = sys.stderr if as_json else sys.stdout
        self._shows = not as_json
        self._console = console_for(stream)
        self._console.quiet = as_json and not stream.isatty()
        self._may_pause = may_pause and not as_json and sys.stdin.isatty() and sys.stdout.isatty()

    def title(self, words: str) -> None:
        """The beginning of an act."""
        if self._shows:
            self._console.rule(f"[bold]{words}", align="left")
        else:
            self._console.print(words, markup=False)

    def say(self, words: str, style: str = "") -> None:
        """A paragraph."""
        if self._shows:
            self._console.print(words, style=style, markup=False, highlight=False)
            self._console.print()

    def line(self, words: str, style: str = "") -> None:
        """One line, never wrapped, so that it can be copied."""
        if self._shows:
            self._console.print(words, style=style, markup=False, highlight=False, soft_wrap=True)

    def step(self, says: str, line: str) -> None:
        """An aws CLI line, and what it does."""
        self.line(f"# {says}", "dim")
        self.line(f"$ {line}", "cyan")

    def row(self, pieces: Sequence[Piece]) -> None:
        """One row of a timeline."""
        if not self._shows:
            return
        from rich.text import Text

        self._console.print(Text.assemble(*pieces), soft_wrap=True)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table; columns that end in a unit are numbers."""
        if not self._shows:
            return
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for column in columns:
            number = column.endswith((" ms", " s", " %", "visits"))
            table.add_column(column, justify="right" if number else "left", no_wrap=number)
        for cells in rows:
            table.add_row(*(Text(cell) for cell in cells))
        self._console.print(table)

    def claims(self, claims: Sequence[Claim]) -> None:
        """What was said, what was seen."""
        if not self._shows:
            return
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in ("act", "claim", "measured", "verdict"):
            table.add_column(column)
        for one in claims:
            verdict = Text("held", "green") if one.held else Text("did not hold", "bold red")
            table.add_row(str(one.act), Text(one.says), Text(one.measured), verdict)
        self._console.print(table)

    @contextlib.contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Say what is being waited for, while it is."""
        if self._console.is_terminal and not self._console.quiet:
            with self._console.status(f"waiting for {what}"):
                yield
        else:
            self.line(f"waiting for {what}", "dim")
            yield

    def pause(self) -> None:
        """Between acts, until a key is pressed, if that was asked for and somebody can press one."""
        if self._may_pause:
            self._console.print(f"[dim]{KEY_WORDS}[/dim]", end="\r")
            wait_for_key()
            self._console.print(" " * len(KEY_WORDS), end="\r")


def console_for(stream: Any) -> Console:
    """In colour and as wide as the terminal; where there is none, plain and wide."""
    from rich.console import Console

    if stream.isatty():
        return Console(file=stream, highlight=False, emoji=False)
    return Console(file=stream, highlight=False, emoji=False, color_system=None, width=PLAIN_WIDTH)


def wait_for_key() -> None:
    """Any key. Keys pressed during the act do not count."""
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        termios.tcflush(terminal, termios.TCIFLUSH)
        os.read(terminal, KEY_BYTES)  # past the buffer of sys.stdin, which would keep the rest for the next pause
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
