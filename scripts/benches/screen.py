"""The console of a rig: the real program, on the rig's hub, and Chromium that shows it.

In: a running planet's rig. Out: nothing but its cost, for the time of a `with`. The hub answers what the console asks
of a supervisor: the card, no programs, no replication.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benches.browser import looking
from benches.machine import python
from benches.rig import END_WITHIN_S, REGIONS, TOKEN, Rig
from sandbox.client.starting import end_process

SETTLE_S = 3.0


@contextmanager
def open_console(rig: Rig) -> Iterator[None]:
    """The console, drawn in Chromium."""
    for method, answer in answers_of(rig).items():
        rig.answer(method, answer)
    listening = socket.create_server(("127.0.0.1", 0))
    words = ("--hub", f"127.0.0.1:{rig.hub_port}", "--home", str(rig.home), f"--socket={listening.fileno()}")
    with (rig.home / "console.log").open("wb") as log:
        process = subprocess.Popen(
            python("-m", "sandbox.screen", *words),
            env={**os.environ, "SANDBOX_TOKEN": TOKEN},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[listening.fileno()],
        )
    try:
        with looking(int(listening.getsockname()[1])) as page:
            page.wait_for_timeout(SETTLE_S * 1000)
            yield
    finally:
        end_process(process, within_s=END_WITHIN_S)
        listening.close()


def answers_of(rig: Rig) -> dict[str, Any]:
    """What the console asks at its start and every second."""
    card = {
        "started_at_s": 0.0,
        "account": "000000000000",
        "default_place": REGIONS[0],
        "regions": list(REGIONS),
        "ports": {"proxy": rig.proxy_port, "dns": rig.dns_port, "aws": 0, "console": 0},
        "ca_bundle": "",
    }
    return {
        "card": card,
        "journal_since": {"first": 1, "records": []},
        "programs": [],
        "ask_regions": {"answers": {}, "silent": {}},
    }
