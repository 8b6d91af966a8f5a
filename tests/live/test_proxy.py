"""The proxy on real sockets: real clients on one side, real local servers on the other, no ocean in between."""

import asyncio
import gc
import hashlib
import shutil
from collections import Counter
from dataclasses import dataclass

import httpx
import pytest
import uvloop

from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import Refusal, unknown
from sandbox.kernel.journal import Journal
from sandbox.proxy.service import Proxy
from sandbox.proxy.values import ProxySettings

pytestmark = pytest.mark.live

PLACES = ("paris", "tokyo", "us-east-1")
CLIENTS_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class Answer:
    addresses: tuple[str, ...] = ()
    rcode: str = "NOERROR"
    took_ms: float = 1.5
    from_cache: bool = False
    why: str = "simple record"


class StraightWorld:
    """Opens connect straight to local servers; counts lookups and connections."""

    def __init__(self) -> None:
        self.ports: dict[str, int] = {}  # virtual address -> real port
        self.names = {"app.example.test": "198.18.1.10", "echo.example.test": "198.18.2.10"}
        self.errors: dict[str, Exception] = {}
        self.lookups: Counter[tuple[str, str]] = Counter()
        self.opened: Counter[tuple[str, str]] = Counter()

    def places(self):
        return PLACES

    def check_place(self, code):
        if code not in PLACES:
            raise unknown("place", code, PLACES, see="sandbox places")
        return code

    async def resolve(self, place, name):
        self.lookups[place, name] += 1
        if name in self.names:
            return Answer(addresses=(self.names[name],))
        return Answer(rcode="NXDOMAIN" if name.endswith(".example.test") else "REFUSED")

    async def open(self, place, address, port, factory):
        self.opened[place, address] += 1
        if address in self.errors:
            raise self.errors[address]
        if address not in self.ports:
            raise Refusal("NotOnThePlanet", f"{address} is not on the planet.", status=403)
        loop = asyncio.get_running_loop()
        return await loop.create_connection(factory, "127.0.0.1", self.ports[address])


