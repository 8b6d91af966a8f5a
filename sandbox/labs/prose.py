"""The Markdown of labs and of the guide, taken apart for whoever draws it: blocks of plain text, never markup.

In: Markdown as `reading.py` describes it, with headings, lists and tables. Out: `Block`s. What is no sign of these is
text, so every text can be read, and a reader who sets it as text cannot be made to run anything. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.labs.reading import CONSOLE, FENCE, MORE, PROMPT
from sandbox.labs.values import Command

SIGNS = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")
HEADING = re.compile(r"(#{1,6}) +(.+)")
ITEM = re.compile(r"[-*] +(.*)")
RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*")  # between the head of a table and its rows

Spans = tuple["Span", ...]


@dataclass(frozen=True, kw_only=True)
class Span:
    """Some words. kind: "text", "code" or "strong"."""

    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Block:
    """One block. kind: "text", "heading" (level), "list" (rows of one cell), "table" (head, rows), "console" (lines)
    or "code" (spans: one)."""

    kind: str
    spans: Spans = ()
    level: int = 0
    head: tuple[Spans, ...] = ()
    rows: tuple[tuple[Spans, ...], ...] = ()
    lines: tuple[Command, ...] = ()


def spans_of(text: str) -> Spans:
    """One paragraph's words."""
    found: list[Span] = []
    at = 0
    for sign in SIGNS.finditer(text):
        if sign.start() > at:
            found.append(Span(kind="text", text=text[at : sign.start()]))
        found.append(Span(kind="code", text=sign[1]) if sign[1] else Span(kind="strong", text=sign[2]))
        at = sign.end()
    if at < len(text):
        found.append(Span(kind="text", text=text[at:]))
    return tuple(found)


def blocks_of(markdown: str) -> tuple[Block, ...]:
    """All of it, in order."""
    lines = markdown.splitlines()
    found: list[Block] = []
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        make, end = _next(lines, at)
        found.append(make(lines[at:end]))
        at = end
    return tuple(found)


def _next(lines: Sequence[str], at: int) -> tuple[Callable[[Sequence[str]], Block], int]:
    """What begins at a line, and where it ends (exclusive)."""
    if lines[at].startswith(FENCE):
        end = _while(lines, at + 1, lambda line: not line.startswith(FENCE))
        return (_console if lines[at] == CONSOLE else _code), min(end + 1, len(lines))
    if HEADING.fullmatch(lines[at]):
        return _heading, at + 1
    if ITEM.match(lines[at]):
        return _list, _while(lines, at + 1, lambda line: bool(line.strip()) and not _begins(line, ITEM))
    if _is_table(lines, at):
        return _table, _while(lines, at + 2, lambda line: line.startswith("|"))
    return _text, _while(lines, at + 1, lambda line: bool(line.strip()) and not _begins(line))


def _while(lines: Sequence[str], at: int, holds: Callable[[str], bool]) -> int:
    return next((index for index in range(at, len(lines)) if not holds(lines[index])), len(lines))


def _begins(line: str, allowed: re.Pattern[str] | None = None) -> bool:
    """Whether a line begins another block; `allowed` does not."""
    signs = [sign for sign in (HEADING, ITEM) if sign is not allowed]
    return line.startswith((FENCE, "|")) or any(sign.match(line) for sign in signs)


def _is_table(lines: Sequence[str], at: int) -> bool:
    return lines[at].startswith("|") and at + 1 < len(lines) and bool(RULE.fullmatch(lines[at + 1]))


def _text(lines: Sequence[str]) -> Block:
    return Block(kind="text", spans=spans_of(" ".join(line.strip() for line in lines)))


def _heading(lines: Sequence[str]) -> Block:
    sign = HEADING.fullmatch(lines[0])
    assert sign is not None
    return Block(kind="heading", level=len(sign[1]), spans=spans_of(sign[2].strip()))


def _list(lines: Sequence[str]) -> Block:
    items: list[str] = []
    for line in lines:
        if sign := ITEM.match(line):
            items.append(sign[1])
        else:
            items[-1] += f" {line.strip()}"
    return Block(kind="list", rows=tuple((spans_of(item),) for item in items))


def _table(lines: Sequence[str]) -> Block:
    cells = [tuple(spans_of(cell.strip()) for cell in line.strip().strip("|").split("|")) for line in lines]
    return Block(kind="table", head=cells[0], rows=tuple(cells[2:]))


def _code(lines: Sequence[str]) -> Block:
    return Block(kind="code", spans=(Span(kind="code", text="\n".join(_inside(lines))),))


def _console(lines: Sequence[str]) -> Block:
    """Lines to type, and what they show; what stands before the first line to type is shown by nobody."""
    found: list[Command] = []
    for line in _inside(lines):
        last = found[-1] if found else None
        if line.startswith(PROMPT):
            found.append(Command(text=line.removeprefix(PROMPT)))
        elif last is None:
            found.append(Command(text="", shown=(line,)))
        elif line.startswith(MORE) and last.text and not last.shown:
            found[-1] = Command(text=f"{last.text}\n{line.removeprefix(MORE)}")
        else:
            found[-1] = Command(text=last.text, shown=(*last.shown, line))
    return Block(kind="console", lines=tuple(found))


def _inside(lines: Sequence[str]) -> Sequence[str]:
    return lines[1:-1] if len(lines) > 1 and lines[-1].startswith(FENCE) else lines[1:]
