"""Claims about how commands end."""

from __future__ import annotations

import os
import signal

import pytest

from sandbox.client.endings import ended_by_signal, undisturbed


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
