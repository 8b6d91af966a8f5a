"""What scripts/offline does: images and wheels into one tar, and out of it again. Standard library, docker and pip.

In: docker-compose.yml and requirements.txt. Out: a tar with `images.tar` (as `docker save` writes it) and `wheels/`.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHEELS = ROOT / "regions" / "wheels"
IMAGES = "images.tar"
FOLDER = "wheels"


class Failed(Exception):
    """A step did not work; the message is for the person at the terminal."""


def run(*words: str) -> str:
    """What a program says; Failed with its last line when it fails."""
    try:
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise Failed(f"{words[0]} is not installed") from error
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise Failed(f"{' '.join(words[:3])} failed: {said[-1]}")
    return done.stdout


def images() -> list[str]:
    """Every image of the compose file as it stands now (LocalStack's only if its profile is on)."""
    return sorted(set(run("docker", "compose", "config", "--images").split()))


def fetch_wheels() -> None:
    """Wheels of all that the image needs, for the Python that runs this."""
    print("fetching wheels into regions/wheels", flush=True)
    run(sys.executable, "-m", "pip", "wheel", "-q", "-r", "requirements.txt", "uv>=0.5", "-w", str(WHEELS))


def save(path: str) -> None:
    """One tar; images that are not here are built or pulled first."""
    names = images()
    run("docker", "compose", "build", "-q")
    for name in names:
        if not is_here(name):
            run("docker", "pull", "-q", name)
    if not list(WHEELS.glob("*.whl")):
        fetch_wheels()
    with tempfile.TemporaryDirectory(dir=Path(path).resolve().parent) as folder:
        saved = Path(folder) / IMAGES
        print(f"saving {', '.join(names)}", flush=True)
        run("docker", "save", "-o", str(saved), *names)
        pack(Path(path), saved, sorted(WHEELS.glob("*.whl")))
    print(
        f"{path}: {Path(path).stat().st_size / 1e6:.0f} MB. There: scripts/offline load {Path(path).name}", flush=True
    )


def is_here(image: str) -> bool:
    """Whether Docker has it."""
    return subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode == 0


def pack(path: Path, saved: Path, wheels: Sequence[Path]) -> None:
    """Write the tar."""
    with tarfile.open(path, "w") as archive:
        archive.add(saved, IMAGES)
        for wheel in wheels:
            archive.add(wheel, f"{FOLDER}/{wheel.name}")


def unpack(path: Path, wheels: Path, images_to: Path) -> int:
    """Wheels into a folder, the images' tar to a file; how many wheels. Failed for any other tar."""
    count = 0
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = Path(member.name)
                file = archive.extractfile(member)
                if member.name != IMAGES and (str(name.parent) != FOLDER or name.suffix != ".whl"):
                    raise Failed(f"{path} holds {member.name}: it is not what scripts/offline save writes")
                if file is None:
                    raise Failed(f"{path} holds {member.name}, which is no file")
                target = images_to if member.name == IMAGES else wheels / name.name
                with target.open("wb") as copy:
                    while chunk := file.read(1 << 20):
                        copy.write(chunk)
                count += member.name != IMAGES
    except (OSError, tarfile.TarError) as error:
        raise Failed(f"{path} cannot be read: {error}") from error
    return count


def load(path: str) -> None:
    """Images into Docker, wheels where the image's build finds them."""
    WHEELS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WHEELS) as folder:
        saved = Path(folder) / IMAGES
        count = unpack(Path(path), WHEELS, saved)
        print(run("docker", "load", "-i", str(saved)).strip(), flush=True)
    print(f"{count} wheels in regions/wheels. Now: docker compose up --wait", flush=True)
    print("The command here: python3 -m venv .venv && .venv/bin/pip install --no-index --find-links regions/wheels \\")
    print("  -r requirements.txt && .venv/bin/python -m sandbox.cli status", flush=True)
