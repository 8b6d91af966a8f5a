"""A measured visit: requests on the wire, answers of all kinds, failures of each stage, timings by a made-up clock."""

import asyncio
import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal
from sandbox.serving.visit import Broken, head_of, probe, request_of

TUNNEL = (
    b"HTTP/1.1 200 OK\r\nSandbox-Place: tokyo\r\nSandbox-Address: 198.18.3.10\r\nSandbox-Owner: ap-northeast-1\r\n"
    b"Sandbox-Lookup-Ms: 1.500\r\nSandbox-Lookup-Cached: 1\r\nSandbox-Connect-Ms: 7.250\r\n"
    b"Sandbox-Why: lowest latency\r\n\r\n"
)


class SteppingClock:
    """Each look is 10 ms later than the one before."""

    def __init__(self):
        self.looks = 0

    def now_s(self):
        self.looks += 1
        return self.looks / 100

    def wall_s(self):
        return 5.0

    async def sleep(self, seconds):
        raise AssertionError("a probe does not sleep")


def visit(tunnel, answer=b"", url="http://app.example.test/", **options):
    """One visit through a proxy that says `tunnel`, then `answer`; the visit, and what the proxy heard."""
    heard = []

    async def serve(reader, writer):
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(tunnel)
        if tunnel.startswith(b"HTTP/1.1 200"):
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer or b"")
        if answer is None:
            await reader.read()  # say nothing, for as long as the client stays
        writer.close()

    async def go():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        try:
            port = server.sockets[0].getsockname()[1]
            return await probe("127.0.0.1", port, "tokyo", url, **options)
        finally:
            server.close()

    return asyncio.run(go()), heard


def test_a_visit_tells_every_stage():
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Served-By: ap-northeast-1\r\n\r\nhello"
    found, heard = visit(TUNNEL, answer, clock=SteppingClock())
    assert (found.ok, found.status, found.body, found.error) == (True, 200, b"hello", "")
    assert (found.lookup_ms, found.lookup_cached, found.connect_ms) == (1.5, True, 7.25)
    assert (found.address, found.owner, found.served_by) == ("198.18.3.10", "ap-northeast-1", "ap-northeast-1")
    assert (found.why, found.started_at_s, found.tls_ms) == ("lowest latency", 5.0, None)
    # The clock was looked at: start, request sent, first byte (twice), end.
    assert [round(ms) for ms in (found.wait_ms, found.first_byte_ms, found.total_ms)] == [10, 30, 40]
    user = base64.b64encode(b"tokyo:x")
    assert heard[0].startswith(b"CONNECT app.example.test:80 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " + user in heard[0]
    assert heard[1].startswith(b"GET / HTTP/1.1\r\nHost: app.example.test\r\n")


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n",
            b"abcde",
        ),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", b"x"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ],
)
def test_bodies_of_all_kinds_are_read_whole(answer, body):
    found, _ = visit(TUNNEL, answer)
    assert (found.ok, found.body, found.error) == (True, body, "")


def test_an_answer_of_500_is_no_error_of_the_network_but_not_ok():
    found, _ = visit(TUNNEL, b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
    assert (found.ok, found.status, found.error) == (False, 500, "")


def test_what_the_proxy_could_not_do_is_its_word_and_its_sentence():
    refused = b"HTTP/1.1 502 Bad\r\nSandbox-Error: refused\r\nSandbox-Lookup-Ms: 1\r\nContent-Length: 7\r\n\r\nno app\n"
    found, _ = visit(refused)
    assert (found.ok, found.error, found.why, found.lookup_ms, found.connect_ms) == (
        False,
        "refused",
        "no app",
        1,
        None,
    )


@pytest.mark.parametrize(
    ("tunnel", "answer", "error"),
    [
        (b"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n", b"", "proxy-407"),
        (b"SSH-2.0\r\n\r\n", b"", "malformed"),
        (b"", b"", "reset"),
        (TUNNEL, b"", "reset"),
        (TUNNEL, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "reset"),
        (TUNNEL, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "malformed"),
        (TUNNEL, b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "malformed"),
        (TUNNEL, b"garbage\r\n\r\n", "malformed"),
    ],
)
def test_each_way_to_fail_has_its_word(tunnel, answer, error):
    found, _ = visit(tunnel, answer)
    assert (found.ok, found.error) == (False, error)


def test_an_answer_that_does_not_come_is_a_timeout_and_keeps_what_is_known():
    found, _ = visit(TUNNEL, None, timeout_s=0.05)
    assert (found.error, found.connect_ms, found.first_byte_ms) == ("timeout", 7.25, None)


def test_tls_with_a_stranger_is_an_error_of_tls():
    found, _ = visit(TUNNEL, None, url="https://app.example.test/", timeout_s=0.05)
    assert found.error in ("timeout", "tls")


def test_no_proxy_at_all_is_said():
    found = asyncio.run(probe("127.0.0.1", 1, "tokyo", "http://app.example.test/"))
    assert found.error == "proxy"


def test_a_request_carries_method_query_headers_and_body():
    request = request_of("POST", "https://app.example.test:8443/a?b=c#d", {"host": "other.test", "X-A": "1"}, b"data")
    assert (request.host, request.port, request.secure) == ("app.example.test", 8443, True)
    head, _, body = request.wire.partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[:2] == [b"POST /a?b=c HTTP/1.1", b"Host: other.test"]
    assert b"Content-Length: 4" in head
    assert b"X-A: 1" in head
    assert body == b"data"


@pytest.mark.parametrize("url", ["app.example.test", "ftp://a/", "http://", "http://a:x/", "http://a:0/", "http://["])
def test_what_is_no_url_is_refused(url):
    with pytest.raises(Refusal):
        request_of("GET", url, {}, b"")


def test_a_header_cannot_smuggle_another_request():
    with pytest.raises(Refusal):
        request_of("GET", "http://a/", {"X": "1\r\nEvil: 2"}, b"")


@given(st.binary(max_size=200))
def test_any_head_is_read_or_refused(lines):
    with contextlib.suppress(Broken):
        assert 0 <= head_of(lines).status <= 999
