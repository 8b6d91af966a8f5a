"""Claims about connections whose other end vanishes."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest

from sandbox.management.silence import EVERY_S, IDLE_S, QUESTIONS, UNANSWERED_MS, notice_silence


@pytest.mark.skipif(sys.platform != "linux", reason="the names of these options are Linux's")
def test_the_kernel_asks_and_gives_up() -> None:
    """That a container off its network is noticed is tested in tests/containers; here, that the kernel was told."""

    async def story() -> list[int]:
        server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        notice_silence(writer)
        own = writer.get_extra_info("socket")
        names = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
        told = [own.getsockopt(socket.IPPROTO_TCP, name) for name in names]
        told.append(own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
        writer.close()
        server.close()
        return told

    assert asyncio.run(story()) == [IDLE_S, EVERY_S, QUESTIONS, UNANSWERED_MS, 1]
