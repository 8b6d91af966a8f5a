"""The programs of others that a bench measures beside ours, fetched once into a cache folder in the environment.

In: a name of `PEERS`. Out: the path of its program; a `PeerMissing` that says why it cannot be had. ministack is
installed from the Python index into an environment of its own, since it pins other versions than ours; dynalite from
the npm registry.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import setup

CACHE = Path(sys.prefix) / "bench-peers"
INSTALL_WITHIN_S = 300.0
LAST_WORDS = 300


class PeerMissing(Exception):
    """A peer cannot be had here; the message says why and what would help."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """version: the one measured. program: below its folder. install: puts it there."""

    version: str
    program: str
    install: Callable[[Path, str], None]


def install_ministack(folder: Path, version: str) -> None:
    """An environment of its own."""
    try:
        uv = setup.uv_on_path() or setup.fetch_uv()
    except setup.SetupFailed as failure:
        raise PeerMissing(f"uv cannot be had: {failure}") from failure
    run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
    run([*uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), f"ministack=={version}"])


def install_dynalite(folder: Path, version: str) -> None:
    """A node package and what it needs; its store in memory needs nothing compiled."""
    npm = shutil.which("npm")
    if npm is None:
        raise PeerMissing("npm is not installed. Debian and Ubuntu: sudo apt install npm. macOS: brew install node")
    run([npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"dynalite@{version}"])


PEERS: Mapping[str, Peer] = {
    "ministack": Peer(version="1.5.33", program="bin/ministack", install=install_ministack),
    "dynalite": Peer(version="4.0.0", program="node_modules/.bin/dynalite", install=install_dynalite),
}


def program_of(name: str) -> str:
    """The path of a peer's program; installed first, if need be."""
    peer = PEERS[name]
    folder = CACHE / f"{name}-{peer.version}"
    program = folder / peer.program
    if not program.exists():
        shutil.rmtree(folder, ignore_errors=True)  # half an installation
        folder.mkdir(parents=True)
        peer.install(folder, peer.version)
    if not program.exists():
        raise PeerMissing(f"{name} {peer.version} was installed, but has no {peer.program}")
    return str(program)


def run(words: Sequence[str]) -> None:
    """One step of an installation; its last words when it fails."""
    try:
        ended = subprocess.run(
            words, env=setup.environment(), capture_output=True, text=True, check=False, timeout=INSTALL_WITHIN_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerMissing(f"{Path(words[0]).name}: {error}") from error
    if ended.returncode != 0:
        said = (ended.stderr.strip() or ended.stdout.strip())[-LAST_WORDS:]
        raise PeerMissing(f"{Path(words[0]).name} failed: {' '.join(said.split())}")
