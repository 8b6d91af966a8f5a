"""HTTP transcripts: what the client says, what the upstream hears, and back."""

import asyncio

import pytest

GET = b"GET http://app.example.test/%s HTTP/1.1\r\nHost: app.example.test\r\n\r\n"
ORIGIN = b"GET /%s HTTP/1.1\r\nHost: app.example.test\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
POST = b"POST http://app.example.test/ HTTP/1.1\r\nHost: app.example.test\r\nContent-Length: 10\r\n\r\n"
PARIS = b"Proxy-Authorization: Basic cGFyaXM6eA==\r\n"


def test_a_request_goes_up_and_its_answer_comes_down_unchanged(play):
    async def scene(stage):
        client = await stage.says(GET % b"a")
        assert stage.upstream.sent == ORIGIN % b"a"
        stage.upstream.hear(OK)
        assert client.sent == OK
        assert not client.end

    play(scene)


def test_a_kept_connection_serves_the_next_request_without_a_lookup(play):
    async def scene(stage):
        client = await stage.says(GET % b"a")
        stage.upstream.hear(OK)
        await stage.says(GET % b"b", client)
        stage.upstream.hear(OK)
        assert stage.upstream.sent == ORIGIN % b"a" + ORIGIN % b"b"
        assert client.sent == OK + OK
        assert len(stage.world.lookups) == len(stage.world.opened) == 1

    play(scene)


def test_a_closed_upstream_is_looked_up_again(play):
    async def scene(stage):
        client = await stage.says(GET % b"a")
        stage.upstream.hear(OK)
        stage.upstream.hear_eof()
        await stage.settle()
        await stage.says(GET % b"b", client)
        assert len(stage.world.lookups) == 2
        assert stage.upstream.sent == ORIGIN % b"b"

    play(scene)


def test_pipelined_requests_go_up_one_after_the_other(play):
    async def scene(stage):
        client = await stage.says(GET % b"a" + GET % b"b")
        assert stage.upstream.sent == ORIGIN % b"a"
        stage.upstream.hear(OK)
        assert stage.upstream.sent == ORIGIN % b"a" + ORIGIN % b"b"
        stage.upstream.hear(OK)
        assert client.sent == OK + OK

    play(scene)


def test_a_body_is_passed_on_and_what_follows_it_is_the_next_request(play):
    async def scene(stage):
        client = await stage.says(POST + b"12345")
        client.hear(b"67890" + GET % b"b")
        assert stage.upstream.sent.endswith(b"Content-Length: 10\r\n\r\n1234567890")
        stage.upstream.hear(OK)
        assert stage.upstream.sent.endswith(b"1234567890" + ORIGIN % b"b")

    play(scene)


