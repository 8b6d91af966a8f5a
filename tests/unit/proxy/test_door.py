"""A door knows where its clients stand, and leaves no client behind."""

import pytest

from sandbox.proxy.relay import Pipe
from sandbox.proxy.values import Failure, Report, Why


def test_a_user_is_a_place_and_nobody_is_the_doors_own(play):
    async def scene(stage):
        assert stage.door.stand("") == "tokyo"
        assert stage.door.stand("paris") == "paris"
        with pytest.raises(Failure, match="Did you mean tokyo") as failure:
            stage.door.stand("tokio")
        assert failure.value.cause is Why.UNKNOWN_PLACE
        assert repr(stage.door) == "Door(tokyo at 127.0.0.1:3128)"

    play(scene)


def test_a_tunnel_for_a_client_that_has_just_gone_is_given_up(play, transports):
    async def scene(stage):
        client = stage.client()
        client.close()
        pipe = Pipe()
        far = transports(pipe)
        pipe.connection_made(far)
        stage.door.tunnel(client, pipe, b"", Report())
        assert far.end == "aborted"

    play(scene)


def test_the_end_of_a_half_closed_tunnel_ends_its_watch(play):
    async def scene(stage):
        client = await stage.says(b"CONNECT app.example.test:80 HTTP/1.1\r\n\r\n")
        stage.upstream.hear_eof()
        assert len(stage.hall.sweeper) == 1
        client.hear_eof()
        await stage.settle()
        assert len(stage.hall.sweeper) == len(stage.hall.clients) == 0

    play(scene)
