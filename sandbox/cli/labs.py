"""`lab`: walkthroughs to type along, whose checkpoints look at the running sandbox."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sandbox.cli.options import NO_HOME, AsJson, Home, card_of
from sandbox.cli.output import FAILED, say, show_json, show_markdown, show_table
from sandbox.kernel.errors import Refusal
from sandbox.labs import progress as kept
from sandbox.labs.shelf import all_labs, checked_language, guide, lab_of
from sandbox.labs.values import Lab, Step

if TYPE_CHECKING:
    from sandbox.labs.course import Checked, Course

Number = Annotated[int, typer.Argument(metavar="N")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether what is there may go.")]
Language = Annotated[str, typer.Option("--lang", metavar="CODE", help="en or fr; what is not translated is English.")]


def list_(language: Language = "en", as_json: AsJson = False, home: Home = NO_HOME) -> None:
    """List the labs."""
    progress = kept.load(home)
    finished = () if progress is None else progress.finished
    labs = all_labs(checked_language(language))
    if as_json:
        show_json([{**summary(lab), "finished": lab.number in finished} for lab in labs])
        return
    rows = [
        (str(lab.number), lab.title, f"{lab.minutes} min", "done" if lab.number in finished else "") for lab in labs
    ]
    show_table(("lab", "title", "takes", ""), rows, right=("lab", "takes"))


def summary(lab: Lab) -> dict[str, Any]:
    """A lab in one row."""
    return {
        "number": lab.number,
        "title": lab.title,
        "minutes": lab.minutes,
        "language": lab.language,
        "regions": list(lab.regions),
        "steps": [step.title for step in lab.steps],
    }


def start(number: Number, language: Language = "en", yes: Yes = False, home: Home = NO_HOME) -> None:
    """Empty the sandbox and begin a lab."""
    course = _course(home)
    lab_of(number, checked_language(language))
    if not yes and (lost := course.at_stake()):
        _make_sure(lost)
    lab = course.start(number, language, lambda line: say(f"$ {line}"))
    show_markdown(f"# {lab.number}. {lab.title}\n\n{lab.intro}")
    if pace := course.pace():
        say(pace)
    _show_step(course, lab, 0)


def _make_sure(lost: str) -> None:
    if not sys.stdin.isatty():
        raise Refusal("NotEmpty", f"{lost} Lose that: --yes", status=409)
    typer.confirm(f"{lost} Lose that?", abort=True)


def show(home: Home = NO_HOME) -> None:
    """Show the present step again."""
    course = _course(home)
    lab, progress = course.present()
    if progress.step < len(lab.steps):
        _show_step(course, lab, progress.step)
    else:
        say(f"Lab {lab.number} is over. Next: sandbox lab start {lab.number + 1}")


def check(as_json: AsJson = False, home: Home = NO_HOME) -> None:
    """Look whether the present step is done; then show the next one."""
    course = _course(home)
    checked = course.check()
    if as_json:
        verdicts = [asdict(verdict) for verdict in checked.verdicts]
        show_json({"step": checked.step.title, "passed": checked.passed, "over": checked.is_over, "checks": verdicts})
    else:
        _show_checked(course, checked)
    if not checked.passed:
        raise typer.Exit(FAILED)


def _show_checked(course: Course, checked: Checked) -> None:
    for verdict in checked.verdicts:
        say(f"{'ok     ' if verdict.passed else 'not yet'}  {verdict.said}")
    if not checked.passed:
        say(f"Wanted: {checked.step.checkpoint}")
        say("Stuck? sandbox lab hint")
        return
    if checked.step.answer:
        show_markdown(f"**{checked.step.question}** {checked.step.answer}")
    lab, progress = course.present()
    if checked.is_over:
        say(f"Lab {lab.number} is done: {lab.title}.")
    else:
        _show_step(course, lab, progress.step)


def hint(home: Home = NO_HOME) -> None:
    """Say what helps with the present step."""
    lab, progress = _course(home).present()
    step = lab.steps[min(progress.step, len(lab.steps) - 1)]
    show_markdown(step.hint)


def reset(home: Home = NO_HOME) -> None:
    """Empty the sandbox and begin the present lab again."""
    _, progress = _course(home).present()
    start(progress.lab, progress.language, home=home)


def leader(language: Language = "en") -> None:
    """Print the guide for who leads a workshop."""
    show_markdown(guide(checked_language(language)))


def _show_step(course: Course, lab: Lab, number: int) -> None:
    step: Step = lab.steps[number]
    show_markdown(f"## {lab.number}.{number + 1} {step.title}\n\n{course.shown(step.body)}")
    if step.question:
        show_markdown(f"**?** {step.question}")
    say(f"Done when: {step.checkpoint}  (sandbox lab check)")


def _course(home: Any) -> Course:
    from sandbox.client.sandbox import Sandbox
    from sandbox.labs.course import Course

    card_of(home)
    return Course(Sandbox.attach(home), home, os.environ)


def group() -> typer.Typer:
    """The group `lab`."""
    app = typer.Typer(help="Learn by doing: lines to type, and checkpoints that look.", no_args_is_help=False)
    app.command("list")(list_)
    app.command()(start)
    app.command()(show)
    app.command()(check)
    app.command()(hint)
    app.command()(reset)
    app.command()(leader)
    return app
