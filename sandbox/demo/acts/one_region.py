"""Act 1: one region, six cities. How long an ocean takes, and how often a page crosses it."""

from __future__ import annotations

from sandbox.demo.claims import claim
from sandbox.demo.records import a_record, change
from sandbox.demo.stage import Stage
from sandbox.demo.tables import VISIT_COLUMNS, visit_row
from sandbox.demo.values import APP, CONTROL_HOME, MOVING_TTL_S, ZONE, Ground, Scene, Step, url_of
from sandbox.demo.visits import as_figures, round_trips, served

TITLE = "Act 1: one region, users in six cities"
TRIALS = (f"sandbox curl {url_of(APP)} --from sydney", f"curl -x http://sydney:x@localhost:3128 {url_of(APP)}")
TOLERANCE_MS = 40.0  # what our own machine may add to two round trips
TABLES = ("orders", "baskets")


def steps(ground: Ground) -> list[Step]:
    """Tables for the application, the zone, and one plain record."""
    tables = [
        Step(
            says=f"the application's table {table} in {region}",
            service="dynamodb",
            operation="create_table",
            region=region,
            arguments={
                "TableName": table,
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        )
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
    trips = round_trips(visits, stage.rtt_ms)
    nearest, farthest = min(trips, key=lambda t: t.rtt_ms), max(trips, key=lambda t: t.rtt_ms)
    screen.say(
        f"Why: a page costs {farthest.place} two round trips of {farthest.rtt_ms:.0f} ms to {CONTROL_HOME}, one to connect"
        f" and one to ask (https: one more); {nearest.place} pays {nearest.rtt_ms:.0f} ms each. The server itself"
        " needs 1 to 2 ms: no faster machine helps, only a nearer one."
    )
    worst_ms = max((abs(trip.excess_ms) for trip in trips), default=float("inf"))
    times = farthest.total_ms / nearest.total_ms if nearest.total_ms else 0.0
    return Scene(
        figures={"visits": as_figures(visits), "worst_deviation_ms": round(worst_ms, 1)},
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
            claim(
                1,
                f"{farthest.place} waits at least 5 times as long as {nearest.place}",
                f"{times:.1f} times ({farthest.total_ms:.0f} ms and {nearest.total_ms:.0f} ms)",
                times >= 5,
            ),
        ),
    )
