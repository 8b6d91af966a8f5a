"""`up`, `down`, `reset`: the life of a sandbox."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from sandbox.cli.options import NO_HOME, AsJson, Home, connect
from sandbox.cli.output import say, show_json
from sandbox.kernel.errors import Refusal

Setting = Annotated[str | None, typer.Option(show_default=False)]


def up(
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Return when everything is ready.")] = False,
    regions: Annotated[str | None, typer.Option(metavar="A,B,C", help="AWS regions to run.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start empty: delete the state folder's content.")] = False,
    speed: Annotated[str | None, typer.Option(metavar="N", help="Service timers run N times as fast.")] = None,
    seed: Annotated[str | None, typer.Option(metavar="N", help="Makes jitter and weighted choice repeatable.")] = None,
    ports: Annotated[
        str | None, typer.Option(metavar="auto|aws=N,...", help="auto, or dns= proxy= regions= ...")
    ] = None,
    default_place: Annotated[
        str | None, typer.Option(metavar="PLACE", help="Where a client stands that names none.")
    ] = None,
    account: Annotated[str | None, typer.Option(metavar="DIGITS", help="The AWS account, 12 digits.")] = None,
    engine: Annotated[str | None, typer.Option(metavar="moto|URL", help="Who serves what a region does not.")] = None,
    allow_internet: Annotated[
        bool | None, typer.Option("--allow-internet/--no-allow-internet", help="The proxy reaches real hosts too.")
    ] = None,
    app: Annotated[bool | None, typer.Option("--app/--no-app", help="Run demo_app in each region.")] = None,
    config: Annotated[
        Path | None, typer.Option(envvar="SANDBOX_CONFIG", help="Settings file; default ./sandbox.yaml.")
    ] = None,
    home: Home = NO_HOME,
) -> None:
    """Start a sandbox. It stays in the foreground (Ctrl-C stops everything) unless -d is given."""
    from sandbox.client import starting
    from sandbox.supervisor.settings_sources import load_settings

    flags: dict[str, Any] = {
        "regions": regions,
        "speed": speed,
        "seed": seed,
        "ports": ports,
        "default_place": default_place,
        "account": account,
        "engine": engine,
        "allow_internet": allow_internet,
        "app": app,
    }
    settings = load_settings(flags=flags, variables=os.environ, config=config, folder=Path.cwd())
    folder = starting.prepare_home(home, fresh=fresh)
    if not detach:
        sys.stdout.flush()
        words = starting.command(folder, settings, fresh=fresh)
        os.execve(words[0], words, starting.surroundings(os.environ))
    _, card = starting.start(folder, settings, fresh=fresh, say=say)
    for line in addresses(card):
        say(line)


def addresses(card: dict[str, Any]) -> list[str]:
    """Where to find what, for people."""
    ports = card["ports"]
    first = next(iter(card["regions"]))
    return [
        f"AWS      http://127.0.0.1:{ports['aws']}",
        *(f"         http://127.0.0.1:{port}  {code}" for code, port in ports["regions"].items()),
        f"proxy    http://{card['default_place']}:x@127.0.0.1:{ports['proxy']}  (the user is the place)",
        f"console  http://localhost:{ports['console']}  (API: /api/docs)",
        f"DNS      127.0.0.1 port {ports['dns']}",
        f"Next:    sandbox status · sandbox places · sandbox fault isolate {first} · sandbox down",
    ]


def down(home: Home = NO_HOME) -> None:
    """Stop the sandbox, and wait until all of it has ended."""
    from sandbox.cli.durations import in_words
    from sandbox.client import starting
    from sandbox.client.finding import required_card
    from sandbox.kernel.clock import SystemClock

    clock = SystemClock()
    card = required_card(home)
    if "stack" in card:
        raise Refusal("Usage", f"Containers are ended by Docker: docker compose -p {card['stack']} down")
    began_s = clock.now_s()
    pid = starting.stop(home)
    say(f"Stopped the sandbox in {home} (pid {pid}) in {in_words(clock.now_s() - began_s)}.")


def reset(as_json: AsJson = False, home: Home = NO_HOME) -> None:
    """Empty a running sandbox: all AWS resources and all faults go, the programs stay."""
    with connect(home) as client:
        result = client.call("hub", "reset")
    if as_json:
        show_json(result)
    else:
        say("Empty: no AWS resources, no faults.")
