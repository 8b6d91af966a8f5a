"""The server and the pool on real sockets, with curl as a client that is not ours."""

import asyncio
import contextlib
import shutil
import socket
import ssl
import subprocess

import pytest
import uvloop

from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.client import HttpPool, connect_through_proxy
from sandbox.serving.server import serve_http
from sandbox.serving.tls import LocalAuthority

pytestmark = pytest.mark.live

NAME = "bucket.s3.eu-west-1.amazonaws.com"
MEGABYTE = 1024 * 1024
curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request):
    return asyncio.run if request.param == "asyncio" else uvloop.run


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return LocalAuthority.create_or_load(tmp_path_factory.mktemp("authority"))


def length(request):
    return Response(status=200, headers=Headers([("X-Method", request.method)]), body=b"%d\n" % len(request.body))


def echo(request):
    return Response(status=200, headers=Headers(), body=request.body)


def post(body=b""):
    return Request(method="POST", target="/", headers=Headers(), body=body)


async def say(port, *parts, tls=None, name=None):
    """Everything a raw client is told until the connection ends; it says each part when something has come back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name)
    told = b""
    for part in parts:
        writer.write(part)
        told += await reader.read(65536)
    with contextlib.suppress(ConnectionError):
        while more := await reader.read(65536):
            told += more
    writer.close()
    return told


async def curled(*arguments):
    """curl's output, while our loop goes on."""
    command = ["curl", "-sS", "--noproxy", "*", "--max-time", "20", *arguments]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_a_connection_is_reused_and_16_mb_go_both_ways(run):
    async def go():
        server, pool = await serve_http(echo, name="live"), HttpPool()
        for body in (b"", b"x", bytes(16 * MEGABYTE), b"y"):
            assert (await pool.send(post(body), host="127.0.0.1", port=server.port)).body == body
        assert pool.opened == 1
        await pool.close()
        await server.close()

    run(go())


def test_100_continue_comes_before_the_body(run):
    async def go():
        server = await serve_http(echo, name="live")
        head = b"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 4\r\n\r\n"
        told = await say(server.port, head, b"body")
        assert told.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
        assert told.endswith(b"\r\n\r\nbody")
        await server.close()

    run(go())


