"""Rows appear when their second is complete, each once, each in order."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sandbox.demo.values import Ground
from sandbox.demo.watch import Watch
from sandbox.serving.measured import Measured


class Hands:
    """A clock that the test turns: both times are the same number."""

    def __init__(self):
        self.at_s = 0.0

    def now_s(self):
        return self.at_s

    def wall_s(self):
        return self.at_s


class Rows:
    """A screen that keeps rows as text."""

    def __init__(self):
        self.shown = []

    def row(self, pieces):
        self.shown.append("".join(text for text, _ in pieces))


def visit(at_s):
    return Measured(place="paris", url="", started_at_s=at_s, ok=True, served_by="eu-west-1")


@pytest.fixture
def scene():
    """A watch of a load that began at 0 and whose users wait for 1 s."""
    stage = SimpleNamespace(clock=Hands(), screen=Rows(), ground=Ground(addresses={}))
    load = SimpleNamespace(visits=[visit(0.5), visit(1.5), visit(2.5)], started_at_s=0.0, timeout_s=1.0)
    return SimpleNamespace(stage=stage, watch=Watch(stage, load), load=load)


def look_at(scene, at_s):
    """Rows that are shown when the clock stands there (the legend left out)."""
    scene.stage.clock.at_s = at_s
    looks = iter([False, True])
    scene.watch.until(lambda: next(looks), within_s=1.0)
    return [row.strip()[:3] for row in scene.stage.screen.shown[1:]]


def test_a_second_is_shown_when_the_last_user_of_it_may_have_given_up(scene):
    assert look_at(scene, 2.0) == []
    assert look_at(scene, 2.3) == ["0 s"]
    assert look_at(scene, 4.3) == ["0 s", "1 s", "2 s"]


def test_no_row_is_shown_twice(scene):
    look_at(scene, 3.3)
    assert [second.second for second in scene.watch.finish()] == [0, 1, 2]
    assert [row.strip()[:3] for row in scene.stage.screen.shown[1:]] == ["0 s", "1 s", "2 s"]


def test_a_note_stands_beside_its_second_and_one_that_comes_late_beside_the_next(scene):
    scene.watch.note(1.2, "in time")
    look_at(scene, 3.3)
    scene.watch.note(0.9, "late")
    scene.watch.finish()
    assert "in time" in scene.stage.screen.shown[2]
    assert "late" in scene.stage.screen.shown[3]


def test_what_does_not_come_in_time_is_none(scene):
    class Runs(Hands):
        def now_s(self):
            self.at_s += 10.0
            return self.at_s

    scene.stage.clock = Runs()
    assert scene.watch.until(lambda: None, within_s=5.0) is None
