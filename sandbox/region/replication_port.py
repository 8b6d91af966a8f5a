"""The way of replication between regions: messages over the ocean, and the port at which they arrive.

In: a region, a path and a body to take there; requests that came from other regions. Out: the other region's status and
body; this region's. A message crosses the planet's door as any client does who stands in the sending region. Users can
reach the port too, so each message carries a secret of this sandbox, and without it the answer is 403.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable

from sandbox.geography.addresses import REPLICATION_PORT, AddressPlan
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.client import HttpPool, connect_through_proxy

HOST = "127.0.0.1"
FIRST_TIMEOUT_S = 2.0  # a batch that is not answered by then is sent again
LAST_TIMEOUT_S = 60.0  # doubled up to this: on a line that is slow enough, nothing would ever be answered in time
NOT_YOURS = b"This port is for the regions of this sandbox.\n"

Receive = Callable[[str, bytes], Awaitable[tuple[int, bytes]]]  # path, body -> status, body


def secret_of(token: str) -> str:
    """What messages show: made from the sandbox's token, and of no use for the management channel."""
    return "Bearer " + hashlib.blake2b(token.encode(), digest_size=16, person=b"replication").hexdigest()


class Patience:
    """How long a region waits for each other one: longer after each time in vain, short again after an answer."""

    def __init__(self) -> None:
        self._waits_s: dict[str, float] = {}

    def of(self, region: str) -> float:
        """Seconds."""
        return self._waits_s.get(region, FIRST_TIMEOUT_S)

    def ran_out(self, region: str) -> None:
        """It did not answer in this time."""
        self._waits_s[region] = min(self.of(region) * 2, LAST_TIMEOUT_S)

    def answered(self, region: str) -> None:
        """It did."""
        self._waits_s.pop(region, None)


class ReplicationClient:
    """`region`'s way to the others, a `Post`. Raises OSError (TimeoutError among them) when a region is not reached."""

    def __init__(
        self, region: str, plan: AddressPlan, proxy_port: Callable[[], int], token: str, *, host: str = HOST
    ) -> None:
        """host, proxy_port: the planet's door."""
        self._region = region
        self._host = host
        self._plan = plan
        self._proxy_port = proxy_port
        self._headers = Headers([("Authorization", secret_of(token)), ("Content-Type", "application/json")])
        self._pool = HttpPool()
        self._patience = Patience()

    async def __call__(self, region: str, path: str, body: bytes) -> tuple[int, bytes]:
        address = self._plan.region_address(region, "aws")
        opener = connect_through_proxy(self._host, self._proxy_port(), self._region, address, REPLICATION_PORT)
        timeout_s = self._patience.of(region)
        request = Request(method="POST", target=path, headers=self._headers, body=body)
        try:
            answer = await self._pool.send(
                request, host=address, port=REPLICATION_PORT, timeout_s=timeout_s, open=opener
            )
        except TimeoutError:
            self._patience.ran_out(region)
            raise
        self._patience.answered(region)
        return answer.status, answer.body

    async def close(self) -> None:
        """Close kept connections."""
        await self._pool.close()


class ReplicationServer:
    """The port at which messages of other regions arrive: an HTTP handler."""

    def __init__(self, token: str, receive: Receive) -> None:
        self._secret = secret_of(token)
        self._receive = receive

    async def handle(self, request: Request) -> Response:
        """One message."""
        given = request.headers.get("authorization") or ""
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            return Response(status=403, headers=Headers([("Content-Type", "text/plain")]), body=NOT_YOURS)
        status, body = await self._receive(request.path, request.body)
        return Response(status=status, headers=Headers([("Content-Type", "application/json")]), body=body)
