"""`places`, `place open`, `env`: where one can stand, and how to stand there."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from sandbox.cli.options import NO_HOME, AsJson, From, Home, card_of, checked_place, connect
from sandbox.cli.output import say, show_json, show_table
from sandbox.client.finding import find_card
from sandbox.dns.habits import FOREVER
from sandbox.kernel.errors import bad_setting


def places(
    kind: Annotated[Literal["city", "region", "edge"] | None, typer.Option("--kind", help="Only these.")] = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """List the places. Without a running sandbox: those that every sandbox has."""
    found = [place for place in _places(home) if kind is None or place["kind"] == kind]
    if as_json:
        show_json(found)
        return
    rows = [
        tuple(str(place.get(name) or "-") for name in ("code", "kind", "name", "country", "subnet")) for place in found
    ]
    show_table(("place", "kind", "name", "country", "client subnet (dig +subnet=)"), rows)


def _places(home: Path) -> list[dict[str, Any]]:
    if find_card(home) is None:
        return known_places()
    with connect(home) as client:
        found: list[dict[str, Any]] = client.call("planet", "places")
    return found


def known_places() -> list[dict[str, Any]]:
    """The places of the atlas, as the planet would list them."""
    from sandbox.geography.addresses import AddressPlan
    from sandbox.geography.atlas import Atlas

    atlas = Atlas.load()
    plan = AddressPlan(atlas, ())
    found = []
    for place in (*atlas.cities.values(), *atlas.regions.values()):
        subnet = plan.client_subnet(place.code)
        named = {"code": place.code, "kind": place.kind, "name": place.name, "country": place.country_code}
        found.append({**named, "subnet": subnet})
    return found


def open_(
    place: Annotated[str, typer.Argument(metavar="PLACE")],
    udp: Annotated[
        str | None, typer.Option("--udp", metavar="NAME:PORT", help="A UDP port too, from which datagrams go there.")
    ] = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Open a proxy port, a PAC file and a resolver port for a place: for browsers, and for dig."""
    with connect(home) as client:
        door: dict[str, Any] = client.call("planet", "place_open", place=place)
        if udp is not None:
            door = {**door, **client.call("planet", "place_udp", place=place, target=udp)}
    if as_json:
        show_json(door)
        return
    say(f"{door['place']} is open:")
    say(f"  proxy     127.0.0.1:{door['proxy_port']}   curl -x http://127.0.0.1:{door['proxy_port']} URL")
    say(f"  PAC file  {door['pac_url']}   for a browser's automatic proxy configuration")
    say(f"  resolver  127.0.0.1:{door['dns_port']}   dig @127.0.0.1 -p {door['dns_port']} NAME")
    if udp is not None:
        say(f"  UDP       127.0.0.1:{door['udp_port']}   datagrams go to {udp}")


Seconds = typer.Option(metavar="SECONDS", min=0)


def set_(
    place: Annotated[str, typer.Argument(metavar="PLACE")],
    resolver_in: Annotated[
        str | None, typer.Option("--resolver-in", metavar="PLACE", help="Where its resolver stands.")
    ] = None,
    client_subnet: Annotated[
        bool | None,
        typer.Option("--client-subnet/--no-client-subnet", help="Tell the authority the clients' subnet, or not."),
    ] = None,
    min_ttl_s: Annotated[float | None, Seconds] = None,
    max_ttl_s: Annotated[float | None, Seconds] = None,
    hold_s: Annotated[
        str | None, typer.Option(metavar="SECONDS|forever", help="Keep every answer so long, whatever its TTL.")
    ] = None,
    max_negative_ttl_s: Annotated[float | None, Seconds] = None,
    serve_stale_s: Annotated[float | None, Seconds] = None,
    stale_wait_s: Annotated[float | None, Seconds] = None,
    app_cache_s: Annotated[
        str | None, typer.Option(metavar="SECONDS|forever", help="How long applications keep an address (a JVM).")
    ] = None,
    usual: Annotated[bool, typer.Option("--usual", help="Undo all that was set, before what is given here.")] = False,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Change how names are looked up in a place; without an option, show it. Seconds are AWS's, divided by speed."""
    given = {
        "resolver_in": resolver_in,
        "client_subnet": client_subnet,
        "min_ttl_s": min_ttl_s,
        "max_ttl_s": max_ttl_s,
        "hold_s": endless_or_seconds("--hold-s", hold_s),
        "max_negative_ttl_s": max_negative_ttl_s,
        "serve_stale_s": serve_stale_s,
        "stale_wait_s": stale_wait_s,
        "app_cache_s": endless_or_seconds("--app-cache-s", app_cache_s),
    }
    changes = {name: value for name, value in given.items() if value is not None}
    with connect(home) as client:
        now: dict[str, Any] = client.call("planet", "place_set", place=place, changes=changes, usual=usual)
    if as_json:
        show_json(now)
        return
    for name, value in now["settings"].items():
        say(f"{name}: {str(value).lower() if isinstance(value, bool) else value}")
    say("; ".join(now["story"]) or f"In {now['place']} names are looked up as usual.")


def endless_or_seconds(flag: str, given: str | None) -> float | str | None:
    """`forever`, or a number; a Refusal for anything else."""
    if given is None or given == FOREVER:
        return given
    try:
        return float(given)
    except ValueError as error:
        raise bad_setting(flag, f"a number of seconds or {FOREVER} is needed, not {given!r}") from error


def forget(
    place: Annotated[str, typer.Argument(metavar="PLACE")], as_json: AsJson = False, home: Home = NO_HOME
) -> None:
    """Restart the resolver and the applications of a place: nothing is cached there any more."""
    with connect(home) as client:
        done: dict[str, Any] = client.call("planet", "place_forget", place=place)
    if as_json:
        show_json(done)
        return
    say(f"The resolver and the applications in {done['place']} start anew; {done['forgotten']} answers are forgotten.")


def env(place: From = None, as_json: AsJson = False, home: Home = NO_HOME) -> None:
    """Print variables that make unmodified programs stand in a place: eval "$(sandbox env --from tokyo)"."""
    from sandbox.client.environment import environment

    card = card_of(home)
    with connect(home) as client:
        code = checked_place(client, place or card["default_place"])
    change = environment(card, code, os.environ)
    if as_json:
        show_json({"variables": dict(change.variables), "unset": list(change.unset)})
        return
    for name in change.unset:
        say(f"unset {name}")
    for name, value in change.variables.items():
        say(f"export {name}={shlex.quote(value)}")


def group() -> typer.Typer:
    """`sandbox place`."""
    app = typer.Typer(help="Stand in a place.")
    app.command("open")(open_)
    app.command("set")(set_)
    app.command("forget")(forget)
    return app