def test_100_continue_passes_through_before_the_body(play):
    async def scene(stage):
        client = await stage.says(POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert b"Expect: 100-continue" in stage.upstream.sent
        stage.upstream.hear(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert client.sent == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.hear(b"1234567890")
        stage.upstream.hear(OK)
        await stage.says(GET % b"b", client)
        assert stage.upstream.sent.endswith(ORIGIN % b"b")

    play(scene)


def test_an_answer_that_closes_ends_the_client_too(play):
    async def scene(stage):
        client = await stage.says(GET % b"a")
        stage.upstream.hear(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nwithout length")
        assert not client.end
        stage.upstream.hear_eof()
        await stage.settle()
        assert client.end == "closed"
        assert client.sent.endswith(b"without length")

    play(scene)


def test_an_answer_cut_short_resets_the_client(play):
    async def scene(stage):
        client = await stage.says(GET % b"a")
        stage.upstream.hear(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        stage.upstream.lose(ConnectionResetError())
        assert client.end == "aborted"
        assert stage.refusals() == ["reset"]

    play(scene)


def test_a_fresh_connection_that_dies_unanswered_is_a_502(play):
    async def scene(stage):
        client = await stage.says(GET % b"a")
        stage.upstream.lose()
        assert client.sent.startswith(b"HTTP/1.1 502 Bad Gateway\r\nSandbox-Place: tokyo\r\n")
        assert b"Sandbox-Error: reset" in client.sent
        assert client.end == "closed"

    play(scene)


def test_a_kept_connection_that_dies_unanswered_closes_the_client_so_that_it_may_try_again(play):
    # RFC 9112 9.3.1: without a proxy the client would see its own connection close, and retry.
    async def scene(stage):
        client = await stage.says(GET % b"a")
        stage.upstream.hear(OK)
        await stage.says(GET % b"b", client)
        stage.upstream.lose()
        assert client.sent == OK
        assert client.end == "closed"

    play(scene)


def test_an_answer_that_is_not_http_is_a_502(play):
    async def scene(stage):
        client = await stage.says(GET % b"a")
        stage.upstream.hear(b"SSH-2.0-OpenSSH\r\n\r\n")
        assert client.sent.startswith(b"HTTP/1.1 502 ")
        await stage.settle()
        assert stage.upstream.end == "aborted"

    play(scene)


def test_bytes_nobody_asked_for_end_that_upstream_only(play):
    async def scene(stage):
        client = await stage.says(GET % b"a")
        stage.upstream.hear(OK + b"rubbish")
        assert client.sent == OK
        assert stage.upstream.end == "closed"
        await stage.says(GET % b"b", client)
        assert len(stage.world.upstreams) == 2
        stage.upstream.hear(OK)
        stage.upstream.hear(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        assert client.sent == OK + OK
        assert stage.upstream.end == "closed"
        assert not client.end

    play(scene)


def test_an_unknown_place_is_a_407_with_near_matches(play):
    async def scene(stage):
        client = await stage.says(
            GET.replace(b"\r\n\r\n", b"\r\nProxy-Authorization: Basic cGFyaXNzOng=\r\n\r\n") % b""
        )
        assert client.sent.startswith(b"HTTP/1.1 407 Proxy Authentication Required\r\n")
        assert b"Proxy-Authenticate: Basic" in client.sent
        assert b"Unknown place 'pariss'. Did you mean paris?" in client.sent

    play(scene)


def test_one_client_may_stand_in_several_places_each_with_its_own_connections(play):
    async def scene(stage):
        client = await stage.says(GET % b"a")
        stage.upstream.hear(OK)
        await stage.says((GET % b"b").replace(b"\r\n\r\n", b"\r\n" + PARIS + b"\r\n"), client)
        assert [place for place, *_ in stage.world.opened] == ["tokyo", "paris"]
        assert stage.upstream.sent == ORIGIN % b"b"

    play(scene)


@pytest.mark.parametrize("said", [b"nonsense\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"a" * 70_000])
def test_a_malformed_head_is_a_400(play, said):
    async def scene(stage):
        client = await stage.says(said)
        assert client.sent.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert stage.refusals() == ["malformed"]

    play(scene)


def test_an_error_is_heard_even_while_the_client_is_still_sending(play):
    # Closing at once would reset the connection and destroy the answer in flight.
    async def scene(stage):
        client = await stage.says(POST.replace(b"app.example.test/ ", b"example.com/ ") + b"12")
        assert client.sent.startswith(b"HTTP/1.1 403 Forbidden\r\n")
        assert client.eof
        assert not client.end
        client.hear(b"345")
        await stage.clock.pass_s(1)
        assert client.end == "closed"

    play(scene)


def test_a_broken_chunked_body_is_a_400_and_the_upstream_is_given_up(play):
    async def scene(stage):
        client = await stage.says(POST.replace(b"Content-Length: 10", b"Transfer-Encoding: chunked") + b"3\r\nabcX")
        assert client.sent.startswith(b"HTTP/1.1 400 ")
        await stage.settle()
        assert stage.upstream.end == "aborted"

    play(scene)


def test_back_pressure_goes_both_ways(play):
    async def scene(stage):
        client = await stage.says(POST + b"1")
        stage.upstream.protocol.pause_writing()
        assert client.paused
        stage.upstream.protocol.resume_writing()
        assert not client.paused
        client.protocol.pause_writing()
        assert stage.upstream.paused
        client.protocol.resume_writing()
        assert not stage.upstream.paused

    play(scene)


def test_a_client_that_sends_much_ahead_is_paused_until_its_turn(play):
    async def scene(stage):
        client = await stage.says(GET % b"a" + GET % b"b")
        assert client.paused
        stage.upstream.hear(OK)
        assert not client.paused

    play(scene, waiting_limit_bytes=10)


def test_a_client_that_leaves_takes_its_upstreams_along(play):
    async def scene(stage):
        client = await stage.says(GET % b"a")
        stage.upstream.hear(OK)
        await stage.says(GET.replace(b"app.example.test/", b"app.example.test:81/") % b"b", client)
        client.lose()
        assert [upstream.end for upstream in stage.world.upstreams] == ["closed", "aborted"]
        assert len(stage.hall.clients) == 0

    play(scene)


def test_a_client_that_leaves_while_its_upstream_opens_cancels_that(play):
    async def scene(stage):
        stage.world.gate = asyncio.Event()
        client = await stage.says(GET % b"a")
        client.hear_eof()
        await stage.settle()
        stage.world.gate.set()
        await stage.settle()
        assert stage.world.upstreams == []
        assert client.end == "closed"

    play(scene)


def test_a_half_closed_client_still_gets_its_answer(play):
    async def scene(stage):
        client = await stage.says(GET % b"a")
        client.hear_eof()
        assert not client.end
        stage.upstream.hear(OK)
        await stage.settle()
        assert (client.sent, client.end) == (OK, "closed")

    play(scene)


def test_switching_protocols_becomes_a_tunnel(play):
    async def scene(stage):
        client = await stage.says((GET % b"chat").replace(b"\r\n\r\n", b"\r\nUpgrade: websocket\r\n\r\n"))
        stage.upstream.hear(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        client.hear(b"\x81\x05hello")
        assert stage.upstream.sent.endswith(b"\x81\x05hello")
        stage.upstream.hear(b"\x81\x02hi")
        assert client.sent.endswith(b"\x81\x02hi")

    play(scene)


def test_connect_becomes_a_tunnel(play):
    async def scene(stage):
        client = await stage.says(b"CONNECT app.example.test:443 HTTP/1.1\r\n" + PARIS + b"\r\nearly")
        head, _, rest = client.sent.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 Connection established\r\nSandbox-Place: paris\r\n")
        assert rest == b""
        assert stage.upstream.sent == b"early"
        client.hear(b" bytes")
        stage.upstream.hear(b"back")
        assert stage.upstream.sent == b"early bytes"
        assert client.sent.endswith(b"\r\n\r\nback")

    play(scene)


def test_a_connect_that_fails_says_why(play):
    async def scene(stage):
        stage.world.errors["198.18.1.10"] = ConnectionRefusedError()
        client = await stage.says(b"CONNECT app.example.test:443 HTTP/1.1\r\n\r\n")
        assert client.sent.startswith(b"HTTP/1.1 502 ")
        assert b"Sandbox-Error: refused" in client.sent
        assert b"Sandbox-Lookup-Ms: 12.000" in client.sent

    play(scene)


def test_each_answer_is_noted_with_how_long_it_took(play):
    """The first one with its lookup (12 ms), the second on the kept connection without."""

    async def scene(stage):
        ask = b"GET http://app.example.test/ HTTP/1.1\r\n" + PARIS + b"Host: app.example.test\r\n\r\n"
        client = await stage.says(ask)
        await stage.clock.pass_s(0.25)
        stage.upstream.hear(b"HTTP/1.1 200 OK\r\nContent-")
        stage.upstream.hear(b"Length: 2\r\n\r\nok")
        await stage.says(ask, client)
        await stage.clock.pass_s(0.5)
        stage.upstream.hear(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
        first, second = stage.journal.of_kind("served")
        assert (first["place"], first["owner"], first["status"], second["status"]) == ("paris", "eu-west-1", 200, 503)
        assert (first["wait_ms"], first["took_ms"]) == (pytest.approx(250), pytest.approx(262))
        assert (second["wait_ms"], second["took_ms"]) == (pytest.approx(500), pytest.approx(500))

    play(scene)


def test_a_tunnel_is_noted_at_its_first_byte(play):
    async def scene(stage):
        await stage.says(b"CONNECT app.example.test:443 HTTP/1.1\r\n" + PARIS + b"\r\nearly")
        await stage.clock.pass_s(0.1)
        stage.upstream.hear(b"back")
        stage.upstream.hear(b"more")
        (record,) = stage.journal.of_kind("served")
        assert (record["status"], record["took_ms"]) == (0, pytest.approx(112))

    play(scene)
