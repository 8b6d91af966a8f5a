"""Act 4: a region is lost under steady load, killed first, then cut off. Noticed when, failing how long, back when.

The loss itself is in losing.py, because act 5 plays one too.
"""

from __future__ import annotations

from sandbox.client.aws_steps import Step
from sandbox.demo.claims import claim, listed, outage_claims, seconds, within
from sandbox.demo.losing import Loss, bound_of, lose, return_bound_s
from sandbox.demo.records import change, check_name, latency_records
from sandbox.demo.stage import Stage
from sandbox.demo.values import APP, INTERVAL_S, THRESHOLD, TTL_S, VICTIM, Claim, Ground, Scene, url_of

TITLE = f"Act 4: {VICTIM} is lost, killed first, then cut off"
TRIALS = (f"sandbox fault stop {VICTIM}", "sandbox events --follow", "sandbox fault heal --all")


def steps(ground: Ground) -> list[Step]:
    """One health check for each region, and the latency records that heed them."""
    checks = [
        Step(
            says=f"is the application in {region} well? Three failures in a row say no",
            service="route53",
            operation="create_health_check",
            arguments={
                "CallerReference": f"demo-$RUN-{region}",
                "HealthCheckConfig": {
                    "Type": "HTTP",
                    "IPAddress": address,
                    "Port": 80,
                    "ResourcePath": "/health",
                    "RequestInterval": INTERVAL_S,
                    "FailureThreshold": THRESHOLD,
                },
            },
            keep=check_name(region),
            query="HealthCheck.Id",
        )
        for region, address in ground.addresses.items()
    ]
    names = {region: f"${check_name(region)}" for region in ground.regions}
    heeding = [("UPSERT", record) for record in latency_records(ground, APP, TTL_S, names)]
    return [*checks, change("the latency records heed the checks", *heeding)]


def play(stage: Stage, earlier: list[Scene]) -> Scene:
    """Kill, mend, wait for the return; cut off, mend."""
    screen = stage.screen
    stage.do(steps(stage.ground))
    screen.say(f"Every city asks for {url_of(APP)} five times a second. Then {VICTIM}'s process is killed.")
    killed = lose(stage, "stop", VICTIM)
    explain_killed(stage, killed)
    screen.say(f"Now the same region keeps running, but nothing reaches it: {VICTIM} is cut off.")
    cut_off = lose(stage, "isolate", VICTIM)
    compare(stage, killed, cut_off)
    return Scene(
        figures={"killed": killed.as_figures(), "cut_off": cut_off.as_figures()},
        claims=(
            *outage_claims(4, "killed", killed.outage, killed.bound),
            return_claim("killed", killed),
            *outage_claims(4, "cut off", cut_off.outage, cut_off.bound),
            return_claim("cut off", cut_off),
            *longer_claims(killed, cut_off),
        ),
    )


def explain_killed(stage: Stage, loss: Loss) -> None:
    """The three times of a failover."""
    outage, bound = loss.outage, loss.bound
    stage.screen.say(
        f"Why: a dead process refuses connections, so each probe fails at once and the third says enough: noticed after"
        f" {seconds(outage.detected_after_s)}. Resolvers in {listed(outage.cities)} keep the old address for its"
        f" TTL ({TTL_S} s / speed {stage.ground.speed:g} = {bound.ttl_s:g} s): last error after"
        f" {seconds(outage.expired_after_s)}. Mended, its users were back {seconds(loss.returned_after_s)} later."
    )


def compare(stage: Stage, killed: Loss, cut_off: Loss) -> None:
    """Both losses side by side, and on AWS."""
    stage.screen.table(
        f"{VICTIM} lost twice, in seconds from the fault: measured / allowed",
        (
            "",
            "noticed",
            "then caches empty",
            "so last error",
            "failed visits",
            "a failing visit ms",
            "back when mended",
        ),
        [_row("killed", killed), _row("cut off", cut_off)],
    )
    on_aws = [bound_of(loss.kind, VICTIM, rtt_ms=stage.rtt_ms, speed=1.0) for loss in (killed, cut_off)]
    stage.screen.say(
        f"Why it takes longer: packets are swallowed, so every probe waits for its time-out"
        f" (up to {cut_off.bound.probe_s:.1f} s here) before it counts: {THRESHOLD} x (interval + time-out) instead of"
        f" {THRESHOLD} x interval. Users wait too, and see nothing."
        f" On AWS, with these settings: about {on_aws[0].expected_s:.0f} s and {on_aws[1].expected_s:.0f} s to notice,"
        f" then up to {TTL_S} s of caches."
    )


def _row(name: str, loss: Loss) -> tuple[str, ...]:
    outage, bound = loss.outage, loss.bound
    return (
        name,
        f"{seconds(outage.detected_after_s)} / {bound.detect_s:.1f} s",
        f"{seconds(outage.caches_after_s)} / {bound.ttl_s:.1f} s",
        f"{seconds(outage.expired_after_s)} / {bound.total_s:.1f} s",
        f"{outage.errors} of {outage.visits}",
        "-" if outage.failing_ms is None else f"{outage.failing_ms:.0f}",
        f"{seconds(loss.returned_after_s)} / {return_bound_s(bound):.1f} s",
    )


def return_claim(what: str, loss: Loss) -> Claim:
    """Mending is noticed too."""
    limit_s = return_bound_s(loss.bound)
    return claim(
        4,
        f"{what}, then mended: its users are back within {limit_s:.1f} s",
        f"{seconds(loss.returned_after_s)} (noticed after {seconds(loss.healthy_after_s)})",
        within(loss.returned_after_s, limit_s),
    )


def longer_claims(killed: Loss, cut_off: Loss) -> list[Claim]:
    """A silent region is noticed later, and each visit to it costs more, than a dead one."""
    fast_s, slow_s = killed.outage.detected_after_s, cut_off.outage.detected_after_s
    fast_ms, slow_ms = killed.outage.failing_ms, cut_off.outage.failing_ms
    return [
        claim(
            4,
            "being cut off is noticed later than being killed",
            f"{seconds(slow_s)} and {seconds(fast_s)}",
            fast_s is not None and slow_s is not None and slow_s > fast_s,
        ),
        claim(
            4,
            "a visit to a silent region takes the user's whole patience, one to a dead region a round trip",
            f"{slow_ms or 0:.0f} ms and {fast_ms or 0:.0f} ms (medians)",
            fast_ms is not None and slow_ms is not None and slow_ms > 2 * fast_ms,
        ),
    ]
