"""Claims about the state of a program: what crashed comes back, slower each time; what was stopped stays down."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.supervisor.core import (
    AWAY_S,
    BACKOFF_S,
    GIVE_UP_AFTER,
    STABLE_S,
    STATES,
    ProgramState,
    how_it_ended,
    module_of,
)


def running(now_s: float = 0.0) -> ProgramState:
    state = ProgramState(name="planet")
    state.started(100, now_s)
    state.ready(now_s)
    return state


def crash(state: ProgramState, now_s: float) -> float | None:
    return state.ended("signal 9", now_s, wanted=False)


def come_back(state: ProgramState, now_s: float) -> None:
    state.started(state.pid + 1, now_s)
    state.ready(now_s)


def test_what_crashed_comes_back_after_longer_and_longer_waits_until_it_is_given_up() -> None:
    state, waits_s, now_s = running(), [], 0.0
    while (wait_s := crash(state, now_s + 1)) is not None:
        waits_s.append(wait_s)
        assert state.state == "restarting"
        now_s += 1 + wait_s
        come_back(state, now_s)
    assert waits_s[: len(BACKOFF_S)] == list(BACKOFF_S)
    assert len(waits_s) == state.restarts == GIVE_UP_AFTER
    assert state.state == "failed"
    assert state.why == f"signal 9; it crashed {GIVE_UP_AFTER + 1} times in a row"


def test_who_ran_for_long_starts_over_at_the_first_wait() -> None:
    state = running()
    for _ in range(3):
        crash(state, 1)
        come_back(state, 1)
    assert crash(state, 1 + STABLE_S) == BACKOFF_S[0]


def test_what_never_worked_is_not_tried_again() -> None:
    """A wrong setting does not get better; the first message is the one to show."""
    state = ProgramState(name="control")
    state.started(100, 0)
    assert state.ended("exit code 1", 1, wanted=False) is None
    assert (state.state, state.why) == ("failed", "exit code 1")


def test_what_a_fault_stopped_stays_down_and_its_crashes_are_forgotten() -> None:
    state = running()
    for _ in range(3):
        crash(state, 1)
        come_back(state, 1)
    state.stopped_by_fault(2, "stop-1")
    assert crash(state, 2) is None
    assert (state.state, state.why) == ("stopped by fault", "stop-1")
    come_back(state, 10)
    assert crash(state, 11) == BACKOFF_S[0]


def test_a_frozen_program_that_is_killed_comes_back() -> None:
    state = running()
    state.frozen(1, "freeze-1")
    assert state.state == "frozen"
    assert crash(state, 2) == BACKOFF_S[0]


def test_an_end_that_was_wanted_is_no_crash() -> None:
    state = running()
    assert state.ended("exit code 0", 1, wanted=True) is None
    assert (state.state, state.restarts) == ("ended", 0)


@given(
    st.lists(st.tuples(st.sampled_from(["start", "ready", "stop", "freeze", "end"]), st.floats(0, 100)), max_size=40)
)
def test_whatever_happens_the_state_is_one_of_those_and_the_waits_have_a_limit(steps: list[tuple[str, float]]) -> None:
    state, now_s = ProgramState(name="planet"), 0.0
    for step, gap_s in steps:
        now_s += gap_s
        if step == "start":
            state.started(1, now_s)
        elif step == "ready":
            state.ready(now_s)
        elif step == "stop":
            state.stopped_by_fault(now_s, "stop-1")
        elif step == "freeze":
            state.frozen(now_s, "freeze-1")
        else:
            wait_s = crash(state, now_s)
            assert wait_s is None or BACKOFF_S[0] <= wait_s <= BACKOFF_S[-1]
            assert (wait_s is None) == (state.state in ("failed", "stopped by fault"))
        assert state.state in STATES
        assert state.since_s <= now_s


def test_the_record_is_what_status_shows() -> None:
    assert running(5).as_record() == {
        "name": "planet",
        "pid": 100,
        "state": "running",
        "since_s": 5,
        "restarts": 0,
        "why": "",
    }


def test_a_program_without_a_process_shows_no_pid() -> None:
    """The number may be another process by now, and somebody may want to kill it."""
    state = running()
    state.stopped_by_fault(1, "stop-1")
    assert state.as_record()["pid"] == 0


@pytest.mark.parametrize(("status", "said"), [(0, "exit code 0"), (1, "exit code 1"), (-9, "signal 9")])
def test_an_end_is_told_in_words(status: int, said: str) -> None:
    assert how_it_ended(status) == said


def test_who_left_is_restarting_until_nobody_brings_it_back() -> None:
    """A program of another container: it may come back, but nobody here starts it."""
    state = running()
    state.lost("it has left the hub", 10, wanted=False)
    assert (state.state, state.restarts) == ("restarting", 1)
    assert not state.still_away(10 + AWAY_S - 1)
    assert state.still_away(10 + AWAY_S)
    assert (state.state, state.why) == ("ended", "it has left the hub, and has not come back")


def test_who_came_back_in_time_is_not_away() -> None:
    state = running()
    state.lost("it has left the hub", 10, wanted=False)
    come_back(state, 11)
    assert not state.still_away(10 + AWAY_S)
    assert state.state == "running"


def test_who_said_goodbye_has_ended() -> None:
    state = running()
    state.lost("it was asked to end", 10, wanted=True)
    assert (state.state, state.restarts) == ("ended", 0)


def test_what_a_fault_stopped_does_not_get_lost() -> None:
    state = running()
    state.stopped_by_fault(5, "stop-1")
    state.lost("killed", 6, wanted=False)
    assert (state.state, state.why) == ("stopped by fault", "stop-1")


def test_each_program_is_the_room_of_its_name_but_the_console_is_put_together_above_it():
    assert [module_of(name) for name in ("planet", "control", "console")] == [
        "sandbox.planet",
        "sandbox.control",
        "sandbox.screen",
    ]
