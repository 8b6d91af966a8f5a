"""Calls from one region's front door to another's: they cross the ocean, through the planet's door, as this region.

In: a region and a request. Out: its answer; or ServiceUnavailable when that region is stopped, cut off or too slow.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.geography.addresses import AddressPlan
from sandbox.kernel.errors import unavailable
from sandbox.protocols.http1 import Request, Response
from sandbox.serving.client import HttpPool, connect_through_proxy

FORWARD_TIMEOUT_S = 30.0
AWS_PORT = 80
HOST = "127.0.0.1"


class Forwarder:
    """A `Forward` for the front door of `region`."""

    def __init__(self, region: str, plan: AddressPlan, proxy_port: Callable[[], int], *, host: str = HOST) -> None:
        """host, proxy_port: the planet's door."""
        self._region = region
        self._host = host
        self._plan = plan
        self._proxy_port = proxy_port
        self._pool = HttpPool(stream_bodies=True)

    async def __call__(self, region: str, request: Request) -> Response:
        address = self._plan.region_address(region, "aws")
        opener = connect_through_proxy(self._host, self._proxy_port(), self._region, address, AWS_PORT)
        try:
            return await self._pool.send(request, host=address, port=AWS_PORT, timeout_s=FORWARD_TIMEOUT_S, open=opener)
        except TimeoutError as error:
            raise unavailable(
                region, f"no answer from {region} to {self._region} in {FORWARD_TIMEOUT_S:g} s"
            ) from error
        except OSError as error:
            raise unavailable(region, f"{self._region} cannot reach {region} ({error})") from error

    async def close(self) -> None:
        """Close kept connections."""
        await self._pool.close()
