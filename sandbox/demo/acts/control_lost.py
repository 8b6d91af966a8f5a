"""Act 5: us-east-1 is cut off. Route 53 cannot be changed, and goes on answering, and moves us-east-1's users away."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.client.aws_steps import Step, cli_line
from sandbox.demo.claims import claim, listed, outage_claims
from sandbox.demo.losing import lose
from sandbox.demo.records import change, check_name, latency_records
from sandbox.demo.stage import Stage
from sandbox.demo.values import APP, CANARY, CONTROL_HOME, TTL_S, Ground, Scene
from sandbox.demo.watch import Watch

TITLE = f"Act 5: {CONTROL_HOME} is cut off, the home of Route 53's control plane"
TRIALS = (
    f"sandbox fault isolate {CONTROL_HOME}",
    'the line above, with "$ZONE" and "$CHECK_US_EAST_1" as set here: it is refused',
    "sandbox dig app.example.test --from new-york",
)
BACK_WITHIN_S = 10.0


@dataclass
class Witness:
    """What was seen meanwhile. error: of the change, None if it was accepted; answers: what DNS told each city."""

    error: str | None = None
    message: str = ""
    took_ms: float = 0.0
    answers: dict[str, str] = field(default_factory=dict)


def steps(ground: Ground) -> list[Step]:
    """The change that an operator would try."""
    checks = {region: f"${check_name(region)}" for region in ground.regions}
    gone = next(r for r in latency_records(ground, APP, TTL_S, checks) if r["Region"] == CONTROL_HOME)
    return [
        change(
            f"by hand: take {CONTROL_HOME} out of DNS (while it is cut off)",
            ("DELETE", gone),
            keep_change=False,
            played=False,
        )
    ]


def play(stage: Stage, earlier: list[Scene]) -> Scene:
    """Cut off, try the change, ask DNS, watch the users move, mend."""
    screen = stage.screen
    witness = Witness()
    loss = lose(stage, "isolate", CONTROL_HOME, during=lambda watch: look(stage, watch, witness))
    back = stage.wait_until(lambda: answers_again(stage), what="Route 53's control plane", within_s=BACK_WITHIN_S)
    screen.say(
        f"Why: Route 53 is changed in {CONTROL_HOME} and nowhere else, but it answers, and checks health, everywhere,"
        " with what it last knew. What must happen in an emergency has to be set up before it: health checks moved"
        f" {listed(loss.outage.cities)} away while nobody could have done it by hand."
    )
    answered = [city for city, said in witness.answers.items() if said]
    return Scene(
        figures={
            **loss.as_figures(),
            "change": {"error": witness.error, "message": witness.message, "took_ms": round(witness.took_ms, 1)},
            "dns_answers": witness.answers,
            "control_plane_back": bool(back),
        },
        claims=(
            claim(
                5,
                "ChangeResourceRecordSets fails",
                f"{witness.error or 'accepted'} after {witness.took_ms:.0f} ms",
                witness.error is not None,
            ),
            claim(
                5,
                "DNS answers every city, past its cache",
                f"{len(answered)} of {len(stage.ground.cities)} cities",
                len(answered) == len(stage.ground.cities),
            ),
            *outage_claims(5, "cut off", loss.outage, loss.bound),
            claim(5, "mended: Route 53 can be changed again", "yes" if back else "no", bool(back)),
        ),
    )


def look(stage: Stage, watch: Watch, witness: Witness) -> None:
    """Try to change DNS, and ask it."""
    from botocore.exceptions import BotoCoreError, ClientError

    step = steps(stage.ground)[0]
    stage.screen.step(step.says, cli_line(step))
    began_s = stage.clock.now_s()
    try:
        stage.runner.run(step)
    except ClientError as error:
        witness.error, witness.message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    except BotoCoreError as error:
        witness.error, witness.message = type(error).__name__, str(error)
    witness.took_ms = (stage.clock.now_s() - began_s) * 1000
    if witness.error is None:
        stage.screen.line("accepted, and it should not have been", "bold red")
    else:
        stage.screen.line(f"{witness.error}: {witness.message}", "red")
    for city in stage.ground.cities:  # TTL 0: no resolver keeps it, so the authority itself answers
        lookup = stage.sandbox.resolve(CANARY, city)
        witness.answers[city] = (
            ", ".join(lookup.addresses) if lookup.status == "NOERROR" and not lookup.from_cache else ""
        )
    watch.note(
        stage.clock.wall_s(), f"Route 53 refuses changes, and answers {sum(map(bool, witness.answers.values()))} cities"
    )


def answers_again(stage: Stage) -> bool:
    """Whether the control plane can be asked."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        stage.aws.client("route53", CONTROL_HOME).get_hosted_zone(Id=stage.runner.kept["ZONE"])
    except (BotoCoreError, ClientError):
        return False
    return True