def test_malformed_and_too_large_requests_are_answered_and_closed(run):
    async def go():
        server = await serve_http(echo, name="live", body_limit_bytes=1000)
        assert (await say(server.port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")).startswith(b"HTTP/1.1 400 ")
        assert (await say(server.port, b"GET / HTTP/1.1\r\nX: " + b"x" * 80_000)).startswith(b"HTTP/1.1 431 ")
        head = b"PUT / HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n"
        assert (await say(server.port, head + bytes(500_000), bytes(500_000))).startswith(b"HTTP/1.1 413 ")
        await server.close()

    run(go())


def test_a_pool_survives_a_server_that_went_and_came_back(run):
    async def go():
        pool = HttpPool()
        server = await serve_http(length, name="live")
        port = server.port
        await pool.send(post(), host="127.0.0.1", port=port)
        await server.close()
        with pytest.raises(ConnectionRefusedError):
            await pool.send(post(), host="127.0.0.1", port=port)
        server = await serve_http(length, name="live", port=port)
        await pool.send(post(), host="127.0.0.1", port=port)
        await server.close()  # and again, at once: the kept connection is dead before the loop has heard of it
        server = await serve_http(length, name="live", port=port)
        assert (await pool.send(post(b"abc"), host="127.0.0.1", port=port)).body == b"3\n"
        await pool.close()
        await server.close()

    run(go())


def test_a_slow_server_is_a_timeout(run):
    async def go():
        async def never(request):
            await asyncio.Event().wait()

        server, pool = await serve_http(never, name="live"), HttpPool()
        with pytest.raises(TimeoutError):
            await pool.send(post(), host="127.0.0.1", port=server.port, timeout_s=0.05)
        await pool.close()
        await server.close()

    run(go())


def test_tls_by_the_name_asked_for_verified_by_the_bundle(run, authority):
    async def go():
        server, pool = await serve_http(echo, name="live", tls=authority.server_context()), HttpPool()
        trusting = ssl.create_default_context(cafile=str(authority.bundle))
        for body in (b"hello", bytes(2 * MEGABYTE)):
            answer = await pool.send(post(body), host="127.0.0.1", port=server.port, tls=trusting, server_name=NAME)
            assert answer.body == body
        assert pool.opened == 1
        with pytest.raises(ssl.SSLCertVerificationError):
            await pool.send(
                post(), host="127.0.0.1", port=server.port, tls=ssl.create_default_context(), server_name=NAME
            )
        await pool.close()
        await server.close()

    run(go())


def test_a_taken_port_is_an_os_error(run):
    async def go():
        server = await serve_http(echo, name="live")
        with pytest.raises(OSError, match="in use"):
            await serve_http(echo, name="second", port=server.port)
        await server.close()

    run(go())


def test_through_a_proxy_to_a_plain_and_a_tls_server(run, authority):
    """The proxy is a fake of a few lines: it answers CONNECT as the planet's does and copies bytes."""

    async def go():
        plain = await serve_http(length, name="plain")
        secure = await serve_http(length, name="secure", tls=authority.server_context())
        targets = {b"app.example.test:80": plain.port, b"app.example.test:443": secure.port}
        asked = []

        async def copy(reader, writer):
            with contextlib.suppress(ConnectionError):
                while data := await reader.read(65536):
                    writer.write(data)
            writer.close()

        async def proxy(reader, writer):
            head = await reader.readuntil(b"\r\n\r\n")
            asked.append(head)
            port = targets.get(head.split()[1])
            if port is None:
                writer.write(b"HTTP/1.1 502 No\r\nSandbox-Error: not-found\r\nContent-Length: 0\r\n\r\n")
                writer.close()
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))

        listener = await asyncio.start_server(proxy, "127.0.0.1", 0)
        proxy_port = listener.sockets[0].getsockname()[1]
        pool = HttpPool()
        for port, tls in ((80, None), (443, authority.client_context())):
            for _ in range(2):
                way = connect_through_proxy("127.0.0.1", proxy_port, "paris", "app.example.test", port)
                answer = await pool.send(post(b"abc"), host="app.example.test", port=port, open=way, tls=tls)
                assert answer.body == b"3\n"
        assert pool.opened == len(asked) == 2
        way = connect_through_proxy("127.0.0.1", proxy_port, "paris", "nowhere.example.test", 80)
        with pytest.raises(socket.gaierror):
            await pool.send(post(), host="nowhere.example.test", port=80, open=way)
        await pool.close()
        listener.close()
        await plain.close()
        await secure.close()

    run(go())


@curl
def test_curl_uploads_in_chunks_and_waits_for_100(run, tmp_path):
    async def go():
        server = await serve_http(length, name="live")
        url = f"http://127.0.0.1:{server.port}/"
        (tmp_path / "large").write_bytes(bytes(3 * MEGABYTE))
        upload = ("-T", str(tmp_path / "large"))
        assert await curled(*upload, "-H", "Transfer-Encoding: chunked", url) == b"%d\n" % (3 * MEGABYTE)
        assert await curled(*upload, "-H", "Expect: 100-continue", url) == b"%d\n" % (3 * MEGABYTE)
        assert await curled("--http2", "-d", "abc", url) == b"3\n"  # asks to upgrade; declined
        assert b"Content-Length: 2" in await curled("-I", url)
        assert await curled("--http1.0", "-d", "abc", url, url) == b"3\n3\n"
        await server.close()

    run(go())


@curl
def test_curl_trusts_the_bundle(run, authority):
    async def go():
        server = await serve_http(length, name="live", tls=authority.server_context())
        resolve = f"{NAME}:{server.port}:127.0.0.1"
        url = f"https://{NAME}:{server.port}/"
        assert await curled("--cacert", str(authority.bundle), "--resolve", resolve, "-d", "abcd", url) == b"4\n"
        await server.close()

    run(go())
