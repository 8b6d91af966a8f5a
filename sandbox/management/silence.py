"""Connections whose other end may vanish without a word, as a container does that is taken off its network.

In: a connection. Out: the kernel asks the other end now and then, and gives up when nothing comes back. A frozen
program does not count as silent, since its kernel answers.
"""

from __future__ import annotations

import asyncio
import socket

IDLE_S = 5  # silence before the first question
EVERY_S = 2  # between questions
QUESTIONS = 3
UNANSWERED_MS = 15_000  # what was sent and not acknowledged for this long


def notice_silence(writer: asyncio.StreamWriter) -> None:
    """Lose this connection some 11 to 15 s after its other end has vanished, as far as the platform can."""
    own = writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", IDLE_S),
        ("TCP_KEEPINTVL", EVERY_S),
        ("TCP_KEEPCNT", QUESTIONS),
        ("TCP_USER_TIMEOUT", UNANSWERED_MS),
    ):
        option = getattr(socket, name, None)  # macOS has not all of them
        if option is not None:
            own.setsockopt(socket.IPPROTO_TCP, option, value)
