"""DynamoDB at a region's front door, ledger on, beside moto's server, ministack and dynalite, by turns in one run.

Three parts: calls a second of PutItem, GetItem and UpdateItem (`contestants.py`, `wrk.py`), a table of a million items
(`big_table.py`), a global table (`global_table.py`). A peer that cannot be had here has rows that say why. Where other
programs keep the processors busy, the rows of work (processor time for one answer) say more than calls a second.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benches import big_table, contestants, global_table
from benches.contestants import Server
from benches.life import variables
from benches.machine import need
from benches.peers import PeerMissing
from benches.values import Figure, Orders, Run, unmeasured

OPERATIONS = ("PutItem", "GetItem", "UpdateItem")
PEERS = {"moto's server": contestants.moto, "ministack": contestants.ministack, "dynalite": contestants.dynalite}
TARGETS = {
    ("PutItem", "moto's server"): 20.0,
    ("GetItem", "moto's server"): 40.0,
    ("UpdateItem", "moto's server"): 20.0,
    ("PutItem", "dynalite"): 2.0,
    ("GetItem", "dynalite"): 1.5,
}
LAST_S, QUICK_LAST_S = 5, 2
WARM_S = 1


def measure(orders: Orders) -> Iterator[Run]:
    """The three parts, one after the other."""
    need("wrk")
    os.environ.update(variables())
    yield from calls_a_second(orders)
    yield from big_table.measure(orders)
    yield from global_table.measure(orders)


def calls_a_second(orders: Orders) -> Iterator[Run]:
    """All servers stand side by side all the time; each operation is measured on one after the other."""
    seconds = QUICK_LAST_S if orders.quick else LAST_S
    with TemporaryDirectory(prefix="sandbox-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        region = stack.enter_context(contestants.region(folder))
        peers, missing = those_at_hand(stack, folder, orders)
        for server in (region, *peers):
            server.prepare()
            for operation in OPERATIONS:
                server.load(folder, operation, WARM_S)
        for _ in range(orders.runs):
            figures: Run = []
            for operation in OPERATIONS:
                figures += compared(folder, operation, region, peers, seconds)
                figures += [unmeasured(beside(operation, peer), "times", why) for peer, why in missing.items()]
                orders.tell(f"tables: {told(operation, figures)}")
            yield figures
        for server in (region, *peers):
            server.check()


def those_at_hand(stack: ExitStack, folder: Path, orders: Orders) -> tuple[list[Server], dict[str, str]]:
    """The peers that run, and why the others do not."""
    peers, missing = [], {}
    for name, start in PEERS.items():
        try:
            peers.append(stack.enter_context(start(folder)))
        except PeerMissing as reason:
            missing[name] = str(reason)
            orders.tell(f"tables: without {name}: {reason}")
    return peers, missing


def compared(folder: Path, operation: str, region: Server, peers: list[Server], seconds: int) -> Run:
    """One operation, on the region, then on each peer."""
    counted, work_us = region.load(folder, operation, seconds)
    ratios, rows = [], []
    for peer in peers:
        theirs, their_work_us = peer.load(folder, operation, seconds)
        ratios.append(
            Figure(
                name=beside(operation, peer.name),
                unit="times",
                value=counted.per_s / theirs.per_s,
                target=TARGETS.get((operation, peer.name)),
            )
        )
        rows += [
            Figure(name=f"{operation}, {peer.name}", unit="1/s", value=theirs.per_s),
            Figure(
                name=f"{operation}, work of {peer.name} for one of ours", unit="times", value=their_work_us / work_us
            ),
            Figure(name=f"{operation}, work of {peer.name}", unit="CPU µs each", value=their_work_us),
        ]
    return [
        *ratios,
        Figure(name=f"{operation}, region", unit="1/s", value=counted.per_s),
        Figure(name=f"{operation}, work of the region", unit="CPU µs each", value=work_us),
        Figure(name=f"{operation}, region, p99", unit="ms", value=counted.p99_ms),
        *rows,
    ]


def beside(operation: str, peer: str) -> str:
    """A row's name."""
    return f"{operation} beside {peer}"


def told(operation: str, figures: Run) -> str:
    """One line of progress."""
    about = [figure for figure in figures if figure.name.startswith(f"{operation} beside") and not figure.why]
    ratios = ", ".join(f"{figure.value:.1f} x {figure.name.partition(' beside ')[2]}" for figure in about)
    [ours] = [figure.value for figure in figures if figure.name == f"{operation}, region"]
    return f"{operation}: {ours:,.0f}/s: {ratios}"