async def serve_http(reader, writer):
    """Says what it got: method, target, headers, digest of the body. /chunked answers in chunks, /bye closes."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            request_line, *lines = head.decode("latin-1")[:-4].split("\r\n")
            headers = {name.lower(): content for name, content in (line.split(": ", 1) for line in lines)}
            if headers.get("expect") == "100-continue":
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = await read_body(reader, headers)
            said = f"{request_line}\n{headers}\n{hashlib.sha256(body).hexdigest()}\n".encode()
            if "/chunked" in request_line:
                pieces = b"".join(
                    b"%x\r\n%s\r\n" % (len(said[i : i + 7]), said[i : i + 7]) for i in range(0, len(said), 7)
                )
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n")
            elif "/bye" in request_line:
                writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + said)
                break
            else:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(said) + said)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    writer.close()


async def read_body(reader, headers):
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers.get("content-length", 0)))
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return body


async def serve_echo(reader, writer):
    """Sends back what it reads; at EOF says goodbye and closes."""
    try:
        while block := await reader.read(256 * 1024):
            writer.write(block)
            await writer.drain()
        writer.write(b"goodbye")
    except ConnectionError:
        pass
    writer.close()


class Stage:
    """World, servers and a proxy with one door in Tokyo."""

    def __init__(self, **settings) -> None:
        self.world = StraightWorld()
        self.journal = Journal()
        self.proxy = Proxy(
            world=self.world, clock=SystemClock(), journal=self.journal, settings=ProxySettings(**settings)
        )
        self.servers: list[asyncio.Server] = []

    async def __aenter__(self):
        await self.serve("198.18.1.10", serve_http)
        await self.serve("198.18.2.10", serve_echo)
        self.port = (await self.proxy.open_door("tokyo")).port
        return self

    async def serve(self, address, handler):
        server = await asyncio.start_server(handler, "127.0.0.1", 0, backlog=2048, limit=1024 * 1024)
        self.servers.append(server)
        self.world.ports[address] = server.sockets[0].getsockname()[1]

    async def __aexit__(self, *_):
        await self.proxy.close()
        for server in self.servers:
            server.close()

    async def dial(self):
        return await asyncio.open_connection("127.0.0.1", self.port, limit=1024 * 1024)

    def client(self, scheme="http", place="paris"):
        return httpx.AsyncClient(proxy=f"{scheme}://{place}:x@127.0.0.1:{self.port}", trust_env=False, timeout=20)

    async def until_empty(self):
        for _ in range(500):
            if not len(self.proxy):
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{len(self.proxy)} clients are still inside")

    async def tunnel(self, authority="echo.example.test:80"):
        reader, writer = await self.dial()
        writer.write(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
        return reader, writer, (await reader.readuntil(b"\r\n\r\n")).decode()


@pytest.fixture(params=["asyncio", "uvloop"])
def live(request):
    """Runs a coroutine on each of the loops a planet may run on."""
    return asyncio.run if request.param == "asyncio" else uvloop.run


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_real_client_is_where_its_proxy_user_says(live, scheme):
    async def scene():
        async with Stage() as stage, stage.client(scheme) as client:
            answer = await client.get("http://app.example.test/items?a=1")
            assert answer.status_code == 200
            assert answer.text.startswith("GET /items?a=1 HTTP/1.1\n")
            assert "'host': 'app.example.test'" in answer.text
            assert "proxy-authorization" not in answer.text
            assert list(stage.world.opened) == [("paris", "198.18.1.10")]

    live(scene())


def test_one_upstream_connection_and_one_lookup_serve_a_kept_connection(live):
    async def scene():
        async with Stage() as stage, stage.client() as client:
            for path in ("a", "chunked", "b", "chunked", "c"):
                assert f"/{path} HTTP" in (await client.get(f"http://app.example.test/{path}")).text
            assert stage.world.lookups == {("paris", "app.example.test"): 1}
            assert stage.world.opened == {("paris", "198.18.1.10"): 1}
            (connected,) = stage.journal.of_kind("connected")
            assert (connected["place"], connected["host"], connected["lookup_ms"]) == ("paris", "app.example.test", 1.5)

    live(scene())


def test_bodies_arrive_whole_whatever_their_framing(live):
    async def scene():
        body = bytes(range(256)) * 8192  # 2 MiB: many reads, back-pressure included

        async def pieces():
            for start in range(0, len(body), 100_000):
                yield body[start : start + 100_000]

        async with Stage() as stage, stage.client() as client:
            digest = hashlib.sha256(body).hexdigest()
            assert digest in (await client.put("http://app.example.test/counted", content=body)).text
            assert digest in (await client.put("http://app.example.test/chunked", content=pieces())).text
            assert stage.world.opened == {("paris", "198.18.1.10"): 1}

    live(scene())


def test_pipelined_requests_are_answered_in_order(live):
    async def scene():
        async with Stage() as stage:
            reader, writer = await stage.dial()
            request = "GET http://app.example.test/{} HTTP/1.1\r\nHost: app.example.test\r\n\r\n"
            writer.write("".join(request.format(n) for n in ("0", "chunked", "2", "bye")).encode())
            text = (await reader.read()).decode()
            places = [text.index(f"GET /{n} ") for n in ("0", "chunk", "2", "bye") if f"GET /{n} " in text]
            assert places == sorted(places)
            assert text.count("HTTP/1.1 200 OK") == 4

    live(scene())


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_curl_waits_for_100_continue_and_gets_it(live, scheme):
    async def scene():
        async with Stage() as stage:
            process = await asyncio.create_subprocess_exec(
                "curl", "-sv", "-x", f"{scheme}://paris:x@127.0.0.1:{stage.port}", "-H", "Expect: 100-continue",
                "--data-binary", "apples", "http://app.example.test/items",
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            out, said = await process.communicate()
            assert b"HTTP/1.1 100 Continue" in said
            assert hashlib.sha256(b"apples").hexdigest() in out.decode()
            assert list(stage.world.opened) == [("paris", "198.18.1.10")]

    live(scene())


def test_connect_tells_a_measuring_client_what_it_needs(live):
    async def scene():
        async with Stage() as stage:
            _, writer, head = await stage.tunnel()
            lines = head.split("\r\n")
            assert lines[0] == "HTTP/1.1 200 Connection established"
            fields = dict(line.split(": ") for line in lines[1:] if line)
            assert fields["Sandbox-Place"] == "tokyo"
            assert fields["Sandbox-Address"] == "198.18.2.10"
            assert (fields["Sandbox-Lookup-Ms"], fields["Sandbox-Lookup-Cached"]) == ("1.500", "0")
            assert float(fields["Sandbox-Connect-Ms"]) < 1000
            writer.close()

    live(scene())


def test_half_close_is_passed_on_and_the_last_words_come_back(live):
    async def scene():
        async with Stage() as stage:
            reader, writer, _ = await stage.tunnel()
            writer.write(b"hello ")
            writer.write_eof()
            assert await reader.read() == b"hello goodbye"

    live(scene())


def test_bytes_sent_right_behind_connect_are_not_lost(live):
    async def scene():
        async with Stage() as stage:
            reader, writer = await stage.dial()
            writer.write(b"CONNECT echo.example.test:80 HTTP/1.1\r\n\r\nearly bird")
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(10) == b"early bird"
            writer.close()

    live(scene())


def test_a_tunnel_carries_a_lot_and_all_of_it(live):
    async def scene():
        block, blocks = bytes(range(256)) * 4096, 200  # 200 MiB there, 200 MiB back

        async with Stage() as stage:
            reader, writer, _ = await stage.tunnel()

            async def send():
                for _ in range(blocks):
                    writer.write(block)
                    await writer.drain()
                writer.write_eof()

            sending = asyncio.create_task(send())
            size = 0
            while got := await reader.read(1024 * 1024):
                size += len(got)
            await sending
            assert size == len(block) * blocks + len(b"goodbye")

    live(scene())


def test_a_slow_reader_slows_the_server_instead_of_filling_memory(live):
    async def scene():
        sent = 0

        async def pour(reader, writer):
            nonlocal sent
            try:
                while True:
                    writer.write(bytes(64 * 1024))
                    await writer.drain()
                    sent += 64 * 1024
            except ConnectionError:
                pass

        async with Stage() as stage:
            await stage.serve("198.18.2.10", pour)
            _, writer, _ = await stage.tunnel()
            writer.transport.pause_reading()
            await asyncio.sleep(0.5)
            before = sent
            await asyncio.sleep(0.5)
            assert sent == before  # it stands still: kernel buffers and 1 MiB of ours are full
            assert sent < 40 * 1024 * 1024
            writer.transport.abort()

    live(scene())


def test_a_reset_stays_a_reset_on_both_sides_of_a_tunnel(live):
    async def scene():
        ended = asyncio.get_running_loop().create_future()

        async def slam(reader, writer):
            if await reader.readexactly(1) == b"1":
                writer.transport.get_extra_info("socket").setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")  # SO_LINGER 0
                writer.transport.abort()
                return
            try:
                await reader.read()
                ended.set_result("closed")
            except ConnectionResetError:
                ended.set_result("reset")

        async with Stage() as stage:
            await stage.serve("198.18.2.10", slam)
            reader, writer, _ = await stage.tunnel()
            writer.write(b"1")
            with pytest.raises(ConnectionResetError):
                await reader.read()
            reader, writer, _ = await stage.tunnel()
            writer.write(b"2")
            await asyncio.sleep(0.05)
            writer.transport.get_extra_info("socket").setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")
            writer.transport.abort()
            assert await asyncio.wait_for(ended, 5) in ("reset", "closed")

    live(scene())


FAILURES = [
    (ConnectionRefusedError(), 502, "refused", 0x05),
    (ConnectionResetError(), 502, "reset", 0x01),
    (TimeoutError(), 504, "timeout", 0x06),
    (Refusal("NotOnThePlanet", "Not on the planet.", status=403), 403, "outside", 0x02),
]


@pytest.mark.parametrize(("error", "status", "word", "reply"), FAILURES, ids=[row[2] for row in FAILURES])
def test_each_failure_has_its_status_word_and_socks_reply(live, error, status, word, reply):
    async def scene():
        async with Stage() as stage, stage.client() as client:
            stage.world.errors["198.18.1.10"] = error
            answer = await client.get("http://app.example.test/")
            assert answer.status_code == status
            assert answer.headers["sandbox-error"] == word
            assert answer.headers["sandbox-address"] == "198.18.1.10"
            _, writer, head = await stage.tunnel("app.example.test:443")
            assert head.startswith(f"HTTP/1.1 {status} ")
            writer.close()
            reader, writer = await stage.dial()
            writer.write(b"\x05\x01\x00\x05\x01\x00\x03\x10app.example.test\x00\x50")
            assert (await reader.readexactly(12))[2:4] == bytes((5, reply))
            writer.close()
            assert [record["error"] for record in stage.journal.of_kind("refused")] == [word] * 3

    live(scene())


def test_a_large_upload_to_nowhere_can_read_its_error(live):
    async def scene():
        async with Stage() as stage, stage.client() as client:
            answer = await client.put("http://nowhere.example.test/", content=bytes(8 * 1024 * 1024))
            assert answer.status_code == 502
            assert "NXDOMAIN" in answer.text

    live(scene())


def test_a_server_that_dies_without_an_answer_is_a_502_on_a_fresh_connection(live):
    async def hang_up(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async def scene():
        async with Stage() as stage, stage.client() as client:
            await stage.serve("198.18.1.10", hang_up)
            answer = await client.get("http://app.example.test/")
            assert (answer.status_code, answer.headers["sandbox-error"]) == (502, "reset")

    live(scene())


def test_a_thousand_clients_are_inside_at_once(live):
    async def scene():
        async with Stage() as stage:
            reader_writers = await asyncio.gather(*(stage.tunnel() for _ in range(CLIENTS_AT_ONCE)))
            assert len(stage.proxy) == CLIENTS_AT_ONCE

            async def talk(number, reader, writer):
                said = f"client {number}".encode()
                writer.write(said)
                assert await reader.readexactly(len(said)) == said
                writer.write_eof()
                assert await reader.read() == b"goodbye"
                writer.close()

            await asyncio.gather(*(talk(n, r, w) for n, (r, w, _) in enumerate(reader_writers)))
            await stage.until_empty()

    live(scene())
    gc.collect()


def test_one_client_too_many_is_told_so(live):
    async def scene():
        async with Stage(most_connections=1) as stage:
            _, first, _ = await stage.tunnel()
            _, _, head = await stage.tunnel()
            assert head.startswith("HTTP/1.1 503 ")
            assert "Sandbox-Error: busy" in head
            first.close()

    live(scene())


def test_a_client_that_vanished_behind_a_half_close_is_swept_away(live):
    async def ignore(reader, writer):
        await asyncio.sleep(3600)

    async def scene():
        async with Stage(half_closed_s=0.1) as stage:
            await stage.serve("198.18.2.10", ignore)
            _, writer, _ = await stage.tunnel()
            writer.write_eof()
            await stage.until_empty()

    live(scene())


def test_a_taken_port_is_one_clear_refusal(live):
    async def scene():
        async with Stage() as stage:
            with pytest.raises(Refusal, match=f"proxy port {stage.port}: cannot listen there"):
                await stage.proxy.open_door("paris", port=stage.port)

    live(scene())
