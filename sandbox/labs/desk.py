"""What a screen shows of the labs, and does with them: plain values in the form of `console/models_lessons.py`.

In: the state folder of a sandbox, its card, the variables of whoever started it. Out: labs, the progress that
`sandbox lab` keeps too, verdicts. Every call blocks and belongs into a thread; those that act, one at a time. Of a
caller's input only a lab's number, a step's and a language come here; the lines that `start` types are the package's.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.labs import progress as kept
from sandbox.labs.course import Course, pace_at, with_ports
from sandbox.labs.prose import blocks_of, spans_of
from sandbox.labs.shelf import all_labs, checked_language, guide, lab_of, numbers
from sandbox.labs.values import LANGUAGES, Lab, Progress, Step

USUAL_HOME = ".sandbox"
ONLY_OURS = ("SANDBOX_TOKEN",)  # of a program of the sandbox; no variable of a shell
ELSEWHERE = (
    "In a stack of containers labs are started and checked on the host, where your shell is: "
    "sandbox lab start {number}, sandbox lab check. Their texts are shown here."
)


class Desk:
    """The labs of one sandbox. in_container: this process cannot type lines, nor reach what they reach."""

    def __init__(self, home: Path, card: dict[str, Any], present: Mapping[str, str], *, in_container: bool) -> None:
        self._home = home
        self._card = card
        self._in_container = in_container
        self._course: Course | None = None
        tools = [str(Path(sys.executable).parent), present.get("PATH", os.defpath)]  # `sandbox` and `aws` beside Python
        self._present = {name: value for name, value in present.items() if name not in ONLY_OURS}
        self._present["PATH"] = os.pathsep.join(tools)

    def labs(self, language: str) -> dict[str, Any]:
        """All of them in short, and where somebody is."""
        progress = kept.load(self._home)
        finished = () if progress is None else progress.finished
        return {
            "languages": list(LANGUAGES),
            "shell": self._shell_line(),
            "progress": None if progress is None else asdict(progress),
            "labs": [self._row(lab, finished) for lab in all_labs(checked_language(language))],
        }

    def lab(self, number: int, language: str) -> dict[str, Any]:
        """One of them, to be worked through."""
        lab = lab_of(number, checked_language(language))
        progress = kept.load(self._home)
        return {
            **self._row(lab, () if progress is None else progress.finished),
            "intro": self._blocks(lab.intro),
            "pace": pace_at(float(self._card["speed"])),
            "before": [self._shown(line.text) for line in lab.before],
            "parts": [self._step(step) for step in lab.steps],
        }

    def progress(self) -> dict[str, Any] | None:
        """Where somebody is; None before the first lab."""
        progress = kept.load(self._home)
        return None if progress is None else asdict(progress)

    def progress_version(self) -> tuple[int, ...]:
        """Another one after each change of the progress, whoever made it."""
        try:
            found = (self._home / kept.FILE).stat()
        except OSError:  # `load` says why
            return ()
        return found.st_ino, found.st_mtime_ns, found.st_size

    def start(self, number: int, language: str, say: Callable[[str], None], *, yes: bool) -> dict[str, Any]:
        """Empty the sandbox, type what the lab takes for granted (say: hears each line), stand at the first step.

        yes: what no lab has made may go.
        """
        lab_of(number, checked_language(language))
        course = self._at(number)
        if not yes and (lost := course.at_stake()):
            raise Refusal("NotEmpty", f"{lost} Lose that: yes", status=409)
        course.start(number, language, say)
        return asdict(self._stands(number))

    def reset(self, number: int, say: Callable[[str], None]) -> dict[str, Any]:
        """Begin the lab again that is under way."""
        return self.start(number, self._stands(number).language, say, yes=True)

    def check(self, number: int, step: int | None) -> dict[str, Any]:
        """Look whether the present step is done. step: the one that the caller sees, from 0."""
        before = self._stands(number)
        if step not in (None, before.step):
            raise Refusal("LabMoved", f"Lab {number} stands at step {before.step + 1} now.", status=409)
        checked = self._at(number).check()
        return {
            "lab": number,
            "step": before.step,
            "began_at_s": before.began_at_s,
            "title": checked.step.title,
            "passed": checked.passed,
            "over": checked.is_over,
            "checks": [asdict(verdict) for verdict in checked.verdicts],
            "wanted": self._spans(checked.step.checkpoint),
            "progress": asdict(self._stands(number)),
        }

    def speak(self, number: int, language: str) -> dict[str, Any]:
        """Go on in another language."""
        self._stands(number)
        self._at(number).speak(language)
        return asdict(self._stands(number))

    def guide(self, language: str) -> dict[str, Any]:
        """For who leads a workshop."""
        return {"language": checked_language(language), "blocks": self._blocks(guide(language))}

    def _stands(self, number: int) -> Progress:
        """The progress in this lab; a Refusal when another one, or none, is under way."""
        if number not in numbers():
            lab_of(number)
        progress = kept.load(self._home)
        if progress is None or progress.lab != number:
            raise Refusal("NotThisLab", f"Lab {number} is not under way. Start it first.", status=409)
        return progress

    def _at(self, number: int) -> Course:
        """The course, made once: its clients are large, and live as long as this process."""
        if self._in_container:
            raise Refusal("NotInContainers", ELSEWHERE.format(number=number), status=409)
        if self._course is None:
            from sandbox.client.sandbox import Sandbox  # AWS's and HTTP clients: who only reads does not pay for them

            self._course = Course(Sandbox.attach(self._home, card=self._card), self._home, self._present)
        return self._course

    def _row(self, lab: Lab, finished: tuple[int, ...]) -> dict[str, Any]:
        return {
            "number": lab.number,
            "title": lab.title,
            "minutes": lab.minutes,
            "language": lab.language,
            "languages": [language for language in LANGUAGES if lab.number in numbers(language)],
            "regions": list(lab.regions),
            "missing": [region for region in lab.regions if region not in self._card["regions"]],
            "steps": [step.title for step in lab.steps],
            "finished": lab.number in finished,
        }

    def _step(self, step: Step) -> dict[str, Any]:
        return {
            "title": step.title,
            "body": self._blocks(step.body),
            "question": self._spans(step.question),
            "answer": self._spans(step.answer),
            "checkpoint": self._spans(step.checkpoint),
            "hint": self._spans(step.hint),
        }

    def _blocks(self, markdown: str) -> list[dict[str, Any]]:
        return [asdict(block) for block in blocks_of(self._shown(markdown))]

    def _spans(self, text: str) -> list[dict[str, Any]]:
        return [asdict(span) for span in spans_of(self._shown(text))]

    def _shown(self, text: str) -> str:
        return with_ports(text, self._card["ports"])

    def _shell_line(self) -> str:
        """What makes a shell one of this sandbox."""
        usual = self._in_container or self._home.name == USUAL_HOME
        home = "" if usual else f"export SANDBOX_HOME={shlex.quote(str(self._home))}; "
        return f'{home}eval "$(sandbox env)"'
