"""The proxy on real sockets: real clients on one side, real local servers on the other, no ocean in between."""

import asyncio
import hashlib
import shutil

import pytest

pytestmark = pytest.mark.live

CLIENTS_AT_ONCE = 1000


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_real_client_is_where_its_proxy_user_says(live, stage_of, scheme):
    async def scene():
        async with stage_of() as stage, stage.client(scheme) as client:
            answer = await client.get("http://app.example.test/items?a=1")
            assert answer.status_code == 200
            assert answer.text.startswith("GET /items?a=1 HTTP/1.1\n")
            assert "'host': 'app.example.test'" in answer.text
            assert "proxy-authorization" not in answer.text
            assert list(stage.world.opened) == [("paris", "198.18.1.10")]

    live(scene())


def test_one_upstream_connection_and_one_lookup_serve_a_kept_connection(live, stage_of):
    async def scene():
        async with stage_of() as stage, stage.client() as client:
            for path in ("a", "chunked", "b", "chunked", "c"):
                assert f"/{path} HTTP" in (await client.get(f"http://app.example.test/{path}")).text
            assert stage.world.lookups == {("paris", "app.example.test"): 1}
            assert stage.world.opened == {("paris", "198.18.1.10"): 1}
            (connected,) = stage.journal.of_kind("connected")
            assert (connected["place"], connected["host"], connected["lookup_ms"]) == ("paris", "app.example.test", 1.5)

    live(scene())


def test_bodies_arrive_whole_whatever_their_framing(live, stage_of):
    async def scene():
        body = bytes(range(256)) * 8192  # 2 MiB: many reads, back-pressure included

        async def pieces():
            for start in range(0, len(body), 100_000):
                yield body[start : start + 100_000]

        async with stage_of() as stage, stage.client() as client:
            digest = hashlib.sha256(body).hexdigest()
            assert digest in (await client.put("http://app.example.test/counted", content=body)).text
            assert digest in (await client.put("http://app.example.test/chunked", content=pieces())).text
            assert stage.world.opened == {("paris", "198.18.1.10"): 1}

    live(scene())


def test_pipelined_requests_are_answered_in_order(live, stage_of):
    async def scene():
        async with stage_of() as stage:
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
def test_curl_waits_for_100_continue_and_gets_it(live, stage_of, scheme):
    async def scene():
        async with stage_of() as stage:
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


def test_connect_tells_a_measuring_client_what_it_needs(live, stage_of):
    async def scene():
        async with stage_of() as stage:
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


def test_half_close_is_passed_on_and_the_last_words_come_back(live, stage_of):
    async def scene():
        async with stage_of() as stage:
            reader, writer, _ = await stage.tunnel()
            writer.write(b"hello ")
            writer.write_eof()
            assert await reader.read() == b"hello goodbye"

    live(scene())


def test_bytes_sent_right_behind_connect_are_not_lost(live, stage_of):
    async def scene():
        async with stage_of() as stage:
            reader, writer = await stage.dial()
            writer.write(b"CONNECT echo.example.test:80 HTTP/1.1\r\n\r\nearly bird")
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(10) == b"early bird"
            writer.close()

    live(scene())


def test_a_tunnel_carries_a_lot_and_all_of_it(live, stage_of):
    async def scene():
        block, blocks = bytes(range(256)) * 4096, 200  # 200 MiB there, 200 MiB back

        async with stage_of() as stage:
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


def test_a_slow_reader_slows_the_server_instead_of_filling_memory(live, stage_of):
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

        async with stage_of() as stage:
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


def test_a_thousand_clients_are_inside_at_once(live, stage_of):
    async def scene():
        async with stage_of() as stage:
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
