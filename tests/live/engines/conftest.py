"""One sandbox for the tests of engines: us-east-1 has control's moto, eu-west-1 moto's server in a process of its own,
us-west-2 an engine in this process that counts what it is sent."""

from __future__ import annotations

import asyncio
import http.client
import importlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.client.sandbox import Sandbox
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.server import HttpServer, serve_http

US, EU, WEST = "us-east-1", "eu-west-1", "us-west-2"
WITHIN_S = 30.0
PIECE = bytes(1024 * 1024)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Program:
    """An engine as a process, that can be killed and started again at the same port."""

    def __init__(self, words: list[str], port: int, folder: Path, **variables: str) -> None:
        self.words, self.port, self.folder, self.variables = words, port, folder, variables
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "engine.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.words, cwd=self.folder, stdout=log, stderr=log, env={**os.environ, **self.variables}
            )

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Counting:
    """An engine that counts what it is sent and gives as many zeros as the key says."""

    def __init__(self) -> None:
        self.received = 0
        self.asked: list[tuple[str, str]] = []
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.server: HttpServer = self.do(serve_http(self.answer, name="counting", stream_bodies=True))

    def do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(WITHIN_S)

    async def answer(self, request: Request) -> Response:
        self.asked.append((request.method, request.target))
        size = len(request.body)
        if request.stream is not None:
            async for piece in request.stream:
                size += len(piece)
        self.received = size
        if request.target == "/":
            return Response(status=200, headers=Headers(), body=b"<L><Buckets/></L>")
        wanted = request.path.rpartition("/")[2]
        if request.method == "GET" and wanted.isdecimal():
            return Response(status=200, headers=Headers(), stream=Zeros(int(wanted)))
        return Response(status=200, headers=Headers([("ETag", '"x"')]))

    def close(self) -> None:
        self.do(self.server.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)


class Zeros:
    """A BodyStream."""

    def __init__(self, length: int) -> None:
        self.length = length

    async def __aiter__(self) -> Any:
        for _ in range(self.length // len(PIECE)):
            yield PIECE

    def close(self) -> None: ...


class Rig:
    def __init__(self, planet: Sandbox, eu: Program, west: Counting) -> None:
        self.planet, self.eu, self.west = planet, eu, west

    def client(self, service: str, region: str, **options: Any) -> Any:
        return self.planet.client(service, region=region, **options)

    def at_engine(self, service: str) -> Any:
        """A client of eu-west-1's engine itself, in the sandbox's account."""
        client = self.client(service, EU, endpoint_url=f"http://127.0.0.1:{self.eu.port}")

        def add_account(request: Any, **_: Any) -> None:
            request.headers["x-moto-account-id"] = "000000000000"

        client.meta.events.register("before-sign", add_account)
        return client

    def bucket(self, name: str, region: str) -> str:
        made = {} if region == US else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self.client("s3", region).create_bucket(Bucket=name, **made)
        return name

    def engine(self, region: str) -> dict[str, Any]:
        found: dict[str, Any] = self.planet.status()["engines"][region]
        return found


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("engines")
    port = free_port()
    moto = str(Path(sys.executable).with_name("moto_server"))
    eu = Program([moto, "-H", "127.0.0.1", "-p", str(port)], port, folder)
    eu.start()
    west = Counting()
    engines = f"{EU}=http://127.0.0.1:{port},{WEST}=http://127.0.0.1:{west.server.port}"
    try:
        with Sandbox(regions=[US, EU, WEST], engine=engines, app=False, seed=1) as planet:
            made = Rig(planet, eu, west)
            planet.wait_until(lambda: made.engine(EU)["state"] == made.engine(WEST)["state"] == "up", within_s=WITHIN_S)
            yield made
    finally:
        eu.kill()
        west.close()


@pytest.fixture(scope="session")
def ministack() -> str:
    """The path of ministack, as the benches fetch it: into an environment of its own, since it pins another botocore
    than ours; MIT, 46 MB, a few seconds, once."""
    peers = importlib.import_module("benches.peers")
    try:
        return str(peers.program_of("ministack"))
    except peers.PeerMissing as missing:
        pytest.skip(f"NO ENGINE BUT MOTO'S IS TESTED: ministack cannot be had: {missing}")


@pytest.fixture(scope="session")
def program() -> Callable[..., Program]:
    """How to make one more engine."""
    return Program


@pytest.fixture(scope="session")
def port() -> Callable[[], int]:
    """A port that is free now."""
    return free_port


@pytest.fixture(scope="session")
def ask() -> Callable[..., tuple[int, dict[str, str], bytes]]:
    """One request as it stands: ask(endpoint, method, target, body=..., signed_for=region, **headers)."""
    return ask_once


def ask_once(
    endpoint: str, method: str, target: str, *, body: bytes | None = None, signed_for: str = "", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """One request as it stands."""
    if signed_for:
        credential = f"AWS4-HMAC-SHA256 Credential=test/20260101/{signed_for}/s3/aws4_request"
        headers["Authorization"] = f"{credential}, SignedHeaders=host, Signature=0"
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=WITHIN_S)
    try:
        connection.request(method, target, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()
