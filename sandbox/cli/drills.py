"""`sandbox drill`: run one, list and show those that come with the package.

In: a file, or a shipped drill's name. Out: progress, verdicts, and with --out the reports. Exit code 0 when every
objective held, 1 when one did not, 2 when the file or the command line is written wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sandbox.cli.options import NO_HOME, AsJson, Home
from sandbox.cli.output import FAILED, say, show_json, show_table
from sandbox.client.finding import name_of
from sandbox.kernel.errors import Refusal, bad_setting

if TYPE_CHECKING:
    from sandbox.client.sandbox import Sandbox
    from sandbox.drills.service import OnProgress, Progress
    from sandbox.drills.values import Drill

ALONE = "Or leave out --attach: the drill then gets a sandbox of its own."
DrillName = Annotated[str, typer.Argument(metavar="FILE", help="A drill's file, or the name of a shipped one.")]


def group() -> typer.Typer:
    """All commands of `sandbox drill`."""
    drill = typer.Typer(help="Drills: load, faults and objectives from a file; a report and an exit code.")
    drill.command("run")(run)
    drill.command("list")(list_drills)
    drill.command("show")(show)
    return drill


def run(
    file: DrillName,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write report.html, report.json and junit.xml there.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="In place of the file's.")] = None,
    attach: Annotated[
        bool, typer.Option("--attach", help="Run in the sandbox that runs already; the default is one of its own.")
    ] = False,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Run a drill and say whether its objectives held."""
    from sandbox.client.endings import ended_by_signal
    from sandbox.drills.reading import read_drill
    from sandbox.drills.report import report_of
    from sandbox.drills.service import run_drill
    from sandbox.drills.shipped import find_drill
    from sandbox.geography.atlas import Atlas

    drill = read_drill(find_drill(file), Atlas.load())
    chosen = drill.seed if seed is None else seed
    folder = None if out is None else _folder(out)
    quiet = as_json or not sys.stdout.isatty()
    with (
        ended_by_signal(),
        _sandbox(drill, chosen, home if attach else None, silent=as_json) as sandbox,
        _progress(drill, quiet, as_json) as on_progress,
    ):
        seen = run_drill(sandbox, drill, seed=chosen, on_progress=on_progress)
    report = report_of(drill, chosen, seen)
    if folder is not None:
        _write(folder, report)
    if as_json:
        show_json(report)
    else:
        _tell(report, folder)
    if not report["held"]:
        raise typer.Exit(FAILED)


def list_drills(as_json: AsJson = False) -> None:
    """The drills that come with the package."""
    from sandbox.drills.shipped import summaries

    drills = summaries()
    if as_json:
        show_json(drills)
        return
    rows = [(drill["name"], f"{drill['length_s']:g} s", drill["says"]) for drill in drills]
    show_table(("drill", "takes", "what happens"), rows, right=("takes",))


def show(name: DrillName) -> None:
    """The file of a drill: a beginning for one of your own."""
    from sandbox.drills.shipped import find_drill

    say(find_drill(name).read_text(encoding="utf-8").rstrip())


def _folder(out: Path) -> Path:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise bad_setting("--out", f"{out} cannot be made: {error.strerror}") from error
    return out


def _write(folder: Path, report: Any) -> None:
    import json

    from sandbox.drills.junit import junit_of
    from sandbox.drills.page import page_of

    texts = {
        "report.json": json.dumps(report, indent=2, ensure_ascii=False) + "\n",
        "report.html": page_of(report),
        "junit.xml": junit_of(report),
    }
    for name, text in texts.items():
        try:
            (folder / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise bad_setting("--out", f"{folder / name} cannot be written: {error.strerror}") from error


@contextmanager
def _sandbox(drill: Drill, seed: int, home: Path | None, *, silent: bool) -> Iterator[Sandbox]:
    """One of its own on free ports, or (home) the one that runs."""
    from sandbox.client.endings import undisturbed
    from sandbox.client.sandbox import Sandbox

    if home is None:
        if not silent:
            say(f"starting {', '.join(drill.regions)}")
        sandbox = Sandbox(list(drill.regions), speed=drill.speed, seed=seed)
        try:
            yield sandbox
        finally:
            with undisturbed():
                sandbox.close()
        return
    with Sandbox.attach(home) as sandbox:
        _refuse_unfit(drill, sandbox, name_of(sandbox.card, home))
        try:
            yield sandbox
        except Refusal as refusal:
            if refusal.code == "NotSetUp":
                told = f"{refusal.message.rstrip('.')}. Is what an earlier run made in the way? Empty the sandbox"
                raise Refusal(refusal.code, f"{told}: sandbox reset. {ALONE}", status=refusal.status) from refusal
            raise


def _refuse_unfit(drill: Drill, sandbox: Sandbox, where: str) -> None:
    """The drill's regions must run there, at its speed: a Refusal says how to start such a sandbox."""
    missing = [region for region in drill.regions if region not in sandbox.regions]
    speed = float(sandbox.card["speed"])
    wrong = [f"does not run {', '.join(missing)}"] if missing else []
    wrong += [f"runs at speed {speed:g}, not {drill.speed:g}"] if speed != drill.speed else []
    if wrong:
        regions = ",".join(dict.fromkeys((*sandbox.regions, *drill.regions)))
        start = f"Start one that does: sandbox down; sandbox up -d --regions {regions} --speed {drill.speed:g}. "
        told = f"The sandbox in {where} {' and '.join(wrong)}; {drill.name} needs that."
        raise Refusal("BadSetting", f"{told} {'' if 'stack' in sandbox.card else start}{ALONE}")


@contextmanager
def _progress(drill: Drill, quiet: bool, silent: bool) -> Iterator[OnProgress]:
    """A bar on a terminal, lines into a file or a pipe, nothing with --json."""
    if quiet:
        yield _lines(silent)
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"))
    with Bar(*columns, console=Console(highlight=False)) as bar:
        task = bar.add_task(drill.name, total=drill.length_s, told="")

        def draw(now: Progress) -> None:
            if now.words:
                bar.console.print(now.words)
            bar.update(task, completed=now.at_s, told=f"{now.at_s:.0f} s, {now.ended} requests, {now.failed} failed")

        yield draw


def _lines(silent: bool) -> Callable[[Progress], None]:
    def tell(now: Progress) -> None:
        if now.words and not silent:
            say(now.words)

    return tell


def _tell(report: Any, folder: Path | None) -> None:
    rows = [(v["objective"], v["limit"], v["measured"], "ok" if v["held"] else "failed") for v in report["objectives"]]
    show_table(("objective", "limit", "measured", ""), rows)
    if folder is not None:
        say(f"Report: {folder / 'report.html'}")
    broken = [verdict["objective"] for verdict in report["objectives"] if not verdict["held"]]
    say(f"Not held: {', '.join(broken)}" if broken else "All objectives held.")
