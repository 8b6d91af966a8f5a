"""The first byte chooses the side; too many clients are told so."""

import asyncio

import pytest

from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.proxy.http_side import HttpSide
from sandbox.proxy.service import Proxy
from sandbox.proxy.socks_side import SocksSide


@pytest.mark.parametrize(("said", "side"), [(b"\x05\x01", SocksSide), (b"G", HttpSide), (b"\x04\x01", HttpSide)])
def test_the_first_byte_chooses_the_side(play, said, side):
    async def scene(stage):
        client = await stage.says(said)
        assert isinstance(client.protocol, side)

    play(scene)


@pytest.mark.parametrize(("said", "heard"), [(b"\x05\x01\x00", b"\x05\xff"), (b"GET / ", b"HTTP/1.1 503 ")])
def test_one_client_too_many_is_refused_in_its_own_protocol(play, said, heard):
    async def scene(stage):
        first = stage.client()
        second = await stage.says(said)
        assert second.sent.startswith(heard)
        assert second.end == "closed"
        assert stage.refusals() == ["busy"]
        first.lose()
        await stage.settle()
        assert len(stage.hall.clients) == 0

    play(scene, most_connections=1)


def test_a_door_in_an_unknown_place_is_refused(play):
    async def scene(stage):
        proxy = Proxy(world=stage.world, clock=SystemClock(), journal=Journal())
        with pytest.raises(Refusal, match="Did you mean tokyo"):
            await proxy.open_door("tokio")
        assert proxy.doors == []
        await proxy.close()

    play(scene)


def test_own_pages_need_no_world(play):
    async def scene(stage):
        client = await stage.says(b"GET /proxy.pac HTTP/1.1\r\n\r\n")
        assert b'return "PROXY 127.0.0.1:3128"' in client.sent
        assert client.eof
        await asyncio.sleep(0)
        client.hear_eof()
        assert client.end == "closed"

    play(scene)
