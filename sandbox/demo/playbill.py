"""The acts in their order, and the play: one after the other, then the summary.

In: a stage. Out: a `Performance`; its figures are what --json prints.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.client.aws_steps import Step
from sandbox.demo.acts import (
    control_lost,
    counters,
    killed_writing,
    one_region,
    region_lost,
    three_regions,
    two_writers,
    weights_and_borders,
    write_travels,
)
from sandbox.demo.script import script
from sandbox.demo.stage import Stage
from sandbox.demo.values import Claim, Ground, Scene

ALLOWED_S = 90.0  # all acts together, at the speed of values.SPEED


@dataclass(frozen=True, kw_only=True)
class Act:
    """One act. steps: what AWS is told; play: what happens then, knowing the scenes before; trials: for the script."""

    title: str
    steps: Callable[[Ground], list[Step]]
    play: Callable[[Stage, list[Scene]], Scene]
    trials: Sequence[str]


ACTS = tuple(
    Act(title=act.TITLE, steps=act.steps, play=act.play, trials=act.TRIALS)
    for act in (
        one_region,
        three_regions,
        weights_and_borders,
        region_lost,
        control_lost,
        write_travels,
        two_writers,
        counters,
        killed_writing,
    )
)
SUMMARY_TITLE = "Act 10: what was claimed, what was measured"


@dataclass(frozen=True, kw_only=True)
class Performance:
    """A whole demo. took_s: of each act."""

    scenes: tuple[Scene, ...]
    took_s: tuple[float, ...]

    @property
    def claims(self) -> list[Claim]:
        """All of them, in order."""
        return [claim for scene in self.scenes for claim in scene.claims]

    @property
    def held(self) -> bool:
        """Whether every claim did."""
        return all(claim.held for claim in self.claims)

    def as_figures(self) -> dict[str, Any]:
        """For --json."""
        return {
            "held": self.held,
            "took_s": round(sum(self.took_s), 1),
            "acts": [
                {"act": number, "title": act.title, "took_s": round(took_s, 1), **scene.figures}
                for number, (act, scene, took_s) in enumerate(zip(ACTS, self.scenes, self.took_s, strict=True), start=1)
            ],
            "claims": [
                {"act": claim.act, "claim": claim.says, "measured": claim.measured, "held": claim.held}
                for claim in self.claims
            ],
        }


def play(stage: Stage) -> Performance:
    """All acts, then the summary."""
    scenes: list[Scene] = []
    took_s: list[float] = []
    for act in ACTS:
        stage.screen.title(act.title)
        began_s = stage.clock.now_s()
        scenes.append(act.play(stage, scenes))
        took_s.append(stage.clock.now_s() - began_s)
        stage.screen.pause()
    performance = Performance(scenes=tuple(scenes), took_s=tuple(took_s))
    summarise(stage, performance)
    return performance


def summarise(stage: Stage, performance: Performance) -> None:
    """The claims, and how long it took."""
    screen = stage.screen
    screen.title(SUMMARY_TITLE)
    screen.claims(performance.claims)
    times = " + ".join(f"{took_s:.0f}" for took_s in performance.took_s)
    screen.say(f"The acts took {times} = {sum(performance.took_s):.0f} s at speed {stage.ground.speed:g}.")
    failed = [claim for claim in performance.claims if not claim.held]
    if failed:
        screen.say(f"{len(failed)} of {len(performance.claims)} claims did not hold.", "bold red")
    else:
        screen.say(f"All {len(performance.claims)} claims held.", "bold green")


def whole_script(ground: Ground) -> str:
    """The AWS steps of all acts for bash."""
    return script([(act.title, act.steps(ground), act.trials) for act in ACTS])
