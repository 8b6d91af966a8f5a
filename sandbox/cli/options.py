"""Options that several commands share, and the way from them to a running sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sandbox.client.finding import DEFAULT_HOME, client_of, required_card
from sandbox.kernel.errors import unknown
from sandbox.management.client import ManagementClient


def _home(context: typer.Context, given: Path | None) -> Path:
    """The nearest one wins: behind the command, before it, SANDBOX_HOME, ./.sandbox."""
    return (given or context.find_root().obj or DEFAULT_HOME).absolute()


Home = Annotated[
    Path,
    typer.Option(
        "--home",
        help="State folder of the sandbox (SANDBOX_HOME; default ./.sandbox).",
        callback=_home,
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Plain JSON on stdout.")]
From = Annotated[
    str | None, typer.Option("--from", metavar="PLACE", help="Where to stand: a city or a region. See: sandbox places")
]
NO_HOME: Any = None  # the callback puts the folder in its place


def card_of(home: Path) -> dict[str, Any]:
    """What the sandbox in `home`, or the stack of containers, says of itself; a Refusal when none runs."""
    return required_card(home)


def connect(home: Path) -> ManagementClient:
    """A management client of the sandbox in `home`, or of the stack of containers."""
    return client_of(card_of(home))


def checked_place(client: ManagementClient, place: str) -> str:
    """The place's code; a Refusal with near matches when the planet has no such place."""
    known = [entry["code"] for entry in client.call("planet", "places")]
    written = "-".join(place.lower().split())
    for code in known:
        if code.lower() == written:
            return str(code)
    raise unknown("place", place, known, see="sandbox places")
