"""Act 2: the same name as three latency records. Who is served by whom, beside act 1."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.client.aws_steps import Step
from sandbox.demo.claims import claim
from sandbox.demo.records import a_record, change, latency_records
from sandbox.demo.stage import Stage
from sandbox.demo.values import APP, CONTROL_HOME, MOVING_TTL_S, TTL_S, Ground, Scene, url_of
from sandbox.demo.visits import VISIT_COLUMNS, as_figures, ms, served, visit_row
from sandbox.serving.measured import Measured

TITLE = "Act 2: three regions, latency records"
TRIALS = ("sandbox dig app.example.test --from tokyo --trace", f"sandbox curl {url_of(APP)} --from tokyo")
TOLERANCE_MS = 30.0  # nobody may get slower; our own machine's noise may
NEXT_DOOR = {"new-york": "us-east-1", "paris": "eu-west-1", "tokyo": "ap-northeast-1"}


def steps(ground: Ground) -> list[Step]:
    """Delete the plain record and create three, in one batch: there is no moment without an answer."""
    plain = a_record(APP, ground.addresses[CONTROL_HOME], MOVING_TTL_S)
    routed = [("CREATE", record) for record in latency_records(ground, APP, TTL_S)]
    return [change("the plain record goes, a latency record for each region comes", ("DELETE", plain), *routed)]


def play(stage: Stage, earlier: list[Scene]) -> Scene:
    """Change the records, wait until the old answer has left every cache, visit again."""
    screen, ground = stage.screen, stage.ground
    stage.do(steps(ground))
    wait_s = ground.wire_ttl_s(MOVING_TTL_S)
    give_up_s = stage.clock.now_s() + wait_s + 0.2
    stage.wait_until(
        lambda: stage.clock.now_s() >= give_up_s,
        what=f"the old answer to leave the resolvers: TTL {MOVING_TTL_S} s / speed {ground.speed:g} = {wait_s} s",
        within_s=wait_s + 5.0,
    )
    visits = stage.visit(url_of(APP))
    before = {visit.place: visit for visit in earlier[0].visits}
    screen.table(
        f"{url_of(APP)} again, beside act 1",
        ("city", *VISIT_COLUMNS, "act 1 ms", "saved ms"),
        [(v.place, *visit_row(v), ms(before[v.place].total_ms), ms(saved_ms(before[v.place], v))) for v in visits],
    )
    screen.say(
        "Why: Route 53 answers each resolver with the region of the lowest latency from there. The three cities next"
        " to a region save the ocean; the others get the least bad of three."
    )
    least_ms = min(saved_ms(before[visit.place], visit) for visit in visits)
    nearest = {visit.place: nearest_region(stage, visit.place) for visit in visits}
    return Scene(
        figures={"visits": as_figures(visits), "nearest": nearest, "least_saved_ms": round(least_ms, 1)},
        visits=tuple(visits),
        claims=(
            claim(
                2,
                "every city is served by its nearest region",
                served(visits),
                all(visit.ok and visit.served_by == nearest[visit.place] for visit in visits),
            ),
            claim(
                2,
                "New York, Paris and Tokyo are served next door",
                next_door(visits),
                all(visit.served_by == NEXT_DOOR.get(visit.place, visit.served_by) for visit in visits),
            ),
            claim(
                2,
                f"no city is slower than in act 1 (by more than {TOLERANCE_MS:.0f} ms of noise)",
                f"the least lucky city saves {round(least_ms)} ms",
                all(visit.ok for visit in visits) and least_ms >= -TOLERANCE_MS,
            ),
        ),
    )


def saved_ms(before: Measured, after: Measured) -> float:
    """How much sooner the page is there."""
    return before.total_ms - after.total_ms


def nearest_region(stage: Stage, city: str) -> str:
    """By the planet's round trips, which is what Route 53 goes by."""
    return min(stage.ground.regions, key=lambda region: stage.rtt_ms(city, region))


def next_door(visits: Sequence[Measured]) -> str:
    """Who serves the three cities."""
    return ", ".join(f"{visit.place}: {visit.served_by}" for visit in visits if visit.place in NEXT_DOOR)
