"""Connections whose other end may vanish without a word, as a container does that is taken off its network.

In: a connection. Out: the kernel asks the other end now and then, and gives up when nothing comes back. A frozen
program does not count as silent, since its kernel answers.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long silence may last."""

    idle_s: int  # silence before the first question
    every_s: int  # between questions
    questions: int
    unanswered_ms: int  # what was sent and not acknowledged for this long


USUAL = Patience(idle_s=5, every_s=2, questions=3, unanswered_ms=15_000)  # 11 to 15 s
SOON = Patience(idle_s=1, every_s=1, questions=2, unanswered_ms=3_000)  # 3 s, where a cut is expected


def notice_silence(writer: asyncio.StreamWriter, patience: Patience = USUAL) -> None:
    """Lose this connection so long after its other end has vanished, as far as the platform can."""
    own = writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", patience.idle_s),
        ("TCP_KEEPINTVL", patience.every_s),
        ("TCP_KEEPCNT", patience.questions),
        ("TCP_USER_TIMEOUT", patience.unanswered_ms),
    ):
        option = getattr(socket, name, None)  # macOS has not all of them
        if option is not None:
            own.setsockopt(socket.IPPROTO_TCP, option, value)
