"""The stage of the proxy's live tests: a proxy with a door in Tokyo, and real local servers behind it."""

import asyncio
import hashlib
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

PLACES = ("paris", "tokyo", "us-east-1")


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
        self.writers: list[asyncio.StreamWriter] = []

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
        for writer in self.writers:
            writer.transport.abort()
        await self.proxy.close()
        for server in self.servers:
            server.close()
        await asyncio.sleep(0.05)  # the servers see the ends of their connections

    async def dial(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1024 * 1024)
        self.writers.append(writer)
        return reader, writer

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


@pytest.fixture
def stage_of():
    """`async with stage_of(**settings) as stage`."""
    return Stage
