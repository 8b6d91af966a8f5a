"""Claims about connections whose other end vanishes."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest

from sandbox.management.silence import SOON, USUAL, Patience, notice_silence


@pytest.mark.parametrize("patience", [USUAL, SOON])
@pytest.mark.skipif(sys.platform != "linux", reason="the names of these options are Linux's")
def test_the_kernel_asks_and_gives_up(patience: Patience) -> None:
    """That a container off its network is noticed is tested in tests/containers; here, that the kernel was told."""

    async def story() -> list[int]:
        server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        notice_silence(writer, patience)
        own = writer.get_extra_info("socket")
        names = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
        told = [own.getsockopt(socket.IPPROTO_TCP, name) for name in names]
        told.append(own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
        writer.close()
        server.close()
        return told

    wanted = [patience.idle_s, patience.every_s, patience.questions, patience.unanswered_ms, 1]
    assert asyncio.run(story()) == wanted


def test_where_a_cut_is_expected_it_is_noticed_sooner() -> None:
    def longest_s(patience: Patience) -> float:
        return max(patience.idle_s + patience.every_s * patience.questions, patience.unanswered_ms / 1000)

    assert longest_s(SOON) * 3 <= longest_s(USUAL)
