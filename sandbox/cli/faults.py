"""`fault ...`: break things, list what is broken, mend it.

Kinds, targets and limits are known to the register in the supervisor; a wrong one comes back as its Refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from sandbox.cli.durations import in_words, seconds_of
from sandbox.cli.options import NO_HOME, AsJson, Home, card_of, connect
from sandbox.cli.output import clock_time, say, show_json, show_table
from sandbox.client.finding import client_of
from sandbox.client.summoning import before_fault, before_heal
from sandbox.kernel.errors import Refusal

Region = Annotated[str, typer.Argument(metavar="REGION")]
For = Annotated[str | None, typer.Option("--for", metavar="TIME", help="Heal by itself after 500ms, 30s, 2m, 1h.")]
Reset = Annotated[bool, typer.Option("--reset", help="Connections are reset at once instead of hanging.")]


def isolate(
    place: Annotated[str, typer.Argument(metavar="REGION|CITY")],
    reset: Reset = False,
    for_: For = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Cut a place off from every other place; its processes go on."""
    _inject(home, as_json, for_, "isolate", [place], {"reset": reset})


def partition(
    a: Annotated[str, typer.Argument(metavar="A")],
    b: Annotated[str, typer.Argument(metavar="B")],
    one_way: Annotated[bool, typer.Option("--one-way", help="Only from A to B nothing passes.")] = False,
    reset: Reset = False,
    for_: For = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Let nothing pass between two places."""
    _inject(home, as_json, for_, "partition", [a, b], {"one_way": one_way, "reset": reset})


def slow(
    a: Annotated[str, typer.Argument(metavar="A")],
    b: Annotated[str | None, typer.Argument(metavar="[B]", help="Without B: A to every other place.")] = None,
    add_ms: Annotated[float, typer.Option("--add-ms", help="Longer by this much, there and back together.")] = 0,
    jitter_ms: Annotated[float, typer.Option("--jitter-ms", help="At random up to this much longer.")] = 0,
    loss: Annotated[float, typer.Option("--loss", help="Share of packets that are lost, 0.01 is one in 100.")] = 0,
    bandwidth_mbps: Annotated[float | None, typer.Option("--bandwidth-mbps", help="At most this many Mbit/s.")] = None,
    for_: For = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Make the line between two places, or of one place, bad."""
    if not (add_ms or jitter_ms or loss or bandwidth_mbps):
        raise typer.BadParameter("how bad? Say --add-ms, --jitter-ms, --loss or --bandwidth-mbps.")
    parameters = {"add_ms": add_ms, "jitter_ms": jitter_ms, "loss": loss, "bandwidth_mbps": bandwidth_mbps}
    _inject(home, as_json, for_, "slow", [a] if b is None else [a, b], parameters)


def fail_app(
    region: Region,
    status: Annotated[int, typer.Option("--status", help="HTTP status of its answers.")] = 500,
    rate: Annotated[float, typer.Option("--rate", help="Share of answers that fail, 0 to 1.")] = 1.0,
    for_: For = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Let the application of a region answer with errors."""
    _inject(home, as_json, for_, "fail-app", [region], {"status": status, "rate": rate})


def stop(
    program: Annotated[str, typer.Argument(metavar="REGION|control|planet")],
    for_: For = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Kill a process (SIGKILL); healing starts it again."""
    _inject(home, as_json, for_, "stop", [program], {})


def freeze(region: Region, for_: For = None, as_json: AsJson = False, home: Home = NO_HOME) -> None:
    """Let a region stand still (SIGSTOP): it accepts and never answers."""
    _inject(home, as_json, for_, "freeze", [region], {})


def skew(
    region: Region,
    ms: Annotated[float, typer.Option("--ms", help="Ahead by this much; behind when negative.")],
    for_: For = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Set the clock of a region wrong."""
    _inject(home, as_json, for_, "skew", [region], {"ms": ms})


def pause_replication(
    table: Annotated[str, typer.Argument(metavar="TABLE")],
    region: Region,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="REGION", help="Only from REGION to this one."),
    ] = None,
    for_: For = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Stop the replication of a global table, or of a bucket, out of a region and into it."""
    _inject(home, as_json, for_, "pause-replication", [table, region, *([to] if to else [])], {})


def edge_down(
    edge: Annotated[str, typer.Argument(metavar="EDGE", help="NRT or edge:NRT.")],
    for_: For = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Let an edge location fail: its connections are reset, its cities enter at the next one."""
    _inject(home, as_json, for_, "edge-down", [edge], {})


def network_zone(
    zone: Annotated[str, typer.Argument(metavar="1|2")],
    for_: For = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Take one of the two network zones of accelerators down: that address of each does not answer."""
    _inject(home, as_json, for_, "network-zone", [zone], {})


def backbone_cut(
    a: Annotated[str, typer.Argument(metavar="A", help="A region, an edge location or a continent (EU, NA, ...).")],
    b: Annotated[str | None, typer.Argument(metavar="[B]", help="Without B: A from everywhere else.")] = None,
    for_: For = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Cut AWS's own network between two areas: traffic takes the way round, if there is one."""
    _inject(home, as_json, for_, "backbone-cut", [a] if b is None else [a, b], {})


def list_(as_json: AsJson = False, home: Home = NO_HOME) -> None:
    """Show what is broken now."""
    with connect(home) as client:
        faults: list[dict[str, Any]] = client.call("hub", "fault_list")
    if as_json:
        show_json(faults)
    elif faults:
        from sandbox.kernel.clock import SystemClock

        show_table(("fault", "what", "since", "until"), fault_rows(faults, SystemClock().wall_s()))
    else:
        say("No faults.")


def heal(
    fault_id: Annotated[str | None, typer.Argument(metavar="ID", help="See: sandbox fault list")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Mend everything.")] = False,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Mend one fault, or all."""
    if all_ == (fault_id is not None):
        raise Refusal("Usage", "Name one fault, or say --all. See: sandbox fault list")
    wanted = fault_id or "all"
    card = card_of(home)
    with client_of(card) as client:
        before_heal(card, client.call, wanted)
        healed: list[dict[str, Any]] = client.call("hub", "fault_heal", id=wanted)
    if as_json:
        show_json(healed)
    for fault in healed if not as_json else []:
        say(f"Healed {fault['id']}: {fault['why']}.")
    if not healed and not as_json:
        say("No faults.")


def fault_rows(faults: Iterable[Mapping[str, Any]], now_s: float) -> list[tuple[str, str, str, str]]:
    """One row for each fault."""
    rows = []
    for fault in faults:
        until = fault.get("until")
        rest = "it is healed" if until is None else f"in {in_words(max(0.0, until - now_s))}"
        rows.append((fault["id"], describe(fault), clock_time(fault["since"]), rest))
    return rows


def describe(fault: Mapping[str, Any]) -> str:
    """What a fault does, with the parameters that say something."""
    said = [f"{name}={value:g}" if not isinstance(value, bool) else name for name, value in _telling(fault)]
    return str(fault["why"]) + (f" ({', '.join(said)})" if said else "")


def _telling(fault: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in (fault.get("parameters") or {}).items() if value]


def _inject(home: Any, as_json: bool, for_: str | None, kind: str, target: list[str], parameters: Any) -> None:
    for_s = None if for_ is None else seconds_of(for_)
    given = {name: value for name, value in parameters.items() if value is not None}
    card = card_of(home)
    with client_of(card) as client:
        before_fault(card, client.call, kind, target)
        fault: dict[str, Any] = client.call(
            "hub", "fault_inject", kind=kind, target=target, parameters=given, for_s=for_s
        )
    if as_json:
        show_json(fault)
        return
    until = "" if fault["until"] is None else f" It heals in {in_words(fault['until'] - fault['since'])}."
    say(f"{fault['id']}: {describe(fault)}.{until} Heal it: sandbox fault heal {fault['id']}")


def group() -> typer.Typer:
    """`sandbox fault`."""
    app = typer.Typer(help="Break things on purpose, and mend them.")
    app.command()(isolate)
    app.command()(partition)
    app.command()(slow)
    app.command("fail-app")(fail_app)
    app.command()(stop)
    app.command()(freeze)
    app.command()(skew)
    app.command("pause-replication")(pause_replication)
    app.command("edge-down")(edge_down)
    app.command("network-zone")(network_zone)
    app.command("backbone-cut")(backbone_cut)
    app.command("list")(list_)
    app.command()(heal)
    return app
