"""A claim about rooms without internet: what scripts/offline saves here is all that another machine needs.

The other machine is a Docker engine of its own, with nothing in it, in a network namespace that has nothing but its
loopback: no packet leaves it. Only root can make one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.kernel.clock import pause_s

from .conftest import IMAGE, LOCALSTACK, ROOT, require_image

PROJECT = "sandbox-offline"
DISK = "6g"  # at most; it takes some 1.5 GB
LOOPBACK_UP = (
    "import fcntl, os, socket, struct, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
    "fcntl.ioctl(s, 0x8914, struct.pack('16sH14s', b'lo', 0x41, b'')); os.execvp(sys.argv[1], sys.argv[1:])"
)  # SIOCSIFFLAGS, IFF_UP | IFF_RUNNING

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a second Docker engine"),
    pytest.mark.skipif(shutil.which("dockerd") is None, reason="the Docker engine of another machine needs dockerd"),
]


@dataclass
class Elsewhere:
    """Another machine: its engine, and a folder with a copy of the repository."""

    socket: Path
    pid: int
    folder: Path

    def environment(self) -> dict[str, str]:
        own = {"DOCKER_HOST": f"unix://{self.socket}", "SANDBOX_IMAGE": IMAGE, "LOCALSTACK_IMAGE": LOCALSTACK}
        return {**os.environ, **own, "COMPOSE_PROFILES": "localstack", "COMPOSE_PROJECT_NAME": PROJECT}

    def run(self, *words: str, inside: bool = False) -> str:
        """What a command says there. inside: in its network, as its users are."""
        words = (*(("nsenter", "-t", str(self.pid), "-n") if inside else ()), *words)
        done = subprocess.run(
            words, env=self.environment(), cwd=self.folder, capture_output=True, text=True, check=False, timeout=240
        )
        assert done.returncode == 0, f"{words}: {done.stdout[-1000:]}{done.stderr[-2000:]}"
        return done.stdout


def copy_of_the_repository(folder: Path) -> Path:
    """As somebody carries it who has no git: the files, and nothing that was made of them."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder with a short name, since paths of sockets may not be long, and gone at the end: it holds gigabytes."""
    with tempfile.TemporaryDirectory(prefix="offline-") as folder:
        yield Path(folder)


@pytest.fixture
def elsewhere(room: Path) -> Iterator[Elsewhere]:
    """Its disk is memory: a gigabyte of small files is thrown away at once."""
    work = room / "engine"
    (work / "data").mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(work / "data")], check=True)
    socket = work / "docker.sock"
    folders = ["--data-root", str(work / "data"), "--exec-root", str(work / "exec"), "--pidfile", str(work / "pid")]
    command = ["unshare", "--net", sys.executable, "-c", LOOPBACK_UP, "dockerd", *folders, "--host", f"unix://{socket}"]
    with (work / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as engine:
        there = Elsewhere(socket, engine.pid, copy_of_the_repository(room / "there"))
        try:
            for _ in range(300):
                asked = subprocess.run(["docker", "version"], env=there.environment(), capture_output=True, check=False)
                if asked.returncode == 0:
                    break
                assert engine.poll() is None, (work / "log").read_text()[-2000:]
                pause_s(0.1)
            yield there
        finally:
            subprocess.run(
                ["docker", "compose", "down", "-v", "-t", "1"],
                env=there.environment(), cwd=there.folder, capture_output=True, check=False,
            )  # fmt: skip
            engine.terminate()
            engine.wait(30)
            mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
            for mount in sorted((each for each in mounted if each.startswith(str(work))), reverse=True):
                subprocess.run(["umount", mount], check=False)


def test_a_tar_is_all_that_a_machine_without_internet_needs(elsewhere: Elsewhere, room: Path) -> None:
    """Saved here with LocalStack's image, loaded into an empty engine, brought up there, and a request is routed."""
    require_image(IMAGE)
    require_image(LOCALSTACK)
    assert elsewhere.run("docker", "images", "-q") == ""
    python = os.path.realpath(sys.executable)  # that of this environment may have no pip
    tar = room / "sandbox.tar"
    here = copy_of_the_repository(room / "here")
    variables = {**elsewhere.environment(), "DOCKER_HOST": os.environ.get("DOCKER_HOST", "")}
    variables = {name: value for name, value in variables.items() if value or name != "DOCKER_HOST"}
    saved = subprocess.run(
        [python, "scripts/offline", "save", str(tar)],
        cwd=here,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert saved.returncode == 0, saved.stdout + saved.stderr

    assert not list((elsewhere.folder / "regions" / "wheels").glob("*.whl"))
    assert "Loaded image" in elsewhere.run(python, "scripts/offline", "load", str(tar))
    tar.unlink()
    assert len(list((elsewhere.folder / "regions" / "wheels").glob("*.whl"))) > 20
    assert len(elsewhere.run("docker", "images", "-q").split()) == 2
    elsewhere.run("docker", "compose", "up", "-d", "--wait")

    proxy = os.environ.get("SANDBOX_PROXY_PORT") or "3128"
    visit = ["curl", "-s", "-m", "20", "-x", f"http://paris:x@127.0.0.1:{proxy}", "http://198.18.2.10/"]
    assert json.loads(elsewhere.run(*visit, inside=True))["region"] == "eu-west-1"
    running = elsewhere.run("docker", "compose", "ps", "--services", "--status", "running").split()
    assert {"planet", "control", "eu-west-1", "eu-west-1-localstack"} <= set(running)
