"""`table`: global tables as all regions see them: who is how far behind, which writes lost, what differs now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from sandbox.cli.options import NO_HOME, AsJson, Home, card_of, connect
from sandbox.cli.output import FAILED, clock_time, milliseconds, say, show_json, show_table
from sandbox.replication.overview import Compared, Tables

Name = Annotated[str, typer.Argument(metavar="TABLE")]
Account = Annotated[str | None, typer.Option("--account", metavar="ID", help="Default: the sandbox's own.")]
NUMBERS = ("backlog", "oldest unsent", "lag p50", "lag p99")


def status(
    table: Annotated[str | None, typer.Argument(metavar="[TABLE]")] = None,
    account: Account = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Show replicas, and for each direction how much waits and how late it is."""
    with connect(home) as client:
        asked = _tables(client, home).status(table, account=account)
    if as_json:
        show_json({"regions": asked.answers, "silent": asked.silent})
        return
    views = [view for found in asked.answers.values() for view in found]
    for name in sorted({view["table"] for view in views}):
        _show_table([view for view in views if view["table"] == name])
    if not views:
        say("No global tables. Make one: aws dynamodb update-table --table-name T --replica-updates ...")
    for region, why in asked.silent.items():
        say(f"{region} does not answer: {why}")


def _show_table(views: list[dict[str, Any]]) -> None:
    first = views[0]
    say(f"{first['table']} (account {first['account']})")
    seen = [f"{region} {status}" for region, status in sorted(_members(views).items())]
    say(f"replicas: {', '.join(seen)}")
    rows = [direction_row(view["region"], peer) for view in views for peer in view["peers"]]
    show_table(("from", "to", "backlog", "oldest unsent", "lag p50", "lag p99", "state"), rows, right=NUMBERS)


def _members(views: list[dict[str, Any]]) -> dict[str, str]:
    """Each replica as its own region sees it, or as the others do."""
    members: dict[str, str] = {}
    for view in views:
        members.update({region: status for region, status in view["members"].items() if region not in members})
    members.update({view["region"]: view["members"][view["region"]] for view in views})
    return {region: status for region, status in members.items() if status != "GONE"}


def direction_row(region: str, peer: Mapping[str, Any]) -> tuple[str, ...]:
    """One direction: what waits, and why."""
    oldest_s, away_s = peer["oldest_unsent_s"], peer["away_s"]
    state = "in sync" if not peer["backlog"] else "sending"
    if peer["syncing"]:
        state = "sending the whole table"
    if away_s is not None:
        state = f"no answer for {away_s:.0f} s"
    if peer["paused"]:
        state = "paused by fault"
    oldest = "-" if oldest_s is None else f"{oldest_s:.1f} s"
    lags = (milliseconds(peer["lag_p50_ms"]), milliseconds(peer["lag_p99_ms"]))
    return region, peer["region"], str(peer["backlog"]), oldest, *lags, state


def conflicts(
    table: Name,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show new ones as they come.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most this many, the newest.")] = 1000,
    account: Account = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Show the writes that lost against another region's, and by how much."""
    with connect(home) as client:
        if follow:
            _follow(client.events(), table, as_json)
            return
        tables = _tables(client, home)
        found = tables.conflicts(table, account=account, most=limit)
        if not found:
            tables.status(table, account=account)  # a Refusal when nobody has such a table
    if as_json:
        show_json(found)
        return
    for conflict in found:
        for line in conflict_lines(conflict):
            say(line)
    if not found:
        say(f"No write to {table} has lost against one that did not know of it.")


def _follow(events: Iterator[dict[str, Any]], table: str, as_json: bool) -> None:
    for event in events:
        if event["event"] == "conflicted" and event["table"] == table:
            key = plain(event["key"])
            say(json.dumps(event) if as_json else f"{clock_time(event['at_s'])}  {key}: {event['why']}")


def conflict_lines(conflict: Mapping[str, Any]) -> list[str]:
    """One conflict: the item, both images with their stamps, and why."""
    loser, winner = conflict["loser"], conflict["winner"]
    margin_us = winner["stamp_us"] - loser["stamp_us"]
    why = (
        f"{winner['region']} wrote {margin_us} µs later, without having seen the other"
        if margin_us
        else f"both at the same microsecond; {winner['region']} is the later name"
    )
    agreed = "; both wrote the same" if conflict["agreed"] else ""
    return [
        f"{clock_time(conflict['at_s'])}  {plain(conflict['key'])}",
        f"  won   {stamp(winner)}  {image(winner)}",
        f"  lost  {stamp(loser)}  {image(loser)}",
        f"  why   {why}{agreed}",
    ]


def stamp(write: Mapping[str, Any]) -> str:
    """Where and when, to the microsecond."""
    seconds, micros = divmod(write["stamp_us"], 1_000_000)
    return f"{write['region']} {clock_time(seconds)[:-4]}.{micros:06d}"


def image(write: Mapping[str, Any]) -> str:
    """What was written."""
    return "(deleted)" if write["item"] is None else plain(write["item"])


def plain(item: Mapping[str, Any]) -> str:
    """An item on one line, without types where there is no doubt."""
    return json.dumps({name: _plain_value(value) for name, value in item.items()}, ensure_ascii=False)


def _plain_value(value: Mapping[str, Any]) -> Any:
    [(kind, content)] = value.items()
    if kind == "N":
        return float(content) if "." in content or "E" in content.upper() else int(content)
    if kind == "L":
        return [_plain_value(each) for each in content]
    if kind == "M":
        return {name: _plain_value(each) for name, each in content.items()}
    return None if kind == "NULL" else content


def diff(table: Name, account: Account = None, as_json: AsJson = False, home: Home = NO_HOME) -> None:
    """Compare the replicas as they are now; exit code 1 when they differ."""
    with connect(home) as client:
        found = _tables(client, home).diff(table, account=account)
    if as_json:
        from dataclasses import asdict

        show_json(asdict(found))
    else:
        _show_difference(found)
    if found.differences or found.silent:
        raise typer.Exit(FAILED)


def _show_difference(found: Compared) -> None:
    for difference in found.differences:
        say(plain(difference.key))
        for region, item in difference.items.items():
            written = difference.written[region]
            by = f"  (written in {written[1]})" if written is not None else ""
            say(f"  {region:<15} {'-' if item is None else plain(item)}{by}")
    if found.more:
        say("... and more")
    for region, why in found.silent.items():
        say(f"{region} does not answer: {why}")
    if not found.differences:
        say(f"{found.table} is the same in {', '.join(found.regions)}.")


def _tables(client: Any, home: Any) -> Tables:
    def call(method: str, **arguments: Any) -> Any:
        return client.call("hub", method, **arguments)

    return Tables(call, card_of(home)["account"])


def group() -> typer.Typer:
    """`sandbox table`."""
    app = typer.Typer(help="Look into global tables.")
    app.command()(status)
    app.command()(conflicts)
    app.command()(diff)
    return app
