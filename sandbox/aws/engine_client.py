"""How front doors and the gateway reach the engine: control's moto, over HTTP.

The account, service and region that a front door found travel in headers; the engine listens where only programs of
this sandbox reach it, and believes them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from sandbox.aws.values import ACCOUNT_HEADER, REGION_HEADER, SERVICE_HEADER
from sandbox.kernel.errors import Refusal, unavailable
from sandbox.network.values import Endpoint
from sandbox.protocols.http1 import BodyStream, Request, Response
from sandbox.serving.client import HttpPool

MOTO_BODY_LIMIT_BYTES = 512 * 1024 * 1024  # of one request; it takes about three times as much while moto works
ENGINE_TIMEOUT_S = 120.0  # a stack with many resources; a long poll of SQS is 20 s


class Limited:
    """A `BodyStream` that is refused once it is too large: a chunked body does not say its length before."""

    def __init__(self, stream: BodyStream, limit_bytes: int) -> None:
        self.length = stream.length
        self._stream = stream
        self._limit_bytes = limit_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size_bytes = 0
        async for piece in self._stream:
            size_bytes += len(piece)
            if size_bytes > self._limit_bytes:
                raise too_large_for_moto(self._limit_bytes)
            yield piece

    def close(self) -> None:
        """Nobody will read the rest."""
        self._stream.close()


class RemoteEngine:
    """An `Engine`. engine: where it listens, None while control does not run. limit_bytes: of one body."""

    def __init__(
        self, pool: HttpPool, engine: Callable[[], Endpoint | None], limit_bytes: int = MOTO_BODY_LIMIT_BYTES
    ) -> None:
        self._pool = pool
        self._engine = engine
        self._limit_bytes = limit_bytes

    async def __call__(self, request: Request, account: str, region: str, service: str) -> Response:
        if request.stream is not None:
            if (request.stream.length or 0) > self._limit_bytes:
                raise too_large_for_moto(self._limit_bytes)
            request = replace(request, stream=Limited(request.stream, self._limit_bytes))
        engine = self._engine()
        if engine is None:
            raise control_is_down(service)
        try:
            return await self._pool.send(
                marked(request, account, region, service),
                host=engine.host,
                port=engine.port,
                timeout_s=ENGINE_TIMEOUT_S,
            )
        except (OSError, TimeoutError) as error:
            raise control_is_down(service) from error


def too_large_for_moto(limit_bytes: int) -> Refusal:
    """moto holds whole objects in memory while it works on them."""
    return Refusal(
        "EntityTooLarge",
        f"The engine moto takes at most {limit_bytes} bytes in one request, as it holds them in memory. "
        "Upload in parts, or give the region another engine (LocalStack).",
        status=400,
    )


def marked(request: Request, account: str, region: str, service: str) -> Request:
    """The request with what the front door found out."""
    headers = request.headers.with_(ACCOUNT_HEADER, account).with_(REGION_HEADER, region).with_(SERVICE_HEADER, service)
    return replace(request, headers=headers)


def marks_of(request: Request, *, default_account: str) -> tuple[Request, str, str, str]:
    """The request without its marks, and account, region and service."""
    headers = request.headers
    account = headers.get(ACCOUNT_HEADER) or default_account
    region = headers.get(REGION_HEADER) or ""
    service = headers.get(SERVICE_HEADER) or "s3"
    return (
        replace(request, headers=headers.without(ACCOUNT_HEADER, REGION_HEADER, SERVICE_HEADER)),
        account,
        region,
        service,
    )


def control_is_down(service: str) -> Refusal:
    """What a region says for services that control serves."""
    return unavailable(f"the service {service}", "the program control does not answer. See: sandbox status")
