"""How a command that broke or made something ends, whoever ends it: by mending first.

In: a block of code. Out: the same block, ended by signals as by Ctrl-C, or (the mending) not at all.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def ended_by_signal() -> Iterator[None]:
    """SIGTERM and SIGHUP end what runs inside as Ctrl-C does: nothing of it stays behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with handling(_interrupt, signal.SIGTERM, signal.SIGHUP):
        yield


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """A second Ctrl-C does not keep us from mending what the first one left broken."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with handling(signal.SIG_IGN, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        yield


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """What would end us comes when the block is over: a process that is just being started is not lost between its
    birth and our knowing of it. Mend what stands before this in a `try` around it, as the signal comes at its end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    with handling(lambda number, frame: came.append(number), signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        yield
    if came:
        signal.raise_signal(came[0])


@contextlib.contextmanager
def handling(handler: Any, *numbers: signal.Signals) -> Iterator[None]:
    """Handle signals so, for a while."""
    ours = [number for number in numbers if signal.getsignal(number) is not None]  # None: what is not Python's
    before = {number: signal.signal(number, handler) for number in ours}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
