"""`events`: the journal, as far as it is kept in memory; `--follow` shows what happens from now on."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from sandbox.cli.options import NO_HOME, AsJson, Home, connect
from sandbox.cli.output import clock_time, complain, say, show_json
from sandbox.kernel.errors import Refusal, did_you_mean

ALL = 100_000  # more than a journal keeps
MOMENTS = ("since", "until")
TOLD_OTHERWISE = ("event", "at_s", "why")


def events(
    kinds: Annotated[
        list[str] | None, typer.Argument(metavar="[KIND]...", help="Only these, as fault_injected.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show new ones as they come.")] = False,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write JSON lines; - is stdout.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most this many, the newest.")] = ALL,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Show what happened, and why."""
    wanted = list(kinds or [])
    with connect(home) as client:
        if follow:
            records: Iterable[dict[str, Any]] = (
                record for record in client.events() if not wanted or record["event"] in wanted
            )
        else:
            records = client.call("hub", "events", after=0, limit=ALL, kinds=wanted)[-limit:]
            if wanted and not records:
                complain(_none_of(wanted, client.call("hub", "events", after=0, limit=ALL, kinds=[])))
        if export is not None:
            _write(records, export)
        elif as_json and not follow:
            show_json(records)
        else:
            for record in records:
                say(json.dumps(record, ensure_ascii=False) if as_json else line_of(record))


def _none_of(wanted: list[str], every: Iterable[Mapping[str, Any]]) -> str:
    """Why nothing is shown: a kind may be written wrong, or not have happened."""
    known = sorted({str(record["event"]) for record in every})
    meant = "".join(did_you_mean(kind, known) for kind in wanted if kind not in known)
    return f"No {' or '.join(wanted)} so far.{meant} What happened: {', '.join(known) or 'nothing'}."


def line_of(record: Mapping[str, Any]) -> str:
    """One event for people: when, what, with whom, why."""
    told = [
        f"{name}={_short(name, value)}"
        for name, value in record.items()
        if name not in TOLD_OTHERWISE and value not in ("", None)
    ]
    why = record.get("why")
    return "  ".join([clock_time(record["at_s"]), record["event"], " ".join(told), *([f"({why})"] if why else [])])


def _short(name: str, value: Any) -> str:
    if isinstance(value, float) and name in MOMENTS:
        return clock_time(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _write(records: Iterable[Mapping[str, Any]], path: Path) -> None:
    count = 0
    try:
        with _opened(path) as file:
            for record in records:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
                file.flush()
                count += 1
    except OSError as error:
        raise Refusal("NotWritten", f"{path} after {count} events: {error.strerror}", status=500) from error
    if str(path) != "-":
        say(f"{count} events in {path}")


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    if str(path) == "-":
        yield sys.stdout
        return
    with path.open("w", encoding="utf-8") as file:
        yield file
