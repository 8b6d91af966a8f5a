"""DNS ports on real sockets, asked by dnspython and, where it is installed, dig."""

from __future__ import annotations

import asyncio
import random
import shutil
import socket
import subprocess
from collections.abc import Awaitable, Callable
from typing import Any

import dns.asyncquery
import dns.edns
import dns.flags
import dns.message
import pytest
from dns_ports import HOST, with_ports

from sandbox.dns.core import Authority
from sandbox.dns.server import DnsServer
from sandbox.dns.values import Send
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import Refusal
from sandbox.management.program import event_loop_factory

pytestmark = pytest.mark.live

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")


def records(plan: AddressPlan) -> list[dict[str, Any]]:
    routed = [
        {
            "Name": "app.example.test.",
            "Type": "A",
            "TTL": 60,
            "SetIdentifier": region,
            "Region": region,
            "ResourceRecords": [{"Value": plan.region_address(region, "app")}],
        }
        for region in REGIONS
    ]
    many = [{"Value": f"192.0.2.{number}"} for number in range(1, 251)]
    return [*routed, {"Name": "many.example.test.", "Type": "A", "TTL": 60, "ResourceRecords": many}]


def tell(story: Callable[[int, int, AddressPlan], Awaitable[None]]) -> None:
    """Run a story with the authority's port, the port of Tokyo's resolver, and the addresses."""
    atlas = Atlas.load()
    plan = AddressPlan(atlas, REGIONS)
    authority = Authority(geography=atlas, place_of=plan.place_of, dice=random.Random(1))
    authority.put_zone("Z1", {"name": "example.test.", "records": records(plan)})
    with_ports(authority, plan, lambda here, tokyo: story(here, tokyo, plan))


def test_udp_tcp_and_the_client_subnet() -> None:
    async def story(port: int, _: int, plan: AddressPlan) -> None:
        subnet = dns.edns.ECSOption(plan.client_subnet("tokyo").removesuffix("/24"), 24)
        here = dns.message.make_query("app.example.test", "A")
        there = dns.message.make_query("app.example.test", "A", use_edns=0, options=[subnet])
        by_udp = await dns.asyncquery.udp(here, HOST, 2, port)
        by_tcp = await dns.asyncquery.tcp(there, HOST, 2, port)
        assert by_udp.answer[0][0].to_text() == plan.region_address("eu-west-1", "app")
        assert by_tcp.answer[0][0].to_text() == plan.region_address("ap-northeast-1", "app")

    tell(story)


def test_a_long_answer_is_truncated_and_comes_whole_by_tcp() -> None:
    async def story(port: int, _: int, plan: AddressPlan) -> None:
        query = dns.message.make_query("many.example.test", "A")
        short = await dns.asyncquery.udp(query, HOST, 2, port)
        assert short.flags & dns.flags.TC
        whole, by_tcp = await dns.asyncquery.udp_with_fallback(query, HOST, 2, port)
        assert by_tcp
        assert len(whole.answer[0]) == 250

    tell(story)


@pytest.mark.parametrize("make_loop", [asyncio.new_event_loop, event_loop_factory()])
def test_a_flood_of_questions_does_not_hold_up_a_timer(make_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """150 questions wait that take 1 ms each. A timer set to 5 ms is called long before they are answered."""

    async def run() -> None:
        clock, loop = SystemClock(), asyncio.get_running_loop()
        answered, is_over = list[float](), asyncio.Event()

        def slow(packet: bytes, tcp: bool, send: Send) -> None:
            until_s = clock.now_s() + 0.001
            while clock.now_s() < until_s:
                pass
            answered.append(until_s)
            if len(answered) == 150:
                is_over.set()

        server = DnsServer(slow, clock)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect((HOST, await server.start(HOST, 0)))
            for _ in range(150):
                client.send(b"?")
        due: asyncio.Future[int] = loop.create_future()
        loop.call_later(0.005, lambda: due.set_result(len(answered)))
        assert await due < 75
        await is_over.wait()
        await server.close()

    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(run())


def test_the_port_of_a_place_counts_the_ttl_down() -> None:
    async def story(_: int, port: int, plan: AddressPlan) -> None:
        query = dns.message.make_query("app.example.test", "A")
        first = await dns.asyncquery.udp(query, HOST, 2, port)
        await asyncio.sleep(1.1)
        second = await dns.asyncquery.udp(query, HOST, 2, port)
        assert first.answer[0][0].to_text() == plan.region_address("ap-northeast-1", "app")
        assert (first.answer[0].ttl, second.answer[0].ttl) == (60, 59)
        assert second.flags & dns.flags.RA

    tell(story)


def test_a_taken_port_is_named() -> None:
    async def story(port: int, _: int, plan: AddressPlan) -> None:
        with pytest.raises(Refusal, match=str(port)):
            await DnsServer(lambda packet, tcp, send: None, SystemClock()).start(HOST, port)

    tell(story)


@pytest.mark.skipif(shutil.which("dig") is None, reason="dig is not installed")
@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["app.example.test"], "198.18.2.10"),
        (["app.example.test", "+tcp", "+subnet=100.64.16.0/24"], "198.18.3.10"),
        (["app.example.test", "+noedns", "+subnet=0"], "198.18.2.10"),
        (["nothing.example.test"], "status: NXDOMAIN"),
        (["app.example.test", "AAAA"], "awsdns-hostmaster.amazon.com"),
        (["www.amazon.com"], "status: REFUSED"),
        (["example.test", "ANY", "+notcp"], "172800"),
        (["many.example.test", "+ignore"], "flags: qr aa tc rd"),
        (["aPP.example.test"], "aPP.example.test.	60	IN	A"),
        (["app.example.test", "+edns=1", "+noednsneg"], "status: BADVERS"),
        (["app.example.test", "+ednsopt=65001"], "lowest latency from Paris: eu-west-1"),
        (["app.example.test", "AXFR"], "Transfer failed"),
    ],
)
def test_dig_agrees(options: list[str], line: str) -> None:
    async def story(port: int, _: int, plan: AddressPlan) -> None:
        command = ["dig", f"@{HOST}", "-p", str(port), "+tries=1", "+time=2", *options]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        assert line in " ".join(done.stdout.split()) or line in done.stdout, done.stdout + done.stderr
        assert "WARNING" not in done.stdout.replace("WARNING: recursion requested but not available", "")

    tell(story)
