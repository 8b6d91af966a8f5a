"""Claims about the system's own resolver: programs that know nothing of the sandbox look names up in the planet."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.client.sandbox import Sandbox

pytestmark = pytest.mark.live

NAME, ADDRESS = "app.example.test", "198.18.1.10"


def obstacle() -> str:
    """Why resolv.conf cannot be another one for a single process here, which needs root; resolv.conf knows no port."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return "needs root and unshare"
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode != 0:
        return "needs a kernel that lets us unshare mounts"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.bind(("127.0.0.1", 53))
        except OSError as error:
            return f"needs port 53 of 127.0.0.1: {error.strerror}"
    return ""


@pytest.fixture
def planet() -> Iterator[Sandbox]:
    if why := obstacle():
        pytest.skip(f"THE SYSTEM'S RESOLVER IS NOT TRIED: {why}")
    with Sandbox(regions=["us-east-1"], ports="auto,dns=53", app=False) as started:
        yield started


def test_getent_finds_a_name_of_the_planet(planet: Sandbox, tmp_path: Path) -> None:
    """glibc asks 127.0.0.1 port 53, as /etc/resolv.conf says in a mount namespace of this test's own."""
    route53 = planet.client("route53")
    zone = route53.create_hosted_zone(Name="example.test", CallerReference="system")["HostedZone"]["Id"]
    record = {"Name": NAME, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": ADDRESS}]}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    there = f"mount --bind {tmp_path}/resolv.conf /etc/resolv.conf && exec getent ahostsv4"
    ask = ["unshare", "-m", "sh", "-c"]
    found = subprocess.run([*ask, f"{there} {NAME}"], capture_output=True, text=True, check=False)
    assert found.stdout.split()[:1] == [ADDRESS], found.stderr
    missing = subprocess.run([*ask, f"{there} no.{NAME}"], capture_output=True, check=False)
    assert missing.returncode == 2, "not found, as getent says it"
