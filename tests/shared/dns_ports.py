"""DNS ports on real sockets, for clients that people use: an authority's, and that of Tokyo's resolver."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sandbox.dns.core import Authority
from sandbox.dns.habits import Habits
from sandbox.dns.server import DnsServer, from_authority, from_resolver
from sandbox.dns.service import Resolver, Standpoint
from sandbox.geography.addresses import AddressPlan
from sandbox.kernel.clock import SystemClock
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks

HOST = "127.0.0.1"
USUAL = Habits()


class Short:
    """An ocean without distance."""

    async def exchange(self, src: str, dst: str, payload: bytes, serve: Callable[[bytes], bytes | None]) -> bytes:
        reply = serve(payload)
        assert reply is not None
        return reply

    def rtt_ms(self, src: str, dst: str) -> float:
        return 1.0


def with_ports(
    authority: Authority, plan: AddressPlan, story: Callable[[int, int], Awaitable[None]], *, habits: Habits = USUAL
) -> None:
    """Run a story with the authority's port (asked from Paris) and the port of Tokyo's resolver."""

    async def run() -> None:
        tasks, clock = Tasks("test"), SystemClock()
        resolver = Resolver(
            Standpoint(place="tokyo", name="Tokyo", edge="edge:NRT", subnet=plan.client_subnet("tokyo")),
            ocean=Short(),
            authority=authority,
            clock=clock,
            journal=Journal(),
            habits=habits,
        )
        servers = [
            DnsServer(from_authority(authority, "paris"), clock),
            DnsServer(from_resolver(resolver, tasks), clock),
        ]
        ports = [await server.start(HOST, 0) for server in servers]
        try:
            await story(ports[0], ports[1])
        finally:
            for server in servers:
                await server.close()
            await resolver.close()
            await tasks.close()

    asyncio.run(run())
