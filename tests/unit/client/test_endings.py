"""Claims about how commands end."""

from __future__ import annotations

import os
import signal

import pytest

from sandbox.client.endings import ended_by_signal, held_back, undisturbed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_as_ctrl_c_does_and_only_inside(number):
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), ended_by_signal():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_mending_is_not_disturbed_and_signals_work_again_afterwards():
    before = signal.getsignal(signal.SIGTERM)
    with undisturbed():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_is_held_back_comes_when_the_block_is_over(number):
    """What the block has made is known by then, as here, and can be ended."""
    made = []

    def make() -> None:
        with held_back():
            os.kill(os.getpid(), number)
            made.append("a process")

    with pytest.raises(KeyboardInterrupt), ended_by_signal():
        make()
    assert made == ["a process"]


def test_without_a_signal_nothing_comes():
    before = signal.getsignal(signal.SIGINT)
    with held_back():
        pass
    assert signal.getsignal(signal.SIGINT) is before
