"""`sandbox demo`: find or start a sandbox, play, say how it went.

In: flags. Out: the show (or, with --json, one JSON object) on stdout, and the exit code: 0 when every claim held, 1
when one did not, 130 after Ctrl-C. A sandbox that ran before is left as it was found; one of its own is ended.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from sandbox.client.endings import ended_by_signal, undisturbed
from sandbox.demo.playbill import Performance, play, whole_script
from sandbox.demo.screen import Screen
from sandbox.demo.stage import Stage
from sandbox.demo.undoing import undo
from sandbox.demo.values import REGIONS, SPEED, Ground
from sandbox.demo.venue import Wish, ground_for
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.kernel.errors import bad_setting

if TYPE_CHECKING:
    from sandbox.client.sandbox import Sandbox

INTERRUPTED_CODE = 130
DEFAULT_HOME = Path(".sandbox")


def demo(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as one JSON object, and no show.")] = False,
    pause: Annotated[bool, typer.Option("--pause", help="Wait for a key between acts.")] = False,
    script: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the AWS steps as a bash script for the aws CLI.")
    ] = None,
    home: Annotated[
        Path | None, typer.Option(help="Play in the sandbox of this state folder; start one there if none runs.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option(min=0.1, max=100, metavar="N", help=f"Of service timers; {SPEED:g} if we start it.")
    ] = None,
) -> None:
    """Watch three regions serve six cities, lose a region, and recover."""
    wish = Wish(home=home or context.find_root().obj or DEFAULT_HOME, own_home=home, speed=speed)
    raise typer.Exit(run(wish, Screen(as_json=as_json, may_pause=pause), script=script, as_json=as_json))


def run(wish: Wish, screen: Screen, *, script: Path | None = None, as_json: bool = False) -> int:
    """The whole command; a Refusal when no sandbox can be had."""
    atlas = Atlas.load()
    if script is not None:
        write_script(script, atlas, screen)
    try:
        with ended_by_signal(), ground_for(wish, atlas, screen) as (sandbox, ground, shared):
            performance = perform(sandbox, ground, screen, atlas, leave_as_found=shared)
            figures = {"speed": ground.speed, "seed": sandbox.card["seed"], "sandbox": "shared" if shared else "own"}
    except KeyboardInterrupt:
        screen.line("Interrupted.", "bold")
        return INTERRUPTED_CODE
    if as_json:
        print_json({**figures, **performance.as_figures()})
    return 0 if performance.held else 1


def perform(sandbox: Sandbox, ground: Ground, screen: Screen, atlas: Atlas, *, leave_as_found: bool) -> Performance:
    """Play, and take away what was made, however it ends."""
    stage = Stage(sandbox, ground, screen, atlas)
    try:
        return play(stage)
    finally:
        if leave_as_found:
            with undisturbed():
                with contextlib.suppress(OSError):  # the terminal may have gone; mending does not need it
                    screen.line("Putting everything back: healing faults, deleting the zone, checks and tables.", "dim")
                for complaint in undo(stage):
                    screen.line(f"Left behind: {complaint}", "bold red")


def write_script(path: Path, atlas: Atlas, screen: Screen) -> None:
    """The AWS steps, for a sandbox with the default regions."""
    plan = AddressPlan(atlas, REGIONS)
    text = whole_script(Ground(addresses={region: plan.region_address(region, "app") for region in REGIONS}))
    try:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
    except OSError as error:
        raise bad_setting("--script", f"{path} cannot be written: {error.strerror}") from error
    screen.say(f"Wrote the AWS steps to {path}.")


def print_json(figures: dict[str, Any]) -> None:
    """One object, and nothing else."""
    sys.stdout.write(orjson.dumps(figures, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())
    sys.stdout.flush()
