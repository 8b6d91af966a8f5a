"""Somebody who stands in a place: HTTP, AWS and measured visits from there.

In: the card of a sandbox and a place's code. Out: httpx and boto3 clients that go through the proxy as that place and
trust the sandbox's CA, and the variables for any other program. httpx and boto3 are imported on first use.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sandbox.client.aws_clients import AwsClients
from sandbox.client.environment import environment, proxy_url
from sandbox.client.values import Lookup
from sandbox.serving.measured import Measured
from sandbox.serving.visit import probe

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 30.0
HOST = "127.0.0.1"

Resolve = Callable[[str, str, str], Lookup]


class Place:
    """A client's point of view. code: "paris", "us-east-1"; clients: who makes those of boto3."""

    def __init__(self, code: str, card: Mapping[str, Any], resolve: Resolve, clients: AwsClients) -> None:
        self.code = code
        self._card = card
        self._resolve = resolve
        self._clients = clients

    def __repr__(self) -> str:
        return f"Place({self.code})"

    @cached_property
    def http(self) -> httpx.Client:
        """An httpx client there; it keeps connections, as a browser does."""
        import ssl

        import httpx

        trust = ssl.create_default_context(cafile=self._card["ca_bundle"])
        return httpx.Client(proxy=proxy_url(self._card, self.code), verify=trust, trust_env=False, timeout=TIMEOUT_S)

    def get(self, url: str, **options: Any) -> httpx.Response:
        """GET, as httpx does it."""
        return self.http.get(url, **options)

    def post(self, url: str, **options: Any) -> httpx.Response:
        """POST, as httpx does it."""
        return self.http.post(url, **options)

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        """Any method, as httpx does it."""
        return self.http.request(method, url, **options)

    def probe(self, url: str, *, timeout_s: float = 10.0, **options: Any) -> Measured:
        """One visit on a connection of its own, every stage timed. Not from inside an event loop: see `probe_async`."""
        return asyncio.run(self.probe_async(url, timeout_s=timeout_s, **options))

    async def probe_async(self, url: str, *, timeout_s: float = 10.0, **options: Any) -> Measured:
        """The same for asyncio programs. options: method, headers, body, connect_to."""
        port = int(self._card["ports"]["proxy"])
        return await probe(HOST, port, self.code, url, timeout_s=timeout_s, ca=self._card["ca_bundle"], **options)

    def resolve(self, name: str, rtype: str = "A") -> Lookup:
        """Ask this place's resolver."""
        return self._resolve(name, self.code, rtype)

    def client(self, service: str, *, region: str | None = None, **options: Any) -> Any:
        """A boto3 client that stands here and calls AWS by its real names, with the latency of the way there."""
        from botocore.config import Config

        variables = environment(self._card, self.code, {}).variables
        proxies = {"http": variables["HTTP_PROXY"], "https": variables["HTTPS_PROXY"]}
        config = Config(proxies=proxies, ignore_configured_endpoint_urls=True)
        given = options.pop("config", None)
        return self._clients.make(
            service,
            region_name=region or variables["AWS_REGION"],
            verify=self._card["ca_bundle"],
            config=config if given is None else config.merge(given),
            **{
                "aws_access_key_id": "test",
                "aws_secret_access_key": "test",
                **options,
            },
        )

    def environment(self) -> dict[str, str]:
        """Variables for a program that shall stand here; a whole environment, for `subprocess.run(env=...)`."""
        change = environment(self._card, self.code, os.environ)
        kept = {name: value for name, value in os.environ.items() if name not in change.unset}
        return {**kept, **change.variables}

    def close(self) -> None:
        """Close the connections of `http`."""
        if "http" in self.__dict__:
            self.http.close()
