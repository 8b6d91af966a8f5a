"""`scripts/bench [tables|latency|relay|net|ways|failover|console|up|dns|all] [--runs N] [--json FILE] [--quick]`.

`scripts/bench console --minutes 30`: does its memory stay as it is? `scripts/bench latency --console`: closed and open.

Prints a table for each bench, target beside median of the runs, and writes JSON. Exit code 0 when everything was
measured (whether a target was met is in the table), 1 when something could not be measured or was not true.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from pathlib import Path

from benches.machine import facts
from benches.report import Row, record, rows_of, table
from benches.values import Bench, BenchFailed, Orders

BENCHES = {
    "tables": "DynamoDB at a region's front door beside moto's server, ministack and dynalite",
    "latency": "200 connections over an 80 ms path, quiet and under load",
    "relay": "one stream through proxy and network on a fast link",
    "net": "requests, connections and a download through proxy and accelerator without latency, beside haproxy",
    "ways": "first byte of every city over the Internet and through an accelerator, cold and warm",
    "failover": "a region lost for twenty cities, by DNS and by an accelerator; table, PNG and HTML",
    "console": "frames a second in Chromium with 200 requests a second, and what looking costs the planet",
    "up": "from `sandbox up` to the first routed answer; memory; what `down` leaves",
    "dns": "answers of the authority, beside PowerDNS and Knot where they are installed",
}
LEAST_MINUTES = 3
FOLDER = Path("bench-results")
BUSY_SHARE = 0.1  # of all processors, used by others: above it the figures come with a warning


def main() -> int:
    """Measure, print, write."""
    arguments = read_arguments()
    chosen = list(BENCHES) if "all" in arguments.bench else arguments.bench
    orders = Orders(
        runs=arguments.runs or (1 if arguments.quick else 3),
        quick=arguments.quick,
        tell=tell,
        minutes=arguments.minutes,
        console=arguments.console,
    )
    machine, failed = facts(), False
    busy = machine["busy_before_share"] or 0
    if busy > BUSY_SHARE:
        tell(f"other programs use {busy:.0%} of the processors: figures will be the worse for it")
    measured: dict[str, list[Row]] = {}
    for name in chosen:
        try:
            measured[name] = rows_of(list(bench(name)(orders)))
        except BenchFailed as failure:
            tell(f"{name}: {failure}")
            failed = True
        else:
            print(table(f"{name}: {BENCHES[name]}", measured[name]), end="\n\n", flush=True)
    if measured:
        path = arguments.json or FOLDER / f"{time.strftime('%Y%m%dT%H%M%S')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**record(machine, measured), "quick": orders.quick}, indent=2) + "\n")
        tell(f"written: {path}")
    return 1 if failed else 0


def read_arguments() -> argparse.Namespace:
    """The command line."""
    lines = [f"  {name:9}{what}" for name, what in BENCHES.items()]
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure the sandbox.\n\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bench", nargs="*", default="all", choices=[*BENCHES, "all"], help="which; default all")
    parser.add_argument("--runs", type=int, help="how often; the table shows medians (default 3, quick 1)")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help=f"where the figures go (default {FOLDER}/<time>.json)"
    )
    parser.add_argument("--quick", action="store_true", help="short runs: to see that it works, not for quoting")
    parser.add_argument(
        "--minutes", type=int, default=0, metavar="N", help="console: look every minute whether memory and frames stay"
    )
    parser.add_argument("--console", action="store_true", help="latency: with the console closed, and open in Chromium")
    arguments = parser.parse_args()
    if arguments.runs is not None and arguments.runs < 1:
        parser.error(f"--runs is {arguments.runs}; it must be at least 1")
    if arguments.minutes and (arguments.minutes < LEAST_MINUTES or arguments.bench != ["console"]):
        parser.error(f"--minutes belongs to `console` alone, and is at least {LEAST_MINUTES}")
    if arguments.console and arguments.bench != ["latency"]:
        parser.error("--console belongs to `latency` alone")
    if isinstance(arguments.bench, str):  # argparse checks a default list as one choice unless it is a string
        arguments.bench = [arguments.bench]
    return arguments


def bench(name: str) -> Bench:
    """The `measure` of a bench. Imported when it is its turn: one that fails to load must not stop the others."""
    measure: Bench = importlib.import_module(f"benches.{name}").measure
    return measure


def tell(words: str) -> None:
    """Progress, on stderr."""
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
