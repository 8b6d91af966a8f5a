"""Act 3: the same cities, other answers. Weighted records draw; geolocation records look at the map, not the clock."""

from __future__ import annotations

from sandbox.client.aws_steps import Step
from sandbox.demo.claims import claim
from sandbox.demo.draws import fits, tolerance
from sandbox.demo.records import a_record, change
from sandbox.demo.stage import Stage
from sandbox.demo.values import CANARY, GEO, TTL_S, Claim, Ground, Scene, url_of
from sandbox.demo.visits import as_figures, ms, served
from sandbox.serving.measured import Measured

TITLE = "Act 3: weights and borders"
TRIALS = (
    "sandbox dig canary.example.test --from paris --trace",
    "sandbox dig geo.example.test --from tel-aviv --trace",
)
WEIGHTS = {"us-east-1": 80, "eu-west-1": 20}
LOCATIONS = {
    "eu-west-1": ("europe", {"ContinentCode": "EU"}),
    "ap-northeast-1": ("asia", {"ContinentCode": "AS"}),
    "us-east-1": ("everybody-else", {"CountryCode": "*"}),
}
DRAWN_CITY = "tel-aviv"  # in Asia; 92 ms from Ireland and 327 ms from Tokyo
DRAW_RATE_PER_S = 20.0  # visits of each city
DRAW_FOR_S = 2.5


def steps(ground: Ground) -> list[Step]:
    """Two names beside the first."""
    weighted = [
        a_record(CANARY, ground.addresses[region], 0, SetIdentifier=region, Weight=weight)
        for region, weight in WEIGHTS.items()
    ]
    by_border = [
        a_record(GEO, ground.addresses[region], TTL_S, SetIdentifier=name, GeoLocation=location)
        for region, (name, location) in LOCATIONS.items()
    ]
    return [
        change("one visit in five goes to Ireland (TTL 0: every visit draws anew)", *creates(weighted)),
        change("Europe to Ireland, Asia to Tokyo, everybody else to Virginia", *creates(by_border)),
    ]


def creates(records: list[dict[str, object]]) -> list[tuple[str, dict[str, object]]]:
    """Changes that create these."""
    return [("CREATE", record) for record in records]


def play(stage: Stage, earlier: list[Scene]) -> Scene:
    """Draw many times; then visit once by geolocation, beside act 2."""
    stage.do(steps(stage.ground))
    draws = draw(stage)
    by_latency = {visit.place: visit for visit in earlier[1].visits}
    visits = stage.visit(url_of(GEO))
    why = {visit.place: reason(stage, visit.place) for visit in visits}
    stage.screen.table(
        f"{url_of(GEO)} by geolocation, beside latency (act 2)",
        ("city", "by latency", "total ms", "by geolocation", "total ms", "why"),
        [beside(by_latency[visit.place], visit, why[visit.place]) for visit in visits],
    )
    detour = next(visit for visit in visits if visit.place == DRAWN_CITY)
    direct = by_latency[DRAWN_CITY]
    stage.screen.say(
        f"Why: a border is not a distance. {DRAWN_CITY} lies in Asia, so it is sent to"
        f" {detour.served_by} and waits {detour.total_ms:.0f} ms, where latency records chose {direct.served_by}:"
        f" {direct.total_ms:.0f} ms. Geolocation is for laws and languages; latency is for speed."
    )
    return Scene(
        figures={
            "weighted": {"draws": len(draws), "served_by": shares(draws), "weights": WEIGHTS},
            "geolocation": as_figures(visits),
            "why": why,
        },
        visits=tuple(visits),
        claims=(*draw_claims(draws), *border_claims(visits, direct, detour)),
    )


def beside(by_latency: Measured, visit: Measured, why: str) -> tuple[str, ...]:
    """One city's row: then and now."""
    then = (by_latency.served_by, ms(by_latency.total_ms))
    return (visit.place, *then, visit.served_by or visit.error, ms(visit.total_ms), why)


def draw(stage: Stage) -> list[Measured]:
    """Many visits to the weighted name, from everywhere."""
    with stage.load(url_of(CANARY), rate_per_s=DRAW_RATE_PER_S) as load:
        stage.wait_until(
            lambda: stage.clock.wall_s() > load.started_at_s + DRAW_FOR_S,
            what=f"{DRAW_RATE_PER_S * DRAW_FOR_S:.0f} visits from each city",
            within_s=DRAW_FOR_S + 5.0,
        )
    visits = load.visits
    counts = shares(visits)
    rows = [
        (city, *(str(sum(v.place == city and v.served_by == region for v in visits)) for region in WEIGHTS))
        for city in stage.ground.cities
    ]
    total = (
        "all",
        *(f"{counts.get(region, 0)} ({100 * counts.get(region, 0) / len(visits):.0f} %)" for region in WEIGHTS),
    )
    columns = ("city", *(f"{region}, weight {weight}: visits" for region, weight in WEIGHTS.items()))
    stage.screen.table(f"{url_of(CANARY)}: who was drawn", columns, [*rows, total])
    stage.screen.say("Why: " + reason(stage, "paris", CANARY) + ". Where users are plays no part.")
    return visits


def shares(visits: list[Measured]) -> dict[str, int]:
    """Answers by region."""
    answered = [visit.served_by for visit in visits if visit.ok]
    return {region: answered.count(region) for region in sorted(set(answered))}


def reason(stage: Stage, city: str, name: str = GEO) -> str:
    """The authority's own words, without the name in front."""
    trace = stage.sandbox.resolve(name, city).trace
    return trace[0].partition(": ")[2] if trace else ""


def draw_claims(draws: list[Measured]) -> list[Claim]:
    """The shares follow the weights."""
    counts, total = shares(draws), sum(WEIGHTS.values())
    return [
        claim(
            3,
            f"{region} is drawn {100 * weight / total:.0f} % of the time, give or take"
            f" {100 * tolerance(weight, total, len(draws)):.0f} %",
            f"{counts.get(region, 0)} of {len(draws)} visits",
            fits(counts.get(region, 0), len(draws), weight, total),
        )
        for region, weight in list(WEIGHTS.items())[:1]
    ]


def border_claims(visits: tuple[Measured, ...] | list[Measured], direct: Measured, detour: Measured) -> list[Claim]:
    """Everybody is sent by the map, and for one city that is a detour."""
    home = {"paris": "eu-west-1", "tel-aviv": "ap-northeast-1", "tokyo": "ap-northeast-1"}
    return [
        claim(
            3,
            "geolocation sends Europe to Ireland, Asia to Tokyo, everybody else to Virginia",
            served(visits),
            all(visit.ok and visit.served_by == home.get(visit.place, "us-east-1") for visit in visits),
        ),
        claim(
            3,
            f"geolocation makes {detour.place} slower than latency routing does",
            f"{detour.total_ms:.0f} ms instead of {direct.total_ms:.0f} ms",
            detour.ok and detour.total_ms > direct.total_ms,
        ),
    ]
