"""`agent`, `compose`: the sandbox as containers, from the side of their host."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from sandbox.cli.options import NO_HOME, Home, card_of
from sandbox.cli.output import say
from sandbox.kernel.errors import Refusal


def agent(
    while_needed: Annotated[
        bool, typer.Option("--while-needed", help="End when no container is stopped or frozen by a fault.")
    ] = False,
    home: Home = NO_HOME,
) -> None:
    """Let stop and freeze act on containers, for everybody who injects them. It stays in the foreground."""
    import asyncio

    from sandbox.client.agent import serve

    card = card_of(home)
    if "stack" not in card:
        raise Refusal("Usage", "This sandbox runs as processes, which need no agent. See: sandbox status")
    asyncio.run(serve(card, while_needed=while_needed, say=say))


def compose(
    regions: Annotated[str | None, typer.Option(metavar="A,B,C", help="AWS regions to run.")] = None,
) -> None:
    """Print a docker-compose.yml for any set of regions: sandbox compose --regions a,b,c > compose.yaml"""
    import os

    from sandbox.cli.compose_file import compose_file
    from sandbox.supervisor.settings_sources import load_settings

    flags: dict[str, Any] = {"regions": regions}
    settings = load_settings(flags=flags, variables=os.environ, config=None, folder=None)
    sys.stdout.write(compose_file(settings.regions))
