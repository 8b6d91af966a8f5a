"""Going through the labs: start one, check its present step, ask for the hint, begin again.

In: a running sandbox, its state folder. Out: what to show, and the progress kept in the folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import Refusal
from sandbox.labs import progress as kept
from sandbox.labs.checks import judge
from sandbox.labs.shelf import checked_language, lab_of
from sandbox.labs.shell import Shell
from sandbox.labs.sight import Clients, LiveSight
from sandbox.labs.values import Lab, Progress, Step, Verdict

if TYPE_CHECKING:
    from sandbox.client.sandbox import Sandbox

# The usual ports as texts name them, and whose they are: shown and typed as those of the sandbox that runs.
PORT_NAMES = {"3128": "proxy", "8053": "dns", "4566": "aws", "4500": "console"}
TEXTS_SPEED = 10
PORT = re.compile(r"(?<=localhost:|127\.0\.0\.1:)\d{4}\b|(?<=-p )\d{4}\b")


def with_ports(text: str, ports: Mapping[str, Any]) -> str:
    """A text in which usual ports are those of a sandbox."""
    return PORT.sub(lambda found: str(ports[PORT_NAMES[found[0]]]) if found[0] in PORT_NAMES else found[0], text)


def pace_at(speed: float) -> str:
    """A word about waits at another speed than the texts'; "" at theirs."""
    if speed == TEXTS_SPEED:
        return ""
    return (
        f"This sandbox runs at speed {speed:g}; the texts tell the waits of speed {TEXTS_SPEED}. For these: "
        f"sandbox down, then sandbox up -d --speed {TEXTS_SPEED}"
    )


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A look at the present step. is_over: it passed, and was the last."""

    step: Step
    verdicts: tuple[Verdict, ...]
    is_over: bool

    @property
    def passed(self) -> bool:
        """Whether everything is as it should be."""
        return all(verdict.passed for verdict in self.verdicts)


class Course:
    """Labs in one sandbox. present: the variables of the shell it was called from."""

    def __init__(self, sandbox: Sandbox, home: Path, present: Mapping[str, str]) -> None:
        self._present = present
        self.sandbox = sandbox
        self._home = home
        self._clock = SystemClock()
        self._clients = Clients(sandbox)

    def start(self, number: int, language: str, say: Callable[[str], None]) -> Lab:
        """Empty the sandbox, type what the lab takes for granted, and stand at its first step."""
        lab = lab_of(number, checked_language(language))
        missing = [region for region in lab.regions if region not in self.sandbox.regions]
        if missing:
            wanted = ",".join(lab.regions)
            raise Refusal(
                "RegionMissing",
                f"Lab {number} needs {', '.join(missing)}, which does not run here. "
                f"Start a sandbox for it: sandbox down, then sandbox up -d --speed 10 --regions {wanted}",
            )
        finished = self._finished()
        self.sandbox.reset()
        if lab.before:
            with Shell(self.variables(), say) as shell:
                shell.type_all(replace(line, text=self.shown(line.text)) for line in lab.before)
        began_at_s = self._clock.wall_s()
        kept.save(
            self._home,
            Progress(lab=number, language=language, step=0, began_at_s=began_at_s, finished=finished),
        )
        return lab

    def at_stake(self) -> str:
        """What `start` would take away that no lab has made, as a sentence; "" under way in a lab, or if nothing is."""
        progress = kept.load(self._home)
        if progress is not None and progress.step < len(lab_of(progress.lab).steps):
            return ""
        found = LiveSight(self.sandbox, self._clients, 0).things()
        held = ", ".join(f"{count} {what}{'s' if count > 1 else ''}" for what, count in found.items() if count)
        return f"A lab begins with an empty sandbox, and this one holds {held}." if held else ""

    def pace(self) -> str:
        """A word about waits when the sandbox has another speed than the texts; "" when it has theirs."""
        return pace_at(float(self.sandbox.card["speed"]))

    def present(self) -> tuple[Lab, Progress]:
        """The lab that was started, and where it stands."""
        progress = kept.load(self._home)
        if progress is None:
            raise Refusal("NoLab", "No lab was started here. See: sandbox lab list, sandbox lab start 1", status=409)
        return lab_of(progress.lab, progress.language), progress

    def check(self) -> Checked:
        """Look whether the present step is done; go on to the next one if so."""
        lab, progress = self.present()
        if progress.step >= len(lab.steps):
            return Checked(step=lab.steps[-1], verdicts=(), is_over=True)
        step = lab.steps[progress.step]
        sight = LiveSight(self.sandbox, self._clients, progress.began_at_s)
        verdicts = tuple(judge(check, sight) for check in step.checks)
        checked = Checked(step=step, verdicts=verdicts, is_over=False)
        if not checked.passed:
            return checked
        if kept.load(self._home) != progress:  # another shell, or the console, went on or began again meanwhile
            raise Refusal("LabMoved", "The lab went on elsewhere meanwhile. See: sandbox lab show", status=409)
        following = progress.step + 1
        is_over = following == len(lab.steps)
        finished = (*progress.finished, lab.number) if is_over else progress.finished
        kept.save(
            self._home,
            replace(
                progress,
                step=following,
                began_at_s=self._clock.wall_s(),
                finished=tuple(sorted(set(finished))),
            ),
        )
        return replace(checked, is_over=is_over)

    def speak(self, language: str) -> None:
        """Go on with the present lab in another language; its steps are the same."""
        _, progress = self.present()
        kept.save(self._home, replace(progress, language=checked_language(language)))

    def shown(self, text: str) -> str:
        """A text with the ports of this sandbox."""
        return with_ports(text, self.sandbox.ports)

    def variables(self) -> dict[str, str]:
        """Of a shell after `eval "$(sandbox env)"`."""
        from sandbox.client.environment import environment

        given = environment(self.sandbox.card, self.sandbox.card["default_place"], self._present)
        kept_ones = {name: value for name, value in self._present.items() if name not in given.unset}
        return {**kept_ones, **given.variables, "SANDBOX_HOME": str(self._home), "AWS_PAGER": ""}

    def _finished(self) -> tuple[int, ...]:
        progress = kept.load(self._home)
        return () if progress is None else progress.finished
