"""SOCKS5 transcripts: what the client says, what it hears."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

NO_AUTH = b"\x05\x01\x00"
WITH_USER = b"\x05\x02\x00\x02"
APP = b"\x05\x01\x00\x03\x10app.example.test\x00\x50"
OPENED = b"\x05\x00\x00\x01\xc6\x12\x01\x0a\x00\x50"


def user(name: bytes) -> bytes:
    return b"\x01" + bytes((len(name),)) + name + b"\x01x"


def test_without_a_user_the_client_stands_in_the_doors_place(play):
    async def scene(stage):
        client = await stage.says(NO_AUTH)
        assert client.sent == b"\x05\x00"
        await stage.says(APP, client)
        assert client.sent == b"\x05\x00" + OPENED
        assert stage.world.opened == [("tokyo", "198.18.1.10", 80)]

    play(scene)


@pytest.mark.parametrize(("name", "place"), [(b"paris", "paris"), (b"", "tokyo")])
def test_the_user_is_the_place(play, name, place):
    async def scene(stage):
        client = await stage.says(WITH_USER)
        await stage.says(user(name), client)
        assert client.sent == b"\x05\x02\x01\x00"
        await stage.says(APP, client)
        assert client.sent.endswith(OPENED)
        assert stage.world.lookups == [(place, "app.example.test")]

    play(scene)


def test_an_unknown_place_fails_the_authentication(play):
    async def scene(stage):
        client = await stage.says(WITH_USER + user(b"pariss"))
        assert client.sent == b"\x05\x02\x01\x01"
        assert client.eof
        (record,) = stage.journal.of_kind("refused")
        assert "Did you mean paris?" in record["why"]
        await stage.clock.pass_s(1)
        assert client.end == "closed"

    play(scene)


@given(cuts=st.lists(st.integers(0, 60), max_size=8))
def test_the_same_bytes_give_the_same_answers_however_they_are_cut(play, cuts):
    whole = WITH_USER + user(b"paris") + APP + b"early"

    async def scene(stage):
        client = stage.client()
        edges = sorted({0, len(whole), *(min(cut, len(whole)) for cut in cuts)})
        for start, end in zip(edges, edges[1:], strict=False):  # noqa: RUF007
            client.hear(whole[start:end])
        await stage.settle()
        assert client.sent == b"\x05\x02\x01\x00" + OPENED
        assert stage.upstream.sent == b"early"

    play(scene)


@given(data=st.binary(min_size=1, max_size=200))
def test_garbage_is_answered_or_waited_for_and_never_raises(play, data):
    async def scene(stage):
        client = await stage.says(b"\x05" + data)
        await stage.says(b"more", client)

    play(scene)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (b"\x05\x01\x01", b"\x05\xff"),  # GSSAPI only
        (NO_AUTH + b"\x05\x02\x00\x01", b"\x05\x00\x05\x07\x00\x01" + bytes(6)),  # BIND
        (NO_AUTH + b"\x05\x01\x00\x04" + bytes(18), b"\x05\x00\x05\x08\x00\x01" + bytes(6)),  # IPv6
        (NO_AUTH + APP[:-2] + b"\x00\x00", b"\x05\x00\x05\x05\x00\x01" + bytes(6)),  # port 0
        (NO_AUTH + b"\x05\x01\x00\x03\x0bexample.com\x00\x50", b"\x05\x00\x05\x02\x00\x01" + bytes(6)),
        (NO_AUTH + b"\x05\x01\x00\x03\x0eb.example.test\x00\x50", b"\x05\x00\x05\x04\x00\x01" + bytes(6)),
    ],
)
def test_what_is_not_served_has_its_reply_code(play, said, heard):
    async def scene(stage):
        client = await stage.says(said)
        assert client.sent == heard
        assert client.eof
        assert len(stage.refusals()) == 1

    play(scene)


def test_a_client_that_leaves_while_its_connection_opens_takes_the_opening_along(play):
    async def scene(stage):
        stage.world.gate = asyncio.Event()
        client = await stage.says(NO_AUTH + APP)
        client.hear_eof()
        await stage.settle()
        stage.world.gate.set()
        await stage.settle()
        assert stage.world.upstreams == []
        assert len(stage.hall.clients) == 0

    play(scene)


def test_a_client_that_sends_much_ahead_is_paused_until_the_tunnel_is_there(play):
    async def scene(stage):
        stage.world.gate = asyncio.Event()
        client = await stage.says(NO_AUTH + APP)
        await stage.says(b"x" * 101, client)
        assert client.paused
        stage.world.gate.set()
        await stage.settle()
        assert not client.paused
        assert stage.upstream.sent == b"x" * 101

    play(scene, waiting_limit_bytes=100)
