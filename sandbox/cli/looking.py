"""`dig`, `curl`, `traceroute`: look at the planet from a place."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sandbox.cli.options import NO_HOME, AsJson, From, Home, card_of, checked_place, connect
from sandbox.cli.output import FAILED, milliseconds, say, show_json, show_table
from sandbox.kernel.errors import Refusal

if TYPE_CHECKING:
    from sandbox.serving.measured import Measured

ANSWERED = ("NOERROR", "NXDOMAIN")  # the resolver knows; anything else is a failure
HOST = "127.0.0.1"
SAME_MS = 0.1


def dig(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    rtype: Annotated[str, typer.Argument(metavar="[TYPE]")] = "A",
    place: From = None,
    trace: Annotated[bool, typer.Option("--trace", help="Tell how the answer was found.")] = False,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Ask the resolver of a place."""
    stands_in = place or card_of(home)["default_place"]
    with connect(home) as client:
        found: dict[str, Any] = client.call(
            "planet", "dig", name=name, rtype=rtype.upper(), place=stands_in, trace=trace
        )
    if as_json:
        show_json(found)
    else:
        for line in dig_lines(found, stands_in):
            say(line)
    if found["status"] not in ANSWERED:
        raise typer.Exit(FAILED)


def dig_lines(found: Mapping[str, Any], place: str) -> list[str]:
    """As dig writes it: records, then comments."""
    lines = [f"{entry['name']}\t{entry['ttl_s']:.10g}\t{entry['type']}\t{entry['data']}" for entry in found["answers"]]
    source = "from the cache" if found.get("from_cache") else f"by {found.get('server') or 'the authority'}"
    lines.append(f"; {found['status']} in {place}, {source}, {milliseconds(found.get('took_ms'))}")
    if found.get("why"):
        lines.append(f"; why: {found['why']}")
    zone_ttl_s = found.get("zone_ttl_s")
    if found.get("trace") and zone_ttl_s is not None:
        lines.append(f"; TTL in the zone: {zone_ttl_s:g} s")
    return [*lines, *(f"; {sentence}" for sentence in found.get("trace") or [])]


