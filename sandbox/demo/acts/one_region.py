"""Act 1: one region, six cities. How long an ocean takes, and how often a page crosses it."""

from __future__ import annotations

from math import inf

from sandbox.client.aws_steps import Step, create_table
from sandbox.demo.claims import claim
from sandbox.demo.records import a_record, change
from sandbox.demo.stage import Stage
from sandbox.demo.values import APP, CONTROL_HOME, MOVING_TTL_S, ZONE, Claim, Ground, Scene, url_of
from sandbox.demo.visits import VISIT_COLUMNS, Trip, as_figures, round_trips, served, visit_row

TITLE = "Act 1: one region, users in six cities"
TRIALS = (f"sandbox curl {url_of(APP)} --from sydney", f"curl -x http://sydney:x@localhost:3128 {url_of(APP)}")
TOLERANCE_MS = 40.0  # what our own machine may add to two round trips
OCEAN_TIMES = 4
TABLES = ("orders", "baskets")


def steps(ground: Ground) -> list[Step]:
    """Tables for the application, the zone, and one plain record."""
    tables = [
        create_table(f"the application's table {table} in {region}", table, region)
        for region in ground.regions
        for table in TABLES
    ]
    zone = Step(
        says=f"the zone {ZONE}",
        service="route53",
        operation="create_hosted_zone",
        arguments={"Name": ZONE, "CallerReference": "demo-$RUN"},
        keep="ZONE",
        query="HostedZone.Id",
    )
    record = a_record(APP, ground.addresses[CONTROL_HOME], MOVING_TTL_S)
    return [*tables, zone, change(f"one record: everybody goes to {CONTROL_HOME}", ("CREATE", record))]


def play(stage: Stage, earlier: list[Scene]) -> Scene:
    """Visit once from each city, on a connection of its own."""
    screen = stage.screen
    stage.make_tables(steps(stage.ground)[: len(TABLES) * len(stage.ground.regions)])
    stage.do(steps(stage.ground)[len(TABLES) * len(stage.ground.regions) :])
    stage.warm_up()
    visits = stage.visit(url_of(APP))
    screen.table(
        f"{url_of(APP)} from six cities, a new connection each time",
        ("city", *VISIT_COLUMNS),
        [(visit.place, *visit_row(visit)) for visit in visits],
    )
    trips = sorted(round_trips(visits, stage.rtt_ms), key=lambda trip: trip.rtt_ms)
    worst_ms = max((abs(trip.excess_ms) for trip in trips), default=inf)
    if trips:
        explain(stage, trips[0], trips[-1], worst_ms)
    return Scene(
        figures={"visits": as_figures(visits), "worst_deviation_ms": round(worst_ms, 1) if trips else None},
        visits=tuple(visits),
        claims=(
            claim(
                1,
                f"every city is served by {CONTROL_HOME}",
                served(visits),
                all(visit.ok and visit.served_by == CONTROL_HOME for visit in visits),
            ),
            claim(
                1,
                f"a page takes the lookup and two round trips, within {TOLERANCE_MS:.0f} ms",
                f"at most {worst_ms:.1f} ms off",
                len(trips) == len(visits) and worst_ms <= TOLERANCE_MS,
            ),
            *far_claims(trips),
        ),
    )


def explain(stage: Stage, nearest: Trip, farthest: Trip, worst_ms: float) -> None:
    """Where the time goes."""
    stage.screen.say(
        f"Why: a page costs {farthest.place} two round trips of {farthest.rtt_ms:.0f} ms to {CONTROL_HOME}, one to"
        f" connect and one to ask (https: one more); {nearest.place} pays {nearest.rtt_ms:.0f} ms each."
        f" Everything else, the server included, adds {round(worst_ms)} ms at most: no faster machine helps, only a"
        " nearer one."
    )


def far_claims(trips: list[Trip]) -> list[Claim]:
    """An ocean is felt."""
    if not trips:
        return []
    nearest, farthest = trips[0], trips[-1]
    times = farthest.total_ms / nearest.total_ms
    return [
        claim(
            1,
            f"{farthest.place} waits at least {OCEAN_TIMES} times as long as {nearest.place}",
            f"{times:.1f} times ({farthest.total_ms:.0f} ms and {nearest.total_ms:.0f} ms)",
            times >= OCEAN_TIMES,
        )
    ]
