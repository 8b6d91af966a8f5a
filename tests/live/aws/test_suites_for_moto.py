"""A suite written for moto's server, unmodified: against moto's own, a region's front door, and the gateway."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.client.sandbox import Sandbox

pytestmark = pytest.mark.live

SUITE = Path(__file__).with_name("suite_for_motos_server.py")
MOTOS_ACCOUNT = "123456789012"
TESTS = 8


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    """Two regions in moto's account, as a suite expects it."""
    with Sandbox(regions=["us-east-1", "eu-west-1"], account=MOTOS_ACCOUNT, app=False) as started:
        yield started


@pytest.fixture
def moto() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    server.stop()


def run_suite(endpoint: str, account: str = MOTOS_ACCOUNT) -> str:
    """pytest in a process of its own; its last line."""
    environment = {**os.environ, "TEST_ENDPOINT": endpoint, "TEST_ACCOUNT": account}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", str(SUITE)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout.strip().splitlines()[-1]


def test_the_suite_is_one_that_motos_server_passes(moto: str) -> None:
    assert f"{TESTS} passed" in run_suite(moto)


def test_a_region_passes_it(planet: Sandbox) -> None:
    assert f"{TESTS} passed" in run_suite(f"http://127.0.0.1:{planet.ports['regions']['eu-west-1']}")


def test_the_gateway_passes_it(planet: Sandbox) -> None:
    assert f"{TESTS} passed" in run_suite(f"http://127.0.0.1:{planet.ports['aws']}")


def test_a_reset_at_one_door_empties_every_region(planet: Sandbox) -> None:
    """As moto's reset does: the caller asked for an empty AWS, not for one empty region."""
    for region in ("us-east-1", "eu-west-1"):
        planet.client("dynamodb", region=region).create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    door = f"http://127.0.0.1:{planet.ports['regions']['eu-west-1']}"
    urllib.request.urlopen(urllib.request.Request(f"{door}/moto-api/reset", method="POST")).close()
    for region in ("us-east-1", "eu-west-1"):
        assert planet.client("dynamodb", region=region).list_tables()["TableNames"] == []
