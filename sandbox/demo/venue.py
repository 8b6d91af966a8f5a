"""Where the demo plays: the sandbox that runs already, if nothing in it would spoil the figures; else one of its own.

In: a state folder, a speed. Out: a running sandbox, its `Ground`, and whether it is somebody else's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.client.finding import find_card, name_of
from sandbox.demo.screen import Screen
from sandbox.demo.values import REGIONS, SPEED, STOCK, ZONE, Ground
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas

if TYPE_CHECKING:
    from sandbox.client.sandbox import Sandbox

ACTS_MINUTES = 1.5  # all of them, at SPEED


@dataclass(frozen=True, kw_only=True)
class Wish:
    """home: where one may run already; own_home: where to keep one of our own (None: nowhere); speed: None is any."""

    home: Path
    own_home: Path | None = None
    speed: float | None = None


@contextlib.contextmanager
def ground_for(wish: Wish, atlas: Atlas, screen: Screen) -> Iterator[tuple[Sandbox, Ground, bool]]:
    """A sandbox to play on, and whether somebody else's. Sandbox is imported here: --help must not wait for it."""
    from sandbox.client.sandbox import Sandbox

    obstacle = why_not_here(wish)
    if obstacle is None:
        with Sandbox.attach(wish.home) as sandbox:
            obstacle = why_not_this_one(sandbox)
            if obstacle is None:
                speed = float(sandbox.card["speed"])
                where = name_of(sandbox.card, wish.home)
                screen.say(f"Using the sandbox that runs in {where}, at speed {speed:g}. {pace(speed)}")
                yield sandbox, ground_of(sandbox, atlas), True
                return
    if obstacle:
        screen.say(f"{obstacle} The demo starts a sandbox of its own.")
    speed = wish.speed or SPEED
    screen.say(
        f"Starting three regions at speed {speed:g}: health checks, time-outs and TTLs run {speed:g} times as fast as"
        f" on AWS, distances stay as they are. {pace(speed)}"
    )
    with Sandbox(REGIONS, home=wish.own_home, speed=speed, say=lambda line: screen.line(line, "dim")) as sandbox:
        screen.line("")
        yield sandbox, ground_of(sandbox, atlas), False


def pace(speed: float) -> str:
    """Why this speed."""
    if speed == SPEED:
        return "A lost region takes 30 s to notice and 60 s to leave the caches there; 3 s and 6 s here can be watched."
    return f"At speed {SPEED:g} the acts take less than 90 s; here about {ACTS_MINUTES * SPEED / speed:.1f} minutes."


def why_not_here(wish: Wish) -> str | None:
    """Why the sandbox in `home` cannot be used; "" when there is none, None when nothing speaks against it."""
    card = find_card(wish.home)
    if card is None:
        return ""
    if not set(REGIONS) <= set(card["regions"]):
        return f"The sandbox in {wish.home} does not run all of {', '.join(REGIONS)}."
    if wish.speed is not None and float(card["speed"]) != wish.speed:
        return f"The sandbox in {wish.home} runs at speed {card['speed']:g}."
    return None


def why_not_this_one(sandbox: Sandbox) -> str | None:
    """What in a running sandbox would spoil the figures."""
    faults = sandbox.fault.list()
    if faults:
        return f"In the sandbox in {sandbox.home} something is broken ({faults[0].why})."
    zones = sandbox.client("route53", region="us-east-1").list_hosted_zones()["HostedZones"]
    if any(zone["Name"] == ZONE for zone in zones):
        return f"The sandbox in {sandbox.home} has a zone {ZONE} already."
    for region in REGIONS:
        if STOCK in sandbox.client("dynamodb", region=region).list_tables()["TableNames"]:
            return f"The sandbox in {sandbox.home} has a table {STOCK} in {region} already."
    return None


def ground_of(sandbox: Sandbox, atlas: Atlas) -> Ground:
    """Addresses and speed of a running sandbox."""
    plan = AddressPlan(atlas, sandbox.regions)
    addresses = {region: plan.region_address(region, "app") for region in REGIONS}
    return Ground(addresses=addresses, speed=float(sandbox.card["speed"]))