def curl(
    url: Annotated[str, typer.Argument(metavar="URL")],
    place: From = None,
    method: Annotated[str | None, typer.Option("-X", "--request", metavar="METHOD")] = None,
    header: Annotated[list[str] | None, typer.Option("-H", "--header", metavar="NAME: VALUE")] = None,
    data: Annotated[str | None, typer.Option("-d", "--data", metavar="BODY", help="Sent as it is; POST.")] = None,
    include: Annotated[bool, typer.Option("-i", "--include", help="Show the answer's headers too.")] = False,
    timeout_s: Annotated[float, typer.Option("-m", "--max-time", metavar="SECONDS", min=0.001)] = 30.0,
    via: Annotated[
        Literal["internet", "accelerator"] | None,
        typer.Option("--via", help="Over the Internet, or through the accelerator before the target."),
    ] = None,
    silent: Annotated[bool, typer.Option("-s", "--silent", help="No timing on stderr.")] = False,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Visit a URL from a place: the answer on stdout, what took how long on stderr."""
    import asyncio

    from sandbox.serving.visit import probe

    card = card_of(home)
    stands_in = place or card["default_place"]
    with connect(home) as client:
        stands_in = checked_place(client, stands_in)
        way = client.call("planet", "by_way", target=url, via=via, place=stands_in) if via else {}
    measured = asyncio.run(
        probe(
            HOST,
            card["ports"]["proxy"],
            stands_in,
            url if "://" in url else f"http://{url}",
            timeout_s=timeout_s,
            ca=card["ca_bundle"],
            method=(method or ("GET" if data is None else "POST")).upper(),
            headers=headers_of(header or []),
            body=(data or "").encode(),
            connect_to=way.get("connect_to", ""),
        )
    )
    if as_json:
        show_json(as_record(measured))
    else:
        _show_visit(measured, include=include, silent=silent)
    if measured.error:
        raise typer.Exit(FAILED)


def _show_visit(measured: Measured, *, include: bool, silent: bool) -> None:
    if include and measured.status:
        say(f"HTTP/1.1 {measured.status}")
        for name, value in measured.headers:
            say(f"{name}: {value}")
        say("")
    sys.stdout.flush()
    sys.stdout.buffer.write(measured.body)
    if measured.body and not measured.body.endswith(b"\n") and sys.stdout.isatty():
        sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()
    for line in timing_lines(measured) if not silent else []:
        print(line, file=sys.stderr, flush=True)


def headers_of(given: list[str]) -> dict[str, str]:
    """`Name: value` pairs; a Refusal for anything else."""
    found = {}
    for text in given:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise Refusal("Usage", f"-H {text!r}: write `Name: value`")
        found[name.strip()] = value.strip()
    return found


def timing_lines(measured: Measured) -> list[str]:
    """What took how long, and who answered; for a failure how far it came."""
    owner = f" ({measured.owner})" if measured.owner else ""
    cached = " from the cache" if measured.lookup_cached else ""
    stages = [
        ("lookup", measured.lookup_ms, f"{measured.address}{owner}{cached}"),
        ("connect", measured.connect_ms, ""),
        ("TLS", measured.tls_ms, ""),
        ("first byte", measured.first_byte_ms, "since the start"),
    ]
    lines = [f"{name:<11}{milliseconds(ms):>11}  {note}".rstrip() for name, ms, note in stages if ms is not None]
    lines.append(f"{'total':<11}{milliseconds(measured.total_ms):>11}  from {measured.place}")
    if measured.error:
        return [*lines, f"sandbox: {measured.error}: {measured.why}"]
    by = f" by {measured.served_by}" if measured.served_by else ""
    return [*lines, f"answered{by}: {measured.status}"]


def as_record(measured: Measured) -> dict[str, Any]:
    """The visit as JSON; the body as text."""
    from dataclasses import asdict

    record = asdict(measured)
    return {**record, "headers": dict(measured.headers), "body": measured.body.decode(errors="replace")}


def traceroute(
    target: Annotated[str, typer.Argument(metavar="NAME")],
    place: From = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Show the way from a place to a name, an address or a place."""
    stands_in = place or card_of(home)["default_place"]
    with connect(home) as client:
        found: dict[str, Any] = client.call("planet", "traceroute", target=target, place=stands_in)
    if as_json:
        show_json(found)
    else:
        _show_way(found, stands_in)
    if found.get("blocked"):
        raise typer.Exit(FAILED)


def _show_way(found: Mapping[str, Any], place: str) -> None:
    of = f"accelerator {found['accelerator']}" if found.get("accelerator") else found.get("owner")
    address = f", which is {found['address']} of {of}" if found.get("address") and of else ""
    say(f"From {place} to {found['target']}{address}")
    rows = [
        (entry["kind"], entry["from"], entry["to"], milliseconds(entry["rtt_ms"]), spread(entry))
        for entry in found["segments"]
    ]
    show_table(("segment", "from", "to", "round trip", "jitter"), rows, right=("round trip", "jitter"))
    usual_ms, now_ms = found["rtt_ms"], found.get("rtt_now_ms")
    changed = f", now {milliseconds(now_ms)}" if now_ms is not None and abs(now_ms - usual_ms) > SAME_MS else ""
    say(f"round trip {milliseconds(usual_ms)}{changed}")
    for sentence in (found.get("why"), *found.get("detours", ())):
        if sentence:
            say(f"why: {sentence}")
    if found.get("blocked"):
        say(f"blocked: {found['blocked']}")


def spread(segment: Mapping[str, Any]) -> str:
    """p90 - p50 of a segment's round trip, and its loss where there is one."""
    loss = f", {segment['loss']:.2%} lost" if segment.get("loss") else ""
    return milliseconds(segment.get("jitter_ms")) + loss
