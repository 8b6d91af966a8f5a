"""CONNECT through a proxy that is played in memory: what is asked, what is raised, what is handed over."""

import asyncio
import socket

import pytest

from sandbox.protocols.http1 import Headers, RequestParser, Response
from sandbox.serving.tunnel import _Ask, connect_through_proxy, tunnel_error

OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"


def outcome(join, script, *answers, place="paris"):
    """What `_Ask` comes to when the proxy sends these."""

    async def go():
        ask, proxy = _Ask(connect_through_proxy("p", 1, place, "app.example.test", 443)), script(answers[0])
        near, far = join(ask, proxy)
        for answer in answers[1:]:
            for _ in range(4):
                await asyncio.sleep(0)
            if answer is None:
                far.close()
            else:
                far.write(answer)
        try:
            return await asyncio.wait_for(ask.opened, 1), proxy.received, near
        except OSError as error:
            return error, proxy.received, near

    return asyncio.run(go())


def test_the_place_is_the_proxys_user(join, script):
    _, asked, _ = outcome(join, script, OPEN)
    [request] = RequestParser().feed(asked)
    assert (request.method, request.target) == ("CONNECT", "app.example.test:443")
    assert request.headers.get("proxy-authorization") == "Basic cGFyaXM6eA=="  # paris:x
    _, asked, _ = outcome(join, script, OPEN, place=None)
    assert b"Proxy-Authorization" not in asked


def test_bytes_behind_the_answer_belong_to_the_tunnel(join, script):
    early, _, near = outcome(join, script, OPEN[:20], OPEN[20:] + b"220 hello")
    assert early == b"220 hello"
    assert not near.reading  # until the next protocol is in its place


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([b"HTTP/1.1 502 Bad Gateway\r\nSandbox-Error: refused\r\nContent-Length: 0\r\n\r\n"], ConnectionRefusedError),
        ([b"HTTP/1.1 407 X\r\nContent-Length: 14\r\n\r\n", b"Unknown place."], ConnectionError),
        ([b"HTTP/1.1 504 X\r\n\r\nslow", None], TimeoutError),
        ([b"HTTP/1.1 5", None], ConnectionResetError),
        ([None], ConnectionResetError),
        ([b"what?\r\n\r\n"], ConnectionError),
    ],
)
def test_other_answers_are_errors(join, script, answers, error):
    assert type(outcome(join, script, *answers)[0]) is error


@pytest.mark.parametrize(
    ("status", "said", "error"),
    [
        (502, "refused", ConnectionRefusedError),
        (504, "timeout", TimeoutError),
        (502, "reset", ConnectionResetError),
        (502, "not-found", socket.gaierror),
        (504, None, TimeoutError),
        (502, None, ConnectionError),
        (407, None, ConnectionError),
    ],
)
def test_the_planets_answer_is_raised_as_connect_would(status, said, error):
    headers = Headers([("Sandbox-Error", said)] if said else [])
    raised = tunnel_error(Response(status=status, headers=headers, body=b"because"), "app.example.test:443")
    assert type(raised) is error
    assert "because" in str(raised)
    assert tunnel_error(Response(status=200, headers=headers), "a:1") is None


def test_equal_ways_are_equal_so_that_connections_are_shared():
    assert connect_through_proxy("p", 1, "paris", "a", 80) == connect_through_proxy("p", 1, "paris", "a", 80)
    assert connect_through_proxy("p", 1, "paris", "a", 80) != connect_through_proxy("p", 1, "tokyo", "a", 80)
