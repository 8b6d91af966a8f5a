"""Claims about how a region follows its application, over real pipes."""

from __future__ import annotations

import asyncio
import os

from sandbox.kernel.clock import SystemClock
from sandbox.kernel.journal import Journal
from sandbox.management.messages import decode
from sandbox.region.application import Application
from sandbox.region.keeper import Kept


def test_the_balancer_follows_the_application_through_a_crash() -> None:
    ports: list[int | None] = []
    journal = Journal()

    async def run() -> None:
        order_out, order_in = os.pipe()
        report_out, report_in = os.pipe()
        kept = Kept(pid=0, order=order_in, report=report_out)
        both = asyncio.Event()

        def moved(port: int | None) -> None:
            ports.append(port)
            if len(ports) == 2:
                both.set()

        application = Application("eu-west-1", kept, journal, SystemClock(), on_port=moved)
        application.start({"PORT": "0"})
        assert decode(os.read(order_out, 1000)) == {"start": {"PORT": "0"}}
        os.write(report_in, b'{"app_port": 81')
        os.write(report_in, b'00}\n{"app_ended": -9, "restart_in_s": 0.2}\n')
        await application.started()
        await both.wait()
        asyncio.get_running_loop().remove_reader(report_out)
        for end in (order_out, order_in, report_out, report_in):
            os.close(end)

    asyncio.run(run())
    assert ports == [8100, None]
    assert [record["event"] for record in journal.records] == ["application_started", "application_ended"]
    assert journal.records[-1]["status"] == -9
