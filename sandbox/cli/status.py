"""`status`: programs, ports, faults, memory, and what would not survive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.cli.durations import in_words
from sandbox.cli.faults import fault_rows
from sandbox.cli.options import NO_HOME, AsJson, Home, card_of, connect
from sandbox.cli.output import say, show_json, show_table
from sandbox.client.finding import name_of


def status(as_json: AsJson = False, home: Home = NO_HOME) -> None:
    """Show what runs, on which ports, what is broken, and what is not kept."""
    card = card_of(home)
    with connect(home) as client:
        found: dict[str, Any] = client.call("hub", "status")
    if as_json:
        own = {name: card[name] for name in ("pid", "log_folder", "ca_bundle", "ports")}
        show_json({**found, **own})
    else:
        show_status(
            {**found, "ports": card["ports"]}, name_of(card, home), card["started_at_s"] + found.get("uptime_s", 0.0)
        )


def show_status(found: Mapping[str, Any], where: str, now_s: float) -> None:
    """The tables of `status`."""
    speed, seed = found.get("speed", 1), found.get("seed", "-")
    say(f"Sandbox in {where}, up for {in_words(found.get('uptime_s', 0.0))}, speed {speed:g}, seed {seed}")
    say("")
    show_table(
        ("program", "state", "for", "restarts", "memory", "pid", "why"),
        program_rows(found, now_s),
        right=("restarts", "memory", "pid"),
    )
    total = (found.get("pss_mb") or {}).get("total")
    say("" if total is None else f"Memory of everything: {total:g} MB (PSS)")
    say("")
    show_table(("port", "for"), port_rows(found.get("ports", {})), right=("port",))
    say("")
    engines = engine_rows(found.get("engines", {}), now_s)
    if engines:
        show_table(("region", "engine", "state", "for", "version"), engines)
        say("")
    faults = found.get("faults", [])
    if faults:
        show_table(("fault", "what", "since", "until"), fault_rows(faults, now_s))
    else:
        say("No faults.")
    for line in found.get("not_kept", []):
        say(f"Not kept: {line}")


def program_rows(found: Mapping[str, Any], now_s: float) -> list[tuple[str, ...]]:
    """One row for each program; memory as far as the platform tells."""
    memory = found.get("pss_mb") or {}
    rows: list[tuple[str, ...]] = []
    for program in found.get("programs", []):
        used = memory.get(program["name"])
        rows.append(
            (
                program["name"],
                program["state"],
                in_words(max(0.0, now_s - program["since_s"])),
                str(program.get("restarts", 0)),
                "-" if used is None else f"{used:.0f} MB",
                str(program.get("pid") or "-"),
                program.get("why") or "",
            )
        )
    return rows


def port_rows(ports: Mapping[str, Any]) -> list[tuple[str, str]]:
    """One row for each port, and what to call it by."""
    names = {
        "aws": "AWS endpoint, all regions: http://127.0.0.1:{0}",
        "console": "console and HTTP API: http://localhost:{0}",
        "dns": "DNS, UDP and TCP: dig @127.0.0.1 -p {0}",
        "proxy": "proxy, HTTP and SOCKS5: http://PLACE:x@127.0.0.1:{0}",
    }
    rows = [(str(ports[name]), text.format(ports[name])) for name, text in names.items() if name in ports]
    regions = ports.get("regions") or {}
    return rows + [(str(port), f"front door of {code}: http://127.0.0.1:{port}") for code, port in regions.items()]


def engine_rows(engines: Mapping[str, Any], now_s: float) -> list[tuple[str, ...]]:
    """One row for each region, when not all of them have control's moto."""
    if all(engine["engine"] == "moto" for engine in engines.values()):
        return []
    return [
        (
            code,
            engine["engine"],
            engine["state"],
            "-" if engine["since_s"] is None else in_words(max(0.0, now_s - engine["since_s"])),
            engine["version"] or "-",
        )
        for code, engine in engines.items()
    ]
