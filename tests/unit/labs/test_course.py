"""A checkpoint that looks while the lab goes on elsewhere; tests/live/test_labs.py goes through all labs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.labs.course import Course, with_ports
from sandbox.labs.progress import load, save
from sandbox.labs.values import Progress

FIRST = Progress(lab=1, language="en", step=0, began_at_s=5.0)
ELSEWHERE = Progress(lab=2, language="en", step=0, began_at_s=9.0)


class NamedSandbox:
    """A sandbox in which app.example.test is as lab 1 wants it. on_look: happens while a checkpoint looks."""

    ports: dict[str, Any] = {"proxy": 3128, "dns": 8053, "aws": 4566, "console": 4500}  # noqa: RUF012 - never changed

    def __init__(self, on_look: Callable[[], None]) -> None:
        self._on_look = on_look

    def call(self, program: str, method: str, **arguments: Any) -> Any:
        if method == "places":
            return [{"code": "paris", "subnet": "100.64.1.0/24"}]
        self._on_look()
        return {"rcode": "NOERROR", "answer": [{"rtype": "A", "values": ["198.18.1.10"]}]}


def course(home: Path, on_look: Callable[[], None] = lambda: None) -> Course:
    return Course(NamedSandbox(on_look), home, {})  # type: ignore[arg-type]


def test_a_step_that_is_done_leads_to_the_next_one(tmp_path: Path) -> None:
    save(tmp_path, FIRST)
    assert course(tmp_path).check().passed
    assert (load(tmp_path) or ELSEWHERE).step == 1


def test_a_lab_that_was_begun_elsewhere_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """Two shells, or a shell and the console: the slower one's look is of the lab that was."""
    save(tmp_path, FIRST)
    with pytest.raises(Refusal, match="went on elsewhere") as refused:
        course(tmp_path, on_look=lambda: save(tmp_path, ELSEWHERE)).check()
    assert (refused.value.code, load(tmp_path)) == ("LabMoved", ELSEWHERE)


def test_waits_of_another_speed_than_the_texts_are_told(tmp_path: Path) -> None:
    slow = course(tmp_path)
    slow.sandbox.card = {"speed": 1.0}  # type: ignore[misc]
    assert slow.pace().startswith("This sandbox runs at speed 1; the texts tell the waits of speed 10.")
    slow.sandbox.card = {"speed": 10.0}  # type: ignore[misc]
    assert slow.pace() == ""


def test_nothing_is_at_stake_while_a_lab_is_under_way(tmp_path: Path) -> None:
    """Nobody is asked: what is there is that lab's."""
    save(tmp_path, FIRST)
    assert course(tmp_path, on_look=lambda: pytest.fail("somebody was asked")).at_stake() == ""


def test_another_language_keeps_the_step(tmp_path: Path) -> None:
    save(tmp_path, Progress(lab=1, language="en", step=2, began_at_s=5.0, finished=(3,)))
    course(tmp_path).speak("fr")
    assert load(tmp_path) == Progress(lab=1, language="fr", step=2, began_at_s=5.0, finished=(3,))
    with pytest.raises(Refusal, match="Unknown language"):
        course(tmp_path).speak("de")


def test_usual_ports_are_those_of_the_sandbox_and_other_numbers_stay() -> None:
    ports = {"proxy": 1, "dns": 2, "aws": 3, "console": 4}
    shown = with_ports("dig @127.0.0.1 -p 8053 x; curl localhost:4500 localhost:9999 3128", ports)
    assert shown == "dig @127.0.0.1 -p 2 x; curl localhost:4 localhost:9999 3128"
