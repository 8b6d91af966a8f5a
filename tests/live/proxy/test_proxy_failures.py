"""The proxy on real sockets when things go wrong."""

import asyncio

import pytest

from sandbox.kernel.errors import Refusal

pytestmark = pytest.mark.live


def test_a_reset_stays_a_reset_on_both_sides_of_a_tunnel(live, stage_of):
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

        async with stage_of() as stage:
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
def test_each_failure_has_its_status_word_and_socks_reply(live, stage_of, error, status, word, reply):
    async def scene():
        async with stage_of() as stage, stage.client() as client:
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


def test_a_large_upload_to_nowhere_can_read_its_error(live, stage_of):
    async def scene():
        async with stage_of() as stage, stage.client() as client:
            answer = await client.put("http://nowhere.example.test/", content=bytes(8 * 1024 * 1024))
            assert answer.status_code == 502
            assert "NXDOMAIN" in answer.text

    live(scene())


def test_a_server_that_dies_without_an_answer_is_a_502_on_a_fresh_connection(live, stage_of):
    async def hang_up(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async def scene():
        async with stage_of() as stage, stage.client() as client:
            await stage.serve("198.18.1.10", hang_up)
            answer = await client.get("http://app.example.test/")
            assert (answer.status_code, answer.headers["sandbox-error"]) == (502, "reset")

    live(scene())


def test_one_client_too_many_is_told_so(live, stage_of):
    async def scene():
        async with stage_of(most_connections=1) as stage:
            _, first, _ = await stage.tunnel()
            _, _, head = await stage.tunnel()
            assert head.startswith("HTTP/1.1 503 ")
            assert "Sandbox-Error: busy" in head
            first.close()

    live(scene())


def test_a_client_that_vanished_behind_a_half_close_is_swept_away(live, stage_of):
    async def ignore(reader, writer):
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            writer.transport.abort()

    async def scene():
        async with stage_of(half_closed_s=0.1) as stage:
            await stage.serve("198.18.2.10", ignore)
            _, writer, _ = await stage.tunnel()
            writer.write_eof()
            await stage.until_empty()

    live(scene())


def test_a_taken_port_is_one_clear_refusal(live, stage_of):
    async def scene():
        async with stage_of() as stage:
            with pytest.raises(Refusal, match=f"proxy port {stage.port}: cannot listen there"):
                await stage.proxy.open_door("paris", port=stage.port)

    live(scene())


def test_allow_internet_connects_directly_to_what_is_not_on_the_planet(live, stage_of):
    async def scene():
        async with stage_of(allow_internet=True) as stage, stage.client() as client:
            port = stage.world.ports["198.18.1.10"]
            assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 200
            (record,) = stage.journal.of_kind("connected")
            assert (record["owner"], record["address"]) == ("internet", "127.0.0.1")
            assert (await client.get("http://127.0.0.1:1/")).headers["sandbox-error"] == "refused"
            assert (await client.get("http://gone.example.test/")).status_code == 502

    live(scene())
